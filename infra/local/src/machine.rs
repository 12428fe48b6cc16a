//! Everything of one stack.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use crate::aws::{Faults, InFlight, Refusals, Requests, Secrets, Uses};
use crate::clock::LocalClock;
use crate::engine::Engine;
use crate::journal::Journal;
use crate::lambda::Lambda;
use crate::mailbox::Mailbox;
use crate::template::Template;

/// Everything of one stack.
pub(crate) struct Machine {
    /// What the template declares.
    pub template: Template,
    /// The time.
    pub clock: LocalClock,
    /// `DynamoDB`.
    pub engine: Engine,
    /// SES.
    pub mailbox: Mailbox,
    /// Secrets Manager.
    pub secrets: Secrets,
    /// The functions, by their names.
    pub functions: BTreeMap<String, Arc<Lambda>>,
    /// How services are to fail.
    pub faults: Faults,
    /// The items that are being written.
    pub in_flight: InFlight,
    /// Whether streams deliver every batch a second time after it succeeded.
    pub duplicates: AtomicBool,
    /// What functions asked of services.
    pub requests: Requests,
    /// What functions were refused.
    pub refusals: Refusals,
    /// What happened, if it is kept.
    pub journal: Arc<Journal>,
    /// What functions made use of, of what they are allowed.
    pub uses: Uses,
    /// Tells of every write to a table.
    pub writes: watch::Sender<()>,
}
