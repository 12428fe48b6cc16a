//! A mail in blocks, and the one layout that renders it as HTML and as text.

use std::borrow::Cow;

use askama::Template;
use landlord::Landlord;

use super::letterhead::{Letterhead, Line, Section, Staff};
use super::occasion;
use crate::domain::{Language, Occasion};

/// Characters on a line of the text version: less than 80, with room for the `>` marks of replies.
const WIDTH: usize = 76;

/// A mail in one language, without the letterhead.
///
/// It has no `Debug`, because it contains a link and a tenant's text.
#[must_use = "a draft is to be put on a letterhead"]
pub(super) struct Draft {
    language: Language,
    subject: &'static str,
    blocks: Vec<Block>,
    replies: Replies,
}

/// A mail in one language, ready to be rendered.
///
/// It has no `Debug`, because it contains a link and a tenant's text.
#[must_use = "a message that is not sent tells nobody anything"]
pub struct Message {
    draft: Draft,
    landlord: &'static Landlord,
    logo: String,
    foot: Vec<Section>,
}

/// Who gets a reply to a mail.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Replies {
    Nobody,
    Tenant,
}

/// A block of a mail's body. Blocks are shown from top to bottom.
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

impl Draft {
    /// A mail without a body yet. The subject is fixed and never contains the tenant's data.
    pub(super) fn new(language: Language, subject: &'static str) -> Self {
        Self { language, subject, blocks: Vec::new(), replies: Replies::Nobody }
    }

    /// States that a reply goes to the tenant. The sender of the mail must set Reply-To
    /// accordingly.
    pub(super) fn reply_goes_to_the_tenant(mut self) -> Self {
        self.replies = Replies::Tenant;
        self
    }

    /// Adds a paragraph. Mail clients show the first one as the preview.
    pub(super) fn paragraph(self, text: &str) -> Self {
        self.with(Block::Paragraph(one_line(text)))
    }

    /// Adds a button, with its URL written out below.
    pub(super) fn button(self, label: &'static str, url: &str) -> Self {
        let url = one_line(url);
        self.with(Block::Button { label, url })
    }

    /// Adds a value under its label. Adjacent facts are shown together.
    pub(super) fn fact(mut self, label: &'static str, value: &str) -> Self {
        let value = one_line(value);
        let fact = Fact { label, value };
        if let Some(Block::Facts(facts)) = self.blocks.last_mut() {
            facts.push(fact);
            return self;
        }
        self.with(Block::Facts(vec![fact]))
    }

    /// Adds a value under its label, if there is a value.
    pub(super) fn optional_fact(self, label: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.fact(label, &value),
            None => self,
        }
    }

    /// Adds a quotation under its label, line by line. Adds nothing if there is no text.
    pub(super) fn quote(self, label: &'static str, text: Option<&str>) -> Self {
        let lines = text.map(lines).unwrap_or_default();
        if lines.is_empty() {
            return self;
        }
        self.with(Block::Quote { label, lines })
    }

    /// Adds a remark in small print.
    pub(super) fn note(self, text: &str) -> Self {
        self.with(Block::Note(one_line(text)))
    }

    /// Adds the paragraph `lead`, if there is one, then when and from what kind of device something
    /// was done. Adds nothing if the occasion is unknown.
    pub(super) fn occasion(self, lead: Option<&str>, occasion: Option<&Occasion>) -> Self {
        let Some(occasion) = occasion else { return self };
        let (language, words) = (self.language, Words::of(self.language));
        let told = match lead {
            Some(lead) => self.paragraph(lead),
            None => self,
        };
        let told = told.fact(words.when, &occasion::moment(language, occasion));
        match occasion.device {
            Some(kind) => told.fact(words.from, &occasion::device(language, kind)),
            None => told,
        }
    }

    /// The mail with the letterhead, to a household with this `staff`.
    pub(super) fn on(self, letterhead: &Letterhead, staff: Option<&Staff>) -> Message {
        let mut foot = letterhead.foot(self.language, staff);
        for line in foot.iter_mut().flat_map(|section| &mut section.lines) {
            line.text = one_line(&line.text);
        }
        let logo = letterhead.logo();
        Message { draft: self, landlord: letterhead.landlord, logo, foot }
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

impl Message {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.draft.subject
    }

    /// Whether a reply reaches somebody. Then Reply-To is the tenant's address.
    #[must_use]
    pub fn can_be_answered(&self) -> bool {
        self.draft.replies == Replies::Tenant
    }

    /// The HTML version, one document. It only fetches the logo from the portal, and has the same
    /// content without it.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the template is checked at build, and writing to a string cannot fail"
    )]
    pub fn html(&self) -> String {
        let words = Words::of(self.draft.language);
        let layout = Layout { message: self, draft: &self.draft, words };
        layout.render().expect("a mail renders")
    }

    /// The text version: lines of 76 characters, except those that hold one longer word.
    #[must_use]
    pub fn text(&self) -> String {
        let words = Words::of(self.draft.language);
        let mut parts = vec![words.greeting.to_owned()];
        parts.extend(self.draft.blocks.iter().map(|block| block.text(words)));
        let foot = self.foot.iter().map(Section::text).collect::<Vec<_>>().join("\n\n");
        parts.push(format!("—\n{foot}"));
        parts.push(format!(
            "{}\n{}\n",
            filled(words.replies(self.draft.replies)),
            filled(words.no_password),
        ));
        parts.join("\n\n")
    }
}

