//! The sent mails.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Mail {
    /// SES's id of the mail.
    pub id: String,
    /// The sender.
    pub from: String,
    /// The recipients, separated by commas. The other address fields have the same format.
    pub to: String,
    /// The recipients in copy.
    pub cc: String,
    /// The recipients in blind copy.
    pub bcc: String,
    /// The addresses for replies.
    pub reply_to: String,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Every link in the mail, once each.
    pub links: Vec<String>,
    /// SES's tags.
    pub tags: BTreeMap<String, String>,
    /// The custom headers.
    pub headers: BTreeMap<String, String>,
    /// SES's configuration set.
    pub configuration_set: Option<String>,
    /// The time of sending, by the stack's clock.
    pub sent_at: Timestamp,
}

/// The sent mails, oldest first, also kept in a file if there is one.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    mails: Vec<Mail>,
    file: Option<File>,
}

impl Mailbox {
    /// A mailbox that is kept in the file at `path`, one line of JSON for each mail.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        // A crash may have cut the last line short.
        let mails = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self(Mutex::new(Kept { mails, file: Some(file) })))
    }

    pub(crate) fn keep(&self, mail: Mail) -> io::Result<()> {
        let mut kept = self.kept();
        if let Some(file) = &mut kept.file {
            let mut line = serde_json::to_vec(&mail)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        kept.mails.push(mail);
        Ok(())
    }

    /// The mails, newest first; only those to `address`, in any case, if it is given.
    pub(crate) fn list(&self, address: Option<&str>) -> Vec<Mail> {
        let kept = self.kept();
        let newest_first = kept.mails.iter().rev();
        newest_first
            .filter(|mail| address.is_none_or(|address| mail.is_to(address)))
            .cloned()
            .collect()
    }

    /// The mails from the one with this number on, oldest first, without their text.
    pub(crate) fn since(&self, number: usize) -> Vec<Mail> {
        let kept = self.kept();
        let mails = kept.mails.get(number..).unwrap_or_default().iter();
        mails
            .map(|mail| Mail { text: String::new(), html: String::new(), ..mail.clone() })
            .collect()
    }

    /// Forgets the mails; only those to `address`, if it is given. The numbers of the others change.
    pub(crate) fn forget(&self, address: Option<&str>) -> io::Result<()> {
        let mut kept = self.kept();
        kept.mails.retain(|mail| address.is_some_and(|address| !mail.is_to(address)));
        let Kept { mails, file } = &mut *kept;
        let Some(file) = file else { return Ok(()) };
        let mut lines = Vec::new();
        for mail in mails {
            serde_json::to_writer(&mut lines, mail)?;
            lines.push(b'\n');
        }
        file.set_len(0)?;
        file.write_all(&lines)
    }

    pub(crate) fn find(&self, id: &str) -> Option<Mail> {
        self.kept().mails.iter().find(|mail| mail.id == id).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mail {
    fn is_to(&self, address: &str) -> bool {
        let wanted = address.trim().to_lowercase();
        [&self.to, &self.cc, &self.bcc]
            .into_iter()
            .flat_map(|addresses| addresses.split(','))
            .any(|recipient| bare(recipient).to_lowercase() == wanted)
    }
}

/// The address without a name: `camille@example.org` of `Camille <camille@example.org>`.
fn bare(recipient: &str) -> &str {
    let inner = recipient.rsplit_once('<').and_then(|(_, rest)| rest.split('>').next());
    inner.unwrap_or(recipient).trim()
}

/// The links in a mail: those of its text, then others of its HTML.
pub(crate) fn links(text: &str, html: &str) -> Vec<String> {
    let mut links = Vec::new();
    let in_text = starts(text).map(|rest| {
        let end = rest.find(|c: char| c.is_whitespace() || "<>\"'".contains(c));
        let link = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '»']).to_owned()
    });
    let in_html = html.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
        let link = rest.get(1..)?.split(quote).next()?;
        link.starts_with("http").then(|| unescaped(link))
    });
    for link in in_text.chain(in_html) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// The rest of the text from each beginning of a link.
fn starts(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("http").filter_map(|(position, _)| {
        text.get(position..)
            .filter(|rest| rest.starts_with("http://") || rest.starts_with("https://"))
    })
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2F;", "/")
        .replace("&#x3D;", "=")
        .replace("&#61;", "=")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_text_and_html_once_each() {
        let text =
            "Bonjour,\n\nhttp://127.0.0.1:3000/activation#a-_b\n(https://b.example/c?d=e&f=g).";
        let html = r#"<a href="http://127.0.0.1:3000/activation#a-_b">x</a>
            <a class=x href='https://b.example/c?d=e&amp;f=g'>y</a>
            <a href="mailto:a@b">z</a><a href="https://c.example/">w</a>"#;

        assert_eq!(
            links(text, html),
            [
                "http://127.0.0.1:3000/activation#a-_b",
                "https://b.example/c?d=e&f=g",
                "https://c.example/",
            ]
        );
    }

    #[test]
    fn a_recipient_is_found_in_any_case_and_with_a_name() {
        let mail = Mail {
            id: String::new(),
            from: String::new(),
            to: "Agence <Lyon@agence.example>".to_owned(),
            cc: "b@example.org, c@example.org".to_owned(),
            bcc: String::new(),
            reply_to: String::new(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            links: Vec::new(),
            tags: BTreeMap::new(),
            headers: BTreeMap::new(),
            configuration_set: None,
            sent_at: Timestamp::UNIX_EPOCH,
        };

        assert!(mail.is_to("lyon@AGENCE.example"));
        assert!(mail.is_to(" c@example.org"));
        assert!(!mail.is_to("on@agence.example"));
    }
}
