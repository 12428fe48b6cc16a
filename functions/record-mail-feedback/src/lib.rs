//! Keeps what SES reports of mails: those that came back for good, those that were unwanted.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{EmailAddress, MailState};
use shared::error::Error;
use shared::http::{Function, event};
use shared::metrics::{self, Metric};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    event(handle)
}

/// An event of SES, as EventBridge delivers it.
#[derive(Debug, Deserialize)]
pub struct Event {
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    #[serde(default)]
    bounce: Option<Bounce>,
    #[serde(default)]
    complaint: Option<Complaint>,
}

#[derive(Debug, Deserialize)]
struct Mail {
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
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
}

/// What was made of an event.
#[derive(Debug, Serialize)]
pub struct Report {
    recorded: usize,
}

/// Marks the account, or the registration, that the mail was about, where the address still is
/// its own; a permanent bounce stops further mails to the address. What passes is not recorded.
async fn handle(app: App, event: Event) -> Result<Report, Error> {
    let Detail { event_type, mail, bounce, complaint } = event.detail;
    let (state, recipients) = match (event_type.as_str(), bounce, complaint) {
        ("Bounce", Some(bounce), _) if bounce.bounce_type == "Permanent" => {
            (MailState::Bounced, bounce.bounced_recipients)
        }
        ("Complaint", _, Some(complaint)) => {
            (MailState::Complained, complaint.complained_recipients)
        }
        _ => return Ok(Report { recorded: 0 }),
    };
    metrics::count(
        match state {
            MailState::Bounced => Metric::MailsBounced,
            MailState::Complained => Metric::MailsComplained,
        },
        recipients.len(),
    );
    let row = mail.tags.get("row").and_then(|rows| rows.first());
    let row = row.map(|row| row.replacen('.', "#", 1));
    let mut recorded = 0;
    for recipient in recipients {
        let Ok(email) = EmailAddress::try_from(bare(&recipient.email_address).to_owned()) else {
            continue;
        };
        if state == MailState::Bounced {
            let subject = app.keys.hash_subject(&email.folded())?;
            app.store.stop_mails_to(&subject).await?;
        }
        let Some(row) = &row else { continue };
        if let Some(account) = app.store.record_mail_state(row, &email, state).await? {
            audit::record(env!("CARGO_PKG_NAME"), &By::MailFeedback, account, "done");
        }
        recorded += 1;
    }
    Ok(Report { recorded })
}

/// The address alone, of one that may come with a name.
fn bare(address: &str) -> &str {
    let inner = address.rsplit_once('<').map_or(address, |(_, inner)| inner);
    inner.trim_end_matches('>').trim()
}
