//! The environment of a function, and how its context is opened.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use crate::aws::{Client, Connections, Patience, Service, Transport};
use crate::clock::Clock;
use crate::config::Variables;

/// Why a function cannot start.
pub type OpenError = Box<dyn Error + Send + Sync>;

/// What a process gives to its functions: variables, clock,
/// connections. A process runs one
/// function on Lambda, all of them on the local stack.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The function's environment variables.
    pub variables: Variables,
    /// The clock.
    pub clock: Clock,
    /// The connections to AWS.
    pub transport: Arc<dyn Transport>,
}

impl Environment {
    /// The environment of a process that is one Lambda function.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            variables: Variables::of_this_process(),
            clock: Clock::default(),
            transport: Arc::new(Connections::default()),
        }
    }

    /// A client of `service`. Makes no call.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing.
    pub fn client(&self, service: Service, patience: Patience) -> Result<Client, OpenError> {
        let transport = Arc::clone(&self.transport);
        Client::open(service, patience, &self.variables, self.clock.clone(), transport)
    }
}

/// A context for a handler. A function links only the code that its context needs.
pub trait Context: Clone + Send + Sync + 'static {
    /// Whether the context can fail while the function runs, because it calls the tables or the
    /// secret.
    const CAN_BE_UNAVAILABLE: bool = true;
    /// Whether the context hashes passwords.
    const HASHES: bool = false;

    /// Opens the context, once, at cold start.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong or a dependency cannot be reached.
    fn open(environment: &Environment) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Starts work that may run concurrently with the first calls of an invocation.
    fn begin_invocation(&self) {}
}
