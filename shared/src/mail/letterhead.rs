//! The letterhead of mails: the landlord, the agency and the adviser.

use landlord::{Landlord, Phone};

use super::unbroken::unbroken;
use crate::domain::{Account, Contact, Language, LeaseTerms};

/// The letterhead of every mail: the portal and the landlord.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The URL of the portal, without a slash at its end.
    pub portal: String,
    /// The landlord of the portal.
    pub landlord: &'static Landlord,
}

/// The agency and the adviser of a household, for its questions about a mail.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The agency, as in the file of leases.
    pub agency: Contact,
    /// The adviser, if the household has one.
    pub adviser: Option<Contact>,
}

/// A section of a mail's footer.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// A line of a section: a label and a value.
pub(super) struct Line {
    pub(super) label: &'static str,
    pub(super) text: String,
    /// The link of the line.
    pub(super) uri: Option<String>,
}

impl Letterhead {
    /// The URL of the landlord's logo. The image is 96 pixels wide and shown at 48.
    pub(super) fn logo(&self) -> String {
        format!("{}/logo.png", self.portal)
    }

    /// The footer of a mail to a household with this `staff`. Without staff, it has the landlord's
    /// address and hours.
    pub(super) fn foot(&self, language: Language, staff: Option<&Staff>) -> Vec<Section> {
        let words = Words::of(language);
        let agency = staff.map(|staff| self.agency(language, words, staff));
        let Landlord { name, address, phone, email, hours, .. } = self.landlord;
        let mut lines = vec![Line::plain("", &address.join(", ")), words.phone(phone)];
        if agency.is_none() {
            lines.push(Line::plain(words.hours, text(language, hours)));
            lines.push(words.email(email));
        }
        let help = format!("{}/aide", self.portal);
        lines.push(Line { label: words.help, text: help.clone(), uri: Some(help) });
        let landlord = Section { title: (*name).to_owned(), lines };
        agency.into_iter().chain([landlord]).collect()
    }

    /// The agency, from the file of leases and, if listed there, from the landlord's directory.
    fn agency(&self, language: Language, words: &'static Words, staff: &Staff) -> Section {
        let Contact { name, email } = &staff.agency;
        let email = email.to_string();
        let listed = self.landlord.find_agency(&email);
        let mut lines = vec![Line::plain("", name.as_str())];
        if let Some(agency) = listed {
            lines.push(Line::plain("", &agency.address.join(", ")));
            lines.push(words.phone(&agency.phone));
            lines.push(Line::plain(words.hours, text(language, &agency.hours)));
        }
        lines.push(words.email(&email));
        if let Some(Contact { name, email }) = &staff.adviser {
            lines.push(Line::plain(words.adviser, name.as_str()));
            lines.push(words.email(&email.to_string()));
        }
        Section { title: words.your_agency.to_owned(), lines }
    }
}

impl From<&Account> for Staff {
    fn from(account: &Account) -> Self {
        Self { agency: account.agency.clone(), adviser: account.adviser.clone() }
    }
}

impl Staff {
    /// The staff of a lease for a reader who may not belong to its household: without the adviser.
    #[must_use]
    pub fn without_adviser(terms: &LeaseTerms) -> Self {
        Self { agency: terms.agency.clone(), adviser: None }
    }
}

impl Line {
    fn plain(label: &'static str, text: &str) -> Self {
        Self { label, text: unbroken(text), uri: None }
    }
}

/// The labels of the footer.
struct Words {
    your_agency: &'static str,
    phone: &'static str,
    hours: &'static str,
    email: &'static str,
    adviser: &'static str,
    help: &'static str,
}

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &Self {
                your_agency: "Votre agence",
                phone: "Téléphone\u{a0}: ",
                hours: "Horaires\u{a0}: ",
                email: "E-mail\u{a0}: ",
                adviser: "Votre dossier est suivi par\u{a0}: ",
                help: "Aide\u{a0}: ",
            },
            Language::English => &Self {
                your_agency: "Your agency",
                phone: "Telephone: ",
                hours: "Open: ",
                email: "E-mail: ",
                adviser: "Your adviser: ",
                help: "Help: ",
            },
        }
    }

    fn phone(&self, phone: &Phone) -> Line {
        let uri = Some(phone.uri.to_owned());
        Line { label: self.phone, text: unbroken(phone.text), uri }
    }

    fn email(&self, email: &str) -> Line {
        Line { label: self.email, text: email.to_owned(), uri: Some(mailto(email)) }
    }
}

/// The `mailto:` link to `email` (RFC 6068), escaped so that the local part cannot add a header.
fn mailto(email: &str) -> String {
    let (local_part, domain) = email.rsplit_once('@').unwrap_or_default();
    let local_part: String = form_urlencoded::byte_serialize(local_part.as_bytes()).collect();
    format!("mailto:{local_part}@{domain}")
}

fn text(language: Language, text: &landlord::Text) -> &'static str {
    match language {
        Language::French => text.french,
        Language::English => text.english,
    }
}

#[cfg(test)]
mod tests {
    use super::mailto;

    #[test]
    fn an_address_cannot_add_a_header_to_a_mailto_link() {
        for (email, uri) in [
            ("agence.lyon@bailleur.example", "mailto:agence.lyon@bailleur.example"),
            ("a?bcc=b&c+d@bailleur.example", "mailto:a%3Fbcc%3Db%26c%2Bd@bailleur.example"),
        ] {
            assert_eq!(mailto(email), uri);
        }
    }
}
