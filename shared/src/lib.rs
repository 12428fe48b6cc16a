//! What the account operations share.
//!
//! | module | what it is |
//! |---|---|
//! | [`app`] | what a handler is given: configuration, clock, store, keys |
//! | [`audit`] | who did what to which account |
//! | [`authentication`] | checks a password, at sign-in or when it is asked for again |
//! | [`aws`] | the one place where connections to AWS are made |
//! | [`clock`], [`config`], [`random`] | the only readers of the time, the environment, the random generator |
//! | [`decisions`] | what the agency decides about an account, whoever decides for it |
//! | [`domain`] | the types of the domain, without I/O |
//! | [`environment`] | the environment of a function, and how its context is opened |
//! | [`error`] | the errors of operations, as callers see them |
//! | [`import`] | files of leases, and importing them |
//! | [`keys`] | the keys, all derived from one secret |
//! | [`limits`] | the limits of calls |
//! | [`links`] | what following a mailed link means |
//! | [`http`] | the only module that knows Lambda and HTTP |
//! | [`mail`] | the mails, in French and English |
//! | [`metrics`] | metrics of the business |
//! | [`openid`] | signing staff in with the landlord's identity provider |
//! | [`passwords`] | hashing |
//! | [`store`] | the two tables |
//! | [`view`] | the parts of answers that several operations share |

pub mod app;
pub mod audit;
pub mod authentication;
pub mod aws;
pub mod clock;
pub mod config;
pub mod decisions;
pub mod domain;
pub mod environment;
pub mod error;
pub mod http;
pub mod import;
pub mod keys;
pub mod limits;
pub mod links;
pub mod mail;
pub mod metrics;
pub mod openid;
pub mod passwords;
pub mod random;
pub mod store;
pub mod view;
