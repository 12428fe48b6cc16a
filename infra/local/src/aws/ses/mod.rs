//! SES v2, limited to `SendEmail` with simple content.

mod rules;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::Reply;
use crate::arn::{configuration_set_arn, identity_arn};
use crate::ids;
use crate::mailbox::{Mail, Mailbox, links};
use crate::template::{Access, Permissions};

/// The path of `SendEmail`.
pub(crate) const SEND_EMAIL: &str = "/v2/email/outbound-emails";

/// Mails to this domain are refused, so that refusals can be tested.
const REFUSED_DOMAIN: &str = "refused.example";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    content: Content,
    #[serde(default)]
    email_tags: Vec<NameAndValue>,
    configuration_set_name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Destination {
    #[serde(default, rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(default, rename = "CcAddresses")]
    cc: Vec<String>,
    #[serde(default, rename = "BccAddresses")]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    #[serde(default)]
    body: Body,
    #[serde(default)]
    headers: Vec<NameAndValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameAndValue {
    name: String,
    value: String,
}

/// Accepts a mail, or refuses it.
pub(crate) fn send_email(mailbox: &Mailbox, now: Timestamp, parts: &Parts, body: &[u8]) -> Reply {
    if parts.method != axum::http::Method::POST {
        return error(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "only POST is known here",
        );
    }
    let Ok(request) = serde_json::from_slice::<SendEmail>(body) else {
        return error(
            StatusCode::BAD_REQUEST,
            "BadRequestException",
            "the request is not SendEmail's",
        );
    };
    let mail = match accept(request, now) {
        Ok(mail) => mail,
        Err((kind, message)) => return error(StatusCode::BAD_REQUEST, kind, message),
    };
    let id = mail.id.clone();
    if let Err(failure) = mailbox.keep(mail) {
        return error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServiceErrorException",
            &format!("the mail cannot be kept: {failure}"),
        );
    }
    Reply::json(StatusCode::OK, "application/json", &json!({ "MessageId": id }))
}

fn accept(request: SendEmail, now: Timestamp) -> Result<Mail, (&'static str, &'static str)> {
    let invalid = |message| ("BadRequestException", message);
    check(&request).map_err(invalid)?;
    let Destination { to, cc, bcc } = request.destination;
    if to.iter().chain(&cc).chain(&bcc).any(|address| domain(address) == REFUSED_DOMAIN) {
        return Err(("MessageRejected", "the recipient's domain refuses mail here"));
    }
    let from = request.from_email_address.ok_or_else(|| invalid("there is no sender"))?;
    let simple =
        request.content.simple.ok_or_else(|| invalid("only simple content is known here"))?;
    let text = simple.body.text.map(|text| text.data);
    let html = simple.body.html.map(|html| html.data);
    if text.is_none() && html.is_none() {
        return Err(invalid("there is no body"));
    }
    Ok(Mail {
        id: ids::message_id(),
        from,
        to: to.join(", "),
        cc: cc.join(", "),
        bcc: bcc.join(", "),
        reply_to: request.reply_to_addresses.join(", "),
        subject: simple.subject.data,
        links: links(text.as_deref().unwrap_or_default(), html.as_deref().unwrap_or_default()),
        text: text.unwrap_or_default(),
        html: html.unwrap_or_default(),
        tags: named(request.email_tags),
        headers: named(simple.headers),
        configuration_set: request.configuration_set_name,
        sent_at: now,
    })
}

/// Checks the rules that SES applies to every caller.
fn check(request: &SendEmail) -> Result<(), &'static str> {
    let Destination { to, cc, bcc } = &request.destination;
    rules::check_recipients(to.len() + cc.len() + bcc.len())?;
    let recipients = to.iter().chain(cc).chain(bcc);
    recipients
        .chain(&request.from_email_address)
        .chain(&request.reply_to_addresses)
        .try_for_each(|address| rules::check_address(address))?;
    request.email_tags.iter().try_for_each(|tag| rules::check_tag(&tag.name, &tag.value))?;
    let mut headers = request.content.simple.iter().flat_map(|simple| &simple.headers);
    headers.try_for_each(|header| rules::check_header(&header.name, &header.value))
}

/// The permissions that sending this mail needs: its sender's identity and its configuration set.
///
/// The identity is the sender's address or its domain, whichever SES has verified. The local stack
/// takes the one that `permissions` name.
pub(crate) fn wanted(permissions: &Permissions, action: &str, body: &[u8]) -> Vec<Access> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let access =
        |resource| Access { action: action.to_owned(), resource: Some(resource), keys: Vec::new() };
    let from = text("FromEmailAddress").unwrap_or_default();
    let address = access(identity_arn(&address(from)));
    let identity =
        if permissions.allow(&address) { address } else { access(identity_arn(&domain(from))) };
    let set = text("ConfigurationSetName").map(|set| access(configuration_set_arn(set)));
    [identity].into_iter().chain(set).collect()
}

/// The tag `name` of a mail in a request; empty if it has none.
pub(crate) fn tag(body: &[u8], name: &str) -> String {
    let request: SendEmail = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(_) => return String::new(),
    };
    named(request.email_tags).remove(name).unwrap_or_default()
}

/// The answer to a throttled call.
pub(crate) fn throttled() -> Reply {
    let message = "Maximum sending rate exceeded.";
    error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", message)
}

