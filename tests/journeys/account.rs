//! The account, and the common properties of all answers of the API.

use std::collections::BTreeSet;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, registration};

/// The directory's data of an agency is shown only if the agency is listed there.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "the landlord that was deployed may have no such agency")]
async fn an_agency_of_the_directory_is_shown_with_its_telephone_address_and_hours() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let listed = &landlord::LANDLORD.agencies[0];
    let row = Household::MARTIN.row("").replace("lilas@bailleur.example", listed.email);

    portal.import(&[row]).await.expect_status(200);

    let agency = browser.account().await.expect_status(200).json["agency"].clone();
    assert_eq!(agency["name"], "Agence des Lilas");
    assert_eq!(agency["phone"], listed.phone.text.replace('\u{a0}', " "));
    assert_eq!(agency["address"], json!(listed.address));
    assert_eq!(agency["hours"]["en"], listed.hours.english);
}

async fn change(browser: &Browser, body: &Value) -> Answer {
    browser.send(Method::PATCH, "/api/account", body).await
}

fn fields(account: &Value) -> BTreeSet<&str> {
    account.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_account_shows_the_data_of_lease_and_form() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::LEFEVRE;
    let browser = portal.tenant(&household).await;

    let account = browser.account().await.expect_status(200).json;

    let ours = |key: &str| account[key].clone();
    assert_eq!(ours("email"), household.email);
    assert_eq!(ours("last_name"), "Lefèvre-Dubois");
    assert_eq!(ours("first_name"), "Éloïse");
    assert_eq!(ours("lease"), "00412837");
    assert_eq!(
        ours("agency"),
        json!({"name": "Agence des Lilas", "email": "lilas@bailleur.example"})
    );
    assert_eq!(ours("language"), "fr");
    assert_eq!(ours("paperless"), false);
    assert_eq!(account["terms"]["version"], "2026-01");
    assert_eq!(account["terms"]["current"], true);
    for time in [&account["created_at"], &account["terms"]["accepted_at"]] {
        assert!(time.as_str().unwrap().starts_with("2031-03-03T09:00:"), "{time}");
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    assert_eq!(
        fields(&account),
        BTreeSet::from([
            "agency",
            "created_at",
            "email",
            "first_name",
            "id",
            "language",
            "last_name",
            "lease",
            "paperless",
            "terms",
        ])
    );
    assert_eq!(fields(&account["terms"]), BTreeSet::from(["accepted_at", "current", "version"]));
}

#[tokio::test]
async fn the_form_may_choose_language_and_paperless() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.browser();
    let mut form = registration(&household);
    form["language"] = json!("en");
    form["paperless"] = json!(true);
    browser.post("/api/registrations", &form).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    browser.sign_in(&household).await.expect_status(200);

    let account = browser.account().await.expect_status(200).json;

    assert_eq!((&account["language"], &account["paperless"]), (&json!("en"), &json!(true)));
}

#[tokio::test]
async fn a_tenant_changes_language_and_goes_paperless() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let before = browser.account().await.json;

    let language = change(&browser, &json!({"language": "en"})).await.expect_status(200);
    let paperless = change(&browser, &json!({"paperless": true})).await.expect_status(200);

    let mut expected = before;
    expected["language"] = json!("en");
    assert_eq!(language.json, expected);
    expected["paperless"] = json!(true);
    assert_eq!(paperless.json, expected);
    assert_eq!(browser.account().await.json, expected);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn terms_accepted_again_get_a_new_date() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let before = browser.account().await.json;
    portal.advance("PT5M").await;

    let body = json!({"terms": "2026-01", "language": "fr"});
    let after = change(&browser, &body).await.expect_status(200).json;

    assert_ne!(after["terms"]["accepted_at"], before["terms"]["accepted_at"]);
    assert_eq!(after["terms"]["version"], "2026-01");
    assert_eq!(after["created_at"], before["created_at"]);
    let old = change(&browser, &json!({"terms": "2025-01", "paperless": true})).await;
    old.expect_faults(&[("terms", "terms_not_current")]);
    let now = browser.account().await.json;
    assert_eq!(now, after, "all changes are made, or none");
}

#[tokio::test]
async fn an_empty_change_changes_nothing() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let before = browser.account().await.json;

    for body in [json!({}), json!({"language": null, "terms": null, "paperless": null})] {
        assert_eq!(change(&browser, &body).await.expect_status(200).json, before);
    }
}

