//! Parts of an event that we do not read do not change the answer.

use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::Config as Run;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::operation::{Body, Group, Route, Success, free, required, words};
use super::*;
use crate::config::Variables;
use crate::domain::EmailAddress;
use crate::environment::OpenError;
use crate::error::Problem;

/// How often each property is tried, unless `PROPTEST_CASES` is set.
const CASES: u32 = 4_096;

/// Stands for half of a surrogate pair in the events made here, because a Rust string cannot have
/// one.
const HALF_A_PAIR: char = '\u{f8ff}';

/// The members of an event that we read, and the names we look for in them.
const NAMES: [&str; 26] = [
    "rawPath",
    "rawQueryString",
    "queryStringParameters",
    "pathParameters",
    "headers",
    "cookies",
    "body",
    "isBase64Encoded",
    "requestContext",
    "http",
    "method",
    "path",
    "sourceIp",
    "requestId",
    "routeKey",
    "authorizer",
    "iam",
    "userArn",
    "cookie",
    "authorization",
    "content-type",
    "accept-language",
    "user-agent",
    "origin",
    "version",
    "language",
];

#[derive(Clone, Debug)]
struct Nothing;

impl Context for Nothing {
    async fn open(_: &Environment) -> Result<Self, OpenError> {
        Ok(Self)
    }
}

/// Everything that can be read from a call.
struct Everything(Value);

impl FromCall for Everything {
    fn parse(call: &Call) -> Result<Self, error::Error> {
        let mut form = call.form()?;
        let email = form.required::<EmailAddress>("email");
        let seen = json!({
            "session": call.cookie(cookies::SESSION),
            "device": call.cookie(cookies::DEVICE),
            "identifier": call.cookie(cookies::IDENTIFIER).and_then(cookies::read_identifier)
                .map(|email| email.to_string()),
            "bearer": call.bearer(),
            "language": call.language().tag(),
            "chosen": call.query_parameter("language"),
            "confirm": call.query_parameter("confirm"),
            "id": call.path_parameter("id"),
            "method": call.method(),
            "path": call.path(),
            "media_type": call.media_type(),
            "source": call.source(),
            "user_agent": call.user_agent(),
            "same_origin": call.check_same_origin().is_ok(),
            "caller": call.caller().ok().map(|caller| caller.arn().to_owned()),
        });
        form.finish(|| {
            let email = email?.to_string();
            Some(Self(json!({ "email": email, "seen": seen })))
        })
    }
}

static MIRRORING: Operation = Operation {
    name: "mirror",
    summary: "Answers with everything it can read of the call",
    description: "",
    group: Group::Published,
    route: Route::Default,
    parameters: &[],
    body: Body::Json(&[required("email", words::EMAIL_TYPED)]),
    successes: &[Success::ok("What was read", free("Everything", "{}"))],
    problems: &[(Problem::NotFound, "always"), (Problem::InvalidFields, "particular")],
};

/// An operation that answers with everything that can be read from the call.
struct Mirror(Invocable);

static TIMERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

static MIRROR: LazyLock<Mirror> = LazyLock::new(Mirror::open);

impl Mirror {
    fn open() -> Self {
        let names = ["TENANTS_TABLE", "TOKENS_TABLE", "ISSUER", "AUDIENCE", "TERMS_VERSION"];
        let variables = names.map(|name| (name.to_owned(), "x".to_owned()));
        let mut environment = Environment::of_this_process();
        environment.variables = Variables::from_iter(variables);
        let function = public(&MIRRORING, |_: Nothing, everything: Everything| async move {
            let language = everything.0["seen"]["language"].as_str().unwrap_or_default().to_owned();
            let cookie = cookie::Cookie::new("seen", "1");
            let reply = Reply::ok(&everything.0)?.with_header("content-language", &language);
            Ok(reply.with_cookie(&cookie))
        });
        Self(function.open(&environment).now_or_never().unwrap().unwrap())
    }

    fn invoke(&self, event: Box<RawValue>) -> Result<Value, Error> {
        let mut context = lambda_http::Context::default();
        context.request_id = "invocation-1".to_owned();
        // Handlers run with a deadline, which needs timers.
        let _timers = TIMERS.enter();
        let answer = (self.0)(LambdaEvent::new(event, context)).now_or_never().unwrap()?;
        Ok(serde_json::from_str(answer.get())?)
    }

