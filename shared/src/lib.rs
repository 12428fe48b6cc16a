//! What the account operations share.
//!
//! | module | what it is |
//! |---|---|
//! | [`app`] | what a handler is given: configuration, clock, store, keys |
//! | [`audit`] | who did what to which account |
//! | [`authentication`] | a password that is given |
//! | [`aws`] | the one place where connections to AWS are made |
//! | [`clock`], [`config`], [`random`] | the only readers of the time, the environment, the random generator |
//! | [`domain`] | the landlord's words as types, pure |
//! | [`environment`] | what a process gives to the functions opened in it |
//! | [`error`] | what a caller can see when an operation fails |
//! | [`keys`] | everything derived from the one secret |
//! | [`limits`] | how often is too often |
//! | [`links`] | the protocol of a mailed link |
//! | [`http`] | the only module that knows Lambda and HTTP |
//! | [`mail`] | the mails, in French and English |
//! | [`metrics`] | metrics of the business |
//! | [`passwords`] | hashing |
//! | [`store`] | the two tables |
//! | [`view`] | what several operations show of the same thing |

pub mod app;
pub mod audit;
pub mod authentication;
pub mod aws;
pub mod clock;
pub mod config;
pub mod domain;
pub mod environment;
pub mod error;
pub mod http;
pub mod keys;
pub mod limits;
pub mod links;
pub mod mail;
pub mod metrics;
pub mod passwords;
pub mod random;
pub mod store;
pub mod view;
