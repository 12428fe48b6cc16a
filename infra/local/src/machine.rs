//! The parts of one stack.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use crate::aws::{Faults, Holds, InFlight, Latencies, Refusals, Requests, Secrets, Uses};
use crate::clock::LocalClock;
use crate::engine::Engine;
use crate::journal::Journal;
use crate::lambda::Lambda;
use crate::mailbox::Mailbox;
use crate::openid::OpenId;
use crate::template::Template;

/// The parts of one stack.
pub(crate) struct Machine {
    /// The template's declarations.
    pub template: Template,
    /// The clock.
    pub clock: LocalClock,
    /// `DynamoDB`.
    pub engine: Engine,
    /// SES.
    pub mailbox: Mailbox,
    /// Secrets Manager.
    pub secrets: Secrets,
    /// The functions, by their names.
    pub functions: BTreeMap<String, Arc<Lambda>>,
    /// The injected faults.
    pub faults: Faults,
    /// How long the services take.
    pub latencies: Latencies,
    /// The calls that must wait.
    pub holds: Holds,
    /// The items that are being written.
    pub in_flight: InFlight,
    /// Whether streams deliver every batch a second time after it succeeded.
    pub duplicates: AtomicBool,
    /// The recorded calls of functions.
    pub requests: Requests,
    /// The refused calls of functions.
    pub refusals: Refusals,
    /// The journal of reads, writes and sent mails, if it is kept.
    pub journal: Arc<Journal>,
    /// The privileges that functions have used.
    pub uses: Uses,
    /// The landlord's identity provider.
    pub openid: OpenId,
    /// Signals every write to a table.
    pub writes: watch::Sender<()>,
}
