//! Registration: valid and invalid forms, mails, limits.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, registration, row_of, token_in};

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;
const NDIAYE: Household = Household::NDIAYE;

/// The form of a household with a plain name, with another value of `field`.
fn form_with(field: &str, value: Value) -> Value {
    let mut form = registration(&MARTIN);
    form[field] = value;
    form
}

async fn submit(browser: &Browser, form: &Value) -> Answer {
    browser.post("/api/registrations", form).await
}

/// The headers that do not differ between requests, by name.
fn lasting_headers(answer: &Answer) -> Vec<String> {
    let passing = ["date", "x-request-id", "apigw-requestid", "set-cookie"];
    let names = answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
    let mut headers: Vec<String> =
        names.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    headers
}

/// The attributes of the cookie in `header`, without its value.
fn attributes(header: &str) -> Vec<&str> {
    let mut attributes: Vec<&str> = header.split("; ").skip(1).collect();
    attributes.sort_unstable();
    attributes
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn a_registration_is_named_and_its_browser_is_given_a_cookie() {
    let portal = Portal::open().await;

    let answer = portal.browser().register(&MARTIN).await.expect_status(202);

    let members: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["registration"]);
    assert_eq!(answer.json["registration"].as_str().unwrap().len(), 43);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("x-request-id").is_empty());
    let cookie = answer.set_cookie("__Host-registration");
    assert_eq!(
        attributes(&cookie),
        ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Strict", "Secure"]
    );
    let reference = answer.json["registration"].as_str().unwrap();
    assert!(!cookie.contains(reference));
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"]);
    // The reference has the form of a token but opens nothing.
    let token = json!({"token": reference, "password": MARTIN.password});
    let opened = portal.browser().post("/api/activations", &token).await;
    opened.expect_problem(400, "link_invalid");
    let id = row_of(&portal.mail_to(MARTIN.email, 1).await);
    assert!(
        !cookie.contains(id.strip_prefix("registration#").unwrap()),
        "the cookie does not contain the id"
    );
}

#[tokio::test]
async fn a_reference_is_taken_with_its_letter_spaces_and_dots() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for lease in ["L12345678", "l 1234 5678", " 12.34.56.78 ", "L.1234\u{a0}5678"] {
        submit(&browser, &form_with("lease", json!(lease))).await.expect_status(202);
    }

    let token = portal.link_mailed_to(MARTIN.email).await;
    let form = json!({"token": token, "password": MARTIN.password});
    browser.post("/api/activations", &form).await.expect_status(200);
    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(browser.account().await.json["lease"], "12345678");
}

#[tokio::test]
async fn a_name_is_taken_without_its_accents_hyphens_and_apostrophes() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for (household, last_name) in [
        (LEFEVRE, "LEFEVRE DUBOIS"),
        (LEFEVRE, " lefèvre–dubois "),
        (NDIAYE, "ndiaye"),
        (NDIAYE, "N'DIAYE"),
    ] {
        let typed = Household { last_name, ..household };
        browser.register(&typed).await.expect_status(202);
    }

    let token = portal.link_mailed_to(NDIAYE.email).await;
    let form = json!({"token": token, "password": NDIAYE.password});
    browser.post("/api/activations", &form).await.expect_status(200);
    browser.sign_in(&NDIAYE).await.expect_status(200);
    assert_eq!(browser.account().await.json["last_name"], NDIAYE.last_name);
}

#[tokio::test]
async fn every_missing_field_is_named_at_once() {
    let portal = Portal::open().await;

    let empty = submit(&portal.browser(), &json!({})).await;
    let blank = json!({"lease": " ", "last_name": "-", "email": "", "password": "", "terms": null});
    let blank = submit(&portal.browser(), &blank).await;

    for answer in [empty, blank] {
        answer.expect_faults(&[
            ("lease", "required"),
            ("last_name", "required"),
            ("email", "required"),
            ("password", "required"),
            ("terms", "required"),
        ]);
    }
    portal.settle().await;
}

