//! A target, and what is common to all inputs.

use crate::world::World;

/// A text that inputs contain and that no answer to a bad input and no line of the log may repeat.
/// No name of a field looks like it: answers repeat those.
pub const MARK: &str = "zq<'x";

/// The longest input, in bytes.
pub const LONGEST: usize = 8 * 1_024;

/// The form of a target's inputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// JSON.
    Json,
    /// A line that says what the rest is, then the rest.
    Lines,
}

/// What executes inputs of one kind.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// The folders of the corpus that have inputs of its kind, its own first.
    pub corpora: &'static [&'static str],
    /// The form of its inputs.
    pub shape: Shape,
    /// Executes an input. An error says what does not hold. `false`: the input has no meaning for
    /// this target, so nothing was executed.
    pub execute: fn(&World, &[u8]) -> Result<bool, String>,
}
