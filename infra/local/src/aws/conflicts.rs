//! Imitates AWS's transaction conflicts ("Transaction conflict handling in DynamoDB"). The embedded
//! engine serialises all calls and has no conflicts, so this module tracks which items are being
//! written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// An item: its table and its partition key. No table of the template has a sort key.
pub(crate) type Key = (String, String);

/// The items that are being written.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<BTreeMap<Key, Writers>>);

/// The calls that are writing one item.
#[derive(Clone, Copy, Debug, Default)]
struct Writers {
    /// The number of calls without a transaction. They never conflict with each other.
    plain: usize,
    /// Whether a transaction writes the item. Then no other call does.
    transaction: bool,
}

/// How a call uses items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    /// One item is written. A running transaction on the item refuses the call.
    Write,
    /// Items are written one by one. Nothing refuses the call.
    BatchWrite,
    /// All items are written or checked, or none is. Any other running write of one of them cancels
    /// the call.
    TransactWrite,
    /// All items are read at one instant. Any running write of one of them cancels the call.
    TransactRead,
}

impl Use {
    /// How `action` uses items; `None` if it cannot be part of a conflict.
    pub(crate) fn of(action: &str) -> Option<Self> {
        match action {
            "PutItem" | "UpdateItem" | "DeleteItem" => Some(Self::Write),
            "BatchWriteItem" => Some(Self::BatchWrite),
            "TransactWriteItems" => Some(Self::TransactWrite),
            "TransactGetItems" => Some(Self::TransactRead),
            _ => None,
        }
    }
}

/// The items of a running call. They are released when this is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    in_flight: &'a InFlight,
    how: Use,
    keys: Vec<Key>,
}

impl InFlight {
    /// Takes the items of a call while it runs. An item whose key is `None` is unknown and ignored.
    /// Fails with the positions of the items in conflict.
    pub(crate) fn take(&self, how: Use, keys: &[Option<Key>]) -> Result<Held<'_>, Vec<usize>> {
        let mut writers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let conflicts: Vec<usize> = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| {
                let writers = key.as_ref().and_then(|key| writers.get(key));
                writers.is_some_and(|writers| writers.refuse(how))
            })
            .map(|(position, _)| position)
            .collect();
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        // The engine refuses a transaction that names an item twice.
        let mut keys: Vec<Key> = keys.iter().flatten().cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        for key in &keys {
            match how {
                Use::Write | Use::BatchWrite => writers.entry(key.clone()).or_default().plain += 1,
                Use::TransactWrite => writers.entry(key.clone()).or_default().transaction = true,
                Use::TransactRead => {}
            }
        }
        Ok(Held { in_flight: self, how, keys })
    }
}

impl Writers {
    /// Whether these calls conflict with a call of this use.
    fn refuse(self, how: Use) -> bool {
        match how {
            Use::Write => self.transaction,
            Use::BatchWrite => false,
            Use::TransactWrite | Use::TransactRead => self.transaction || self.plain > 0,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut all = self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            let Some(writers) = all.get_mut(key) else {
                continue;
            };
            match self.how {
                Use::Write | Use::BatchWrite => writers.plain = writers.plain.saturating_sub(1),
                Use::TransactWrite => writers.transaction = false,
                Use::TransactRead => {}
            }
            if writers.plain == 0 && !writers.transaction {
                all.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<Option<Key>> {
        names.iter().map(|name| Some(("tokens".to_owned(), (*name).to_owned()))).collect()
    }

    #[test]
    fn a_transaction_refuses_other_writes_of_its_items_until_it_ends() {
        let items = InFlight::default();
        let held = items.take(Use::TransactWrite, &keys(&["a", "b"])).unwrap();

        assert_eq!(items.take(Use::Write, &keys(&["b"])).unwrap_err(), [0]);
        assert_eq!(
            items.take(Use::TransactWrite, &keys(&["c", "b", "d", "a"])).unwrap_err(),
            [1, 3]
        );
        assert_eq!(items.take(Use::TransactRead, &keys(&["c", "a"])).unwrap_err(), [1]);
        // A refused call holds no items.
        assert!(items.take(Use::TransactWrite, &keys(&["c", "d"])).is_ok());
        drop(held);

        assert!(items.take(Use::TransactWrite, &keys(&["a", "b"])).is_ok());
        assert!(items.0.lock().unwrap().is_empty());
    }

    #[test]
    fn other_writes_serialise_and_cancel_transactions() {
        let items = InFlight::default();
        let first = items.take(Use::Write, &keys(&["a"])).unwrap();
        let second = items.take(Use::Write, &keys(&["a"])).unwrap();
        let batch = items.take(Use::BatchWrite, &keys(&["a", "b"])).unwrap();

        drop(first);
        assert_eq!(items.take(Use::TransactWrite, &keys(&["b", "a"])).unwrap_err(), [0, 1]);
        drop(batch);
        assert_eq!(items.take(Use::TransactWrite, &keys(&["b", "a"])).unwrap_err(), [1]);
        drop(second);

        assert!(items.take(Use::TransactWrite, &keys(&["b", "a"])).is_ok());
    }

    #[test]
    fn reads_hold_no_items_and_a_batch_is_never_refused() {
        let items = InFlight::default();
        let _read = items.take(Use::TransactRead, &keys(&["a"])).unwrap();
        let _written = items.take(Use::TransactWrite, &keys(&["a"])).unwrap();

        drop(items.take(Use::BatchWrite, &keys(&["a"])).unwrap());
        assert_eq!(items.take(Use::Write, &keys(&["a"])).unwrap_err(), [0]);
    }

    #[test]
    fn an_unknown_item_has_no_conflicts() {
        let items = InFlight::default();
        let _held = items.take(Use::TransactWrite, &[None]).unwrap();

        assert!(items.take(Use::TransactWrite, &[None]).is_ok());
    }
}