#[tokio::test]
async fn each_field_has_its_faults() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let long_name = "a".repeat(101);

    for (field, value, code) in [
        ("lease", "L", "invalid_lease"),
        ("lease", "1234-5678", "invalid_lease"),
        ("lease", "123456789012345678901", "invalid_lease"),
        ("last_name", long_name.as_str(), "too_long"),
        ("last_name", "Mar\u{7}tin", "not_allowed"),
        ("email", "camille", "invalid_email"),
        ("email", "camille@exemple", "invalid_email"),
        ("email", "camille@exemple.example\r\nBcc: a@b.example", "invalid_email"),
        ("terms", "2020-01", "terms_not_current"),
        ("terms", "", "terms_not_current"),
        ("language", "de", "not_allowed"),
        ("language", "FR", "not_allowed"),
    ] {
        let answer = submit(&browser, &form_with(field, json!(value))).await;
        answer.expect_faults(&[(field, code)]);
    }
    let extra = form_with("admin", json!(true));
    submit(&browser, &extra).await.expect_faults(&[("admin", "unknown_field")]);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, [""; 0]);
}

#[tokio::test]
async fn a_password_has_to_keep_every_rule() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let too_long = "a1".repeat(65);

    for (password, code) in [
        ("court 1", "password_too_short"),
        (too_long.as_str(), "password_too_long"),
        ("12345678901", "password_needs_letter"),
        ("sans aucun chiffre", "password_needs_digit"),
        ("Martin-2026", "password_begins_with_name"),
        ("m.a.r.t.i.n 7", "password_begins_with_name"),
        ("Camille 2026", "password_begins_with_name"),
        ("azerty123", "password_too_common"),
    ] {
        let answer = submit(&browser, &form_with("password", json!(password))).await;
        answer.expect_faults(&[("password", code)]);
    }
    let mut form = registration(&LEFEVRE);
    form["email"] = json!("dubois.e@exemple.example");
    for password in ["dubois.e7890", "Dubois E Exemple Example 1"] {
        form["password"] = json!(password);
        submit(&browser, &form).await.expect_faults(&[("password", "password_begins_with_email")]);
    }
    form["password"] = json!("Éloïse habite ici 3");
    submit(&browser, &form).await.expect_faults(&[("password", "password_begins_with_name")]);
    let longest = form_with("password", json!("b2".repeat(64)));
    submit(&browser, &longest).await.expect_status(202);
    submit(&browser, &form_with("password", json!("huit c 8"))).await.expect_status(202);
}

#[tokio::test]
async fn a_body_that_is_not_a_form_is_malformed() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let post = |body: &'static str| {
        let request = browser.request(Method::POST, "/api/registrations");
        browser.keep(request.header(CONTENT_TYPE, "application/json").body(body))
    };

    for body in ["", "{", "[]", "null", "\"text\"", "lease=12345678", "{\"lease\":1}{}"] {
        post(body).await.expect_problem(400, "malformed_body");
    }
    for (field, value) in [
        ("lease", json!(12_345_678)),
        ("last_name", json!(["Martin"])),
        ("email", json!({"address": "a@b.example"})),
        ("password", json!(true)),
        ("paperless", json!("yes")),
        ("language", json!(1)),
    ] {
        let answer = submit(&browser, &form_with(field, value)).await;
        answer.expect_problem(400, "malformed_body");
    }
}

#[tokio::test]
async fn a_body_comes_as_json_of_at_most_sixteen_kibibytes() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let form = registration(&MARTIN).to_string();
    let post = |media_type: Option<&'static str>, body: String| {
        let request = browser.request(Method::POST, "/api/registrations").body(body);
        browser.keep(match media_type {
            Some(media_type) => request.header(CONTENT_TYPE, media_type),
            None => request,
        })
    };
    let padded = |length: usize| format!("{form}{}", " ".repeat(length - form.len()));

    for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        post(media_type, form.clone()).await.expect_problem(415, "unsupported_media_type");
    }
    let json = Some("application/json");
    post(json, padded(16 * 1024 + 1)).await.expect_problem(413, "payload_too_large");
    post(json, padded(16 * 1024)).await.expect_status(202);
    post(Some("Application/JSON; charset=utf-8"), form.clone()).await.expect_status(202);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_unknown_reference_another_name_and_an_ended_lease_are_answered_alike() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T22:59:00Z").await;
    portal.import(&[MARTIN.row("2027-03-10")]).await.expect_status(200);
    let browser = portal.browser();

    let last_day = browser.register(&MARTIN).await;
    portal.advance("PT2M").await;
    let ended = browser.register(&MARTIN).await;
    let unknown = browser.register(&Household { lease: "99999999", ..NDIAYE }).await;
    let renamed = browser.register(&Household { last_name: "Durand", ..NDIAYE }).await;

    last_day.expect_status(202);
    let answers = [ended, unknown, renamed];
    let expected = (lasting_headers(&answers[0]), answers[0].body.clone());
    for answer in answers {
        assert_eq!((lasting_headers(&answer), answer.body.clone()), expected);
        assert_eq!(answer.set_cookie("__Host-registration"), "");
        answer.expect_problem(422, "lease_not_recognised");
    }
    assert_eq!(portal.mail_names_to(NDIAYE.email).await, [""; 0]);
}

