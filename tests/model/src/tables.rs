//! The rows of both tables, and what is known of each: a state holds only their numbers.

use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use dashmap::DashMap;
use shared::store::replay::{Key, Row};

use crate::facts::Fact;

/// Values that are equal, kept once under one number.
pub struct Numbered<K, V> {
    numbers: DashMap<K, u32>,
    values: RwLock<Vec<V>>,
}

/// A row, and what it says.
#[derive(Clone, Debug)]
pub struct Known {
    /// The row.
    pub row: Row,
    /// What it says.
    pub fact: Fact,
}

/// Every key and every row that was met.
#[derive(Default)]
pub struct Tables {
    keys: Numbered<Key, Key>,
    numbers: DashMap<String, usize>,
    rows: Numbered<(u32, String), std::sync::Arc<Known>>,
}

impl<K: Eq + Hash, V> Default for Numbered<K, V> {
    fn default() -> Self {
        Self { numbers: DashMap::default(), values: RwLock::default() }
    }
}

impl<K: Eq + Hash, V: Clone> Numbered<K, V> {
    /// The number of the value under `key`, which is `made` where it is new.
    pub fn number(&self, key: K, made: impl FnOnce() -> V) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let value = made();
        *self.numbers.entry(key).or_insert_with(|| {
            let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
            values.push(value);
            u32::try_from(values.len()).expect("fewer than 2^32 values")
        })
    }

    /// The value `number`.
    pub fn value(&self, number: u32) -> V {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values[number as usize - 1].clone()
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        self.values.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Tables {
    /// The number of `key`, from 0.
    pub fn key(&self, key: &Key) -> usize {
        let number = self.keys.number(key.clone(), || key.clone()) as usize - 1;
        if !self.numbers.contains_key(key.pk()) {
            self.numbers.insert(key.pk().to_owned(), number);
        }
        number
    }

    /// The number of the key that is `pk`, in whichever table.
    pub fn key_under(&self, pk: &str) -> Option<usize> {
        self.numbers.get(pk).map(|number| *number)
    }

    /// The key of that number.
    pub fn key_of(&self, number: usize) -> Key {
        self.keys.value(u32::try_from(number + 1).expect("a number of a key"))
    }

    /// The number of `row` under the key of that number.
    pub fn row(&self, key: usize, row: Row) -> u32 {
        let json = row.to_json().expect("a row is JSON");
        let text = json.to_string();
        let number = u32::try_from(key).expect("a number of a key");
        self.rows.number((number, text), || {
            let fact = Fact::of(self.key_of(key).pk(), &json);
            std::sync::Arc::new(Known { row, fact })
        })
    }

    /// The row of that number; 0 is none.
    pub fn known(&self, row: u32) -> Option<std::sync::Arc<Known>> {
        (row > 0).then(|| self.rows.value(row))
    }

    /// The rows of these numbers that are there.
    pub fn all(&self, rows: &[u32]) -> impl Iterator<Item = std::sync::Arc<Known>> {
        rows.iter().filter_map(|row| self.known(*row))
    }

    /// How many rows were met.
    pub fn rows(&self) -> usize {
        self.rows.count()
    }
}
