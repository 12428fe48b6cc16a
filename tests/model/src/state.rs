//! A scenario, and a state of it.

use jiff::Timestamp;
use shared::store::replay::Rows;

use crate::operation::Operation;

/// Operations that run at once, with the rows at their start.
pub struct Scenario {
    /// The name, as an argument of `make model`.
    pub name: &'static str,
    /// The rows of both tables at the start.
    pub rows: Rows,
    /// The journeys, each of which runs once.
    pub journeys: Vec<Journey>,
    /// The times that the clock can have, in order; the first is the start.
    pub times: Vec<Timestamp>,
    /// The largest number of lost answers.
    pub losses: u8,
}

/// An operation that somebody starts, and the status of its success.
pub struct Journey {
    /// The action in words, for a report.
    pub name: &'static str,
    /// The operation with its event.
    pub operation: Operation,
    /// The status of its success; 0 if it has none.
    pub success: u16,
    /// The position in `times` at which it begins; `None` if it can begin at any.
    pub at: Option<u8>,
}

/// A state. It contains numbers that stand for rows and runs.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    /// The number of the row under each key, by the number of the key; 0 is no row.
    pub rows: Vec<u32>,
    /// The number of the run of each journey; 0 if it has not begun.
    pub runs: Vec<u32>,
    /// The present position in `times`.
    pub time: u8,
    /// The number of answers that may still be lost.
    pub losses: u8,
    /// The number of times that SES has taken each mail, by the number of its key.
    pub sent: Vec<(u32, u8)>,
    /// The number of runs that were cut short after SES took their mail.
    pub cut: u8,
    /// The broken statements, a bit for each.
    pub broken: u16,
    /// The journeys that have succeeded, a bit for each.
    pub succeeded: u16,
}
