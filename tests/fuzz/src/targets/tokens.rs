//! Secrets that browsers and links present. An input names one and says how it is changed; whatever
//! was changed is refused, and what was not is accepted.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::domain::EmailAddress;

use crate::check::ensure;
use crate::household::{PASSWORD, Request, browser};
use crate::target::{Shape, Target};
use crate::world::World;

/// Secrets.
pub const TOKENS: Target =
    Target { name: "tokens", corpora: &["tokens"], shape: Shape::Json, execute };

/// The kinds of secrets, and the words of the world that they are.
const KINDS: [(&str, &str); 15] = [
    ("access", "access"),
    ("authorizer", "access"),
    ("session", "session"),
    ("staff", "staff"),
    ("device", "device"),
    ("registration-cookie", "registration-cookie"),
    ("registration", "registration"),
    ("activation", "activation"),
    ("password-reset", "password-reset"),
    ("email-change-confirm", "email-change-confirm"),
    ("email-changed", "email-changed"),
    ("agency-request", "agency-request"),
    ("sign-in", "sign-in"),
    ("state", "state"),
    ("password", "password"),
];

fn execute(world: &World, input: &[u8]) -> Result<bool, String> {
    let Ok(input) = serde_json::from_slice::<Value>(input) else { return Ok(false) };
    if !input.is_object() {
        return Ok(false);
    }
    let asked = input["kind"].as_str().unwrap_or_default();
    // Any other text names a kind as well, so that few inputs have no meaning.
    let sum: usize = asked.bytes().map(usize::from).sum();
    let named = KINDS.iter().find(|(kind, _)| *kind == asked);
    let (kind, name) = *named.unwrap_or(&KINDS[sum % KINDS.len()]);
    let valid = &world.words[&format!("{{{name}}}")];
    let mut shown = valid.clone();
    for edit in input["edits"].as_array().into_iter().flatten().take(8) {
        shown = edited(world, &shown, edit);
    }
    let accepted = present(world, kind, &shown);
    let is_same = read(kind, &shown) == *valid;
    ensure(accepted == is_same, || {
        let done = if accepted { "accepted" } else { "refused" };
        format!("{kind}: {shown:?} is {done}; the valid one is {valid:?}")
    })?;
    Ok(true)
}

/// What of `shown` reaches us: a cookie ends at a semicolon, and spaces around are no part of it.
fn read(kind: &str, shown: &str) -> String {
    match kind {
        "session" | "staff" | "registration-cookie" => {
            let value = shown.split(';').next().unwrap_or_default().trim();
            let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            unquoted.unwrap_or(value).to_owned()
        }
        "access" | "authorizer" => shown.trim().to_owned(),
        "activation"
        | "password-reset"
        | "email-change-confirm"
        | "email-changed"
        | "agency-request" => {
            // Invisible characters are dropped from every field of text but passwords.
            shared::domain::text::lines(shown).unwrap_or_default()
        }
        _ => shown.to_owned(),
    }
}

/// `text` after one change: `["flip", place, bit]`, `["insert", place, character]`,
/// `["delete", place, count]`, `["repeat", place, count]`, `["case", place]`,
/// `["other", word, place]` for the end of another secret, `["end", word]` for its parts behind the
/// first dot, `["claim", part, name, value]` for a part of a token in JSON. Any other first text is
/// inserted at the place.
fn edited(world: &World, text: &str, edit: &Value) -> String {
    let number = |at: usize| {
        edit[at].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
    };
    let chars: Vec<char> = text.chars().collect();
    let place = number(1) % (chars.len() + 1);
    let count = number(2) % (chars.len() + 1 - place).max(1);
    let (before, after) = chars.split_at(place);
    let text_of = |chars: &[char]| chars.iter().collect::<String>();
    let other = |name: &Value| {
        let named = name.as_str().and_then(|name| world.words.get(&format!("{{{name}}}")));
        named.cloned().unwrap_or_default()
    };
    match edit[0].as_str().unwrap_or_default() {
        "flip" => {
            let Some((first, rest)) = after.split_first() else { return text.to_owned() };
            let flipped = char::from_u32(u32::from(*first) ^ (1 << (number(2) % 7)));
            text_of(before) + &flipped.unwrap_or('?').to_string() + &text_of(rest)
        }
        "insert" => {
            let c = u32::try_from(number(2)).ok().and_then(char::from_u32).unwrap_or('A');
            text_of(before) + &c.to_string() + &text_of(after)
        }
        "delete" => text_of(before) + &text_of(&after[count..]),
        "repeat" => text_of(before) + &text_of(&after[..count]) + &text_of(after),
        "case" => {
            let Some((first, rest)) = after.split_first() else { return text.to_owned() };
            let changed = if first.is_ascii_lowercase() {
                first.to_ascii_uppercase()
            } else {
                first.to_ascii_lowercase()
            };
            text_of(before) + &changed.to_string() + &text_of(rest)
        }
        "other" => {
            let other: Vec<char> = other(&edit[1]).chars().collect();
            let place = number(2) % (chars.len().min(other.len()) + 1);
            text_of(&chars[..place]) + &text_of(&other[place..])
        }
        "end" => {
            let other = other(&edit[1]);
            match (text.split_once('.'), other.split_once('.')) {
                (Some((first, _)), Some((_, end))) => format!("{first}.{end}"),
                _ => text.to_owned(),
            }
        }
        "claim" => {
            let mut parts: Vec<String> = text.split('.').map(str::to_owned).collect();
            let many = parts.len();
            let part = &mut parts[number(1) % many];
            let json = BASE64_URL_SAFE_NO_PAD.decode(&*part).ok();
            let json = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
            if let Some(mut json) = json
                && let Some(members) = json.as_object_mut()
            {
                let name = edit[2].as_str().unwrap_or("alg").to_owned();
                members.insert(name, edit[3].clone());
                *part = BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
            }
            parts.join(".")
        }
        inserted => text_of(before) + inserted + &text_of(after),
    }
}

