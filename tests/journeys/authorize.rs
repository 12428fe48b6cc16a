//! The authorizer of the landlord's other APIs.

use serde_json::{Value, json};
use tests::{Household, Portal};

const MARTIN: Household = Household::MARTIN;

/// The authorizer's answer to a call with these headers.
async fn authorize(portal: &Portal, headers: Value) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/authorize.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["headers"] = headers;
    portal.invoke("authorize", &event).await.expect_status(200).json
}

#[tokio::test]
async fn our_token_is_authorised_with_its_claims() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let account = browser.account().await.json;
    let sessions = browser.get("/api/sessions").await.json;
    let token = browser.access_token().unwrap();

    for name in ["authorization", "Authorization", "AUTHORIZATION"] {
        for scheme in ["Bearer", "bearer"] {
            let answer = authorize(&portal, json!({name: format!("{scheme} {token}")})).await;

            let context = json!({
                "sub": account["id"],
                "lease": MARTIN.lease,
                "sid": sessions["sessions"][0]["id"],
            });
            assert_eq!(answer, json!({"isAuthorized": true, "context": context}));
        }
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "compares two stacks")]
async fn without_a_good_token_a_call_is_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let other_portal = Portal::open().await;
    let foreign = other_portal.tenant(&MARTIN).await.access_token().unwrap();
    let token = browser.access_token().unwrap();
    let (body, signature) = token.rsplit_once('.').unwrap();
    let mut flipped = signature.to_owned();
    flipped.replace_range(..1, if flipped.starts_with('A') { "B" } else { "A" });
    let session = browser.cookie("__Host-session").unwrap();

    let mut calls = vec![json!({}), json!({"authorization": ""}), json!({"x-token": token})];
    for value in [
        token.clone(),
        format!("Basic {token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {body}."),
        format!("Bearer {body}.{flipped}"),
        format!("Bearer {foreign}"),
        format!("Bearer {session}"),
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_owned(),
    ] {
        calls.push(json!({"authorization": value}));
    }

    for headers in calls {
        let answer = authorize(&portal, headers.clone()).await;
        assert_eq!(answer, json!({"isAuthorized": false}), "{headers}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_token_is_valid_for_ten_minutes_even_if_its_session_ends() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let bearer = json!({"authorization": format!("Bearer {}", browser.access_token().unwrap())});
    browser.sign_out().await.expect_status(204);
    let allowed = async || authorize(&portal, bearer.clone()).await["isAuthorized"].clone();

    assert_eq!(allowed().await, true);
    portal.advance("PT9M50S").await;
    assert_eq!(allowed().await, true);
    portal.advance("PT10S").await;
    assert_eq!(allowed().await, false);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn no_table_is_read_so_none_has_to_answer() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let bearer = json!({"authorization": format!("Bearer {}", browser.access_token().unwrap())});
    portal.fail("dynamodb", "down", None).await;
    portal.forget_requests().await;

    let answer = authorize(&portal, bearer).await;
    authorize(&portal, json!({"authorization": "Bearer x.y.z"})).await;

    assert_eq!(answer["isAuthorized"], true);
    let calls = portal.requests_of("authorize").await;
    assert!(calls.iter().all(|call| call["service"] != "dynamodb"), "{calls:#?}");
    assert!(calls.iter().any(|call| call["service"] == "secretsmanager"), "{calls:#?}");
}
