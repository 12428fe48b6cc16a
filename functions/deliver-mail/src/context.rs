//! The context of this function.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::SignedDuration;
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
/// So many mails take one second and a ninth of a second, if the rate is as many a second: nine
/// tenths of the rate. A mail may then reach SES a ninth of a second later after its turn than
/// another, and still no second has more mails than the rate.
const SECOND_AND_A_NINTH: Duration = Duration::from_micros(1_111_112);

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
    /// The time between two mails of the account, from `MAILS_PER_SECOND`, the rate that SES allows;
    /// `None` where that is 0 or missing: mails are not held up.
    pub(crate) apart: Option<SignedDuration>,
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
        let rate: u32 = reader.number("MAILS_PER_SECOND", 0);
        let portal = reader.text("PORTAL_URL").trim_end_matches('/').to_owned();
        reader.finish(())?;
        // SES may take longer than a table, and a mail must not be sent twice.
        let patience = aws::Patience { attempt: PATIENCE, call: PATIENCE, idempotent: false };
        Ok(Self {
            app: App::open(environment).await?,
            ses: environment.client(SES, patience)?,
            from,
            at_once,
            apart: apart(rate),
            configuration_set: variables.find("MAIL_CONFIGURATION_SET").map(str::to_owned),
            letterhead: Letterhead { portal, landlord: LANDLORD },
        })
    }

    fn begin_invocation(&self) {
        self.app.begin_invocation();
    }
}

/// The time between two mails at `rate` mails a second; `None` for 0.
fn apart(rate: u32) -> Option<SignedDuration> {
    let apart = SECOND_AND_A_NINTH.as_micros().div_ceil(u128::from(rate).max(1));
    let apart = SignedDuration::from_micros(i64::try_from(apart).unwrap_or(i64::MAX));
    (rate > 0).then_some(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_mails_than_the_rate_even_if_some_are_late() {
        let ninth = SignedDuration::from_micros(111_111);
        let second = SignedDuration::from_secs(1);
        for rate in [1, 2, 14, 50, 200, 1_000] {
            let apart = apart(rate).unwrap();
            // The last to be on time comes within a second of the first, which is late.
            let turns = i32::try_from(rate).unwrap();
            assert!(apart * turns >= second + ninth, "{rate}");
            assert!(apart * turns < second + ninth * 2, "{rate}");
        }
        assert_eq!(apart(0), None);
    }
}
