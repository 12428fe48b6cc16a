//! The context of this function.

use std::num::NonZeroUsize;
use std::time::Duration;

use landlord::LANDLORD;
use shared::app::App;
use shared::aws::{self, Client, Service};
use shared::config::Reader;
use shared::environment::{self, Environment, OpenError};
use shared::mail::Letterhead;

const SES: Service = Service { variable: "SESV2", signed: "ses", host: "email" };

shared::aws_operations! {
    aws_sdk_sesv2:
    SendEmail in send_email { SendEmailInput, SendEmailOutput, SendEmailError }
}

/// How long to wait for SES.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// `MAILS_AT_ONCE` where it is missing: at some 150 ms a mail, a sweep alone then uses up SES's first
/// quota of 14 mails a second.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// An [`App`] that also sends mail.
#[derive(Clone, Debug)]
pub struct Context {
    /// Configuration, clock, store and keys.
    pub(crate) app: App,
    pub(crate) ses: Client,
    /// `MAIL_FROM`: the sender.
    pub(crate) from: String,
    /// `MAILS_AT_ONCE`: how many mails one invocation has under way at once, 4 by default. The stream
    /// brings as many at a time: all of them are answered within [`PATIENCE`].
    pub(crate) at_once: usize,
    /// `MAIL_CONFIGURATION_SET`: the set of SES that publishes bounces and complaints.
    pub(crate) configuration_set: Option<String>,
    /// The letterhead of every mail.
    pub(crate) letterhead: Letterhead,
}

impl Context {
    /// The URL of the portal, for links, without a slash at its end.
    pub(crate) fn portal(&self) -> &str {
        &self.letterhead.portal
    }
}

impl environment::Context for Context {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let variables = &environment.variables;
        let mut reader = Reader::new(variables);
        let from = reader.text("MAIL_FROM");
        let at_once = reader.number("MAILS_AT_ONCE", AT_ONCE).get();
        let portal = reader.text("PORTAL_URL").trim_end_matches('/').to_owned();
        reader.finish(())?;
        // SES may take longer than a table, and a mail must not be sent twice.
        let patience = aws::Patience { attempt: PATIENCE, call: PATIENCE, idempotent: false };
        Ok(Self {
            app: App::open(environment).await?,
            ses: environment.client(SES, patience)?,
            from,
            at_once,
            configuration_set: variables.find("MAIL_CONFIGURATION_SET").map(str::to_owned),
            letterhead: Letterhead { portal, landlord: LANDLORD },
        })
    }

    fn begin_invocation(&self) {
        self.app.begin_invocation();
    }
}