impl Section {
    fn text(&self) -> String {
        let line = |Line { label, text, .. }: &Line| filled(&format!("{label}{text}"));
        let lines = self.lines.iter().map(line);
        [filled(&self.title)].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
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

/// The texts of the layout.
struct Words {
    lang: &'static str,
    greeting: &'static str,
    when: &'static str,
    from: &'static str,
    colon: &'static str,
    without_button: &'static str,
    no_reply: &'static str,
    reply_to_tenant: &'static str,
    no_password: &'static str,
}

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &Self {
                lang: "fr",
                greeting: "Bonjour,",
                when: "Quand",
                from: "Depuis",
                colon: "\u{a0}:",
                without_button: "Si le bouton ne fonctionne pas, copiez cette adresse dans votre \
                                 navigateur\u{a0}:",
                no_reply: "Ce message a été envoyé automatiquement\u{a0}: merci de ne pas y \
                           répondre.",
                reply_to_tenant: "Si vous répondez à ce message, votre réponse sera adressée au \
                                  locataire\u{a0}: effacez-en d’abord le lien ci-dessus.",
                no_password: "Nous ne vous demanderons jamais votre mot de passe par e-mail.",
            },
            Language::English => &Self {
                lang: "en",
                greeting: "Hello,",
                when: "When",
                from: "Using",
                colon: ":",
                without_button: "If the button does not work, copy this address into your \
                                 browser:",
                no_reply: "This message was sent automatically: please do not reply.",
                reply_to_tenant: "If you reply to this message, your reply goes to the tenant: \
                                  delete the link above from it first.",
                no_password: "We will never ask you for your password by e-mail.",
            },
        }
    }

    fn replies(&self, replies: Replies) -> &'static str {
        match replies {
            Replies::Nobody => self.no_reply,
            Replies::Tenant => self.reply_to_tenant,
        }
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    message: &'a Message,
    draft: &'a Draft,
    words: &'static Words,
}

/// The text on one line: line breaks become spaces, and characters that reorder text are dropped.
fn one_line(text: &str) -> String {
    let kept = text.replace(is_bidi_control, "");
    let words = kept.split(breaks).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The lines of a text, without blank lines at its ends and with at most one in a row inside.
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
    wrapped(paragraph, WIDTH).join("\n")
}

fn quoted(line: &str) -> Vec<String> {
    if line.is_empty() {
        return vec![">".to_owned()];
    }
    let lines = wrapped(line, WIDTH - 2).into_iter();
    lines.map(|line| format!("> {line}")).collect()
}

/// Lines of at most `width` characters. They end at plain spaces only: not at a no-break space, and not
/// inside a word, however long, for that word may be an address or a link.
fn wrapped(paragraph: &str, width: usize) -> Vec<Cow<'_, str>> {
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(paragraph, options)
}

#[cfg(test)]
mod tests {
    use landlord::EXAMPLE;

    use super::{Draft, Message, WIDTH, wrapped};
    use crate::domain::Language::{self, English, French};
    use crate::mail::{Letterhead, MailName, Staff, samples};

    const LINK: &str = "https://locataire.bailleur.example/une/adresse/assez/longue/pour/passer/\
                        la/fin/de/la/ligne#AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456789AbCdE";
    const WITHOUT_LINK: [MailName; 3] =
        [MailName::AgencyRequestReceived, MailName::AccountClosed, MailName::PaperlessStopped];

