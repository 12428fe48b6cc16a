//! The random generator of a simulation. A seed gives the same draws on every machine.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// The draws of one seed.
#[derive(Clone, Debug)]
pub struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// The draws of `seed`, from the first.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound.max(1))
    }

    /// A number from `least` to below `beyond`; `least` if there is none.
    pub fn between(&mut self, least: i64, beyond: i64) -> i64 {
        self.0.random_range(least..beyond.max(least + 1))
    }

    /// Whether an event happens that happens once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