#[tokio::test]
async fn a_forbidden_change_is_refused_field_by_field() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let before = browser.account().await.json;

    for (body, field, code) in [
        (json!({"paperless": false}), "paperless", "not_allowed"),
        (json!({"language": "de"}), "language", "not_allowed"),
        (json!({"language": "FR"}), "language", "not_allowed"),
        (json!({"email": "other@exemple.example"}), "email", "unknown_field"),
        (json!({"last_name": "Durand"}), "last_name", "unknown_field"),
        (json!({"epoch": 7}), "epoch", "unknown_field"),
    ] {
        change(&browser, &body).await.expect_faults(&[(field, code)]);
    }
    for body in [json!({"paperless": "yes"}), json!({"language": 1}), json!([]), json!("x")] {
        change(&browser, &body).await.expect_problem(400, "malformed_body");
    }
    let both = json!({"language": "de", "paperless": false});
    let both = change(&browser, &both).await;
    both.expect_faults(&[("language", "not_allowed"), ("paperless", "not_allowed")]);

    assert_eq!(browser.account().await.json, before);
}

#[tokio::test]
async fn later_mails_follow_the_language() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let forgotten = json!({"email": household.email});

    for (language, subject) in
        [("en", "Choose a new password"), ("fr", "Choisissez un nouveau mot de passe")]
    {
        let count = portal.mails_to(household.email).await.len();
        change(&browser, &json!({"language": language})).await.expect_status(200);
        browser.post("/api/password-resets", &forgotten).await.expect_status(202);
        let mail = portal.mail_to(household.email, count + 1).await;
        assert_eq!(mail["subject"], subject);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_day_of_closing_comes_and_goes_with_the_end_of_the_lease() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let before = browser.account().await.json;

    portal.import(&[household.row("2031-11-30")]).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], "2032-02-29");
    portal.import(&[household.row("2031-12-31")]).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], "2032-03-31");
    portal.import(&[household.row("")]).await.expect_status(200);

    assert_eq!(browser.account().await.json, before);
}

#[tokio::test]
async fn an_account_is_shown_to_nobody_without_its_token() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;
    let good = browser.access_token().unwrap();
    let (body, signature) = good.rsplit_once('.').unwrap();
    let stranger = portal.browser();
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";

    for token in ["", "x", "a.b.c", unsigned, &format!("{body}."), &format!("{signature}.{body}")] {
        for (method, path) in [(Method::GET, "/api/account"), (Method::PATCH, "/api/account")] {
            let request = stranger.request(method, path).json(&json!({}));
            let request = request.header("authorization", format!("Bearer {token}"));
            stranger.keep(request).await.expect_problem(401, "unauthenticated");
        }
    }
    stranger.account().await.expect_problem(401, "unauthenticated");
    let basic = stranger.request(Method::GET, "/api/account");
    let basic = basic.header("authorization", format!("Basic {good}"));
    stranger.keep(basic).await.expect_problem(401, "unauthenticated");
    let lower = stranger.request(Method::GET, "/api/account");
    let lower = lower.header("authorization", format!("bearer {good}"));
    stranger.keep(lower).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_access_token_is_good_for_ten_minutes() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&Household::MARTIN).await;

    portal.advance("PT9M50S").await;
    browser.account().await.expect_status(200);
    portal.advance("PT10S").await;

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);
}

#[tokio::test]
async fn everybody_may_read_the_terms() {
    let portal = Portal::open().await;

    let answer = portal.browser().get("/api/terms").await.expect_status(200);

    assert_eq!(answer.json, json!({"version": "2026-01", "url": "/conditions"}));
}

#[tokio::test]
async fn an_access_token_verifies_with_the_published_keys() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let account = browser.account().await.json;
    let token = browser.access_token().unwrap();

    let answer = portal.browser().get("/.well-known/jwks.json").await.expect_status(200);

    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("content-type"), "application/json");
    let keys = answer.json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(fields(&keys[0]), BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x"]));
    for (name, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
        assert_eq!(keys[0][name], value);
    }
    let set: JwkSet = serde_json::from_value(answer.json).unwrap();
    let key = set.find(&decode_header(&token).unwrap().kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["espace-locataire-dev"]);
    validation.set_issuer(&[portal.issuer()]);
    let verified = decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &validation);
    let claims = verified.unwrap().claims;
    assert_eq!(
        fields(&claims),
        BTreeSet::from(["aud", "exp", "iat", "iss", "lease", "sid", "sub"])
    );
    assert_eq!(claims["sub"], account["id"]);
    assert_eq!(claims["lease"], household.lease);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "compares two stacks")]
