//! Compares every mail, in both languages, with its approved snapshot of subject, text and HTML.
//! Checks the names of mails and how they are stored.
//!
//! A changed mail fails here. `cargo insta review` shows the change and approves it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::samples::{self, ADDRESS, NAME, REASON};
use super::{Letterhead, Mail, MailName, Message};
use crate::domain::Language::{self, English, French};

const LINK: &str =
    "https://locataire.bailleur.example/page#AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456789AbCdE";
const LANGUAGES: [Language; 2] = [French, English];
/// Mails that are decided when they are sent, and so never stored.
const NEVER_STORED: [MailName; 8] = [
    MailName::Activation,
    MailName::HouseholdAlreadyRegistered,
    MailName::EmailAlreadyRegistered,
    MailName::PasswordReset,
    MailName::IdentifierReminder,
    MailName::EmailChangeConfirm,
    MailName::EmailChanged,
    MailName::AgencyRequest,
];

/// A row with a mail.
#[derive(Deserialize, Serialize)]
struct Row {
    attempts: u32,
    #[serde(flatten)]
    mail: Mail,
}

fn letterhead() -> Letterhead {
    Letterhead {
        portal: "https://locataire.bailleur.example".to_owned(),
        landlord: &landlord::EXAMPLE,
    }
}

/// `mail` as its household gets it.
fn written(mail: &Mail, language: Language) -> Message {
    let staff = Some(samples::staff()).filter(|_| samples::names_staff(mail.name()));
    mail.message(language, &letterhead(), staff.as_ref())
}

fn mails() -> impl Iterator<Item = Mail> {
    samples::mails(LINK).into_iter().map(|(_, mail)| mail)
}

/// The folder of a mail, next to this file.
fn folder(name: MailName) -> String {
    name.as_str().replace('-', "_")
}

/// The name of a snapshot in the folder of its mail.
fn snapshot(variant: &str, language: Language) -> String {
    let tag = language.tag();
    if variant.is_empty() { tag.to_owned() } else { format!("{variant}.{tag}") }
}

#[test]
fn every_mail_reads_as_it_was_last_approved() {
    for (variant, mail) in samples::mails(LINK) {
        for language in LANGUAGES {
            let message = written(&mail, language);
            let (subject, text, html) = (message.subject(), message.text(), message.html());
            insta::with_settings!({
                omit_expression => true,
                prepend_module_to_snapshot => false,
                snapshot_path => folder(mail.name()),
            }, {
                let name = snapshot(variant, language);
                insta::assert_snapshot!(name, format!("{subject}\n\n{text}\n\n{html}\n"));
            });
        }
    }
}

#[test]
fn every_mail_has_its_snapshots_and_every_snapshot_its_mail() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail");
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let folders = entries(&here).into_iter().filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| entries(&folder));
    let snapshots = files.filter(|file| file.extension().is_some_and(|kind| kind == "snap"));
    let kept: BTreeSet<PathBuf> = snapshots.collect();

    let samples = samples::mails(LINK).into_iter();
    let pairs = samples.flat_map(|sample| LANGUAGES.map(|language| (sample.clone(), language)));
    let due: BTreeSet<PathBuf> = pairs
        .map(|((variant, mail), language)| {
            here.join(folder(mail.name())).join(snapshot(variant, language) + ".snap")
        })
        .collect();

    let named: BTreeSet<MailName> = mails().map(|mail| mail.name()).collect();
    assert_eq!(named, MailName::iter().collect(), "every mail has a sample");
    let missing: Vec<_> = due.difference(&kept).collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
    let stale: Vec<_> = kept.difference(&due).collect();
    assert!(stale.is_empty(), "of no mail: {stale:?}");
}

#[test]
fn two_mails_never_have_the_same_subject() {
    let mut names = BTreeMap::new();
    for mail in mails() {
        for language in LANGUAGES {
            let subject = written(&mail, language).subject();
            let name = *names.entry(subject).or_insert(mail.name());
            assert_eq!(name, mail.name(), "“{subject}” is the subject of both");
        }
    }
}

#[test]
fn every_way_to_write_a_name_gives_the_same_text() {
    assert_eq!(MailName::AgencyRequestNotDelivered.as_str(), "agency-request-not-delivered");
    for name in MailName::iter() {
        let written = json!(name.as_str());
        assert_eq!(json!(name), written);
        assert_eq!(name.to_string(), name.as_str());
        assert_eq!(serde_json::from_value::<MailName>(written).unwrap(), name);
    }
}

