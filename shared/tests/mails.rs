//! Every mail in both languages, subject, text and HTML, as it was last read and found good.
//!
//! A mail that changes makes this fail; `cargo insta review` shows how, and takes the new one.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::date;
use shared::domain::AgencyRequestKind::{CloseAccount, StopPaperless};
use shared::domain::Language;
use shared::mail::{self, Message};

const PORTAL: &str = "https://locataire.bailleur.example";
const LINK: &str =
    "https://locataire.bailleur.example/page#AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456789AbCdE";
const ADDRESS: &str = "eloise@exemple.example";
const WRITTEN: &str = "Bonjour,\nje déménage en mars & je rends les clés le 28.";

/// Every mail, by the name of its snapshot: that of its module, then its variant.
fn mails(language: Language) -> Vec<(&'static str, Message)> {
    let l = language;
    let ask = |kind, message| {
        mail::agency_request(l, kind, "00412837", "Éloïse Lefèvre-Dubois", message, LINK)
    };
    vec![
        ("account_activated", mail::account_activated(l, ADDRESS, PORTAL)),
        ("account_closed", mail::account_closed(l)),
        ("account_deactivated", mail::account_deactivated(l, PORTAL)),
        ("activation", mail::activation(l, LINK)),
        ("agency_request-close_account", ask(CloseAccount, Some(WRITTEN))),
        ("agency_request-stop_paperless", ask(StopPaperless, None)),
        ("agency_request_received-close_account", mail::agency_request_received(l, CloseAccount)),
        ("agency_request_received-stop_paperless", mail::agency_request_received(l, StopPaperless)),
        ("closing_soon-30_days", mail::closing_soon(l, date(2027, 2, 28), 30, PORTAL)),
        ("closing_soon-7_days", mail::closing_soon(l, date(2027, 3, 1), 7, PORTAL)),
        ("email_already_registered", mail::email_already_registered(l, PORTAL)),
        ("email_change_confirm", mail::email_change_confirm(l, LINK)),
        ("email_changed", mail::email_changed(l, "e…@exemple.example", LINK)),
        ("household_already_registered", mail::household_already_registered(l, PORTAL)),
        ("identifier_reminder", mail::identifier_reminder(l, ADDRESS, PORTAL)),
        ("paperless_stopped", mail::paperless_stopped(l)),
        ("password_changed", mail::password_changed(l, PORTAL)),
        ("password_reset", mail::password_reset(l, LINK)),
        ("session_theft", mail::session_theft(l, PORTAL)),
    ]
}

#[test]
fn every_mail_reads_as_it_was_last_approved() {
    for language in [Language::French, Language::English] {
        for (name, message) in mails(language) {
            let name = format!("{name}.{}", language.tag());
            let (subject, text, html) = (message.subject(), message.text(), message.html());
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(name, format!("{subject}\n\n{text}\n\n{html}\n"));
            });
        }
    }
}

#[test]
fn no_mail_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let modules: BTreeSet<String> = files
        .filter_map(|file| file.strip_suffix(".rs").map(str::to_owned))
        .filter(|module| !["date", "message", "mod", "wrap"].contains(&module.as_str()))
        .collect();

    let shown = mails(Language::French).into_iter();
    let shown = shown.map(|(name, _)| name.split('-').next().unwrap_or_default().to_owned());

    assert_eq!(shown.collect::<BTreeSet<_>>(), modules);
}