/// Whether `shown` is accepted where a secret of this kind is asked for.
fn present(world: &World, kind: &str, shown: &str) -> bool {
    let call = |function: &str, event: Value| {
        let outcome = world.execute(function, event.to_string());
        outcome.answer.ok().and_then(|answer| answer["statusCode"].as_u64()).unwrap_or_default()
    };
    let with_cookie = |name: &str| browser().cookie(&format!("{name}={shown}"));
    let follow = |function: &str, route: &str, more: Value| {
        let mut form = json!({ "token": shown });
        for (name, value) in more.as_object().into_iter().flatten() {
            form[name] = value.clone();
        }
        call(function, browser().json(route, &form)) < 300
    };
    let password = json!({ "password": PASSWORD });
    match kind {
        "access" => {
            call("get-account", browser().bearer(shown).json("GET /api/account", &json!({}))) == 200
        }
        "authorizer" => {
            let event = json!({ "headers": { "authorization": format!("Bearer {shown}") } });
            let outcome = world.execute("authorize", event.to_string());
            outcome.answer.is_ok_and(|answer| answer["isAuthorized"] == true)
        }
        "session" => {
            let route = "POST /api/sessions/refresh";
            call("refresh-session", with_cookie("__Host-session").json(route, &json!({}))) == 200
        }
        "staff" => {
            let route = "GET /api/staff/session";
            call("show-staff", with_cookie("__Host-staff").json(route, &json!({}))) == 200
        }
        "registration-cookie" => {
            let form = json!({ "token": world.words["{activation}"] });
            let request: Request = with_cookie("__Host-registration");
            call("activate", request.json("POST /api/activations", &form)) == 200
        }
        "device" => {
            let email = EmailAddress::try_from(world.words["{email}"].clone()).expect("an address");
            let now = world.now();
            world
                .block_on(world.app.keys.open_device(shown, &email, now))
                .is_ok_and(|it| it.is_some())
        }
        "registration" => {
            let mut event =
                browser().json("POST /api/registrations/{registration}/resend", &json!({}));
            event["pathParameters"] = json!({ "registration": shown });
            call("resend-activation", event) == 202
        }
        "activation" => follow("activate", "POST /api/activations", password),
        "password-reset" => {
            let password = json!({ "password": "sept oies grises 7" });
            follow("reset-password", "POST /api/password-resets/confirm", password)
        }
        "email-change-confirm" => {
            follow("confirm-email", "POST /api/email-changes/confirm", password)
        }
        "email-changed" => follow("revert-email", "POST /api/email-changes/revert", json!({})),
        "agency-request" => follow("answer-request", "POST /api/agency-requests/answer", json!({})),
        "sign-in" => {
            let (keys, state) = (&world.app.keys, &world.words["{state}"]);
            world
                .block_on(keys.open_staff_sign_in(shown, state, world.now()))
                .is_ok_and(|it| it.is_some())
        }
        "state" => {
            let (keys, cookie) = (&world.app.keys, &world.words["{sign-in}"]);
            world
                .block_on(keys.open_staff_sign_in(cookie, shown, world.now()))
                .is_ok_and(|it| it.is_some())
        }
        _ => {
            let form = json!({ "email": world.words["{email}"], "password": shown });
            call("login", browser().json("POST /api/sessions", &form)) == 200
        }
    }
}
