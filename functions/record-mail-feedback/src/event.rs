//! SES's reports on mails, which come through SNS and a queue.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>

use std::collections::HashMap;

use serde::Deserialize;
use shared::domain::MailState;

use crate::bounce::no_mailbox;

/// Messages of the queue. Each body is an unchanged publication of SES.
#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    body: Body,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
enum Body {
    Report(Box<Report>),
    /// The message that SES sends once, to check that it may publish.
    Greeting,
}

/// The beginning of the message that SES sends to check that it may publish.
const GREETING: &str = "Successfully validated SNS topic";

impl TryFrom<String> for Body {
    type Error = &'static str;

    fn try_from(body: String) -> Result<Self, Self::Error> {
        if body.starts_with(GREETING) {
            return Ok(Self::Greeting);
        }
        // Without serde's message, which would repeat parts of the text.
        serde_json::from_str(&body).map(Self::Report).map_err(|_| "it is no report of SES")
    }
}

/// An event that SES publishes about a mail.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    #[serde(default)]
    event_type: String,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    bounce: Option<Bounce>,
    #[serde(default)]
    complaint: Option<Complaint>,
}

#[derive(Debug, Default, Deserialize)]
struct Mail {
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Bounce {
    #[serde(default, rename = "bounceType")]
    kind: String,
    #[serde(default, rename = "bounceSubType")]
    sub_type: String,
    #[serde(default, rename = "bouncedRecipients")]
    recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    diagnostic_code: Option<String>,
}

/// A bounce or a complaint.
#[derive(Debug)]
pub(crate) struct Feedback {
    /// The key of the mail's row.
    pub(crate) row: Option<String>,
    pub(crate) state: MailState,
    pub(crate) recipients: Vec<Returned>,
}

/// An address that bounced.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Returned {
    pub(crate) address: String,
    /// The reason, if the bounce shows that there is no such mailbox.
    pub(crate) no_mailbox: Option<String>,
}

impl Event {
    /// The bounces and complaints in the event.
    pub(crate) fn feedback(self) -> impl Iterator<Item = Feedback> {
        self.records.into_iter().filter_map(|record| match record.body {
            Body::Report(report) => report.feedback(),
            Body::Greeting => None,
        })
    }
}

impl Report {
    /// The bounce or complaint; `None` for transient bounces and deliveries.
    fn feedback(self) -> Option<Feedback> {
        let Self { event_type, mail, bounce, complaint } = self;
        let row = mail.tags.get("row").and_then(|rows| rows.first());
        let row = row.map(|row| row.replacen('_', "#", 1));
        match (event_type.as_str(), bounce, complaint) {
            ("Bounce", Some(bounce), _) if bounce.kind == "Permanent" => {
                let Bounce { sub_type, recipients, .. } = bounce;
                let returned = |recipient: Recipient| Returned {
                    no_mailbox: no_mailbox(
                        &sub_type,
                        recipient.status.as_deref(),
                        recipient.diagnostic_code.as_deref(),
                    ),
                    address: bare(&recipient.email_address),
                };
                let recipients = recipients.into_iter().map(returned).collect();
                Some(Feedback { row, state: MailState::Bounced, recipients })
            }
            ("Complaint", _, Some(complaint)) => {
                let returned = |recipient: Recipient| Returned {
                    no_mailbox: None,
                    address: bare(&recipient.email_address),
                };
                let recipients =
                    complaint.complained_recipients.into_iter().map(returned).collect();
                Some(Feedback { row, state: MailState::Complained, recipients })
            }
            _ => None,
        }
    }
}

/// The address without a display name.
fn bare(address: &str) -> String {
    let inner = address.rsplit_once('<').map_or(address, |(_, inner)| inner);
    inner.trim_end_matches('>').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_has_no_feedback_and_another_text_is_refused() {
        let event = |body: &str| {
            serde_json::from_value::<Event>(serde_json::json!({"Records": [{"body": body}]}))
        };

        let greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
        assert_eq!(event(greeting).unwrap().feedback().count(), 0);
        let error = event("camille@exemple.example").unwrap_err().to_string();
        assert!(error.starts_with("it is no report of SES"), "{error}");
    }

    #[test]
    fn an_address_comes_with_a_name_or_without() {
        assert_eq!(bare("Camille <camille@exemple.example>"), "camille@exemple.example");
        assert_eq!(bare("camille@exemple.example"), "camille@exemple.example");
    }
}