#[tokio::test]
async fn no_answer_repeats_what_was_typed() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let typed = ["<script>7</script>", "secret-secret", "77777", "Zorglub", "zorglub"];
    let forms = [
        json!({"lease": "77777", "last_name": "Zorglub", "email": "zorglub@exemple.example",
               "password": "secret-secret 1", "terms": "2026-01"}),
        json!({"lease": "77777-", "last_name": "Zorglub\u{1}", "email": "zorglub",
               "password": "secret-secret", "terms": "zorglub", "<script>7</script>": "Zorglub"}),
        json!({"lease": 77777, "last_name": {"Zorglub": "zorglub"}}),
        json!("secret-secret"),
    ];

    for form in forms {
        let answer = submit(&browser, &form).await;

        assert!(answer.status.is_client_error());
        for text in typed {
            assert!(!answer.body.contains(text), "{} in {}", text, answer.body);
        }
    }
}

#[tokio::test]
async fn problems_are_told_in_the_language_asked_for() {
    let portal = Portal::open().await;
    let told = |language: Option<&'static str>| {
        let browser = portal.browser();
        let browser = match language {
            Some(language) => browser.in_language(language),
            None => browser,
        };
        async move { submit(&browser, &form_with("email", json!("camille"))).await }
    };

    let french = told(None).await;
    let english = told(Some("en-GB,en;q=0.9,fr;q=0.1")).await;

    assert_eq!(told(Some("fr-FR")).await.json, french.json);
    assert_eq!(told(Some("de, fr;q=0.5, en;q=0.2")).await.json, french.json);
    assert_eq!(told(Some("de")).await.json, french.json);
    assert_eq!(
        (french.header("content-language"), english.header("content-language")),
        ("fr", "en")
    );
    for member in ["title", "detail"] {
        assert_ne!(french.json[member], english.json[member]);
    }
    assert_ne!(french.json["errors"][0]["message"], english.json["errors"][0]["message"]);
    english.expect_faults(&[("email", "invalid_email")]);
}

