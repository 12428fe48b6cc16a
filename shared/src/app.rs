//! What a handler is given.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use aws_sdk_dynamodb::config::SharedHttpClient;

use crate::aws;
use crate::clock::Clock;
use crate::config::{Config, Variables};
use crate::keys::Keys;
use crate::lambda::Error;
use crate::passwords::Hasher;
use crate::store::Store;

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
    /// Opens it, once, at cold start.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong or what it needs cannot be reached.
    fn open(environment: &Environment) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl Context for Arc<Config> {
    async fn open(environment: &Environment) -> Result<Self, Error> {
        Ok(Self::new(Config::read(&environment.variables)?))
    }
}

/// Configuration, clock and store: what works without keys.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The configuration.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    /// The two tables.
    pub store: Store,
}

impl Context for Tables {
    async fn open(environment: &Environment) -> Result<Self, Error> {
        let config = Config::read(&environment.variables)?;
        let store = Store::open(environment, &config)?;
        Ok(Self { config: Arc::new(config), clock: environment.clock.clone(), store })
    }
}

/// Configuration, clock, store and keys: what most operations work with.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The two tables.
    pub store: Store,
    /// What is derived from the secret.
    pub keys: Keys,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl AsRef<App> for App {
    fn as_ref(&self) -> &App {
        self
    }
}

impl Context for App {
    async fn open(environment: &Environment) -> Result<Self, Error> {
        let config = Config::read(&environment.variables)?;
        let store = Store::open(environment, &config)?;
        let keys = Keys::open(environment).await?;
        let clock = environment.clock.clone();
        Ok(Self(Arc::new(Parts { config, clock, store, keys })))
    }
}

/// An [`App`] that also hashes passwords: its buffer is allocated at cold start.
#[derive(Clone, Debug)]
pub struct HashingApp {
    app: App,
    /// Hashes passwords and verifies them.
    pub hasher: Hasher,
}

impl Deref for HashingApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl AsRef<App> for HashingApp {
    fn as_ref(&self) -> &App {
        &self.app
    }
}

impl Context for HashingApp {
    async fn open(environment: &Environment) -> Result<Self, Error> {
        let app = App::open(environment).await?;
        let hasher = Hasher::new(app.config.argon2)?;
        Ok(Self { app, hasher })
    }
}
