//! What a mail is made of, and the one layout that renders it as HTML and as text.

use askama::Template;

use super::wrap::wrap;
use crate::domain::Language;

/// Characters on a line of the text version: below 80, with room for the marks of a reply.
const WIDTH: usize = 76;

/// A mail, written in one language, ready to be rendered.
///
/// It has no `Debug`: it holds a link and what a tenant typed.
#[must_use = "a message that is not sent tells nobody anything"]
pub struct Message {
    language: Language,
    subject: &'static str,
    blocks: Vec<Block>,
}

/// What the body of a mail is made of, from top to bottom.
enum Block {
    Paragraph(String),
    Button { label: &'static str, url: String },
    Facts(Vec<Fact>),
    Quote { label: &'static str, lines: Vec<String> },
    Note(String),
}

struct Fact {
    label: &'static str,
    value: String,
}

impl Message {
    /// A mail without a body yet. Its subject is ours, and never the tenant's data.
    pub fn new(language: Language, subject: &'static str) -> Self {
        Self { language, subject, blocks: Vec::new() }
    }

    /// Adds a paragraph. The first one is what a list of mails previews.
    pub fn paragraph(self, text: &str) -> Self {
        self.with(Block::Paragraph(one_line(text)))
    }

    /// Adds a button, with its address written out below it.
    pub fn button(self, label: &'static str, url: &str) -> Self {
        let url = one_line(url);
        self.with(Block::Button { label, url })
    }

    /// Adds a value under its label. Those that follow one another are shown together.
    pub fn fact(mut self, label: &'static str, value: &str) -> Self {
        let value = one_line(value);
        let fact = Fact { label, value };
        if let Some(Block::Facts(facts)) = self.blocks.last_mut() {
            facts.push(fact);
            return self;
        }
        self.with(Block::Facts(vec![fact]))
    }

    /// Adds what someone wrote, under its label, line by line; nothing if they wrote nothing.
    pub fn quote(self, label: &'static str, text: Option<&str>) -> Self {
        let lines = text.map(lines).unwrap_or_default();
        if lines.is_empty() {
            return self;
        }
        self.with(Block::Quote { label, lines })
    }

    /// Adds a remark in small print.
    pub fn note(self, text: &str) -> Self {
        self.with(Block::Note(one_line(text)))
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.subject
    }

    /// The HTML version: one document without images nor anything else to fetch.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the template is checked at build, and writing to a string cannot fail"
    )]
    pub fn html(&self) -> String {
        let layout = Layout { message: self, words: Words::of(self.language) };
        layout.render().expect("a mail renders")
    }

    /// The text version: lines of 76 characters, except those that hold one longer word.
    #[must_use]
    pub fn text(&self) -> String {
        let words = Words::of(self.language);
        let mut parts = vec![words.greeting.to_owned()];
        parts.extend(self.blocks.iter().map(|block| block.text(words)));
        parts.push(format!(
            "—\nEspace locataire\n{}\n{}\n",
            filled(words.automatic),
            filled(words.no_password),
        ));
        parts.join("\n\n")
    }

    fn preheader(&self) -> &str {
        self.blocks
            .iter()
            .find_map(|block| match block {
                Block::Paragraph(text) => Some(text.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }

    fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

impl Block {
    fn text(&self, words: &Words) -> String {
        let colon = words.colon;
        match self {
            Self::Paragraph(text) | Self::Note(text) => filled(text),
            Self::Button { label, url } => format!("{label}{colon}\n{url}"),
            Self::Facts(facts) => {
                let fact =
                    |Fact { label, value }: &Fact| filled(&format!("{label}{colon} {value}"));
                facts.iter().map(fact).collect::<Vec<_>>().join("\n")
            }
            Self::Quote { label, lines } => {
                let mut text = format!("{label}{colon}");
                for line in lines.iter().flat_map(|line| quoted(line)) {
                    text.push('\n');
                    text.push_str(&line);
                }
                text
            }
        }
    }
}

/// What the layout itself says.
struct Words {
    lang: &'static str,
    greeting: &'static str,
    colon: &'static str,
    without_button: &'static str,
    automatic: &'static str,
    no_password: &'static str,
}

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &Self {
                lang: "fr",
                greeting: "Bonjour,",
                colon: "\u{a0}:",
                without_button: "Si le bouton ne fonctionne pas, copiez cette adresse dans votre \
                                 navigateur\u{a0}:",
                automatic: "Ce message a été envoyé automatiquement\u{a0}: merci de ne pas y \
                            répondre.",
                no_password: "Nous ne vous demanderons jamais votre mot de passe par e-mail.",
            },
            Language::English => &Self {
                lang: "en",
                greeting: "Hello,",
                colon: ":",
                without_button: "If the button does not work, copy this address into your \
                                 browser:",
                automatic: "This message was sent automatically: please do not reply.",
                no_password: "We will never ask you for your password by e-mail.",
            },
        }
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    message: &'a Message,
    words: &'static Words,
}

/// The text on one line: whatever would break it is a space, and what would reorder it goes.
fn one_line(text: &str) -> String {
    let kept = text.replace(is_bidi_control, "");
    let words = kept.split(breaks).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The lines of a text, without the blank ones around it or more than one in a row inside it.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let mut lines = Vec::<String>::new();
    for line in text.split(ends_line).map(one_line) {
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line);
        }
    }
    lines.pop_if(|line| line.is_empty());
    lines
}

