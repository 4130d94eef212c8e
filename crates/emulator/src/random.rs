//! Where does chance come from?
//!
//! From the seed alone: SplitMix64, whose state is a counter, so any record can be made
//! without making the ones before it.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A seeded stream of numbers. Equal seeds give equal streams on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number in `0..bound`. `bound` of 0 counts as 1.
    #[inline]
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound.max(1))) >> 64) as u64
    }

    #[inline]
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    #[inline]
    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    #[inline]
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    #[inline]
    pub(crate) fn guid(&mut self) -> Guid {
        Guid::from_halves(self.next(), self.next())
    }
}

/// Scrambles a number; one to one.
#[inline]
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// One number out of several, for seeds of parts of a whole.
#[inline]
pub(crate) fn blend(seed: u64, part: u64) -> u64 {
    mix(seed ^ mix(part.wrapping_add(GOLDEN)))
}

pub(crate) fn blend_text(seed: u64, text: &str) -> u64 {
    text.bytes().fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)).wrapping_add(GOLDEN))
}

/// A share between 0 and 1 as a bound for 64-bit hashes: `hash < threshold(share)`.
pub(crate) fn threshold(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * u64::MAX as f64) as u64
}

/// A random-looking GUID, version 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Guid(u128);

impl Guid {
    #[inline]
    pub(crate) fn from_halves(high: u64, low: u64) -> Guid {
        let high = (high & !0xF000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        Guid((u128::from(high) << 64) | u128::from(low))
    }

    pub(crate) fn of(seed: u64, part: u64) -> Guid {
        let high = blend(seed, part);
        Guid::from_halves(high, mix(high ^ GOLDEN ^ part))
    }

    /// Reads the canonical form of 36 characters; nothing else is a GUID to this API.
    pub(crate) fn parse(text: &str) -> Option<Guid> {
        if text.len() != 36 {
            return None;
        }
        let mut value = 0_u128;
        for (at, byte) in text.bytes().enumerate() {
            match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => {}
                (8 | 13 | 18 | 23, _) => return None,
                _ => value = (value << 4) | u128::from((byte as char).to_digit(16)?),
            }
        }
        Some(Guid(value))
    }

    #[inline]
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let mut text = [b'-'; 36];
        let bytes = self.0.to_be_bytes();
        let mut at = 0;
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            let pair = HEX[usize::from(*byte)];
            text[at] = pair[0];
            text[at + 1] = pair[1];
            at += 2;
        }
        out.extend_from_slice(&text);
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::with_capacity(36);
        self.write(&mut out);
        formatter.write_str(&String::from_utf8_lossy(&out))
    }
}

pub(crate) static HEX: [[u8; 2]; 256] = hex_pairs();

const fn hex_pairs() -> [[u8; 2]; 256] {
    let digits = *b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_read_back() {
        let mut random = Random::new(7);
        for _ in 0..100 {
            let guid = random.guid();
            assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
        }
        for bad in
            ["", "x", "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0", "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0g"]
        {
            assert_eq!(Guid::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn bounds_hold() {
        let mut random = Random::new(1);
        for _ in 0..10_000 {
            assert!(random.below(3) < 3);
            assert!((5..=9).contains(&random.between(5, 9)));
        }
        assert_eq!(threshold(0.0), 0);
        assert_eq!(threshold(1.0), u64::MAX);
    }
}
