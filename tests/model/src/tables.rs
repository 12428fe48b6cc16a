//! The rows of both tables and their meanings, kept once. A state has only their numbers.

use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use dashmap::DashMap;
use shared::store::replay::{Key, Row};

use crate::facts::Fact;

/// Equal values, kept once under one number.
pub struct Numbered<K, V> {
    numbers: DashMap<K, u32>,
    values: RwLock<Vec<V>>,
}

/// A row with its meaning.
#[derive(Clone, Debug)]
pub struct Known {
    /// The row as the store writes it.
    pub row: Row,
    /// The meaning of the row.
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
    /// The number of the value under `key`. If it is new, `made` makes it.
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

    /// The number of the key `pk`, in either table.
    pub fn key_under(&self, pk: &str) -> Option<usize> {
        self.numbers.get(pk).map(|number| *number)
    }

    /// The key with this number.
    pub fn key_of(&self, number: usize) -> Key {
        self.keys.value(u32::try_from(number + 1).expect("a number of a key"))
    }

    /// The number of `row` under the key with this number.
    pub fn row(&self, key: usize, row: Row) -> u32 {
        let json = row.to_json().expect("a row is JSON");
        let text = json.to_string();
        let number = u32::try_from(key).expect("a number of a key");
        self.rows.number((number, text), || {
            let fact = Fact::of(self.key_of(key).pk(), &json);
            std::sync::Arc::new(Known { row, fact })
        })
    }

    /// The row with this number; 0 is no row.
    pub fn known(&self, row: u32) -> Option<std::sync::Arc<Known>> {
        (row > 0).then(|| self.rows.value(row))
    }

    /// The rows with these numbers, without those that do not exist.
    pub fn all(&self, rows: &[u32]) -> impl Iterator<Item = std::sync::Arc<Known>> {
        rows.iter().filter_map(|row| self.known(*row))
    }

    /// The number of different rows.
    pub fn rows(&self) -> usize {
        self.rows.count()
    }
}
