//! The sample events of the functions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::Value;
use tests::{Household, Portal, documented, events};

use crate::prepared::{AT_ONCE, prepare};

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "the identity provider is the local stack's")]
async fn every_sample_event_succeeds_once_what_it_needs_is_there() {
    let each = events().into_iter().map(async |(operation, mut event)| {
        let portal = prepare(&operation, &mut event).await;

        let answer = portal.invoke(&operation, &event).await.expect_status(200);

        let error = answer.header("x-amz-function-error");
        assert_eq!(error, "", "{operation}: {}", answer.body);
        let answer: Value = answer.json;
        if let Some(status) = answer["statusCode"].as_u64() {
            // A sign-in of staff leads on: not to a page that says what went wrong.
            let place = answer["headers"]["location"].as_str();
            let leads_on = place.is_some_and(|place| !place.contains('#'));
            assert!(status < 300 || leads_on, "{operation}: {answer:#}");
        }
        if operation == "authorize" {
            assert_eq!(answer["isAuthorized"], true, "{answer:#}");
        }
    });
    stream::iter(each).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
}

/// A file of `infra/hook`, which asks a new version before it has traffic.
fn of_hook(file: &str) -> BTreeMap<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/hook").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn what_a_new_version_is_asked_before_it_has_traffic_is_answered_and_touches_nobody() {
    let portal = Portal::open().await;
    let leases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/leases.csv");
    let leases = fs::read(leases).unwrap();
    portal.agency(Method::POST, "/api/agency/leases", "text/csv", leases).await.expect_status(200);
    let browser = portal.tenant(&Household::LEFEVRE).await;
    let before = browser.account().await.json;
    let answers = of_hook("answers.json");

    let mut faults = Vec::new();
    for (operation, event) in of_hook("events.json") {
        let answer = portal.invoke(&operation, &event).await.expect_status(200);
        assert_eq!(answer.header("x-amz-function-error"), "", "{operation}: {}", answer.body);
        let status = ["statusCode", "isAuthorized"].map(|name| answer.json[name].clone());
        let status = status.into_iter().find(|status| !status.is_null());
        if status.as_ref() != answers.get(&operation) {
            faults.push(format!("{operation}: {status:?}, not {:?}", answers.get(&operation)));
        }
    }

    assert!(faults.is_empty(), "infra/hook/answers.json: {faults:#?}");
    assert_eq!(browser.account().await.json, before);
}

/// The status and the code of the answer to `event`. The document does not have the refusal of what
/// comes past a proxy.
async fn invoked(portal: &Portal, function: &str, event: &Value) -> (u64, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{}/2015-03-31/functions/{function}/invocations", portal.address());
    let answer: Value = client.post(path).json(event).send().await.unwrap().json().await.unwrap();
    let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
    let body: Value = body.unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), body["code"].clone())
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "configures a proxy")]
async fn what_comes_past_the_proxy_in_front_is_refused_before_anything_is_read_or_counted() {
    let secrets = ("TRUSTED_PROXY_SECRET", "the new secret,the old secret");
    let portal = Portal::open_with(&[secrets, ("TRUSTED_PROXY_ONLY", "true")]).await;
    let of_http = |event: &Value| event["rawPath"].is_string();
    let behind_iam: Vec<_> = documented().iter().filter(|it| it.is_guarded_by("iam")).collect();
    let mut refused = 0;

    for (operation, event) in events().into_iter().filter(|(_, event)| of_http(event)) {
        if operation == "authorize" {
            continue;
        }
        let with = |secret: Option<&str>| {
            let mut event = event.clone();
            if let Some(secret) = secret {
                event["headers"]["x-proxy-secret"] = secret.into();
            }
            event
        };
        if behind_iam.iter().any(|it| it.name == operation) {
            let (status, _) = invoked(&portal, &operation, &with(None)).await;
            assert_ne!(status, 403, "{operation}: IAM vouches for its callers");
            continue;
        }
        portal.forget_requests().await;
        for secret in [None, Some(""), Some("the new secre"), Some(secrets.1)] {
            let answer = invoked(&portal, &operation, &with(secret)).await;
            assert_eq!(answer, (403, "forbidden".into()), "{operation}, {secret:?}");
        }
        let requests = portal.requests_of(&operation).await;
        let of_tables = requests.iter().filter(|request| request["service"] != "secretsmanager");
        assert_eq!(of_tables.collect::<Vec<_>>(), Vec::<&Value>::new(), "{operation}");
        for secret in ["the new secret", "the old secret"] {
            let (status, _) = invoked(&portal, &operation, &with(Some(secret))).await;
            assert_ne!(status, 403, "{operation}, {secret}");
        }
        refused += 1;
    }

    assert!(refused > 20, "{refused} operations");
    assert!(behind_iam.len() >= 4);
}

/// Each call to a table exceeds its timeout, and operations make several serial calls.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn while_the_tables_are_slow_every_operation_answers_by_itself() {
    let portal = Portal::open().await;
    portal.fail("dynamodb", "slow", None).await;
    // The caller of `import-leases` waits for 29 seconds.
    let in_ten_seconds = |name: &str| name != "import-leases";
    let calls = events().into_iter().filter(|(name, event)| {
        in_ten_seconds(name) && event["routeKey"].is_string() && name != "authorize"
    });
    let answers = calls.map(|(operation, event)| {
        let portal = &portal;
        async move { (portal.invoke(&operation, &event).await.expect_status(200), operation) }
    });

    let mut unavailable = Vec::new();
    for (answer, operation) in futures_util::future::join_all(answers).await {
        assert_eq!(answer.header("x-amz-function-error"), "", "{operation}: {}", answer.body);
        match answer.json["statusCode"].as_u64() {
            Some(503) => {
                let body = answer.json["body"].as_str().unwrap();
                assert!(body.contains("\"unavailable\""), "{operation}: {body}");
                unavailable.push(operation);
            }
            status => assert!(status.is_some_and(|status| status < 500), "{operation}: {status:?}"),
        }
    }

    for operation in ["forgot-password", "login", "register"] {
        assert!(unavailable.iter().any(|name| name == operation), "{operation} in {unavailable:?}");
    }
}
