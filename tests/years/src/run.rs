//! The parameters of a simulation, and its report.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// The parameters of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The seed: everything that happens depends on it.
    pub seed: u64,
    /// The number of leases, each with its household.
    pub households: usize,
    /// The number of days.
    pub days: usize,
    /// The number of calls to a service that fail, of a million.
    pub faults: usize,
}

/// The report of a simulation.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The broken statements, each with the day on which it was found.
    pub broken: Vec<String>,
    /// The number of days that were checked.
    pub days: usize,
    /// The number of records in the journal.
    pub records: usize,
    /// The digest of the journal. Two runs with the same digest did the same.
    pub digest: String,
    /// The number of mails that SES took.
    pub mails: usize,
    /// The number of times that each function gave each answer.
    pub answers: BTreeMap<String, usize>,
    /// The number of failed calls, for each kind of fault.
    pub faults: BTreeMap<String, usize>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: usize = self.faults.values().sum();
        let answers: usize = self.answers.values().sum();
        write!(
            f,
            "{} days, {answers} invocations, {} records, {} mails, {faults} faults; digest {}",
            self.days, self.records, self.mails, self.digest,
        )?;
        let list = |of: &BTreeMap<String, usize>| {
            of.iter().fold(String::new(), |mut text, (name, count)| {
                let _ = write!(text, " {name}: {count};");
                text
            })
        };
        write!(f, "\n  faults:{}\n  answers:{}", list(&self.faults), list(&self.answers))?;
        for broken in &self.broken {
            write!(f, "\n  broken: {broken}")?;
        }
        Ok(())
    }
}
