//! What holds for every answer, every mail and every line of the log.

use serde_json::Value;
use shared::domain::EmailAddress;
use shared::http::operation::{Content, Description, Guard, Kind, Route, Schema};
use shared::http::problem;

use crate::target::MARK;
use crate::world::Outcome;

/// Checks that something holds.
///
/// # Errors
///
/// `fault`, unless `holds`.
pub fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

/// How far an answer may deviate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tables {
    /// The tables work: nothing may be unavailable.
    Work,
    /// The tables answer anything.
    Answer,
}

/// Checks the answer of an HTTP operation.
///
/// # Errors
///
/// What does not hold.
pub fn answer(of: &Description, outcome: &Outcome, tables: Tables) -> Result<u64, String> {
    let answer =
        outcome.answer.as_ref().map_err(|error| format!("the invocation failed: {error}"))?;
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    let successes = of.operation.successes.iter().find(|own| u64::from(own.status) == status);
    let mut problems = of.problems().into_iter().map(|(own, _)| own);
    let is_problem = problems.any(|own| u64::from(problem::status(own)) == status);
    // A proxy in front may be demanded of any operation.
    ensure(successes.is_some() || is_problem, || format!("{status} is not documented: {answer}"))?;
    ensure(status < 500 || tables == Tables::Answer, || {
        format!("{status} though the tables work: {}", outcome.log)
    })?;
    let headers = answer["headers"].as_object().ok_or("an answer without headers")?;
    let text = answer["body"].as_str().unwrap_or_default();
    for (name, value) in headers {
        let value = value.as_str().ok_or_else(|| format!("the header {name} is no text"))?;
        // API Gateway's own id.
        let is_ours = name != "x-request-id";
        ensure(!is_ours || is_one_line(value), || {
            format!("the header {name} has several lines: {value:?}")
        })?;
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let cookie = cookie.as_str().unwrap_or_default();
        let holds = is_one_line(cookie) && cookie.contains("; Secure") && cookie.contains("Path=/");
        ensure(holds, || format!("a cookie of no use: {cookie:?}"))?;
        let (name, _) = cookie.split_once('=').unwrap_or_default();
        let is_own = of.operation.successes.iter().any(|own| own.cookies.contains(&name));
        let is_own = is_own || matches!(of.operation.route, Route::Default);
        ensure(is_own, || format!("the cookie {name} is not documented"))?;
    }
    if let Some(location) = headers.get("location").and_then(Value::as_str) {
        let is_own = location.starts_with('/') && !location.starts_with("//");
        ensure(is_own && !location.contains('\\'), || format!("it leads to {location:?}"))?;
    }
    let media_type = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    if status >= 400 && media_type == "application/problem+json" {
        as_problem(text, status)?;
    } else if let Some(success) = successes {
        match success.content {
            Content::None => ensure(text.is_empty(), || format!("{status} has a body: {text}"))?,
            Content::Json(schema) if status < 300 => {
                let body =
                    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
                fits(&schema, &body).map_err(|fault| format!("{fault}: {text}"))?;
            }
            _ => {}
        }
    } else {
        return Err(format!("{status} is no problem: {media_type}"));
    }
    if status >= 400 {
        let repeats = repeats_mark(text)
            || headers.iter().any(|(name, value)| {
                name != "x-request-id" && repeats_mark(value.as_str().unwrap_or_default())
            });
        ensure(!repeats, || format!("{status} repeats what was sent: {answer}"))?;
    }
    Ok(status)
}

/// A problem document (RFC 9457).
fn as_problem(text: &str, status: u64) -> Result<(), String> {
    let body: Value = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
    let is_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    let whole = ["type", "title", "detail", "code"].iter().all(|name| is_text(name));
    ensure(whole && body["status"] == status, || format!("no problem document: {text}"))?;
    for fault in body["errors"].as_array().into_iter().flatten() {
        let whole = ["field", "code", "message"]
            .iter()
            .all(|name| fault[*name].as_str().is_some_and(|text| !text.is_empty()));
        ensure(whole, || format!("no fault of a field: {fault}"))?;
    }
    Ok(())
}

/// Whether `body` is of `schema`.
fn fits(schema: &Schema, body: &Value) -> Result<(), String> {
    if body.is_null() && schema.is_nullable {
        return Ok(());
    }
    let holds = match &schema.kind {
        Kind::Text(text) => body
            .as_str()
            .is_some_and(|given| text.max_chars.is_none_or(|most| given.chars().count() <= most)),
        Kind::OneOf(all) => body.as_str().is_some_and(|text| all.contains(&text)),
        Kind::Integer(_) => body.as_u64().is_some(),
        Kind::Truth(_) => body.is_boolean(),
        Kind::Free(_) => body.is_object(),
        Kind::List(of) => {
            for item in body.as_array().ok_or_else(|| format!("no list: {body}"))? {
                fits(of, item)?;
            }
            true
        }
        Kind::Object(members) => {
            let own = body.as_object().ok_or_else(|| format!("no object: {body}"))?;
            for member in *members {
                match own.get(member.name) {
                    Some(value) => fits(&member.schema, value)?,
                    None => ensure(!member.is_required, || format!("{} is missing", member.name))?,
                }
            }
            let known = |name: &String| members.iter().any(|member| member.name == name);
            own.keys().all(known)
        }
    };
    ensure(holds, || format!("not as documented: {body}"))
}