#[tokio::test]
async fn the_mail_is_in_the_language_chosen_or_else_that_of_the_browser() {
    let portal = Portal::open().await;

    portal.browser().register(&MARTIN).await.expect_status(202);
    portal.browser().in_language("en").register(&LEFEVRE).await.expect_status(202);
    let mut form = registration(&NDIAYE);
    form["language"] = json!("fr");
    submit(&portal.browser().in_language("en"), &form).await.expect_status(202);

    let subject =
        async |household: Household| portal.mail_to(household.email, 1).await["subject"].clone();
    let (french, english) = (subject(MARTIN).await, subject(LEFEVRE).await);
    assert_ne!(french, english);
    assert_eq!(subject(NDIAYE).await, french);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_lease_is_registered_with_ten_times_an_hour() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let from = |source: u32| portal.browser().from_source(&format!("198.51.100.{source}"));

    for source in 0..10 {
        from(source).register(&MARTIN).await.expect_status(202);
    }

    let refused = from(10).register(&MARTIN).await.expect_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((3290..=3300).contains(&wait), "{wait}");
    let with_dots = Household { lease: "L 12.345.678", ..MARTIN };
    from(11).register(&with_dots).await.expect_problem(429, "too_many_attempts");
    from(10).register(&LEFEVRE).await.expect_status(202);

    portal.advance(&format!("PT{}S", wait - 10)).await;
    from(10).register(&MARTIN).await.expect_problem(429, "too_many_attempts");
    portal.advance("PT11S").await;
    from(10).register(&MARTIN).await.expect_status(202);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn wrong_names_never_use_up_the_registrations_of_a_lease() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let from = |source: u32| portal.browser().from_source(&format!("198.51.100.{source}"));
    let unknown = Household { lease: "99999999", ..MARTIN };
    let misnamed = Household { last_name: "Durand", ..MARTIN };

    for source in 0..15 {
        // The answers stay alike, so they do not reveal which of the two leases exists.
        for guess in [&unknown, &misnamed] {
            from(source).register(guess).await.expect_problem(422, "lease_not_recognised");
        }
    }

    for source in 20..30 {
        from(source).register(&MARTIN).await.expect_status(202);
    }
    from(30).register(&MARTIN).await.expect_problem(429, "too_many_attempts");
    // Somebody who does not know the name is not told of the lease's limit.
    from(31).register(&misnamed).await.expect_problem(422, "lease_not_recognised");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_source_names_twenty_leases_an_hour_that_are_not_its_own() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let from = |source: &str| portal.browser().from_source(source);

    for lease in 0..10 {
        let lease: &'static str = format!("{}", 70_000 + lease).leak();
        let unknown = Household { lease, ..MARTIN };
        let misnamed = Household { last_name: "Durand", ..LEFEVRE };
        for guess in [unknown, misnamed] {
            let answer = from("198.51.100.7").register(&guess).await;
            answer.expect_problem(422, "lease_not_recognised");
        }
    }

    let refused = from("198.51.100.7").register(&MARTIN).await;
    let refused = refused.expect_problem(429, "too_many_attempts");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3200);
    from("198.51.100.8").register(&MARTIN).await.expect_status(202);
    portal.advance("PT1H").await;
    from("198.51.100.7").register(&MARTIN).await.expect_status(202);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_refused_source_uses_up_the_registrations_of_no_lease() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let thief = portal.browser().from_source("198.51.100.7");
    let unknown = Household { lease: "99999999", ..MARTIN };
    for _ in 0..20 {
        thief.register(&unknown).await.expect_problem(422, "lease_not_recognised");
    }

    for household in [&MARTIN, &LEFEVRE, &NDIAYE] {
        for _ in 0..12 {
            thief.register(household).await.expect_problem(429, "too_many_attempts");
        }
    }

    let other = portal.browser().from_source("198.51.100.8");
    for household in [&MARTIN, &LEFEVRE, &NDIAYE] {
        for _ in 0..10 {
            other.register(household).await.expect_status(202);
        }
        other.register(household).await.expect_problem(429, "too_many_attempts");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn a_source_has_a_limit_per_hour_and_calls_beyond_it_use_up_no_lease() {
    let portal = Portal::open_with(&[("LIMIT_REGISTRATIONS_PER_SOURCE", "6")]).await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let from = |source: u32| portal.browser().from_source(&format!("198.51.100.{source}"));
    for household in [&MARTIN, &LEFEVRE, &NDIAYE] {
        for _ in 0..2 {
            from(7).register(household).await.expect_status(202);
        }
    }

    for _ in 0..12 {
        from(7).register(&MARTIN).await.expect_problem(429, "too_many_attempts");
    }

    // Two of the lease's ten registrations are used.
    for source in 10..18 {
        from(source).register(&MARTIN).await.expect_status(202);
    }
    from(18).register(&MARTIN).await.expect_problem(429, "too_many_attempts");
    portal.advance("PT1H").await;
    from(7).register(&MARTIN).await.expect_status(202);
}

#[tokio::test]
async fn nothing_tells_that_a_household_or_an_address_has_an_account() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.settle().await;

    let free = portal.browser().register(&LEFEVRE).await;
    let taken_lease = Household { email: "autre@exemple.example", ..MARTIN };
    let taken_lease = portal.browser().register(&taken_lease).await;
    let taken_address = Household { email: MARTIN.email, ..NDIAYE };
    let taken_address = portal.browser().register(&taken_address).await;
    let both = portal.browser().register(&MARTIN).await;

    let shape = |answer: &Answer| {
        let cookie = answer.set_cookie("__Host-registration");
        let members: Vec<String> = answer.json.as_object().unwrap().keys().cloned().collect();
        let (length, cookie_length) = (answer.body.len(), cookie.len());
        let attributes: Vec<String> = attributes(&cookie).into_iter().map(str::to_owned).collect();
        (answer.status, lasting_headers(answer), members, length, cookie_length, attributes)
    };
    let expected = shape(&free);
    assert_eq!(expected.0, 202);
    for answer in [taken_lease, taken_address, both] {
        assert_eq!(shape(&answer), expected);
    }
}

