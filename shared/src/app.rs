//! The contexts that handlers get: configuration, clock, store, keys, hasher.

use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::environment::{Context, Environment, OpenError};
use crate::keys::{Keys, Subjects};
use crate::passwords::Hasher;
use crate::store::Store;

impl Context for Arc<Config> {
    const CAN_BE_UNAVAILABLE: bool = false;

    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        Ok(Self::new(Config::read(&environment.variables)?))
    }
}

/// Configuration, clock and store, for operations that need no keys.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The configuration.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Clock,
    /// The two tables.
    pub store: Store,
    /// Hashes the subjects of throttles, bounces and stops.
    pub subjects: Subjects,
}

impl Context for Tables {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let config = Config::read(&environment.variables)?;
        let store = Store::open(environment, &config)?;
        let subjects = Subjects::new(&config.subjects_salt);
        let clock = environment.clock.clone();
        Ok(Self { config: Arc::new(config), clock, store, subjects })
    }
}

/// Configuration, clock, store and keys, for most operations.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The two tables.
    pub store: Store,
    /// Hashes the subjects of throttles, bounces and stops.
    pub subjects: Subjects,
    /// The keys derived from the secret.
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
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let config = Config::read(&environment.variables)?;
        let store = Store::open(environment, &config)?;
        let keys = Keys::open(environment).await?;
        let subjects = Subjects::new(&config.subjects_salt);
        let clock = environment.clock.clone();
        Ok(Self(Arc::new(Parts { config, clock, store, subjects, keys })))
    }

    fn begin_invocation(&self) {
        self.keys.refresh_beside();
    }
}

/// An [`App`] that also hashes passwords. The hasher's buffer is allocated at cold start.
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
    const HASHES: bool = true;

    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let app = App::open(environment).await?;
        let hasher = Hasher::new(app.config.argon2)?;
        Ok(Self { app, hasher })
    }

    fn begin_invocation(&self) {
        self.app.begin_invocation();
    }
}