#[test]
fn a_stored_mail_reads_the_same_when_it_is_sent() {
    for mail in mails().filter(|mail| !NEVER_STORED.contains(&mail.name())) {
        let stored = serde_json::to_value(&mail).unwrap();
        let read: Mail = serde_json::from_value(stored.clone()).unwrap();

        assert_eq!(stored["mail"], mail.name().as_str());
        assert!(stored["payload"].is_object(), "{stored}");
        assert_eq!(stored, serde_json::to_value(&read).unwrap());
        for language in LANGUAGES {
            let [before, after] = [&mail, &read].map(|m| written(m, language).text());
            assert_eq!(before, after);
        }
    }
}

#[test]
fn a_row_holds_the_name_and_the_payload() {
    let rows = mails().filter_map(|mail| serde_json::to_value(mail).ok());
    let rows: Vec<_> = rows.collect();

    let safari = json!({ "browser": "safari", "system": "iphone" });
    let occasion = json!({ "at": "2026-11-27T13:05:42Z", "device": safari });
    let activated = json!({
        "mail": "account-activated",
        "payload": { "identifier": ADDRESS, "occasion": occasion },
    });
    let closed = json!({
        "mail": "account-closed",
        "payload": {
            "occasion": { "at": "2026-11-27T13:05:42Z" },
            "wanted_by": "tenant",
            "erased_on": "2027-11-27",
        },
    });
    let closing = json!({ "mail": "closing-soon", "payload": { "on": "2027-02-28", "days": 30 } });
    let refused = json!({
        "mail": "agency-request-refused",
        "payload": { "kind": "close-account", "reason": REASON },
    });
    for row in
        [activated, closed, closing, refused, json!({ "mail": "password-changed", "payload": {} })]
    {
        assert!(rows.contains(&row), "{row}");
    }
}

#[test]
fn a_row_of_an_earlier_version_is_still_a_mail() {
    for (name, payload) in [
        ("account-activated", json!({ "identifier": ADDRESS })),
        ("password-changed", json!({})),
        ("session-theft", json!({})),
        ("account-closed", json!({})),
        ("lease-changed", json!({ "lease": "00412837" })),
        ("paperless-started", json!({})),
        ("account-deactivated", json!({})),
    ] {
        let row = json!({ "mail": name, "payload": payload });
        let mail: Mail = serde_json::from_value(row).unwrap();
        for language in LANGUAGES {
            let text = written(&mail, language).text();
            let told = ["Quand", "When", "Depuis", "Using", "inconnu", "unknown", "None"];
            assert!(!told.iter().any(|told| text.contains(told)), "{name}: {text}");
        }
    }
}

#[test]
fn a_stored_mail_goes_through_a_row_of_the_table_beside_other_attributes() {
    for mail in mails().filter(|mail| !NEVER_STORED.contains(&mail.name())) {
        let row = Row { attempts: 2, mail };
        let item: HashMap<String, AttributeValue> = serde_dynamo::to_item(&row).unwrap();
        let read: Row = serde_dynamo::from_item(item.clone()).unwrap();

        assert_eq!(item["mail"], AttributeValue::S(row.mail.name().to_string()));
        assert_eq!(json!(read), json!(row));
    }
}

#[test]
fn a_mail_that_is_decided_when_it_is_sent_is_never_stored() {
    for mail in mails().filter(|mail| NEVER_STORED.contains(&mail.name())) {
        assert!(serde_json::to_value(&mail).is_err(), "{}", mail.name());
    }
    for name in NEVER_STORED {
        let row = json!({ "mail": name, "payload": { "identifier": ADDRESS } });
        assert!(serde_json::from_value::<Mail>(row).is_err(), "{name}");
    }
}

#[test]
fn debug_shows_neither_links_nor_personal_data() {
    for mail in mails() {
        let shown = format!("{mail:?}");
        for hidden in ["https://", "AbCdEf", ADDRESS, NAME, "je déménage", "en juin"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[test]
fn a_mail_that_an_outsider_can_cause_is_not_a_security_notice() {
    for name in MailName::iter() {
        assert!(!(name.is_caused_by_outsiders() && name.is_security_notice()), "{name}");
    }
}