#[tokio::test]
async fn whoever_registers_a_household_again_is_told_by_mail_that_it_has_an_account() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let again = Household { email: "autre@exemple.example", ..MARTIN };

    portal.browser().register(&again).await.expect_status(202);

    assert_eq!(portal.mail_names_to(again.email).await, ["household-already-registered"]);
    let mail = portal.mail_to(again.email, 1).await;
    assert_eq!(token_in(&mail), None);
    assert!(!mail.to_string().contains(MARTIN.email));
    let to_the_household = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(to_the_household, ["activation", "account-activated"]);
}

#[tokio::test]
async fn the_owner_of_an_address_alone_is_told_that_it_was_registered_again() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let spelled = "Camille.MARTIN@Exemple.Example";

    let again = Household { email: spelled, ..NDIAYE };
    portal.browser().in_language("en").register(&again).await.expect_status(202);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "email-already-registered"]);
    let mail = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(mail["to"], MARTIN.email, "the mail goes to the stored spelling");
    assert_eq!(token_in(&mail), None);
    assert!(
        mail["html"].as_str().unwrap().contains("lang=\"fr\""),
        "the mail has the language of the account"
    );
}

#[tokio::test]
async fn a_household_that_registers_its_own_account_again_is_told_so_once() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;

    portal.browser().register(&MARTIN).await.expect_status(202);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "email-already-registered"]);
}

#[tokio::test]
async fn a_registration_reserves_neither_its_lease_nor_its_address() {
    let portal = Portal::open().await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    let other = Household { email: "autre@exemple.example", ..MARTIN };

    portal.browser().register(&other).await.expect_status(202);
    portal
        .browser()
        .register(&Household { email: MARTIN.email, ..NDIAYE })
        .await
        .expect_status(202);

    assert_eq!(portal.mail_names_to(other.email).await, ["activation"]);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "activation"]);
    assert!(portal.lease(MARTIN.lease).await.json["account"].is_null());
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_mail_of_a_registration_comes_again_three_times_an_hour() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202);
    let resend =
        format!("/api/registrations/{}/resend", registered.json["registration"].as_str().unwrap());
    let first = portal.link_mailed_to(MARTIN.email).await;

    for count in 2..=4 {
        let answer = browser.send(Method::POST, &resend, &json!({})).await.expect_status(202);
        assert_eq!(answer.body, "");
        let mail = portal.mail_to(MARTIN.email, count).await;
        assert_eq!(token_in(&mail).unwrap(), first);
    }

    let refused = browser.post(&resend, &json!({})).await;
    let refused = refused.expect_problem(429, "too_many_attempts");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3200);
    assert_eq!(portal.mail_names_to(MARTIN.email).await.len(), 4);
    portal.advance("PT1H").await;
    browser.post(&resend, &json!({})).await.expect_status(202);
    portal.mail_to(MARTIN.email, 5).await;
}

/// Asks for the mail of the registration `reference` again.
async fn resend(browser: &Browser, reference: &str) -> Answer {
    browser.post(&format!("/api/registrations/{reference}/resend"), &json!({})).await
}