async fn a_token_that_another_key_signed_is_refused() {
    let (portal, other) = (Portal::open().await, Portal::open().await);
    let browser = portal.tenant(&Household::MARTIN).await;
    let stranger = other.tenant(&Household::MARTIN).await;

    browser.set_access_token(&stranger.access_token().unwrap());

    browser.account().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_path_without_an_operation_is_not_found() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for (method, path) in [
        (Method::GET, "/api"),
        (Method::GET, "/api/"),
        (Method::GET, "/api/nothing"),
        (Method::POST, "/api/account"),
        (Method::DELETE, "/api/account"),
        (Method::GET, "/api/registrations"),
        (Method::PUT, "/api/sessions"),
        (Method::GET, "/api/account/"),
        (Method::POST, "/api/links/show/more"),
        (Method::GET, "/api/sessions/current"),
        (Method::GET, "/api/%00"),
    ] {
        let answer = browser.send(method, path, &json!({})).await;
        answer.expect_problem(404, "not_found");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "the emulator answers OPTIONS itself")]
async fn no_other_origin_gets_cors_headers() {
    let portal = Portal::open().await;

    let answer = portal.browser().send(Method::OPTIONS, "/api/sessions", &json!({})).await;

    let answer = answer.expect_problem(404, "not_found");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn every_answer_of_the_api_has_a_request_id_and_is_kept_by_no_cache() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.tenant(&household).await;
    let mut ids = BTreeSet::new();

    let token = portal.link_mailed_to(household.email).await;
    for answer in [
        browser.get("/api/terms").await.expect_status(200),
        browser.account().await.expect_status(200),
        change(&browser, &json!({})).await.expect_status(200),
        browser.get("/api/sessions").await.expect_status(200),
        browser.refresh().await.expect_status(200),
        browser.post("/api/links/show", &json!({"token": token})).await.expect_status(200),
        browser.activate(&token).await.expect_status(200),
        browser.register(&Household::NDIAYE).await.expect_status(202),
        browser.post("/api/password-resets", &json!({"email": "a@b.example"})).await,
        portal.lease(household.lease).await.expect_status(200),
        portal.lease("1").await.expect_problem(404, "not_found"),
        browser.sign_out().await.expect_status(204),
        browser.account().await.expect_problem(401, "unauthenticated"),
        browser.get("/api/nothing").await.expect_problem(404, "not_found"),
    ] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let id = answer.header("x-request-id").to_owned();
        assert!(!id.is_empty());
        assert!(ids.insert(id), "an id names one request");
    }
}

#[tokio::test]
async fn problems_are_told_in_the_callers_language() {
    let portal = Portal::open().await;

    for (language, tag, title, message) in [
        ("en", "en", "Some fields need correcting", "Enter your e-mail address."),
        (
            "de, en;q=0.5, fr;q=0.1",
            "en",
            "Some fields need correcting",
            "Enter your e-mail address.",
        ),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr", "Champs à corriger", "Indiquez votre adresse e-mail."),
        ("de", "fr", "Champs à corriger", "Indiquez votre adresse e-mail."),
    ] {
        let browser = portal.browser().in_language(language);
        let answer = browser.post("/api/password-resets", &json!({})).await;
        let answer = answer.expect_faults(&[("email", "required")]);
        assert_eq!(answer.json["title"], title, "{language}");
        assert_eq!(answer.json["errors"][0]["message"], message, "{language}");
        assert_eq!(answer.header("content-language"), tag, "{language}");
    }
    let answer = portal.browser().get("/api/nothing").await;
    assert_eq!(answer.json["title"], "Introuvable");
    let answer = portal.browser().in_language("en").get("/api/nothing").await;
    assert_eq!(answer.json["title"], "Not found");
}

#[tokio::test]
async fn a_body_must_be_json_and_not_too_large() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let send = |media_type: Option<&'static str>, body: String| {
        let mut request = browser.request(Method::POST, "/api/password-resets").body(body);
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        browser.keep(request)
    };
    let good = json!({"email": "a@exemple.example"}).to_string();

    send(Some("application/json"), good.clone()).await.expect_status(202);
    send(Some("Application/JSON; charset=UTF-8"), good.clone()).await.expect_status(202);
    for other in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let answer = send(other, good.clone()).await;
        answer.expect_problem(415, "unsupported_media_type");
    }
    for broken in ["", "{", "null", "[]", "{\"email\":\"a@exemple.example\"} x"] {
        let answer = send(Some("application/json"), broken.to_owned()).await;
        answer.expect_problem(400, "malformed_body");
    }
    let padded = |size: usize| format!("{good}{}", " ".repeat(size - good.len()));
    send(Some("application/json"), padded(16 * 1024)).await.expect_status(202);
    let answer = send(Some("application/json"), padded(16 * 1024 + 1)).await;
    answer.expect_problem(413, "payload_too_large");
}
