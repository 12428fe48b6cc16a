//! The local stack: an imitation of AWS that runs all of `template.yaml` in one process.
//!
//! | module | imitates |
//! |---|---|
//! | [`template`] | `CloudFormation`; built on [`arn`], [`route`], [`filter`] and [`pattern`] |
//! | [`engine`], [`aws`], [`endpoint`] | `DynamoDB`, SES, Secrets Manager, at one address |
//! | [`lambda`], [`functions`] | Lambda |
//! | [`machine`] | nothing: holds the parts of one stack |
//! | [`gateway`] | API Gateway |
//! | [`streams`], [`schedules`] | event source mappings and `EventBridge`, which invoke functions |
//! | [`controls`] | nothing: a mailbox, a clock to move, faults to inject |
//!
//! A module does not import modules further down.
//!
//! [`start()`] puts the parts together. A process can run any number of stacks in memory.

mod arn;
mod aws;
mod clock;
mod controls;
mod data;
mod endpoint;
mod engine;
mod filter;
pub mod functions;
mod gateway;
mod ids;
mod invocation;
mod journal;
mod lambda;
mod leases;
mod machine;
mod mailbox;
mod openid;
mod pattern;
mod privilege;
mod refusal;
mod route;
mod schedules;
mod server;
mod signature;
mod stack;
mod start;
mod streams;
mod tasks;
mod template;
mod verbatim;

pub use aws::{Held, Latency};
pub use data::DataError;
pub use invocation::{present as present_invocation, scope as in_invocation};
pub use journal::{Change, Event, Record};
pub use lambda::function_log;
pub use leases::{FreeLease, LeasesError};
pub use privilege::Privilege;
pub use refusal::Refusal;
#[cfg(debug_assertions)]
pub use shared::store::remove_rules;
pub use stack::Stack;
pub use start::{Options, StartError, start, start_with};
pub use template::{TemplateError, privileges};
