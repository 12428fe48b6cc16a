//! What is left to say when a test is done with its portal.

use crate::{Portal, answers, uses};

impl Drop for Portal {
    /// Tells what the stand-in refused the functions, in the output of the test. No function asks
    /// for what it may not do unless its code or its policy is wrong: a test in which one does fails,
    /// whatever it was answered. So does one after which what holds always does not hold.
    #[expect(clippy::print_stderr, reason = "the output of a test that fails")]
    fn drop(&mut self) {
        answers::write();
        uses::note(&self.stack);
        let refused = |refusal| format!("the stand-in refused a call: {refusal}");
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
