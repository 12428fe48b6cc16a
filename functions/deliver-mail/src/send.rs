//! Sends a mail to SES, once.

use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailInput};
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag,
};
use shared::aws::Failure;
use shared::domain::EmailAddress;
use shared::error::Error;
use shared::mail::Message as Written;

use crate::context::{Context, SendEmail};
use crate::due_mail::Due;

/// SES's answer to a mail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// SES took the mail.
    Taken,
    /// SES will never take the mail.
    Refused(String),
    /// SES did not take the mail and would not take any other now.
    Failed(String),
    /// SES did not take this mail but may take it later.
    NotThisOne(String),
    /// SES did not answer. It may have taken the mail.
    Unanswered,
}

/// Sends `due`, the mail of `row`, to SES.
pub(crate) async fn send(context: &Context, row: &str, due: &Due) -> Result<Answer, Error> {
    let message = due.mail.message(due.language, &context.letterhead, due.staff.as_ref());
    let destination = Destination::builder()
        .to_addresses(due.to.deliverable())
        .set_cc_addresses(Some(due.copy.iter().map(EmailAddress::deliverable).collect()))
        .build();
    let reply_to = due.reply_to.iter().map(EmailAddress::deliverable).collect();
    let mail = SendEmailInput::builder()
        .from_email_address(&context.from)
        .destination(destination)
        .set_reply_to_addresses(Some(reply_to))
        .content(EmailContent::builder().simple(content(&message)?).build())
        .set_configuration_set_name(context.configuration_set.clone())
        .email_tags(tag("row", &tagged(row))?)
        .email_tags(tag("mail", due.mail.name().as_str())?)
        .build()
        .map_err(broken)?;
    Ok(match context.ses.call::<SendEmail>(mail).await {
        Ok(_) => Answer::Taken,
        Err(error) => answer(&error),
    })
}

/// The key of a row as a tag value of SES, which allows only letters, digits, `_` and `-`. The `#`
/// becomes `_`, which no prefix of a key contains.
fn tagged(row: &str) -> String {
    row.replacen('#', "_", 1)
}

/// The answer in `error`. Only its code is kept, because SES's message may name the recipient.
fn answer(failure: &Failure<SendEmailError>) -> Answer {
    match failure {
        // Nothing was sent.
        Failure::Unwritten(_) | Failure::Unconnected(_) => Answer::Failed(failure.to_string()),
        Failure::Unanswered(_) => Answer::Unanswered,
        Failure::Refused { status, error } => match error.code().unwrap_or("no code") {
            // "Email address is not verified. The following identities failed the check in region
            // …"
            code @ "MessageRejected" if says_unverified(error) => Answer::Failed(code.to_owned()),
            code @ ("MessageRejected" | "BadRequestException") => Answer::Refused(code.to_owned()),
            // The operator or SES has to act: the account is paused or its rate is used up, or the
            // sender's domain or the configuration set is missing.
            code @ ("AccountSuspendedException"
            | "LimitExceededException"
            | "MailFromDomainNotVerifiedException"
            | "NotFoundException"
            | "SendingPausedException"
            | "TooManyRequestsException"
            | "ThrottlingException") => Answer::Failed(code.to_owned()),
            code if *status >= 500 => Answer::Failed(code.to_owned()),
            code => Answer::NotThisOne(code.to_owned()),
        },
    }
}

fn says_unverified(error: &SendEmailError) -> bool {
    error.message().is_some_and(|message| message.contains("not verified"))
}

fn content(message: &Written) -> Result<Message, Error> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(broken);
    let body = Body::builder().text(utf8(&message.text())?).html(utf8(&message.html())?).build();
    // RFC 3834: prevents out-of-office replies.
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
