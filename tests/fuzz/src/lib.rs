//! Fuzzing: whatever a stranger, a browser, a file, a mail system or a table sends, the functions
//! answer as they say they do.
//!
//! The functions run in this process, from the event of Lambda to the answer, without a network.
//! A [`Target`] executes one input and checks properties. Two runners change inputs of the
//! [`corpus`]: the one in [`run`], for a test of a few seconds, and libFuzzer in `guided/`, which
//! follows the coverage: `make fuzz`.
//!
//! | module | content |
//! |---|---|
//! | [`world`], [`household`] | the functions, opened once; households and their secrets |
//! | [`wire`] | connections to AWS, whose rows and answers an input may bring |
//! | [`check`] | what holds for every answer, mail and line of the log |
//! | [`targets`] | the targets: how each executes an input, and what else holds |
//! | [`mutate()`] | changes of inputs, as JSON where they are JSON |
//! | [`run`], [`guided`] | the two runners |
//! | [`corpus`], [`chance`] | the kept inputs, the choices of a seed |

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    reason = "it is a test"
)]

pub mod chance;
pub mod check;
pub mod corpus;
pub mod guided;
pub mod household;
mod mutate;
pub mod run;
mod target;
pub mod targets;
pub mod wire;
pub mod world;

pub use mutate::mutate;
pub use target::{LONGEST, MARK, Shape, Target};
