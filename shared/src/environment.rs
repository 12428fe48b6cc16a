//! What a process gives to the functions opened in it, and how what they need is opened.

use std::error::Error;
use std::future::Future;

use aws_sdk_dynamodb::config::SharedHttpClient;

use crate::aws;
use crate::clock::Clock;
use crate::config::Variables;

/// What keeps a function from starting.
pub type OpenError = Box<dyn Error + Send + Sync>;

/// What a process gives to the functions opened in it: one on Lambda, all of them on one machine.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The function's variables.
    pub variables: Variables,
    /// The time.
    pub clock: Clock,
    /// The connections of this process.
    pub http: SharedHttpClient,
}

impl Environment {
    /// That of a process that is one Lambda function.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            variables: Variables::of_this_process(),
            clock: Clock::default(),
            http: aws::http_client(),
        }
    }
}

/// What a handler can be given. A function links only what its context opens.
pub trait Context: Clone + Send + Sync + 'static {
    /// Whether it calls what can fail while the function runs: the tables, the secret.
    const CAN_BE_UNAVAILABLE: bool = true;
    /// Whether passwords are hashed with it.
    const HASHES: bool = false;

    /// Opens it, once, at cold start.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong or what it needs cannot be reached.
    fn open(environment: &Environment) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Begins what may run beside the first calls of an invocation.
    fn begin_invocation(&self) {}
}
