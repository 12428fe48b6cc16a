//! The stand-in for AWS on one machine: everything of `template.yaml` in one process.
//!
//! | module | stands in for |
//! |---|---|
//! | [`template`] | `CloudFormation`; of [`arn`], [`route`], [`filter`] and [`pattern`] it is made |
//! | [`engine`], [`aws`], [`endpoint`] | `DynamoDB`, SES, Secrets Manager, and the one address they have |
//! | [`lambda`], [`functions`] | Lambda |
//! | [`machine`] | nothing: what of these one stack has |
//! | [`gateway`] | API Gateway |
//! | [`streams`], [`schedules`] | what wakes functions: event source mappings, `EventBridge` |
//! | [`controls`] | nothing: a mailbox to look into, a clock to move, faults to inject |
//!
//! What is further up knows nothing of what is further down.
//!
//! [`start`] puts them together; as many stacks as one likes run in a process, in memory each.

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

pub use data::DataError;
pub use invocation::present as present_invocation;
pub use journal::{Change, Event, Record};
pub use leases::{FreeLease, LeasesError};
pub use privilege::Privilege;
pub use refusal::Refusal;
pub use stack::Stack;
pub use start::{Options, StartError, start, start_with};
pub use template::{TemplateError, privileges};