/// Checks that a log repeats nothing that was sent, unless it was sent in one of `own`: what API
/// Gateway or another service says of itself.
///
/// # Errors
///
/// The line that repeats it.
pub fn log(outcome: &Outcome, own: &[&Value]) -> Result<(), String> {
    if own.iter().any(|value| repeats_mark(&value.to_string())) {
        return Ok(());
    }
    match outcome.log.lines().find(|line| repeats_mark(line)) {
        Some(line) => Err(format!("the log repeats what was sent: {line}")),
        None => Ok(()),
    }
}

/// Checks a mail as it was passed to SES.
///
/// # Errors
///
/// What does not hold.
pub fn mail(mail: &Value) -> Result<(), String> {
    let content = &mail["Content"]["Simple"];
    let text_at = |path: &str| content.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let subject = text_at("/Subject/Data");
    ensure(!subject.is_empty() && is_one_line(subject), || format!("a subject: {subject:?}"))?;
    let to = mail["Destination"]["ToAddresses"].as_array().cloned().unwrap_or_default();
    ensure(to.len() == 1, || format!("a mail to {}: {to:?}", to.len()))?;
    let answers = mail["ReplyToAddresses"].as_array().cloned().unwrap_or_default();
    for address in to.iter().chain(&answers) {
        let address = address.as_str().unwrap_or_default();
        ensure(is_bare_address(address), || format!("a mail to {address:?}"))?;
    }
    let from = mail["FromEmailAddress"].as_str().unwrap_or_default();
    ensure(!from.is_empty() && is_one_line(from), || format!("a sender: {from:?}"))?;
    for tag in mail["EmailTags"].as_array().into_iter().flatten() {
        let plain = |text: &Value| {
            let text = text.as_str().unwrap_or_default();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            !text.is_empty() && text.len() <= 256 && text.chars().all(is_plain)
        };
        ensure(plain(&tag["Name"]) && plain(&tag["Value"]), || format!("a tag: {tag}"))?;
    }
    body(text_at("/Body/Html/Data"), text_at("/Body/Text/Data"))
}

/// Checks the two versions of a mail.
///
/// # Errors
///
/// What does not hold.
pub fn body(html: &str, text: &str) -> Result<(), String> {
    ensure(html.contains("</html>"), || "HTML without an end".to_owned())?;
    // The layout has neither.
    let is_markup = html.contains("<'x") || html.contains("<b>");
    ensure(!is_markup, || format!("what was sent is markup of a mail: {html}"))?;
    let is_odd = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
    ensure(!text.contains(is_odd), || format!("a control character in a mail: {text:?}"))
}

/// Whether `text` is an address alone, without a name, within the limits of RFC 5321.
pub fn is_bare_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_odd = |c: char| !c.is_ascii_graphic() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')');
    let is_bare = !text.contains(is_odd) && !domain.contains('"') && domain.contains('.');
    let is_short = text.len() <= 254 && local.len() <= 64 && !local.is_empty();
    let labels = domain.split('.').all(|label| (1..=63).contains(&label.len()));
    is_bare && is_short && labels && EmailAddress::try_from(text.to_owned()).is_ok()
}

/// Whether an operation with this guard was used by somebody whom it lets pass: the credentials
/// stand in the payload.
///
/// # Errors
///
/// If it let a stranger pass.
pub fn guarded(
    guard: Guard,
    status: u64,
    payload: &str,
    word: impl Fn(&str) -> String,
) -> Result<(), String> {
    // Escapes hide what the payload has.
    if payload.contains("\\u") {
        return Ok(());
    }
    let has = |names: &[&str]| names.iter().any(|name| payload.contains(&word(name)));
    let shown = match guard {
        Guard::SignedIn => has(&["access"]),
        Guard::Staff(_) => has(&["staff", "agent", "reader"]),
        Guard::Agency => payload.contains("userArn"),
        Guard::Public | Guard::SameOrigin | Guard::Event => true,
    };
    let refused = matches!(status, 401 | 403);
    ensure(shown || refused, || format!("{status} without credentials"))
}

fn is_one_line(text: &str) -> bool {
    text.chars().all(|c| !c.is_control())
}

fn repeats_mark(text: &str) -> bool {
    text.contains(MARK) || text.contains("zq<") || text.contains("zq&lt;") || text.contains("zq%3C")
}
