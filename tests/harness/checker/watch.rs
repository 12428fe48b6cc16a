//! When the checker reads a stack: whenever its mails have settled, after each day, and at the end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Broken, Checker, Look};
use crate::stack::Stack;

/// The checker of one portal.
#[derive(Debug)]
pub(crate) struct Watch(Mutex<State>);

#[derive(Debug)]
struct State {
    checker: Checker,
    /// Why what is broken is no fault.
    excuse: Option<&'static str>,
}

impl Watch {
    /// One that has not read anything yet.
    pub(crate) fn over(stack: &Stack) -> Self {
        let checker = Checker::new(stack.functions(), stack.variables());
        Self(Mutex::new(State { checker, excuse: None }))
    }

    /// Has nothing that is broken count from now on, for a reason.
    pub(crate) fn excuse(&self, reason: &'static str) {
        self.state().excuse = Some(reason);
    }

    /// What is broken, of all that the tables hold.
    pub(crate) fn broken(&self, stack: &Stack) -> Vec<Broken> {
        let checker = &mut self.state().checker;
        let Some((rows, records)) = stack.rows() else {
            // A row is being written at this very moment: by a call that nobody waits for.
            let look = look(checker, stack);
            return checker.check(look);
        };
        let mut look = look(checker, stack);
        look.records.truncate(records - checker.read().0);
        checker.check_whole(look, &rows)
    }

    /// Fails where anything that happened since the last look is broken.
    #[track_caller]
    pub(crate) fn expect(&self, stack: &Stack) {
        let mut state = self.state();
        if state.excuse.is_some() {
            return;
        }
        let look = look(&state.checker, stack);
        let broken = state.checker.check(look);
        drop(state);
        expect_none(&broken);
    }

    /// Fails where anything is broken, of all that the tables hold.
    #[track_caller]
    pub(crate) fn expect_in_the_end(&self, stack: &Stack) {
        if self.state().excuse.is_none() {
            expect_none(&self.broken(stack));
        }
    }

    /// Says what is broken beside what a test has failed with.
    #[expect(clippy::print_stderr, reason = "whoever reads why a test failed reads it")]
    pub(crate) fn tell(&self, stack: &Stack) {
        let Ok(mut state) = self.0.try_lock() else { return };
        let look = look(&state.checker, stack);
        for broken in state.checker.check(look) {
            eprintln!("beside: {broken}");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(checker: &Checker, stack: &Stack) -> Look {
    let (records, mails) = checker.read();
    // Mails last: what a record says was sent is there then.
    let (now, records) = (stack.now(), stack.records(records));
    Look { now, records, mails: stack.mails_since(mails) }
}

#[track_caller]
fn expect_none(broken: &[Broken]) {
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "what holds always does not hold:\n{}", lines.join("\n"));
}
