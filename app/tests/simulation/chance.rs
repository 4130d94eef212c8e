//! Where does chance come from?
//!
//! From the seed and from what is being decided, never from the order of asking: threads inside the
//! table's library may ask in any order, and the same seed must still give the same day.

/// A source of decisions.
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(mix(seed))
    }

    /// A source of its own for one purpose.
    pub fn of(self, purpose: &str) -> Chance {
        Chance(purpose.bytes().fold(self.0, |state, byte| mix(state ^ u64::from(byte))))
    }

    pub fn at(self, number: u64) -> Chance {
        Chance(mix(self.0 ^ mix(number)))
    }

    pub fn bits(self) -> u64 {
        mix(self.0)
    }

    pub fn strikes(self, rate: f64) -> bool {
        ((self.bits() >> 11) as f64) < rate * (1u64 << 53) as f64
    }

    /// A number in `from..=to`.
    pub fn between(self, from: i64, to: i64) -> i64 {
        from + ((u128::from(self.bits()) * (to - from + 1) as u128) >> 64) as i64
    }

    pub fn pick<T: Copy>(self, from: &[T]) -> T {
        from[self.between(0, from.len() as i64 - 1) as usize]
    }
}

/// Scrambles a number (SplitMix64).
pub fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
