//! What is simulated, and what came of it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// What everything that happens follows from.
    pub seed: u64,
    /// How many leases there are, each with its household.
    pub households: usize,
    /// How many days.
    pub days: usize,
    /// How many of a million calls to a service fail.
    pub faults: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What holds always and does not, each with when it was found.
    pub broken: Vec<String>,
    /// How many days were checked.
    pub days: usize,
    /// How many records the journal has.
    pub records: usize,
    /// The digest of the journal: two runs that have the same did the same.
    pub digest: String,
    /// How many mails were sent.
    pub mails: usize,
    /// How often each function gave each answer.
    pub answers: BTreeMap<String, usize>,
    /// How often calls failed, in each way.
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
