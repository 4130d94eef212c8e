//! How is something counted within bounds?

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::layout::cut;

/// What is known of each key, for so many keys; what comes for further ones is counted together.
pub struct Each<K, V> {
    kept: HashMap<K, V>,
    keys_max: usize,
    /// Events of keys beyond the limit.
    pub beyond: u64,
}

impl<K: Eq + Hash + Ord + Clone, V: Default> Each<K, V> {
    pub fn new(keys_max: usize) -> Each<K, V> {
        Each { kept: HashMap::new(), keys_max, beyond: 0 }
    }

    /// What is known of the key; `None` beyond the limit.
    pub fn at(&mut self, key: K) -> Option<&mut V> {
        if self.kept.len() >= self.keys_max && !self.kept.contains_key(&key) {
            self.beyond += 1;
            return None;
        }
        Some(self.kept.entry(key).or_default())
    }

    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.kept.get(key)
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// In the order of the keys.
    pub fn sorted(&self) -> Vec<(&K, &V)> {
        let mut all: Vec<(&K, &V)> = self.kept.iter().collect();
        all.sort_by_key(|(key, _)| *key);
        all
    }

    /// Largest first, equal ones in the order of the keys.
    pub fn largest(&self, size: impl Fn(&V) -> u64) -> Vec<(&K, &V)> {
        let mut all = self.sorted();
        all.sort_by_key(|(_, value)| std::cmp::Reverse(size(value)));
        all
    }

    /// A sentence on what was not kept, `None` where all was.
    pub fn note(&self, things: &str) -> Option<String> {
        (self.beyond > 0).then(|| {
            format!(
                "{} events belong to further {things}: only the first {} are listed; ask for a shorter span or one user.",
                self.beyond, self.keys_max
            )
        })
    }
}

/// How many different things, exactly up to a limit.
pub struct Distinct {
    hashes: HashSet<u64>,
    hashes_max: usize,
}

impl Distinct {
    pub fn new(hashes_max: usize) -> Distinct {
        Distinct { hashes: HashSet::new(), hashes_max }
    }

    /// Is it met for the first time? Beyond the limit nothing is.
    pub fn add(&mut self, thing: &impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        thing.hash(&mut hasher);
        !self.is_full() && self.hashes.insert(hasher.finish())
    }

    pub fn len(&self) -> u64 {
        self.hashes.len() as u64
    }

    pub fn is_full(&self) -> bool {
        self.hashes.len() >= self.hashes_max
    }
}

/// Words of a list, each once, as one text of bounded length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<String>,
    more: u64,
}

impl Words {
    /// Different words kept of one list.
    const WORDS_MAX: usize = 12;

    pub fn add(&mut self, word: &str) {
        let word = cut(word);
        if word.is_empty() || self.words.contains(&word) {
            return;
        }
        match self.words.len() < Words::WORDS_MAX {
            true => self.words.push(word),
            false => self.more += 1,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn each(&self, visit: impl FnMut(&str)) {
        self.words.iter().map(String::as_str).for_each(visit);
    }

    pub fn joined(&self) -> String {
        let mut text = self.words.join("; ");
        if self.more > 0 {
            text.push_str(&format!("; and {} more", self.more));
        }
        text
    }
}

impl<W: AsRef<str>> FromIterator<W> for Words {
    fn from_iter<I: IntoIterator<Item = W>>(words: I) -> Words {
        let mut all = Words::default();
        words.into_iter().for_each(|word| all.add(word.as_ref()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::Seen;
    use super::*;

    #[test]
    fn each_keeps_its_limit_and_says_so() {
        let mut each: Each<String, Seen> = Each::new(2);
        for key in ["a", "b", "c", "a", "c"] {
            if let Some(seen) = each.at(key.to_owned()) {
                seen.at(Some(7));
            }
        }
        let counts: Vec<u64> = each.sorted().iter().map(|(_, seen)| seen.events).collect();
        assert_eq!((counts, each.beyond), (vec![2, 1], 2));
        assert!(each.note("users").unwrap().starts_with("2 events belong to further users"));
    }

    #[test]
    fn distinct_things_are_counted_up_to_a_limit() {
        let mut distinct = Distinct::new(2);
        let added: Vec<bool> = [1, 1, 2, 3].iter().map(|thing| distinct.add(thing)).collect();
        assert_eq!((added, distinct.len()), (vec![true, false, true, false], 2));
        assert!(distinct.is_full());
    }

    #[test]
    fn lists_are_bounded() {
        let words: Words = (0..15).map(|number| (number % 14).to_string()).collect();
        assert_eq!(words.joined(), "0; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; and 2 more");
    }
}
