//! When the checker reads a stack: each time its mails have settled, after each simulated day, and
//! at the end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Broken, Checker, Look};
use crate::stack::Stack;

/// The checker of one portal.
#[derive(Debug)]
pub(crate) struct Watch(Mutex<State>);

#[derive(Debug)]
struct State {
    checker: Checker,
    /// Why broken statements are no failure.
    excuse: Option<&'static str>,
}

impl Watch {
    /// A watch that has not read anything yet.
    pub(crate) fn over(stack: &Stack) -> Self {
        let checker = Checker::new(stack.functions(), stack.variables());
        Self(Mutex::new(State { checker, excuse: None }))
    }

    /// From now on, broken statements are no failure, for this reason.
    pub(crate) fn excuse(&self, reason: &'static str) {
        self.state().excuse = Some(reason);
    }

    /// Everything that is broken, in whole tables.
    pub(crate) fn broken(&self, stack: &Stack) -> Vec<Broken> {
        let checker = &mut self.state().checker;
        let Some((rows, records)) = stack.rows() else {
            // A call that nobody waits for may be writing a row at this moment.
            let look = look(checker, stack);
            return checker.check(look);
        };
        let mut look = look(checker, stack);
        look.records.truncate(records - checker.read().0);
        checker.check_whole(look, &rows)
    }

    /// Fails if a statement broke since the last reading.
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

    /// Fails if a statement is broken, in whole tables.
    #[track_caller]
    pub(crate) fn expect_in_the_end(&self, stack: &Stack) {
        if self.state().excuse.is_none() {
            expect_none(&self.broken(stack));
        }
    }

    /// Prints broken statements beside the failure of a test.
    #[expect(clippy::print_stderr, reason = "it is part of the message of a test that fails")]
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
    // Mails are read last, so that every mail in the records is there.
    let (now, records) = (stack.now(), stack.records(records));
    Look { now, records, mails: stack.mails_since(mails) }
}

#[track_caller]
fn expect_none(broken: &[Broken]) {
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "what holds always does not hold:\n{}", lines.join("\n"));
}
