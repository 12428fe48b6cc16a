//! Texts that people type. The first line of an input says what the rest is: `email`, `name`,
//! `lease`, `file-lease`, `search`, `password`, `lines`, `cookie` or `ranges`.

use shared::domain::text::{flat, fold, line, lines, visible};
use shared::domain::{EmailAddress, LeaseReference, Name, Password, PasswordPolicy, Search};
use shared::http::{cookies, quality};

use crate::check::{ensure, is_bare_address};
use crate::target::{Shape, Target};
use crate::world::World;

/// Texts.
pub const TEXTS: Target =
    Target { name: "texts", corpora: &["texts"], shape: Shape::Lines, execute };

fn execute(_: &World, input: &[u8]) -> Result<bool, String> {
    let Ok(input) = std::str::from_utf8(input) else { return Ok(false) };
    let (kind, text) = input.split_once('\n').unwrap_or((input, ""));
    match kind {
        "email" => email(text)?,
        "name" => name(text)?,
        "lease" => lease(text)?,
        "file-lease" => {
            if let Ok(reference) = LeaseReference::in_file(text) {
                plain(&reference)?;
            }
        }
        "search" => search(text)?,
        "password" => password(text)?,
        "lines" => of_lines(text)?,
        "cookie" => {
            if let Some((id, secret)) = cookies::read_session(text) {
                let again = format!("{id}.{}", secret.reveal());
                ensure(again == text, || format!("{text:?} is read as {again:?}"))?;
            }
            if let Some(email) = cookies::read_identifier(text) {
                let cookie = cookies::identifier(&email);
                let again = cookies::read_identifier(cookie.value());
                ensure(again == Some(email), || format!("{text:?} is not written as read"))?;
            }
        }
        "ranges" => {
            let all = quality::ranges(text).all(|(range, weight)| {
                weight <= 1_000 && !range.is_empty() && range.trim() == range
            });
            ensure(all, || format!("ranges of {text:?}"))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn email(text: &str) -> Result<(), String> {
    let Ok(email) = EmailAddress::try_from(text.to_owned()) else { return Ok(()) };
    let folded = email.folded();
    ensure(is_bare_address(&folded), || format!("{text:?} is folded to {folded:?}"))?;
    let again = EmailAddress::try_from(folded.clone()).map(|email| email.folded());
    ensure(again.as_ref() == Ok(&folded), || format!("{folded:?} is folded to {again:?}"))?;
    let shown = EmailAddress::try_from(email.to_string()).map(|email| email.folded());
    ensure(shown.as_ref() == Ok(&folded), || format!("{email} is folded to {shown:?}"))?;
    let is_odd = |text: &str| text.contains(char::is_control) || text.contains(['<', '>', '"']);
    ensure(!is_odd(&email.to_string()), || format!("{text:?} is shown as {email:?}"))?;
    let masked = email.masked_with("…");
    ensure(!is_odd(&masked) && masked.contains('@'), || format!("it is masked: {masked:?}"))
}

fn name(text: &str) -> Result<(), String> {
    let Ok(name) = Name::try_from(text.to_owned()) else { return Ok(()) };
    let shown = name.as_str();
    ensure(!shown.contains(char::is_control), || format!("a name: {shown:?}"))?;
    let again = Name::try_from(shown.to_owned());
    let is_same = again.as_ref().is_ok_and(|again| again.as_str() == shown);
    ensure(is_same, || format!("{shown:?} is read as {again:?}"))?;
    ensure(name.matches(&name), || format!("{shown:?} does not match itself"))?;
    ensure(fold(&name.folded()) == name.folded(), || format!("{shown:?} folds on"))?;
    let _ = (name.searched(), name.parts());
    Ok(())
}

fn lease(text: &str) -> Result<(), String> {
    let Ok(reference) = LeaseReference::try_from(text.to_owned()) else { return Ok(()) };
    plain(&reference)?;
    let again = LeaseReference::try_from(format!("L {}", reference.as_str()));
    ensure(again.as_ref() == Ok(&reference), || format!("{reference:?} is read as {again:?}"))
}

fn plain(reference: &LeaseReference) -> Result<(), String> {
    let digits = reference.as_str();
    let is_plain = (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    ensure(is_plain, || format!("a reference: {digits:?}"))
}

fn search(text: &str) -> Result<(), String> {
    match Search::try_from(text.to_owned()) {
        Err(_) => Ok(()),
        Ok(Search::Reference(reference)) => plain(&reference),
        Ok(Search::Address(email)) => email_again(&email),
        Ok(Search::Name(names)) => {
            ensure(!names.is_empty(), || format!("{text:?} looks for nothing"))?;
            for name in names {
                let (initials, whole) = (name.initials(), name.as_str());
                let holds = whole.starts_with(initials)
                    && (1..=2).contains(&initials.chars().count())
                    && whole.len() <= 1_000;
                ensure(holds, || format!("{text:?}: {initials:?} of {whole:?}"))?;
            }
            Ok(())
        }
    }
}

fn email_again(email: &EmailAddress) -> Result<(), String> {
    ensure(is_bare_address(&email.folded()), || format!("an address: {email}"))
}

fn password(text: &str) -> Result<(), String> {
    let Ok(password) = Password::try_from(text.to_owned()) else { return Ok(()) };
    let name = Name::try_from("Martin".to_owned());
    let email = EmailAddress::try_from("camille@exemple.example".to_owned());
    let (Ok(name), Ok(email)) = (name, email) else { return Ok(()) };
    let policy = PasswordPolicy { min_chars: 8, names: &[&name], email: Some(&email) };
    if policy.check(&password).is_ok() {
        let shown = password.expose();
        let holds = shown.chars().count() >= 8
            && shown.contains(char::is_alphabetic)
            && shown.contains(|c: char| c.is_ascii_digit())
            && !shown.to_lowercase().starts_with("martin")
            && !shown.to_lowercase().starts_with("camille@exemple.example");
        ensure(holds, || format!("a password is taken: {shown:?}"))?;
    }
    let other = Password::try_from("un autre 5".to_owned());
    let hides = other.is_ok_and(|other| format!("{other:?}") == format!("{password:?}"));
    ensure(hides, || "it is shown".to_owned())
}

fn of_lines(text: &str) -> Result<(), String> {
    let seen = visible(text);
    ensure(visible(&seen) == seen, || format!("{text:?}: visible twice differs"))?;
    if let Ok(one) = line(text) {
        ensure(!one.contains(char::is_control), || format!("a line: {one:?}"))?;
        ensure(line(&one).as_ref() == Ok(&one), || format!("{one:?} is read as another line"))?;
    }
    if let Ok(several) = lines(text) {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        ensure(!several.contains(is_odd), || format!("lines: {several:?}"))?;
        ensure(lines(&several).as_ref() == Ok(&several), || {
            format!("{several:?} is read as other lines")
        })?;
    }
    let flat_text = flat(text);
    ensure(!flat_text.contains(char::is_control), || format!("it is flat: {flat_text:?}"))?;
    ensure(flat(&flat_text) == flat_text, || format!("{flat_text:?} is not flat"))?;
    let folded = fold(text);
    ensure(fold(&folded) == folded, || format!("{text:?} is folded to {folded:?}, which folds on"))
}
