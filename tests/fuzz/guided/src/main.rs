//! Fuzzing guided by coverage, with libFuzzer: `make fuzz`.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    if fuzz::guided::execute(input) { Corpus::Keep } else { Corpus::Reject }
});

fuzz_mutator!(|input: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::guided::change(input, size, max_size, seed)
});
