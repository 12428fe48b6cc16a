//! Calls that wait until a test lets them go on: what another invocation does meanwhile, it does
//! between two calls of theirs.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// The calls that are to wait.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<Vec<Hold>>);

/// A call that is to wait.
#[derive(Debug)]
struct Hold {
    /// The function that makes it.
    function: String,
    /// Which of the function's calls waits.
    which: Which,
    /// How many of these calls pass first.
    skip: usize,
    began: watch::Sender<bool>,
    released: watch::Receiver<bool>,
}

/// Which calls of a function may be held.
#[derive(Debug)]
enum Which {
    /// Those of one invocation: the function's next one until that makes a call.
    Of(Option<String>),
    /// Those of this action, of any invocation.
    To(&'static str),
}

/// A call that waits, or will. It goes on when this is dropped.
#[derive(Debug)]
pub struct Held {
    began: watch::Receiver<bool>,
    #[expect(dead_code, reason = "dropping it lets the call go on")]
    release: watch::Sender<bool>,
}

impl Held {
    /// Returns once the call waits; never where the invocation ends before it.
    pub fn began(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut began = self.began.clone();
        async move {
            if began.wait_for(|began| *began).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Holds {
    /// Has the call wait that the next invocation of `function` makes after `skip` others.
    pub(crate) fn hold(&self, function: &str, skip: usize) -> Held {
        self.hold_one(function, Which::Of(None), skip)
    }

    /// Has the call wait that any invocation of `function` makes to `action` after `skip` others.
    pub(crate) fn hold_at(&self, function: &str, action: &'static str, skip: usize) -> Held {
        self.hold_one(function, Which::To(action), skip)
    }

    fn hold_one(&self, function: &str, which: Which, skip: usize) -> Held {
        let (began, begins) = watch::channel(false);
        let (release, released) = watch::channel(false);
        let function = function.to_owned();
        self.holds().push(Hold { function, which, skip, began, released });
        Held { began: begins, release }
    }

    /// Returns when a call to `action` of this invocation of `function` may go on; how long it was
    /// held.
    pub(crate) async fn pass(&self, function: &str, invocation: &str, action: &str) -> Duration {
        let Some(mut hold) = self.take(function, invocation, action) else { return Duration::ZERO };
        let began = Instant::now();
        hold.began.send_replace(true);
        // Nothing is ever sent: it is let go by being dropped.
        while hold.released.changed().await.is_ok() {}
        began.elapsed()
    }

    /// The hold that is for this call, which is counted.
    fn take(&self, function: &str, invocation: &str, action: &str) -> Option<Hold> {
        let mut holds = self.holds();
        // Where the test has dropped its end, nothing is held.
        holds.retain(|hold| hold.released.has_changed().is_ok());
        let index = holds.iter().position(|hold| {
            let is_it = match &hold.which {
                Which::Of(its) => its.as_deref().is_none_or(|its| its == invocation),
                Which::To(its) => *its == action,
            };
            hold.function == function && is_it
        })?;
        let hold = holds.get_mut(index)?;
        if let Which::Of(its) = &mut hold.which {
            *its = Some(invocation.to_owned());
        }
        if hold.skip == 0 {
            return Some(holds.remove(index));
        }
        hold.skip -= 1;
        None
    }

    fn holds(&self) -> std::sync::MutexGuard<'_, Vec<Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn the_call_after_those_that_pass_waits_until_it_is_let_go() {
        let holds = Holds::default();
        let held = holds.hold("login", 1);

        holds.pass("login", "1", "GetItem").await;
        holds.pass("login", "2", "GetItem").await;
        holds.pass("logout", "3", "GetItem").await;
        let second = holds.pass("login", "1", "GetItem");
        tokio::pin!(second);
        assert!(timeout(SOON, &mut second).await.is_err(), "it waits");
        timeout(SOON, held.began()).await.unwrap();
        holds.pass("login", "1", "GetItem").await;

        drop(held);
        timeout(SOON, second).await.unwrap();
    }

    #[tokio::test]
    async fn a_call_to_an_action_waits_whichever_invocation_makes_it() {
        let holds = Holds::default();
        let held = holds.hold_at("login", "PutItem", 1);

        holds.pass("login", "1", "PutItem").await;
        holds.pass("login", "1", "GetItem").await;
        let put = holds.pass("login", "2", "PutItem");
        tokio::pin!(put);
        assert!(timeout(SOON, &mut put).await.is_err(), "it waits");

        drop(held);
        timeout(SOON, put).await.unwrap();
    }

    #[tokio::test]
    async fn a_hold_that_nobody_waits_for_holds_nothing() {
        let holds = Holds::default();
        drop(holds.hold("login", 0));

        timeout(SOON, holds.pass("login", "1", "GetItem")).await.unwrap();
    }
}
