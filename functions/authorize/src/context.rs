//! What this function is given: no table.

use std::sync::Arc;

use shared::app::{self, Environment};
use shared::config::Config;
use shared::keys::Keys;
use shared::lambda;

/// Configuration and keys.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) config: Arc<Config>,
    pub(crate) keys: Arc<Keys>,
}

impl app::Context for Context {
    async fn open(environment: &Environment) -> Result<Self, lambda::Error> {
        Ok(Self {
            config: <Arc<Config> as app::Context>::open(environment).await?,
            keys: <Arc<Keys> as app::Context>::open(environment).await?,
        })
    }
}
