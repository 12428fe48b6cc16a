//! The runner of the test: executes the corpus, then a fixed number of changed inputs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chance::Chance;
use crate::corpus;
use crate::mutate::mutate;
use crate::target::{LONGEST, Target};
use crate::world::World;

/// How many changed inputs that had a meaning are kept beside the corpus, to be changed further.
const KEPT: usize = 64;

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// How many inputs were executed.
    pub executed: usize,
    /// How many inputs had no meaning for the target.
    pub skipped: usize,
    /// What did not hold, with the input.
    pub found: Option<String>,
}

/// Executes the corpus of `target`, then `count` changed inputs by the choices of `seed`. Stops at
/// the first that breaks a property.
pub fn run(world: &World, target: &Target, seed: u64, count: usize) -> Report {
    let mut chance = Chance::of(seed);
    let mut report = Report::default();
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for (name, input) in corpus::inputs(target) {
        if let Err(fault) = execute(world, target, &input) {
            report.found = Some(format!("{name}: {fault}"));
            return report;
        }
        report.executed += 1;
        inputs.push(input);
    }
    let kept = inputs.len();
    for number in 0..count {
        let input = &inputs[chance.below(inputs.len())];
        let other = &inputs[chance.below(inputs.len())];
        let words = &world.placeholders;
        let changed = mutate(input, other, target.shape, words, LONGEST, &mut chance);
        match execute(world, target, &changed) {
            Ok(true) => {
                report.executed += 1;
                if chance.one_in(8) {
                    let at = kept + chance.below(KEPT);
                    match inputs.get_mut(at) {
                        Some(place) => *place = changed,
                        None => inputs.push(changed),
                    }
                }
            }
            Ok(false) => report.skipped += 1,
            Err(fault) => {
                report.found = Some(format!(
                    "{}, seed {seed}, input {number}: {fault}\nthe input, to be kept in {}:\n{}",
                    target.name,
                    corpus::folder(target.corpora[0]).display(),
                    String::from_utf8_lossy(&changed)
                ));
                return report;
            }
        }
    }
    report
}

/// Executes `input`. A panic breaks a property, too.
fn execute(world: &World, target: &Target, input: &[u8]) -> Result<bool, String> {
    let result = catch_unwind(AssertUnwindSafe(|| (target.execute)(world, input)));
    result.unwrap_or_else(|_| Err("it panics".to_owned()))
}
