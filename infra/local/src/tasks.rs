//! The background tasks of a stack.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long running tasks may take when a stack stops.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tasks that stop together.
pub(crate) struct Tasks {
    set: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    /// No task yet.
    pub(crate) fn new() -> Self {
        Self { set: JoinSet::new(), stop: watch::Sender::new(false) }
    }

    /// Starts `task`, which gets the signal to stop.
    pub(crate) fn spawn<F>(&mut self, task: impl FnOnce(watch::Receiver<bool>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.set.spawn(task(self.stop.subscribe()));
    }

    /// Waits for the tasks to finish, up to the limit.
    pub(crate) async fn finish(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.set.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(PATIENCE, finished).await;
        self.set.shutdown().await;
    }
}