#[tokio::test]
async fn a_mail_asked_for_again_is_answered_alike_once_the_registration_is_used() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let waiting = browser.register(&LEFEVRE).await.expect_status(202);
    let activated = browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&token).await.expect_status(200);
    let reference = |answer: &Answer| answer.json["registration"].as_str().unwrap().to_owned();

    let waiting = resend(&browser, &reference(&waiting)).await.expect_status(202);
    let activated = resend(&browser, &reference(&activated)).await.expect_status(202);

    assert_eq!(activated.body, waiting.body);
    assert_eq!(lasting_headers(&activated), lasting_headers(&waiting));
    assert_eq!(portal.mail_names_to(LEFEVRE.email).await, ["activation", "activation"]);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn only_the_reference_from_the_answer_can_have_the_mail_sent_again() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let waiting = browser.register(&LEFEVRE).await.expect_status(202);
    let waiting = waiting.json["registration"].as_str().unwrap();
    let activation = portal.mail_to(LEFEVRE.email, 1).await;
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let reset = portal.mail_to(MARTIN.email, 3).await;
    let session = browser.cookie("__Host-session").unwrap();
    let device = browser.cookie("__Host-device").unwrap();
    let id = |mail: &Value| row_of(mail).split_once('#').unwrap().1.to_owned();
    let forged = format!("{}{}", &token_in(&reset).unwrap()[..21], &waiting[21..]);
    portal.settle().await;
    let before = portal.items("tokens").await;

    for no_reference in [
        id(&reset).as_str(),
        &id(&activation),
        "AAAAAAAAAAAAAAAAAAAAAA",
        session.split('.').next().unwrap(),
        device.split('.').next().unwrap(),
        // A token has the same form as a reference.
        &token_in(&reset).unwrap(),
        &token_in(&activation).unwrap(),
        &forged,
        &"A".repeat(43),
        &format!("{waiting}A"),
        &waiting[..42],
        "1",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        "%3Cb%3E",
        "%FF",
    ] {
        resend(&browser, no_reference).await.expect_problem(404, "not_found");
    }

    assert!(portal.items("tokens").await == before, "no row was written");
    // Later mails are not blocked.
    browser.register(&NDIAYE).await.expect_status(202);
    assert_eq!(portal.mail_names_to(NDIAYE.email).await, ["activation"]);
    resend(&browser, waiting).await.expect_status(202);
    assert_eq!(portal.mail_names_to(LEFEVRE.email).await, ["activation", "activation"]);
    let again = portal.mail_to(LEFEVRE.email, 2).await;
    assert_eq!(token_in(&again), token_in(&activation));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn no_activation_mail_comes_again_once_the_account_is_active_or_the_link_expired() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();
    let resend = async |household: &Household| {
        let registered = browser.register(household).await.expect_status(202);
        portal.settle().await;
        format!("/api/registrations/{}/resend", registered.json["registration"].as_str().unwrap())
    };
    let (used, expired) = (resend(&MARTIN).await, resend(&LEFEVRE).await);
    let activation = portal.browser();
    activation.set_cookie("__Host-registration", browser.cookie("__Host-registration").as_deref());
    let token = portal.link_mailed_to(MARTIN.email).await;
    let form = json!({"token": token, "password": MARTIN.password});
    activation.post("/api/activations", &form).await.expect_status(200);

    browser.post(&used, &json!({})).await.expect_status(202);
    portal.settle().await;
    portal.advance("P1DT1S").await;
    browser.post(&expired, &json!({})).await.expect_status(202);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
    assert_eq!(portal.mail_names_to(LEFEVRE.email).await, ["activation"]);
}

#[tokio::test]
async fn no_activation_mail_comes_again_once_the_account_is_closed() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&token).await.expect_status(200);
    let body = json!({"lease": MARTIN.lease, "reason": "Départ"}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    closed.await.expect_status(204);

    let reference = registered.json["registration"].as_str().unwrap();
    resend(&browser, reference).await.expect_status(202);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "account-closed"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_address_is_sent_five_mails_an_hour_that_an_outsider_can_cause() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T10:05:00Z").await;
    let browser = portal.browser();

    for spelling in [MARTIN.email, "CAMILLE.martin@exemple.example"] {
        for _ in 0..4 {
            let typed = Household { email: spelling, ..MARTIN };
            browser.register(&typed).await.expect_status(202);
        }
    }

    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"; 5]);
    let token = portal.link_mailed_to(MARTIN.email).await;
    let form = json!({"token": token, "password": MARTIN.password});
    portal.browser().post("/api/activations", &form).await.expect_status(200);
    portal.mail_to(MARTIN.email, 6).await;
    portal.advance("PT1H").await;
    browser.register(&MARTIN).await.expect_status(202);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names[5..], ["account-activated", "email-already-registered"]);
}

#[tokio::test]
async fn an_unknown_path_or_method_is_a_problem_like_any_other() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for (method, path) in [
        (Method::GET, "/api/registrations"),
        (Method::DELETE, "/api/registrations"),
        (Method::POST, "/api/registrations/"),
        (Method::GET, "/api/nowhere"),
    ] {
        let answer = browser.keep(browser.request(method, path)).await;
        answer.expect_problem(404, "not_found");
    }
}
