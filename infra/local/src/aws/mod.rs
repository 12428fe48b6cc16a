//! The services that functions call, one module each.

pub(crate) mod conflicts;
pub(crate) mod dynamodb;
pub(crate) mod faults;
pub(crate) mod holds;
pub(crate) mod items;
mod latencies;
mod refusals;
pub(crate) mod reply;
pub(crate) mod requests;
pub(crate) mod secrets;
mod service;
pub(crate) mod ses;
mod uses;

pub(crate) use conflicts::InFlight;
pub(crate) use faults::{Fail, Fault, Faults, can_conflict};
pub use holds::Held;
pub(crate) use holds::Holds;
pub(crate) use latencies::Latencies;
pub use latencies::Latency;
pub(crate) use refusals::Refusals;
pub(crate) use requests::Requests;
pub(crate) use secrets::Secrets;
pub(crate) use service::Service;
pub(crate) use uses::Uses;
