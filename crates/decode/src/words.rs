//! Which of the known words is this?
//!
//! Names of members and operations are looked up many times a record, so they are found by one
//! hash, compared without case.

/// Words by place, and places by word.
pub struct Words {
    words: Vec<&'static str>,
    /// The place of a word and 16 bits of its hash, so that other words are passed over unread.
    buckets: Vec<(u16, u16)>,
}

const EMPTY: (u16, u16) = (u16::MAX, 0);

impl Words {
    /// Room for so many words; four times as many buckets keep the chains short.
    pub fn with_room(words: usize) -> Words {
        let buckets = (words * 4).next_power_of_two();
        Words { words: Vec::with_capacity(words), buckets: vec![EMPTY; buckets] }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The word at a place.
    pub fn word(&self, place: usize) -> &'static str {
        self.words[place]
    }

    /// The place of a word, in the order the words came.
    pub fn place(&self, word: &str) -> Option<usize> {
        let hash = hash(word.as_bytes());
        let mut bucket = self.bucket(hash);
        loop {
            let (place, tag) = self.buckets[bucket];
            if place == EMPTY.0 {
                return None;
            }
            if tag == self::tag(hash) {
                let known = self.words[usize::from(place)];
                if known == word || known.eq_ignore_ascii_case(word) {
                    return Some(usize::from(place));
                }
            }
            bucket = (bucket + 1) & (self.buckets.len() - 1);
        }
    }

    /// Adds a word, unless it is known, and tells its place.
    pub fn insert(&mut self, word: &'static str) -> usize {
        if let Some(place) = self.place(word) {
            return place;
        }
        let place = self.words.len();
        assert!(place * 2 < self.buckets.len(), "more words than there is room for");
        let hash = hash(word.as_bytes());
        let mut bucket = self.bucket(hash);
        while self.buckets[bucket] != EMPTY {
            bucket = (bucket + 1) & (self.buckets.len() - 1);
        }
        self.words.push(word);
        self.buckets[bucket] = (u16::try_from(place).expect("few words"), tag(hash));
        place
    }

    fn bucket(&self, hash: u64) -> usize {
        // The number of buckets is a power of two.
        hash as usize & (self.buckets.len() - 1)
    }
}

fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// Eight letters at a time, with the bit that makes the case set; the last eight may overlap.
fn hash(word: &[u8]) -> u64 {
    let mut hash = word.len() as u64;
    let Some(last) = word.last_chunk::<8>() else {
        return mix(hash, short(word));
    };
    for chunk in word.chunks_exact(8) {
        hash = mix(hash, u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
    }
    mix(hash, u64::from_le_bytes(*last))
}

/// Fewer than eight letters as a number.
fn short(word: &[u8]) -> u64 {
    match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => word.iter().fold(0, |number, letter| number << 8 | u64::from(*letter)),
    }
}

fn mix(hash: u64, letters: u64) -> u64 {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    let mixed = (hash ^ (letters | LOWER)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case() {
        let mut words = Words::with_room(4);
        for (word, place) in [("ClientIP", 0), ("Item", 1), ("clientip", 0), ("OrganizationId", 2)]
        {
            assert_eq!(words.insert(word), place, "{word}");
        }
        for (word, place) in [
            ("CLIENTIP", Some(0)),
            ("item", Some(1)),
            ("organizationID", Some(2)),
            ("Items", None),
            ("", None),
            ("Größe", None),
        ] {
            assert_eq!(words.place(word), place, "{word}");
        }
    }
}