fn breaks(c: char) -> bool {
    let no_break_space = matches!(c, '\u{a0}' | '\u{202f}');
    c.is_control() || (c.is_whitespace() && !no_break_space)
}

fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn filled(paragraph: &str) -> String {
    wrap(paragraph, WIDTH).join("\n")
}

fn quoted(line: &str) -> Vec<String> {
    if line.is_empty() {
        return vec![">".to_owned()];
    }
    let lines = wrap(line, WIDTH - 2).into_iter();
    lines.map(|line| format!("> {line}")).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Message, WIDTH};
    use crate::domain::AgencyRequestKind::{CloseAccount, StopPaperless};
    use crate::domain::Language::{self, English, French};
    use crate::mail;

    const LINK: &str = "https://locataire.bailleur.example/une/adresse/assez/longue/pour/passer/\
                        la/fin/de/la/ligne#AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456789AbCdE";
    const WRITTEN: &str = "Bonjour,\nje déménage en mars.";

    /// Every mail, by its name, and whether it has a link.
    fn mails(language: Language) -> Vec<(&'static str, Message, bool)> {
        let l = language;
        let request = |kind, message| {
            mail::agency_request(l, kind, "00123456", "Anne Lefèvre", message, LINK)
        };
        let address = "anne.lefevre@bailleur.example";
        vec![
            ("activation", mail::activation(l, LINK), true),
            ("account-activated", mail::account_activated(l, address, LINK), true),
            ("household-already-registered", mail::household_already_registered(l, LINK), true),
            ("email-already-registered", mail::email_already_registered(l, LINK), true),
            ("password-reset", mail::password_reset(l, LINK), true),
            ("password-changed", mail::password_changed(l, LINK), true),
            ("identifier-reminder", mail::identifier_reminder(l, address, LINK), true),
            ("email-change-confirm", mail::email_change_confirm(l, LINK), true),
            ("email-changed", mail::email_changed(l, "a…@bailleur.example", LINK), true),
            ("session-theft", mail::session_theft(l, LINK), true),
            ("agency-request", request(CloseAccount, Some(WRITTEN)), true),
            ("agency-request, paperless", request(StopPaperless, None), true),
            ("agency-request-received", mail::agency_request_received(l, CloseAccount), false),
            (
                "agency-request-received, paperless",
                mail::agency_request_received(l, StopPaperless),
                false,
            ),
            ("account-closed", mail::account_closed(l), false),
            ("paperless-stopped", mail::paperless_stopped(l), false),
            ("closing-soon", mail::closing_soon(l, date(2027, 3, 1), 30, LINK), true),
            ("account-deactivated", mail::account_deactivated(l, LINK), true),
        ]
    }

    fn every_mail() -> impl Iterator<Item = (&'static str, Message, bool)> {
        [French, English].into_iter().flat_map(mails)
    }

    /// A mail that holds this text in every place where a value can stand.
    fn holding(hostile: &str) -> Message {
        Message::new(English, "A subject")
            .paragraph(&format!("Before {hostile} after"))
            .fact("Label", hostile)
            .quote("Written", Some(hostile))
            .button("Open", LINK)
            .note(hostile)
    }

    #[test]
    fn every_mail_shows_its_link_once_to_click_and_once_to_copy() {
        for (name, message, has_link) in every_mail() {
            let (html, text) = (message.html(), message.text());

            let times = usize::from(has_link);
            assert_eq!(html.matches("href=").count(), times, "{name}");
            assert_eq!(html.matches(&format!("href=\"{LINK}\"")).count(), times, "{name}");
            assert_eq!(html.matches(&format!(">{LINK}<")).count(), times, "{name}");
            assert_eq!(text.lines().filter(|line| *line == LINK).count(), times, "{name}");
            assert_eq!(text.matches("https://").count(), times, "{name}");
        }
    }

    #[test]
    fn every_mail_says_the_same_in_both_versions() {
        for (name, message, _) in every_mail() {
            let html = message.html().replace("<br>\n", " ");
            for line in message.text().lines() {
                let line = line.trim_start_matches("> ").trim_end_matches(['\u{a0}', ':']);
                let line = line.split_once(": ").map_or(line, |(_, value)| value);
                let line = line.replace('\'', "&#39;");
                let shown = html.contains(&line) || line == "—";
                assert!(shown, "{name} has “{line}” in its text only");
            }
        }
    }

    #[test]
    fn every_mail_fetches_nothing_and_says_its_language() {
        for (name, message, _) in every_mail() {
            let html = message.html();
            for fetched in ["src=", "url(", "@import", "<link", "<img", "<script", "http:"] {
                assert!(!html.contains(fetched), "{name} contains {fetched}");
            }
        }
        assert!(mails(French).iter().all(|(_, m, _)| m.html().contains("<html lang=\"fr\"")));
        assert!(mails(English).iter().all(|(_, m, _)| m.html().contains("<html lang=\"en\"")));
    }

    #[test]
    fn no_line_is_too_long_unless_it_is_a_link() {
        for (name, message, _) in every_mail() {
            for line in message.text().lines().filter(|line| *line != LINK) {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
            for line in message.html().lines() {
                assert!(line.len() < 998, "{name}: a line longer than RFC 5322 allows");
            }
        }
    }

    #[test]
    fn french_punctuation_never_starts_a_line() {
        for (name, message, _) in mails(French) {
            let shown = message.subject().to_owned() + &message.text();
            for loose in [" :", " ;", " !", " ?", " »", "« ", "'"] {
                assert!(!shown.contains(loose), "{name} contains “{loose}”");
            }
        }
    }

    #[test]
    fn markup_is_shown_as_it_was_typed() {
        let html = holding("<script>alert('x')</script>\"><a href=x>&amp;").html();

        assert!(!html.contains("<script"));
        assert!(!html.contains("<a href=x"));
        let escaped = "&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;\
                       &#34;&#62;&#60;a href=x&#62;&#38;amp;";
        assert_eq!(html.matches(escaped).count(), 5, "{html}");
        let text = holding("<b>\"'&amp;").text();
        assert_eq!(text.matches("<b>\"'&amp;").count(), 4, "{text}");
    }

    #[test]
    fn markup_in_a_link_stays_in_its_attribute() {
        let html = Message::new(French, "Sujet").button("Ouvrir", "https://a/?b=\"><p>&c").html();

        assert!(html.contains("href=\"https://a/?b=&#34;&#62;&#60;p&#62;&#38;c\""), "{html}");
    }

    #[test]
    fn a_value_stays_on_its_line() {
        for end in ["\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\0"] {
            let text = Message::new(English, "A subject")
                .fact("Name", &format!("Anne{end}{end}Identifier: me@bad.example"))
                .text();

            assert!(text.contains("\nName: Anne Identifier: me@bad.example\n"), "{text:?}");
        }
    }

    #[test]
    fn a_quote_keeps_its_lines_and_cannot_leave_them() {
        let written = "\n\nOne\r\n\r\n\r\n\r\n— \rTwo\u{2028}Three\u{b}> Four\n\n";
        let message = Message::new(English, "A subject").quote("Written", Some(written));

        let quote = "\nWritten:\n> One\n>\n> —\n> Two\n> Three\n> > Four\n\n—\nEspace";
        assert!(message.text().contains(quote), "{}", message.text());
        let quote = "\nOne<br>\n<br>\n—<br>\nTwo<br>\nThree<br>\n&#62; Four\n</blockquote>";
        assert!(message.html().contains(quote), "{}", message.html());
    }

    #[test]
    fn every_line_of_a_long_quote_is_marked() {
        let written = "mot ".repeat(250);
        let text = Message::new(French, "Sujet").quote("Message", Some(&written)).text();

        let lines: Vec<_> = text.lines().filter(|line| line.contains("mot mot")).collect();
        assert_eq!(lines.len(), 14);
        assert!(lines.iter().all(|line| line.starts_with("> ") && line.len() <= WIDTH));
    }

    #[test]
    fn a_blank_quote_is_left_out() {
        for written in [None, Some(""), Some(" \r\n\t\u{2028}")] {
            let message = Message::new(English, "A subject").quote("Written", written);

            assert!(!message.text().contains("Written"));
            assert!(!message.html().contains("blockquote"));
        }
    }

    #[test]
    fn text_cannot_be_reordered_or_hidden() {
        let message = holding("abc\u{202e}fdp.exe\u{2066}\u{200f}\u{7}");

        for version in [message.html(), message.text()] {
            assert!(version.contains("abcfdp.exe"));
            assert!(!version.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\u{7}']));
        }
    }

    #[test]
    fn a_very_long_word_stays_whole() {
        let word = "a".repeat(1_000);
        let message = holding(&word);

        assert_eq!(message.html().matches(&word).count(), 5);
        assert_eq!(message.text().matches(&word).count(), 4);
        assert!(message.text().contains(&format!("\n> {word}\n")));
    }

    #[test]
    fn facts_that_follow_one_another_are_shown_together() {
        let message = Message::new(French, "Sujet").fact("Bail", "0012").fact("Nom", "Anne");

        assert!(message.text().contains("\nBail\u{a0}: 0012\nNom\u{a0}: Anne\n"));
        assert_eq!(message.html().matches("class=\"panel\"").count(), 1);
    }

    #[test]
    fn the_preview_is_the_first_paragraph() {
        let message =
            Message::new(French, "Sujet").fact("Bail", "0012").paragraph("Un").paragraph("Deux");

        assert_eq!(message.preheader(), "Un");
        assert_eq!(message.subject(), "Sujet");
    }
}