    /// A letterhead whose portal also has a long URL.
    fn letterhead() -> Letterhead {
        Letterhead { portal: LINK.to_owned(), landlord: &EXAMPLE }
    }

    /// Every mail, by its name, for a household with this `staff`.
    fn mails_of(staff: &Staff, language: Language) -> Vec<(MailName, Message)> {
        let mails = samples::mails(LINK).into_iter().map(|(_, mail)| mail);
        let written = mails.map(|mail| {
            let staff = Some(staff).filter(|_| samples::names_staff(mail.name()));
            (mail.name(), mail.message(language, &letterhead(), staff))
        });
        written.collect()
    }

    fn mails(language: Language) -> Vec<(MailName, Message)> {
        mails_of(&samples::staff(), language)
    }

    fn every_mail() -> impl Iterator<Item = (MailName, Message)> {
        [French, English].into_iter().flat_map(mails)
    }

    fn on_paper(draft: Draft) -> Message {
        draft.on(&letterhead(), None)
    }

    /// A mail with this text in every place for a value.
    fn holding(hostile: &str) -> Message {
        on_paper(holding_draft(hostile))
    }

    fn holding_draft(hostile: &str) -> Draft {
        Draft::new(English, "A subject")
            .paragraph(&format!("Before {hostile} after"))
            .fact("Label", hostile)
            .quote("Written", Some(hostile))
            .button("Open", LINK)
            .note(hostile)
    }

    #[test]
    fn every_mail_shows_its_link_once_to_click_and_once_to_copy() {
        for (name, message) in every_mail() {
            let (html, text) = (message.html(), message.text());

            let times = usize::from(!WITHOUT_LINK.contains(&name));
            let help = format!("{LINK}/aide");
            assert_eq!(html.matches(&format!("href=\"{help}\"")).count(), 1, "{name}");
            let elsewhere = html.matches("href=\"http").count();
            assert_eq!(elsewhere, times + 1, "{name}");
            assert_eq!(html.matches(&format!("href=\"{LINK}\"")).count(), times, "{name}");
            assert_eq!(html.matches(&format!(">{LINK}<")).count(), times, "{name}");
            assert_eq!(text.lines().filter(|line| *line == LINK).count(), times, "{name}");
            assert_eq!(text.matches("https://").count(), times + 1, "{name}");
        }
    }

    #[test]
    fn every_mail_says_the_same_in_both_versions() {
        for (name, message) in every_mail() {
            let html = message.html().replace("<br>\n", " ");
            for line in message.text().lines() {
                let line = line.trim_start_matches("> ").trim_end_matches(['\u{a0}', ':']);
                let line = line.split_once(": ").map_or(line, |(_, value)| value);
                let line = line.replace('&', "&#38;").replace('\'', "&#39;");
                let shown = html.contains(&line) || line == "—";
                assert!(shown, "{name} has “{line}” in its text only");
            }
        }
    }

    #[test]
    fn every_mail_fetches_the_logo_and_nothing_else_and_says_its_language() {
        let logo = format!("<img src=\"{LINK}/logo.png\" width=\"48\" height=\"48\" alt=\"\"");
        for (name, message) in every_mail() {
            let html = message.html();
            assert_eq!(html.matches(&logo).count(), 1, "{name}");
            assert_eq!(html.matches("src=").count(), 1, "{name}");
            for fetched in ["url(", "@import", "<link", "srcset", "<script", "http:"] {
                assert!(!html.contains(fetched), "{name} contains {fetched}");
            }
        }
        assert!(mails(French).iter().all(|(_, m)| m.html().contains("<html lang=\"fr\"")));
        assert!(mails(English).iter().all(|(_, m)| m.html().contains("<html lang=\"en\"")));
    }