    /// The answer to `event`. Every event gets an HTTP answer.
    #[track_caller]
    fn answer(&self, event: &Value) -> Value {
        let text = event.to_string().replace(HALF_A_PAIR, "\\ud800");
        let answer = self.invoke(RawValue::from_string(text).unwrap()).unwrap();
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..=599).contains(&status), "{answer}");
        let headers = &answer["headers"];
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-security-policy"], "frame-ancestors 'none'");
        assert_eq!(headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
        assert!(!headers["x-request-id"].as_str().unwrap().is_empty());
        assert!(headers.get("set-cookie").is_none());
        assert_eq!(answer["isBase64Encoded"], false);
        let media_type = if status < 300 { "application/json" } else { "application/problem+json" };
        assert_eq!(headers["content-type"], media_type);
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        if status >= 300 {
            assert_eq!(body["status"], status);
        }
        answer
    }
}

/// An event with every member that is read.
fn event() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /api/mirror/{id}",
        "rawPath": "/api/mirror/7",
        "rawQueryString": "language=en&confirm=12",
        "cookies": ["__Host-session=id.secret", "identifier=camille%40example.org"],
        "headers": {
            "accept-language": "fr;q=0.5, en;q=0.8",
            "authorization": "Bearer to.ke.n",
            "content-type": "application/json; charset=utf-8",
            "host": "locataires.bailleur.example",
            "origin": "https://locataires.bailleur.example",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
        },
        "queryStringParameters": { "language": "en", "confirm": "12" },
        "pathParameters": { "id": "7" },
        "requestContext": {
            "authorizer": { "iam": { "userArn": "arn:aws:iam::000000000000:user/agency" } },
            "http": { "method": "POST", "path": "/api/mirror/7", "sourceIp": "2001:db8:1:2:3::4" },
            "requestId": "VZ059jTuvGYEPXw=",
            "routeKey": "POST /api/mirror/{id}",
            "stage": "$default",
        },
        "body": "{\"email\":\"camille@example.org\"}",
        "isBase64Encoded": false,
    })
}

#[test]
fn an_event_is_read_whole() {
    let answer = MIRROR.answer(&event());

    assert_eq!(
        answer,
        json!({
            "statusCode": 200,
            "headers": {
                "cache-control": "no-store",
                "content-language": "en",
                "content-security-policy": "frame-ancestors 'none'",
                "content-type": "application/json",
                "strict-transport-security": "max-age=63072000; includeSubDomains",
                "x-content-type-options": "nosniff",
                "x-request-id": "VZ059jTuvGYEPXw=",
            },
            "multiValueHeaders": {},
            "body": json!({
                "email": "camille@example.org",
                "seen": {
                    "session": "id.secret",
                    "device": null,
                    "identifier": "camille@example.org",
                    "bearer": "to.ke.n",
                    "language": "en",
                    "chosen": "en",
                    "confirm": "12",
                    "id": "7",
                    "method": "POST",
                    "path": "/api/mirror/7",
                    "media_type": "application/json",
                    "source": "2001:db8:1:2::/64",
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
                    "same_origin": true,
                    "caller": "arn:aws:iam::000000000000:user/agency",
                },
            }).to_string(),
            "isBase64Encoded": false,
            "cookies": ["seen=1"],
        })
    );
}

