//! The context of this function.

use std::time::Duration;

use shared::app::App;
use shared::config::Reader;
use shared::environment::{self, Environment, OpenError};

use crate::visitor::Visitor;

/// An [`App`] that also visits the portal.
#[derive(Clone, Debug)]
pub struct Context {
    /// Configuration, clock, store and keys.
    pub(crate) app: App,
    pub(crate) visitor: Visitor,
    /// `WATCH_STEP_SECONDS`: how long each step may take, 10 s by default.
    pub(crate) step: Duration,
    /// `WATCH_MAIL_SECONDS`: how long SES may take to have the mail, 60 s by default: less than what
    /// the sweep needs where the stream brings nothing.
    pub(crate) mail: Duration,
}

impl environment::Context for Context {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let mut reader = Reader::new(&environment.variables);
        let portal = reader.text("PORTAL_URL").trim_end_matches('/').to_owned();
        let mut seconds = |name, usual| Duration::from_secs(reader.number(name, usual));
        let (step, mail) = (seconds("WATCH_STEP_SECONDS", 10), seconds("WATCH_MAIL_SECONDS", 60));
        reader.finish(())?;
        let app = App::open(environment).await?;
        Ok(Self { app, visitor: Visitor::of(portal), step, mail })
    }

    fn begin_invocation(&self) {
        self.app.begin_invocation();
    }
}
