//! What this function is given.

use aws_sdk_sesv2::Client;
use jiff::SignedDuration;
use shared::app::App;
use shared::aws;
use shared::config::Reader;
use shared::environment::{self, Environment, OpenError};

/// An [`App`] that also sends mail.
#[derive(Clone, Debug)]
pub struct Context {
    /// Configuration, clock, store and keys.
    pub(crate) app: App,
    pub(crate) ses: Client,
    /// `MAIL_FROM`: the sender.
    pub(crate) from: String,
    /// `MAIL_CONFIGURATION_SET`: where SES reports what becomes of a mail.
    pub(crate) configuration_set: Option<String>,
    /// `PORTAL_URL`: where links lead, without a slash at its end.
    pub(crate) portal: String,
    /// `OUTBOX_GRACE_SECONDS`: for how long a mail is left to the stream before a sweep takes it.
    pub(crate) grace: SignedDuration,
}

impl environment::Context for Context {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let variables = &environment.variables;
        let mut reader = Reader::new(variables);
        let from = reader.text("MAIL_FROM");
        let portal = reader.text("PORTAL_URL").trim_end_matches('/').to_owned();
        let grace = SignedDuration::from_secs(reader.number("OUTBOX_GRACE_SECONDS", 120));
        reader.finish(())?;
        Ok(Self {
            app: App::open(environment).await?,
            ses: Client::new(&aws::config("SESV2", variables, &environment.http)?),
            from,
            configuration_set: variables.find("MAIL_CONFIGURATION_SET").map(str::to_owned),
            portal,
            grace,
        })
    }
}
