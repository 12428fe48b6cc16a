//! The checks at the end of a test.

use crate::{Portal, answers, uses};

impl Drop for Portal {
    /// Fails the test if the local stack refused a call of a function, and prints the refusals: the
    /// function's code or its policy is wrong. Also fails the test if a statement of
    /// docs/INVARIANTS.md is broken.
    #[expect(clippy::print_stderr, reason = "the output of a test that fails")]
    fn drop(&mut self) {
        answers::write();
        uses::note(&self.stack);
        let refused = |refusal| format!("the local stack refused a call: {refusal}");
        let told: Vec<String> = self.stack.refusals().iter().map(refused).collect();
        if std::thread::panicking() {
            for line in told {
                eprintln!("{line}");
            }
            self.watch.tell(&self.stack);
        } else {
            assert!(told.is_empty(), "{}", told.join("\n"));
            self.watch.expect_in_the_end(&self.stack);
        }
    }
}
