//! Handing a mail to SES, once.

use aws_sdk_sesv2::config::interceptors::InterceptorContext;
use aws_sdk_sesv2::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_sesv2::error::{BuildError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag,
};
use shared::domain::EmailAddress;
use shared::error::{Error, chain};
use shared::mail::Message as Written;

use crate::compose::Due;
use crate::context::Context;

/// What SES made of a mail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// It has it.
    Taken,
    /// It will never take it.
    Refused(String),
    /// It did not take it, for a reason of its own: any mail would fare alike.
    Failed(String),
    /// It did not take this one, and may later.
    NotThisOne(String),
    /// It did not answer: it may have taken it.
    Unanswered,
}

/// Hands `due`, which stands in `row`, to SES.
pub(crate) async fn send(context: &Context, row: &str, due: &Due) -> Result<Answer, Error> {
    let message = due.mail.message(due.language, &context.letterhead);
    let destination = Destination::builder()
        .to_addresses(due.to.deliverable())
        .set_cc_addresses(Some(due.copy.iter().map(EmailAddress::deliverable).collect()))
        .build();
    let reply_to = due.reply_to.iter().map(EmailAddress::deliverable).collect();
    let sent = context
        .ses
        .send_email()
        .from_email_address(&context.from)
        .destination(destination)
        .set_reply_to_addresses(Some(reply_to))
        .content(EmailContent::builder().simple(content(&message)?).build())
        .set_configuration_set_name(context.configuration_set.clone())
        .email_tags(tag("row", &tagged(row))?)
        .email_tags(tag("mail", due.mail.name().as_str())?)
        .send()
        .await;
    Ok(match sent {
        Ok(_) => Answer::Taken,
        Err(error) => answer(&error),
    })
}

/// The key of a row as a tag of SES takes it: letters, digits, `_` and `-` alone. No name before the
/// `#` has a `_`.
fn tagged(row: &str) -> String {
    row.replacen('#', "_", 1)
}

/// What `error` says became of the mail. What SES says beside its code may name the recipient, and
/// goes nowhere.
fn answer(error: &SdkError<SendEmailError>) -> Answer {
    let code = error.code().unwrap_or("no code").to_owned();
    match error {
        // Nothing was sent: there was no connection, or no request.
        SdkError::ConstructionFailure(_) => Answer::Failed("ConstructionFailure".to_owned()),
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(is_unconnected) =>
        {
            Answer::Failed("no connection".to_owned())
        }
        SdkError::ServiceError(service) => match code.as_str() {
            // "Email address is not verified. The following identities failed the check in region …"
            "MessageRejected" if says_unverified(error) => Answer::Failed(code),
            "MessageRejected" | "BadRequestException" => Answer::Refused(code),
            // The operator's to mend, or SES's: the account is paused or its rate is used up, the
            // sender's domain or the configuration set is missing.
            "AccountSuspendedException"
            | "LimitExceededException"
            | "MailFromDomainNotVerifiedException"
            | "NotFoundException"
            | "SendingPausedException"
            | "TooManyRequestsException"
            | "ThrottlingException" => Answer::Failed(code),
            _ if service.raw().status().is_server_error() => Answer::Failed(code),
            _ => Answer::NotThisOne(code),
        },
        _ => Answer::Unanswered,
    }
}

fn says_unverified(error: &SdkError<SendEmailError>) -> bool {
    error.message().is_some_and(|message| message.contains("not verified"))
}

/// Whether no connection was made, so that nothing can have been sent. The SDK says so in words
/// alone: "client error (Connect)", "HTTP connect timeout occurred after 1s".
fn is_unconnected(failure: &ConnectorError) -> bool {
    let chain = chain(failure);
    chain.contains("(Connect)") || chain.contains("HTTP connect timeout")
}

/// Has the SDK repeat `SendEmail`, which is not idempotent, only where nothing was sent: SES said so
/// of its rate, or there was no connection.
#[derive(Debug)]
pub(crate) struct OnlyWhereNothingWasSent;

impl ClassifyRetry for OnlyWhereNothingWasSent {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        const TOO_MANY_REQUESTS: u16 = 429;
        let throttled = context
            .response()
            .is_some_and(|response| response.status().as_u16() == TOO_MANY_REQUESTS);
        let unconnected = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_connector_error())
            .is_some_and(is_unconnected);
        if throttled || unconnected {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "only where nothing was sent"
    }
}

fn content(message: &Written) -> Result<Message, Error> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(broken);
    let body = Body::builder().text(utf8(&message.text())?).html(utf8(&message.html())?).build();
    // RFC 3834: no out-of-office answer comes back.
    let automatic = MessageHeader::builder()
        .name("Auto-Submitted")
        .value("auto-generated")
        .build()
        .map_err(broken)?;
    Ok(Message::builder().subject(utf8(message.subject())?).body(body).headers(automatic).build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, Error> {
    MessageTag::builder().name(name).value(value).build().map_err(broken)
}

fn broken(error: BuildError) -> Error {
    Error::Unavailable(error.into())
}
