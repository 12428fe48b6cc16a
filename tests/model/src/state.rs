//! What is explored, and a state of it.

use jiff::Timestamp;
use shared::store::replay::Rows;

use crate::operation::Operation;

/// Operations that run at once, and what they find.
pub struct Scenario {
    /// The name.
    pub name: &'static str,
    /// The rows of both tables when it begins.
    pub rows: Rows,
    /// What runs, each once.
    pub journeys: Vec<Journey>,
    /// The times that it may become, the first first.
    pub times: Vec<Timestamp>,
    /// How many answers may be lost.
    pub losses: u8,
}

/// An operation that somebody starts, and what it answers where it succeeds.
pub struct Journey {
    /// What is done, for whoever reads a report.
    pub name: &'static str,
    /// The operation.
    pub operation: Operation,
    /// The status of its success; 0 where it has none.
    pub success: u16,
    /// At which of the times it begins; at any, where none is said.
    pub at: Option<u8>,
}

/// A state: the numbers of the rows, of the runs, and of what else matters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    /// The row under each key, by the number of the key; 0 is none.
    pub rows: Vec<u32>,
    /// The run of each journey; 0 has not begun.
    pub runs: Vec<u32>,
    /// Which of the times it is.
    pub time: u8,
    /// How many answers may still be lost.
    pub losses: u8,
    /// How often SES has taken each mail, by the number of its key.
    pub sent: Vec<(u32, u8)>,
    /// How many runs were cut short after SES took their mail.
    pub cut: u8,
    /// The statements that do not hold, a bit for each.
    pub broken: u16,
    /// The journeys that have succeeded, a bit for each.
    pub succeeded: u16,
}
