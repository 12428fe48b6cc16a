//! The checks at the end of a test.

use crate::{Portal, answers, secrecy, uses};

impl Drop for Portal {
    /// Fails the test if the local stack refused a call of a function, and prints the refusals: the
    /// function's code or its policy is wrong. Also fails the test if a statement of
    /// docs/INVARIANTS.md is broken, or if the log has something of a tenant.
    #[expect(clippy::print_stderr, reason = "the output of a test that fails")]
    fn drop(&mut self) {
        answers::write();
        uses::note(&self.stack);
        let refused = |refusal| format!("the local stack refused a call: {refusal}");
        let told: Vec<String> = self.stack.refusals().iter().map(refused).collect();
        let leaks = self.leaks();
        secrecy::forget(self.stack.address());
        if std::thread::panicking() {
            for line in told {
                eprintln!("{line}");
            }
            self.watch.tell(&self.stack);
        } else {
            assert!(told.is_empty(), "{}", told.join("\n"));
            self.watch.expect_in_the_end(&self.stack);
            assert!(leaks.is_empty(), "the log has what it must not have:\n{}", leaks.join("\n"));
        }
    }
}
