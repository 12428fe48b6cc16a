//! What libFuzzer calls: one target, in one thread, in a world that lasts.
//!
//! With `BLIND`, a number, the runner of [`run`](mod@crate::run) executes so many changed inputs before. It does not
//! follow the coverage, which costs more than a short input does.

use std::cell::Cell;

use crate::chance::Chance;
use crate::household;
use crate::mutate::mutate;
use crate::run::{Report, run};
use crate::target::Target;
use crate::world::World;
use crate::{corpus, targets};

/// After so many executions, how many had a meaning is printed.
const TOLD: u64 = 100_000;

thread_local! {
    static GUIDED: Guided = Guided::begin();
}

struct Guided {
    world: World,
    target: &'static Target,
    inputs: Vec<Vec<u8>>,
    executed: Cell<u64>,
    skipped: Cell<u64>,
}

impl Guided {
    /// The target that `FUZZ` names, after the changed inputs that `BLIND` and `SEED` ask for.
    #[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "it is a test")]
    fn begin() -> Self {
        let number = |name: &str| -> Option<u64> {
            std::env::var(name).ok().and_then(|number| number.parse().ok())
        };
        let name = std::env::var("FUZZ").unwrap_or_default();
        let names = targets::ALL.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        let Some(target) = targets::find(&name) else { panic!("FUZZ is one of {names}") };
        let inputs = corpus::inputs(target).into_iter().map(|(_, input)| input).collect();
        let (executed, skipped) = (Cell::new(0), Cell::new(0));
        let world = household::world();
        if let Some(count) = number("BLIND") {
            let seed = number("SEED").unwrap_or(1);
            let report = run(&world, target, seed, usize::try_from(count).unwrap_or_default());
            let Report { executed, skipped, found } = report;
            eprintln!("{name}: {executed} executed, {skipped} of no meaning, unguided");
            if let Some(fault) = found {
                panic!("{fault}");
            }
        }
        Self { world, target, inputs, executed, skipped }
    }
}

/// Executes `input`. Returns whether it had a meaning.
///
/// # Panics
///
/// Where a property does not hold.
#[expect(clippy::print_stderr, reason = "it reports, as libFuzzer does")]
pub fn execute(input: &[u8]) -> bool {
    GUIDED.with(|guided| {
        let result = (guided.target.execute)(&guided.world, input);
        let is_executed = result.unwrap_or_else(|fault| panic!("{fault}"));
        let counted = if is_executed { &guided.executed } else { &guided.skipped };
        counted.set(counted.get() + 1);
        let (executed, skipped) = (guided.executed.get(), guided.skipped.get());
        if is_executed && executed.is_multiple_of(TOLD) {
            eprintln!("{}: {executed} executed, {skipped} of no meaning", guided.target.name);
        }
        is_executed
    })
}

/// Changes the first `size` bytes of `input`, which has room. Returns the new size.
pub fn change(input: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    GUIDED.with(|guided| {
        let mut chance = Chance::of(u64::from(seed));
        let other = &guided.inputs[chance.below(guided.inputs.len())];
        let (shape, words) = (guided.target.shape, &guided.world.placeholders);
        let most = most.min(input.len());
        let changed = mutate(&input[..size], other, shape, words, most, &mut chance);
        input[..changed.len()].copy_from_slice(&changed);
        changed.len()
    })
}
