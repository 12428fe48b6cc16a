//! How long the services take at least, as over AWS's network. By default they take no time of their own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::service::Service;

/// The latencies of services.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Mutex<BTreeMap<&'static str, Latency>>);

/// How long a service takes for a call, its own work with it: what that work is does not show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    /// Of a transaction of `DynamoDB`.
    pub transaction: Duration,
    /// Of any other call.
    pub call: Duration,
}

impl Latencies {
    /// Sets the latency of the service `name`, as in a fault.
    pub(crate) fn set(&self, name: &'static str, latency: Latency) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, latency);
    }

    /// How long `service` takes for a call to `action`.
    pub(crate) fn of(&self, service: Service, action: &str) -> Duration {
        let latencies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let latency = latencies.get(service.name()).copied().unwrap_or_default();
        if action.starts_with("Transact") { latency.transaction } else { latency.call }
    }
}
