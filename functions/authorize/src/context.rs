//! The context of this function: configuration and keys, without tables.

use std::sync::Arc;

use shared::config::Config;
use shared::environment::{self, Environment, OpenError};
use shared::keys::Keys;

/// Configuration and keys.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) config: Arc<Config>,
    pub(crate) keys: Keys,
}

impl environment::Context for Context {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        Ok(Self {
            config: <Arc<Config> as environment::Context>::open(environment).await?,
            keys: Keys::open(environment).await?,
        })
    }
}