#[test]
fn an_event_that_is_not_an_object_fails_the_invocation_with_a_message() {
    for event in [json!(null), json!([]), json!("{}"), json!(1)] {
        let error = MIRROR.invoke(to_raw_value(&event).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the event is not a JSON object");
    }
}

#[test]
fn an_empty_event_is_answered_with_a_problem() {
    let answer = MIRROR.answer(&json!({}));

    assert_eq!(answer["statusCode"], 415);
    assert_eq!(answer["headers"]["x-request-id"], "invocation-1");
}

/// Texts that Lambda's libraries, URLs or headers do not allow.
const NASTY: [&str; 14] = [
    "\"",
    "<",
    ">",
    "\\",
    "^",
    "{}|`",
    " ",
    "\u{e9}",
    "%ZZ%",
    "%ff%00",
    "\u{0}\r\n\t\u{7f}",
    "Orl\u{c3}\u{a9}ans",
    "\u{fffd}",
    "\u{f8ff}",
];

#[test]
fn other_query_parameters_with_any_bytes_change_nothing() {
    let expected = MIRROR.answer(&event());
    let more =
        ["=", "&&", "a=1&a=2&a", "=x&=y", "?#", "language%3dfr", "Language=fr", "?language=fr"];
    for nasty in NASTY.iter().chain(&more) {
        for query in [
            format!("{nasty}&language=en&confirm=12"),
            format!("language=en&{nasty}&{nasty}={nasty}&confirm=12"),
            format!("language=en&confirm=12&{nasty}=1&language=fr"),
        ] {
            let mut event = event();
            event["rawQueryString"] = json!(query);
            event["queryStringParameters"][*nasty] = json!(nasty);
            assert_eq!(MIRROR.answer(&event), expected, "{query:?}");
        }
    }
}

#[test]
fn other_headers_with_any_bytes_change_nothing() {
    let expected = MIRROR.answer(&event());
    for name in NASTY.iter().chain(&["x-any", "referer", "", ":", "x-forwarded-for"]) {
        let values = NASTY.map(|text| json!(text)).into_iter();
        let wrong = [json!(null), json!(1), json!([]), json!({}), json!(["a"]), json!(true)];
        for value in values.chain(wrong) {
            let mut event = event();
            event["headers"][*name] = value.clone();
            assert_eq!(MIRROR.answer(&event), expected, "{name:?}: {value}");
        }
    }
}

#[test]
fn our_headers_are_read_with_any_bytes_around_their_values() {
    let expected = MIRROR.answer(&event());
    let mut event = event();
    event["headers"] = json!({
        "Accept-Language": "\u{e9};q=1, fr;q=0.5, \u{fffd}, en;q=0.8, fr;q=2",
        "AUTHORIZATION": "bearer   to.ke.n ",
        "Content-Type": " Application/JSON ; charset=\u{e9}",
        "Host": "locataires.bailleur.example",
        "Origin": "https://LOCATAIRES.bailleur.example",
        "User-Agent": "Mozilla/5.0\u{0} (X11;\n Linux\u{7f} x86_64)",
    });

    assert_eq!(MIRROR.answer(&event), expected);
}

#[test]
fn other_cookies_with_any_bytes_change_nothing() {
    let expected = MIRROR.answer(&event());
    let more = [
        "ville=Orl\u{e9}ans",
        "=x",
        ";;",
        "",
        "a",
        "__Host-session2=x",
        "x__Host-session=y",
        "a=__Host-session=x",
        "__Host-session",
        "__Host-session=\u{e9}",
        "ville=\u{fffd}\u{fffd}",
    ];
    let ours = ["__Host-session=id.secret", "identifier=camille%40example.org"];
    for nasty in NASTY.iter().chain(&more) {
        for cookies in [
            json!([nasty, ours[0], nasty, ours[1], nasty, ours[0]]),
            json!([format!("{nasty};{};{nasty}; {}", ours[0], ours[1])]),
            json!([null, 1, ours[0], [nasty], ours[1], {}]),
            json!([ours[0], ours[1], "__Host-session=other"]),
        ] {
            let mut event = event();
            event["cookies"] = cookies.clone();
            assert_eq!(MIRROR.answer(&event), expected, "{cookies}");
        }
        for header in ["cookie", "Cookie", "COOKIE"] {
            for missing in [json!(null), json!([]), json!("a=b"), json!(7), json!({})] {
                let mut event = event();
                event["cookies"] = missing;
                let text = format!("{nasty}; {}; {nasty};{};{nasty}", ours[0], ours[1]);
                event["headers"][header] = json!(text);
                assert_eq!(MIRROR.answer(&event), expected, "{header}: {text}");
            }
        }
    }
}

#[test]
fn ten_thousand_other_cookies_headers_and_parameters_change_nothing() {
    let expected = MIRROR.answer(&event());
    let mut event = event();
    let many = (0..10_000).map(|i| format!("c{i}=v")).collect::<Vec<_>>();
    let ours = event["cookies"].as_array().unwrap().clone();
    event["cookies"] = many.iter().map(|cookie| json!(cookie)).chain(ours).collect();
    for (i, cookie) in many.iter().enumerate() {
        event["headers"][format!("x-{i}")] = json!(cookie);
    }
    event["rawQueryString"] = json!(format!("{}&language=en&confirm=12", many.join("&")));

    assert_eq!(MIRROR.answer(&event), expected);
}

#[test]
fn a_member_of_a_wrong_type_counts_as_absent() {
    let wrong = [
        json!(null),
        json!(7),
        json!(-1.5e300),
        json!([]),
        json!([[]]),
        json!({}),
        json!(true),
        json!("text"),
        json!({ "a": 1 }),
    ];
    for pointer in pointers(&event()) {
        for value in &wrong {
            let mut with = event();
            *with.pointer_mut(&pointer).unwrap() = value.clone();
            let answer = MIRROR.answer(&with);
            if !value.is_string()
                && !value.is_boolean()
                && event().pointer(&pointer).unwrap().is_string()
            {
                let mut without = event();
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                match without.pointer_mut(parent).unwrap() {
                    Value::Object(members) => drop(members.remove(name)),
                    Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                    _ => unreachable!(),
                }
                assert_eq!(answer, MIRROR.answer(&without), "{pointer}: {value}");
            }
        }
    }
}

#[test]
fn repeated_names_change_nothing() {
    let expected = MIRROR.answer(&event());
    let text = event().to_string();
    let twice =
        text.replacen('{', r#"{"headers":7,"\ud800":{"\udfff":["\ud800"]},"body":null,"#, 1);

    let answer = MIRROR.invoke(RawValue::from_string(twice).unwrap()).unwrap();

    assert_eq!(answer, expected);
}

#[test]
fn deep_nesting_changes_nothing() {
    let expected = MIRROR.answer(&event());
    let deep = format!(r#"{{"deep":{}{},"#, "[".repeat(100_000), "]".repeat(100_000));
    let text = event().to_string().replacen('{', &deep, 1);

    let answer = MIRROR.invoke(RawValue::from_string(text).unwrap()).unwrap();

    assert_eq!(answer, expected);
}

/// Every place in `value`, as JSON pointers.
fn pointers(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, value) in below {
        found.push(format!("/{name}"));
        found.extend(pointers(value).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

fn run() -> Run {
    let asked = Run::default();
    // 256 is proptest's default.
    let cases = if asked.cases == 256 { CASES } else { asked.cases };
    Run { cases, ..asked }
}

/// Any text, often a nasty one.
fn text() -> impl Strategy<Value = String> {
    let ascii = || prop::char::range('\u{0}', '\u{7f}');
    let pairs = prop::sample::select(vec!["a", "=", ";", "&", ",", " ", "%", "b"]);
    prop_oneof![
        prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        prop::collection::vec(ascii(), 0..20).prop_map(String::from_iter),
        prop::collection::vec(prop::sample::select(&NASTY[..]), 0..4).prop_map(|all| all.concat()),
        prop::collection::vec(pairs, 0..12).prop_map(|all| all.concat()),
    ]
}

/// Any name of a member, often one of ours.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), text()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((name(), value), 0..6);
    members.prop_map(|members| members.into_iter().collect::<Map<_, _>>().into())
}

/// An object in the shape of an event, of anything.
fn shaped() -> impl Strategy<Value = Value> {
    let http = prop::collection::btree_map(name(), json(), 0..5);
    (prop::collection::btree_map(name(), json(), 0..10), http, json()).prop_map(
        |(event, http, iam)| {
            let mut event: Map<_, _> = event.into_iter().collect();
            let http: Map<_, _> = http.into_iter().collect();
            let context = json!({ "http": http, "authorizer": { "iam": iam } });
            event.entry("requestContext").or_insert(context);
            event.into()
        },
    )
}

/// Foreign data, and where it is put into one of our events.
#[derive(Clone, Debug)]
enum Noise {
    Header(String, Value),
    Cookie {
        value: Value,
        first: bool,
    },
    /// Within the text of one of our cookies.
    CookieText {
        text: String,
        first: bool,
    },
    Query {
        text: String,
        first: bool,
    },
    Parameter(String, Value),
    Member(&'static str, String, Value),
}

fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![
        (text(), json()).prop_map(|(name, value)| Noise::Header(name, value)),
        (json(), any::<bool>()).prop_map(|(value, first)| Noise::Cookie { value, first }),
        (text(), any::<bool>()).prop_map(|(text, first)| Noise::CookieText { text, first }),
        (text(), any::<bool>()).prop_map(|(text, first)| Noise::Query { text, first }),
        (text(), json()).prop_map(|(name, value)| Noise::Parameter(name, value)),
        (
            prop::sample::select(vec![
                "",
                "/requestContext",
                "/requestContext/http",
                "/requestContext/authorizer",
                "/pathParameters"
            ]),
            text(),
            json(),
        )
            .prop_map(|(place, name, value)| Noise::Member(place, name, value)),
    ]
}

impl Noise {
    fn put_into(self, event: &mut Value) {
        match self {
            Self::Header(name, value) => add(&mut event["headers"], name, value),
            Self::Cookie { value, first } => {
                let cookies = event["cookies"].as_array_mut().unwrap();
                cookies.insert(if first { 0 } else { cookies.len() }, value);
            }
            Self::CookieText { text, first } => {
                let cookies = event["cookies"].as_array_mut().unwrap();
                let ours = cookies.iter_mut().find(|cookie| cookie == &"__Host-session=id.secret");
                if let Some(ours) = ours {
                    let pair = ours.as_str().unwrap();
                    let with =
                        if first { format!("{text};{pair}") } else { format!("{pair} ; {text}") };
                    *ours = json!(with);
                }
            }
            Self::Query { text, first } => {
                let ours = event["rawQueryString"].as_str().unwrap();
                let with = if first { format!("{text}&{ours}") } else { format!("{ours}&{text}") };
                event["rawQueryString"] = json!(with);
            }
            Self::Parameter(name, value) => add(&mut event["queryStringParameters"], name, value),
            Self::Member(place, name, value) => add(event.pointer_mut(place).unwrap(), name, value),
        }
    }
}

/// Adds a member with a foreign name.
fn add(object: &mut Value, name: String, value: Value) {
    let members = object.as_object_mut().unwrap();
    if members.keys().all(|own| !own.eq_ignore_ascii_case(&name)) {
        members.insert(name, value);
    }
}

#[test]
fn the_problems_of_an_operation_are_those_listed_and_those_implied() {
    let description =
        public(&MIRRORING, |_: Nothing, (): ()| async { Ok(Reply::no_content()) }).description();

    assert_eq!(
        description.problems(),
        [
            (Problem::MalformedBody, ""),
            (Problem::NotFound, "always"),
            (Problem::PayloadTooLarge, ""),
            (Problem::UnsupportedMediaType, ""),
            (Problem::InvalidFields, "particular"),
            (Problem::Unavailable, ""),
        ]
    );
    let guarded = |guard| Description { guard, ..description };
    let told = |guard| guarded(guard).problems().into_iter().map(|(problem, _)| problem);
    assert!(told(Guard::SignedIn).any(|problem| problem == Problem::Unauthenticated));
    assert!(told(Guard::Agency).any(|problem| problem == Problem::Forbidden));
    assert!(told(Guard::SameOrigin).any(|problem| problem == Problem::Forbidden));
}

proptest! {
    #![proptest_config(run())]

    #[test]
    fn any_object_is_answered(events in prop::collection::vec(prop_oneof![shaped(), object(json())], 1..3)) {
        for event in events {
            MIRROR.answer(&event);
        }
    }

    #[test]
    fn any_change_of_an_event_is_answered(
        changes in prop::collection::vec((any::<prop::sample::Index>(), json()), 1..5),
    ) {
        let mut event = event();
        for (place, value) in changes {
            let pointers = pointers(&event);
            if let Some(place) = pointers.get(place.index(pointers.len().max(1))) {
                *event.pointer_mut(place).unwrap() = value;
            }
        }
        MIRROR.answer(&event);
    }

    #[test]
    fn noise_changes_no_answer(noises in prop::collection::vec(noise(), 1..6)) {
        let mut with = event();
        for noise in noises {
            noise.put_into(&mut with);
        }
        prop_assert_eq!(MIRROR.answer(&with), MIRROR.answer(&event()));
    }
}
