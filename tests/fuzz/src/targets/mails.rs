//! Mails: rendered in both languages from any payload.

use serde_json::{Value, json};
use shared::domain::{AgencyRequestKind, Contact, EmailAddress, Language, LeaseReference, Name};
use shared::mail::{Letterhead, Mail, Staff, activation, agency_request, email_changed};

use crate::check::{self, ensure};
use crate::target::{Shape, Target};
use crate::world::World;

/// Mails.
pub const MAILS: Target =
    Target { name: "mails", corpora: &["mails"], shape: Shape::Json, execute };

const LINK: &str = "https://locataires.example/activation#token";

fn execute(_: &World, input: &[u8]) -> Result<bool, String> {
    let Ok(input) = serde_json::from_slice::<Value>(input) else { return Ok(false) };
    let Some(mail) = mail(&input) else { return Ok(false) };
    let letterhead = Letterhead {
        portal: "https://locataires.example".to_owned(),
        landlord: landlord::LANDLORD,
    };
    let staff = contact(&input["agency"]).map(|agency| {
        let adviser = contact(&input["adviser"]);
        Staff { agency, adviser }
    });
    for language in [Language::French, Language::English] {
        let message = mail.message(language, &letterhead, staff.as_ref());
        let (html, text) = (message.html(), message.text());
        check::body(&html, &text)?;
        let subject = message.subject();
        ensure(!subject.is_empty() && !subject.contains(char::is_control), || {
            format!("a subject: {subject:?}")
        })?;
        // Other characters may need no column, or two.
        let is_one_column = |c: char| c < '\u{300}' || matches!(c, '’' | '…' | '—' | '“' | '”');
        let is_long = |line: &&str| line.chars().count() > 76 && line.chars().all(is_one_column);
        for long in text.lines().filter(is_long) {
            let is_one_word = !long.trim().trim_start_matches(['>', ' ', '-']).contains(' ');
            ensure(is_one_word, || format!("a long line: {long:?}"))?;
        }
    }
    Ok(true)
}

fn mail(input: &Value) -> Option<Mail> {
    let (payload, link) = (&input["payload"], LINK.to_owned().into());
    let text = |name: &str| payload[name].as_str().map(str::to_owned);
    Some(match input["mail"].as_str()? {
        "activation" => Mail::Activation(activation::Payload { link }),
        "agency-request" => Mail::AgencyRequest(agency_request::Payload {
            kind: serde_json::from_value::<AgencyRequestKind>(payload["kind"].clone()).ok()?,
            lease: LeaseReference::try_from(text("lease")?).ok()?,
            name: text("name")?,
            message: text("message"),
            link,
        }),
        "email-changed" => Mail::EmailChanged(email_changed::Payload {
            new_address_masked: EmailAddress::try_from(text("address")?).ok()?.masked_with("…"),
            occasion: serde_json::from_value(payload["occasion"].clone()).ok(),
            link,
        }),
        name => serde_json::from_value(json!({ "mail": name, "payload": payload })).ok()?,
    })
}

fn contact(value: &Value) -> Option<Contact> {
    let name = Name::try_from(value["name"].as_str()?.to_owned()).ok()?;
    let email = EmailAddress::try_from(value["email"].as_str()?.to_owned()).ok()?;
    Some(Contact { name, email })
}
