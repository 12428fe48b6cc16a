//! What a journey made that no line of the log may have: addresses, names, leases, passwords, tokens,
//! cookies, messages, and what the tables keep of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::forms;

/// Members that may stand in the log, wherever they come from. Every other text of a request and of a
/// row is a secret.
const TOLD: [(&[&str], &str); 7] = [
    (&["account", "id", "last_tenant", "tenant"], "the ids of accounts: the trail names them"),
    (
        &["by", "done_by", "member", "staff"],
        "who acted: a system of the landlord, or a person of staff",
    ),
    (
        &[
            "answer",
            "cause",
            "kind",
            "language",
            "mail",
            "mail_state",
            "operation",
            "outcome",
            "outbox",
            "purpose",
            "settled",
            "state",
            "status",
            "wanted_by",
            "what",
            "why",
        ],
        "words of ours, from closed lists",
    ),
    (&["lifecycle", "list", "ends_on", "due_on", "exit"], "words of an index, and dates"),
    (&["agency", "adviser"], "names of agencies whose mails come back are told; see `agencies`"),
    (&["version", "terms"], "the version of the terms"),
    (&["role"], "the roles of staff"),
];

/// Texts with letters that are shorter are words by chance.
const SHORTEST_WORD: usize = 4;
/// Numbers that are shorter stand in other numbers by chance.
const SHORTEST_NUMBER: usize = 6;

/// Shorter parts of a token are words of ours: a version, a number.
const SHORTEST_PART: usize = 12;

/// Secrets, each with where it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Adds `text`, unless it is too short or says nothing.
    pub(crate) fn add(&mut self, text: &str, from: &str) {
        let text = text.trim();
        let (letters, digits) =
            (text.chars().any(char::is_alphabetic), text.chars().all(|c| c.is_ascii_digit()));
        let length = text.chars().count();
        let counts =
            if letters { length >= SHORTEST_WORD } else { digits && length >= SHORTEST_NUMBER };
        if counts {
            self.0.entry(text.to_owned()).or_insert_with(|| from.to_owned());
        }
    }

    /// Adds an IP address.
    pub(crate) fn add_source(&mut self, source: &str) {
        self.0.entry(source.to_owned()).or_insert_with(|| "the source of a call".to_owned());
    }

    /// Adds a token or a cookie, and each of its parts.
    pub(crate) fn add_token(&mut self, token: &str, from: &str) {
        self.add(token, from);
        let is_token = !token.contains([' ', '@']);
        for part in token.split('.').filter(|part| is_token && part.len() >= SHORTEST_PART) {
            self.add(part, from);
        }
    }

    /// Adds every text in `value`, but of members that are told.
    pub(crate) fn add_json(&mut self, value: &Value, from: &str) {
        match value {
            Value::String(text) => self.add(text, from),
            Value::Array(values) => values.iter().for_each(|value| self.add_json(value, from)),
            Value::Object(members) => {
                for (name, value) in members.iter().filter(|(name, _)| !is_told(name)) {
                    self.add_json(value, &format!("{name} of {from}"));
                }
            }
            _ => {}
        }
    }

    /// Adds the members `names` of `value`, at any depth.
    pub(crate) fn add_members(&mut self, value: &Value, names: &[&str], from: &str) {
        match value {
            Value::Array(values) => {
                for value in values {
                    self.add_members(value, names, from);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if names.contains(&name.as_str()) => {
                            self.add_token(text, &format!("{name} of {from}"));
                        }
                        value => self.add_members(value, names, from),
                    }
                }
            }
            _ => {}
        }
    }

    /// Adds a row as `DynamoDB` writes it.
    pub(crate) fn add_row(&mut self, row: &Value) {
        let key = row["pk"]["S"].as_str().unwrap_or_default();
        let (kind, id) = key.split_once('#').unwrap_or((key, ""));
        // The subjects of counts and bounces are hashes, and of acts accounts.
        if !["act", "bounce", "tenant", "throttle"].contains(&kind) {
            self.add(id, &format!("the key of {kind}#"));
        }
        for (name, value) in row.as_object().into_iter().flatten() {
            if name != "pk" && !is_told(name) {
                self.add_attribute(value, &format!("{name} of {kind}#"));
            }
        }
        for agency in ["agency", "adviser"] {
            let email = row[agency]["M"]["email"]["S"].as_str();
            self.add(email.unwrap_or_default(), &format!("{agency} of {kind}#"));
        }
    }

    fn add_attribute(&mut self, value: &Value, from: &str) {
        for (kind, value) in value.as_object().into_iter().flatten() {
            match (kind.as_str(), value) {
                ("S", Value::String(text)) => self.add_token(text, from),
                ("L", Value::Array(values)) => {
                    for value in values {
                        self.add_attribute(value, from);
                    }
                }
                ("M", Value::Object(members)) => {
                    for (name, value) in members.iter().filter(|(name, _)| !is_told(name)) {
                        self.add_attribute(value, &format!("{name} in {from}"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a mail: who gets it, and what opens something in it.
    pub(crate) fn add_mail(&mut self, mail: &Value) {
        let name = mail["tags"]["mail"].as_str().unwrap_or_default();
        for field in ["to", "cc", "bcc", "reply_to"] {
            for address in mail[field].as_str().unwrap_or_default().split(',') {
                self.add(address, &format!("{field} of the mail {name}"));
            }
        }
        let links = mail["links"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (_, token) in links.filter_map(|link| link.split_once('#')) {
            self.add_token(token, &format!("the link of the mail {name}"));
        }
    }

    /// Takes away `word`, which is one of ours.
    pub(crate) fn remove(&mut self, word: &str) {
        self.0.remove(word);
    }

    /// Adds all of `others`.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Each form of each secret: the form in lower case, its name, and the secret's text and origin.
    pub(crate) fn forms(&self) -> Vec<(String, &'static str, &str, &str)> {
        let secrets = self.0.iter();
        let all = secrets.flat_map(|(text, from)| {
            forms::of(text)
                .into_iter()
                .map(move |(form, name)| (form, name, text.as_str(), from.as_str()))
        });
        all.collect()
    }
}

fn is_told(name: &str) -> bool {
    TOLD.iter().any(|(names, _)| names.contains(&name))
}
