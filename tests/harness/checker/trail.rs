//! The audit trail, as the functions of this process log it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::log;

/// A line of the audit trail.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) operation: String,
    pub(super) account: String,
    pub(super) outcome: String,
}

/// The lines that no checker has taken yet, by the invocation that wrote them.
static LINES: LazyLock<Mutex<HashMap<u64, Vec<Line>>>> = LazyLock::new(Mutex::default);
static LISTENING: Mutex<bool> = Mutex::new(false);

/// Keeps the audit trail of this process, unless something else listens to its log.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ear = Ear.with_filter(filter_fn(|about| about.target() == "shared::audit"));
        let subscriber = tracing_subscriber::registry();
        let subscriber = subscriber.with(LevelFilter::INFO).with(ear).with(log::layer());
        let heard = tracing::subscriber::set_global_default(subscriber).is_ok();
        *LISTENING.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    });
}

/// Whether the trail is kept.
pub(super) fn is_heard() -> bool {
    *LISTENING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the lines that an invocation wrote.
pub(super) fn take(invocation: u64) -> Vec<Line> {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.remove(&invocation).unwrap_or_default()
}

struct Ear;

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(invocation) = local::present_invocation() else { return };
        let mut line = Line::default();
        event.record(&mut line);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.entry(invocation).or_default().push(line);
    }
}

impl Line {
    fn set(&mut self, field: &Field, value: String) {
        match field.name() {
            "audit.operation" => self.operation = value,
            "account.id" => self.account = value,
            "audit.outcome" => self.outcome = value,
            _ => {}
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}