/// The answer while the sender's domain is not verified. In the sandbox, also if a recipient is not
/// verified.
pub(crate) fn unverified() -> Reply {
    let message = "Email address is not verified. The following identities failed the check in \
                   region EU-WEST-3: ne-pas-repondre@bailleur.example";
    error(StatusCode::BAD_REQUEST, "MessageRejected", message)
}

/// The answer to a mail that SES will never take. Its message names the recipients, as SES's may.
pub(crate) fn rejected(body: &[u8]) -> Reply {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let to = request.pointer("/Destination/ToAddresses").and_then(Value::as_array);
    let to: Vec<&str> = to.into_iter().flatten().filter_map(Value::as_str).collect();
    let message = format!("Address blacklisted: {}", to.join(", "));
    error(StatusCode::BAD_REQUEST, "MessageRejected", &message)
}

/// The answer of a service that is down.
pub(crate) fn unavailable() -> Reply {
    let message = "Service is temporarily unavailable.";
    error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", message)
}

/// The answer to a call that the function's policies do not allow.
pub(crate) fn denied(message: &str) -> Reply {
    error(StatusCode::FORBIDDEN, "AccessDeniedException", message)
}

fn named(pairs: Vec<NameAndValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
}

/// The address in `Camille <camille@example.org>`.
fn address(mailbox: &str) -> String {
    let address = mailbox.rsplit('<').next().unwrap_or_default();
    address.trim_end_matches('>').trim().to_ascii_lowercase()
}

fn domain(mailbox: &str) -> String {
    address(mailbox).rsplit('@').next().unwrap_or_default().to_owned()
}

fn error(status: StatusCode, kind: &'static str, message: &str) -> Reply {
    let body: Value = json!({ "message": message });
    Reply::json(status, "application/json", &body).with_header("x-amzn-errortype", kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::samples;
    use axum::http::Request;

    fn send(mailbox: &Mailbox, request: &Value) -> Reply {
        let (parts, ()) = Request::post(SEND_EMAIL).body(()).unwrap().into_parts();
        let now = "2026-03-12T19:03:58Z".parse().unwrap();
        send_email(mailbox, now, &parts, request.to_string().as_bytes())
    }

    fn request(to: &str) -> Value {
        json!({
            "FromEmailAddress": "extranet@agence.example",
            "Destination": { "ToAddresses": [to] },
            "Content": { "Simple": {
                "Subject": { "Data": "Bonjour", "Charset": "UTF-8" },
                "Body": { "Text": { "Data": "https://a.example/b#c" } },
                "Headers": [{ "Name": "X-A", "Value": "b" }],
            } },
            "EmailTags": [{ "Name": "row", "Value": "link" }],
            "ConfigurationSetName": "mails",
        })
    }

    #[test]
    fn a_mail_is_kept_as_it_was_sent() {
        let mailbox = Mailbox::default();

        assert_eq!(send(&mailbox, &request("camille@example.org")).status(), 200);

        let mails = mailbox.list(Some("Camille@Example.org"));
        assert_eq!(mails[0].subject, "Bonjour");
        assert_eq!(mails[0].links, ["https://a.example/b#c"]);
        assert_eq!(mails[0].tags["row"], "link");
        assert_eq!(mails[0].headers["X-A"], "b");
        assert_eq!(mails[0].configuration_set.as_deref(), Some("mails"));
        assert_eq!(mails[0].sent_at.to_string(), "2026-03-12T19:03:58Z");
        assert!(mailbox.list(Some("other@example.org")).is_empty());
    }

    #[test]
    fn a_mail_needs_the_identity_of_its_sender_and_its_configuration_set() {
        let request = request("camille@example.org").to_string();
        let wanted = |permissions: &Permissions| -> Vec<String> {
            wanted(permissions, "ses:SendEmail", request.as_bytes())
                .into_iter()
                .map(|access| access.resource.unwrap().rsplit(':').next().unwrap().to_owned())
                .collect()
        };
        let address = samples::allowing("ses:SendEmail", &identity_arn("extranet@agence.example"));

        assert_eq!(
            wanted(&Permissions::default()),
            ["identity/agence.example", "configuration-set/mails"]
        );
        assert_eq!(
            wanted(&address),
            ["identity/extranet@agence.example", "configuration-set/mails"]
        );
    }

    #[test]
    fn mails_that_break_a_rule_are_refused() {
        let mailbox = Mailbox::default();
        let mut raw = request("a@example.org");
        raw["Content"] = json!({ "Raw": { "Data": "" } });

        let mut tagged = request("a@example.org");
        tagged["EmailTags"] = json!([{ "Name": "row", "Value": "link#1" }]);
        let mut copied = request("a@example.org");
        copied["Destination"]["CcAddresses"] = json!(["rené@example.org"]);
        let mut answered = request("a@example.org");
        answered["ReplyToAddresses"] = json!(["b@example.org."]);
        let mut headed = request("a@example.org");
        headed["Content"]["Simple"]["Headers"] = json!([{ "Name": "X-A", "Value": "b\nc" }]);

        let refused = send(&mailbox, &request("Camille <camille@Refused.example>"));
        assert_eq!(
            (refused.status(), refused.error().unwrap()),
            (400, "MessageRejected".to_owned())
        );
        for wrong in [raw, tagged, copied, answered, headed, json!({})] {
            assert_eq!(send(&mailbox, &wrong).error().unwrap(), "BadRequestException", "{wrong}");
        }
        assert!(mailbox.list(None).is_empty());
    }
}