    #[test]
    fn no_line_is_too_long_unless_it_is_a_link() {
        for (name, message) in every_mail() {
            for line in message.text().lines().filter(|line| !line.starts_with(LINK)) {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
            for line in message.html().lines() {
                assert!(line.len() < 998, "{name}: a line longer than RFC 5322 allows");
            }
        }
    }

    #[test]
    fn french_punctuation_never_starts_a_line() {
        for (name, message) in mails(French) {
            let shown = message.subject().to_owned() + &message.text();
            for loose in [" :", " ;", " !", " ?", " »", "« ", "'"] {
                assert!(!shown.contains(loose), "{name} contains “{loose}”");
            }
        }
    }

    #[test]
    fn every_mail_names_the_landlord_and_how_to_reach_it() {
        for (name, message) in every_mail() {
            for version in [message.html(), message.text()] {
                for told in [
                    EXAMPLE.name,
                    "18\u{a0}quai des Deux Rives",
                    "04\u{a0}65\u{a0}71\u{a0}20\u{a0}00",
                ] {
                    assert!(version.contains(told), "{name} lacks {told}");
                }
            }
            // Where images are blocked, the landlord's name is still shown.
            assert!(message.html().contains(&format!(">{}</p>", EXAMPLE.name)), "{name}");
        }
    }

    #[test]
    fn every_mail_to_a_household_names_its_agency_and_its_adviser() {
        for (name, message) in every_mail() {
            let told =
                ["agence.lyon@bailleur.example", "04\u{a0}65\u{a0}71\u{a0}20\u{a0}10", "Awa Sarr"];
            let landlords = EXAMPLE.email;
            for version in [message.html(), message.text()] {
                let named = samples::names_staff(name);
                assert!(told.iter().all(|told| version.contains(told) == named), "{name}");
                assert_eq!(version.contains(landlords), !named, "{name}: {version}");
            }
        }
    }

    #[test]
    fn an_agency_outside_the_directory_is_shown_as_in_the_file_of_leases() {
        let mut staff = Staff { adviser: None, ..samples::staff() };
        staff.agency.email = "lilas@bailleur.example".to_owned().try_into().unwrap();
        for (name, message) in mails_of(&staff, French) {
            let text = message.text();
            let agency =
                "\nVotre agence\nAgence Part-Dieu\nE-mail\u{a0}: lilas@bailleur.example\n\n";
            assert_eq!(text.contains(agency), samples::names_staff(name), "{name}: {text}");
        }
    }

    #[test]
    fn values_from_the_file_of_leases_are_escaped() {
        let mut staff = samples::staff();
        staff.agency.name = "Les <b>Rives</b> & Cie".to_owned().try_into().unwrap();
        let message = Draft::new(English, "A subject").on(&letterhead(), Some(&staff));

        assert!(message.html().contains("Les &#60;b&#62;Rives&#60;/b&#62; &#38; Cie"));
        assert!(message.text().contains("\nLes <b>Rives</b> & Cie\n"));
    }

    /// The contrast of two colours like `#17507f`, as WCAG 2.2 defines it.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| {
            let part = |at: usize| {
                let part = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
                let part = f64::from(part) / 255.0;
                if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) + 0.05
        };
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn the_colours_are_the_landlords_and_can_be_read() {
        let html = holding("text").html();
        let palette = &EXAMPLE.palette;
        let (page, card, panel) = ("#f2f4f6", "#ffffff", "#f2f4f6");
        let (dark_page, dark_card, dark_panel) = ("#14181d", "#1d232a", "#262e37");
        let (ink, soft, dark_ink, dark_soft) = ("#1c2733", "#56636f", "#e8ebee", "#aeb8c2");
        let (accent, dark_accent) = (palette.accent, palette.accent_on_dark);
        for (text, ground) in [
            (accent, page),
            (card, accent),
            (ink, page),
            (ink, card),
            (soft, page),
            (soft, card),
            (soft, panel),
            (dark_accent, dark_page),
            ("#0d1b28", dark_accent),
            (dark_ink, dark_page),
            (dark_ink, dark_card),
            (dark_ink, dark_panel),
            (dark_soft, dark_page),
            (dark_soft, dark_card),
            (dark_soft, dark_panel),
        ] {
            assert!(html.contains(text) && html.contains(ground), "{text} on {ground}");
            let contrast = contrast(text, ground);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast}");
        }
    }

    #[test]
    fn numbers_with_their_unit_and_dates_stay_on_one_line() {
        let units = ["jour", "heure", "mois", "day", "hour", "h ", "h,", "novembre", "November"];
        let torn = |text: &str| {
            let mut parts = text.split(' ').map(|part| part.replace('\u{a0}', "~"));
            let mut before = parts.next().unwrap_or_default();
            parts.any(|part| {
                let number = before.ends_with(|c: char| c.is_ascii_digit());
                let unit = units.iter().any(|unit| format!("{part} ").starts_with(unit));
                let digits = part.starts_with(|c: char| c.is_ascii_digit());
                before = part;
                number && (unit || digits)
            })
        };
        for (name, message) in every_mail() {
            assert!(!torn(&message.text().replace('\n', " ")), "{name}: {}", message.text());
        }
    }

    #[test]
    fn only_the_mail_to_the_agency_can_be_answered() {
        for (name, message) in every_mail() {
            assert_eq!(message.can_be_answered(), name == MailName::AgencyRequest, "{name}");
        }
    }

    #[test]
    fn a_mail_says_where_a_reply_goes() {
        let unread = on_paper(Draft::new(English, "A subject"));
        let read = on_paper(Draft::new(English, "A subject").reply_goes_to_the_tenant());

        for version in [unread.html(), unread.text()] {
            assert!(version.contains("please do not reply"));
            assert!(!version.contains("goes to the tenant"));
        }
        for version in [read.html(), read.text()] {
            assert!(version.contains("your reply goes to the tenant"));
            assert!(!version.contains("please do not reply"));
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
        let draft = Draft::new(French, "Sujet").button("Ouvrir", "https://a/?b=\"><p>&c");
        let html = on_paper(draft).html();

        assert!(html.contains("href=\"https://a/?b=&#34;&#62;&#60;p&#62;&#38;c\""), "{html}");
    }

    #[test]
    fn a_value_stays_on_its_line() {
        for end in ["\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\0"] {
            let draft = Draft::new(English, "A subject")
                .fact("Name", &format!("Anne{end}{end}Identifier: me@bad.example"));
            let text = on_paper(draft).text();

            assert!(text.contains("\nName: Anne Identifier: me@bad.example\n"), "{text:?}");
        }
    }

    #[test]
    fn a_quote_keeps_its_lines_and_stays_inside_its_block() {
        let written = "\n\nOne\r\n\r\n\r\n\r\n— \rTwo\u{2028}Three\u{b}> Four\n\n";
        let draft = Draft::new(English, "A subject").quote("Written", Some(written));
        let message = on_paper(draft);

        let quote = "\nWritten:\n> One\n>\n> —\n> Two\n> Three\n> > Four\n\n—\nHabitat";
        assert!(message.text().contains(quote), "{}", message.text());
        let quote = "\nOne<br>\n<br>\n—<br>\nTwo<br>\nThree<br>\n&#62; Four\n</blockquote>";
        assert!(message.html().contains(quote), "{}", message.html());
    }

    #[test]
    fn every_line_of_a_long_quote_is_marked() {
        let written = "mot ".repeat(250);
        let draft = Draft::new(French, "Sujet").quote("Message", Some(&written));
        let text = on_paper(draft).text();

        let lines: Vec<_> = text.lines().filter(|line| line.contains("mot mot")).collect();
        assert_eq!(lines.len(), 14);
        assert!(lines.iter().all(|line| line.starts_with("> ") && line.len() <= WIDTH));
    }

    #[test]
    fn a_blank_quote_is_left_out() {
        for written in [None, Some(""), Some(" \r\n\t\u{2028}")] {
            let draft = Draft::new(English, "A subject").quote("Written", written);
            let message = on_paper(draft);

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
        let draft = Draft::new(French, "Sujet").fact("Bail", "0012").fact("Nom", "Anne");
        let message = on_paper(draft);

        assert!(message.text().contains("\nBail\u{a0}: 0012\nNom\u{a0}: Anne\n"));
        assert_eq!(message.html().matches("class=\"panel\"").count(), 1);
    }

    #[test]
    fn the_preview_is_the_first_paragraph() {
        let draft =
            Draft::new(French, "Sujet").fact("Bail", "0012").paragraph("Un").paragraph("Deux");

        assert_eq!(draft.preheader(), "Un");
        assert_eq!(on_paper(draft).subject(), "Sujet");
    }

    #[test]
    fn lines_end_at_plain_spaces_alone() {
        assert_eq!(wrapped("un deux trois quatre", 9), ["un deux", "trois", "quatre"]);
        assert_eq!(wrapped("été là", 6), ["été là"]);
        assert_eq!(wrapped("valable 24\u{a0}heures", 12), ["valable", "24\u{a0}heures"]);
        let link = "https://exemple.fr/a-b";
        assert_eq!(wrapped(&format!("ici {link} là"), 10), ["ici", link, "là"]);
    }
}
