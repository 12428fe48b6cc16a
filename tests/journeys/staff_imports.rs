//! Staff see what a file would change, and import exactly that.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, HEADER, Household, Portal};

const MARTIN: Household = Household::MARTIN;

async fn send(browser: &Browser, path: &str, file: &str) -> Answer {
    let request = browser.request(Method::POST, path).header("sec-fetch-site", "same-origin");
    browser.keep(request.header("content-type", "text/csv").body(file.to_owned())).await
}

async fn preview(browser: &Browser, file: &str) -> Value {
    send(browser, "/api/staff/imports?name=baux.csv", file).await.expect_status(200).json
}

fn apply(preview: &Value) -> String {
    format!("/api/staff/imports/{}", preview["id"].as_str().unwrap())
}

async fn signed_in(portal: &Portal, member: &str) -> Browser {
    let browser = portal.browser();
    browser.sign_in_as_staff(member).await;
    browser
}

fn counts(of: &Value) -> [u64; 4] {
    ["received", "created", "updated", "unchanged"].map(|name| of[name].as_u64().unwrap())
}

const LYON: &str = "Agence de Lyon Part-Dieu,agence.lyon@bailleur.example";
const LILLE: &str = "Agence de Lille,agence.lille@bailleur.example";

fn file(rows: &[&str]) -> String {
    let header = "lease,last_name,first_name,agency_name,agency_email,ends_on";
    format!("{header}\n{}\n", rows.join("\n"))
}

#[tokio::test]
async fn a_preview_writes_nothing_and_what_it_showed_is_imported_once() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    let first =
        file(&[&format!("70000001,Petit,Anne,{LYON},"), &format!("70000002,Roux,,{LYON},")]);
    let seen = preview(&browser, &first).await;
    assert_eq!(counts(&seen), [2, 2, 0, 0]);
    assert_eq!(seen["file"], "baux.csv");
    portal.lease("70000001").await.expect_problem(404, "not_found");

    let done = send(&browser, &apply(&seen), &first).await.expect_status(200).json;
    assert_eq!((&done["state"], counts(&done)), (&json!("done"), [2, 2, 0, 0]));
    portal.lease("70000001").await.expect_status(200);
    // The answer was lost, and the page sends it again.
    let again = send(&browser, &apply(&seen), &first).await.expect_status(200).json;
    assert_eq!((&again["state"], counts(&again)), (&json!("done"), [2, 2, 0, 0]));

    let second = file(&[
        &format!("70000001,Petit-Roche,Anne,{LYON},2030-01-31"),
        &format!("70000002,Roux,,{LILLE},"),
        &format!("70000003,,,{LYON},"),
    ]);
    let seen = preview(&browser, &second).await;
    assert_eq!(counts(&seen), [3, 0, 2, 0]);
    let kinds = json!({"names": 1, "ends": 1, "brought_forward": 1, "agencies": 1});
    assert_eq!(seen["changes"], kinds);
    assert_eq!(seen["rejected"][0]["line"], 4);
    assert_eq!(seen["needs_confirmation"], false);

    let listed = browser.staff_get("/api/staff/imports").await.expect_status(200).json;
    let states: Vec<_> = (0..2).map(|i| listed["imports"][i]["state"].clone()).collect();
    assert!(states.contains(&json!("done")) && states.contains(&json!("previewed")), "{listed}");
    assert_eq!(listed["imports"][0]["by"], "Anne Lefèvre");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn what_has_changed_since_the_preview_is_not_imported() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    let rows = file(&[&format!("70000001,Petit,Anne,{LYON},")]);
    let seen = preview(&browser, &rows).await;

    // Another file.
    let other = file(&[&format!("70000001,Grand,Anne,{LYON},")]);
    send(&browser, &apply(&seen), &other).await.expect_problem(409, "preview_outdated");
    // Another state: the landlord's system was faster.
    portal.import(&[format!("70000001,Petit,Anne,{LILLE},,,")]).await;
    send(&browser, &apply(&seen), &rows).await.expect_problem(409, "preview_outdated");
    let lease = portal.lease("70000001").await.expect_status(200).json;
    assert_eq!(lease["agency"]["name"], "Agence de Lille");

    let seen = preview(&browser, &rows).await;
    assert_eq!(seen["changes"]["agencies"], 1);
    portal.advance("PT1H").await;
    browser.sign_in_as_staff("supervisor").await;
    send(&browser, &apply(&seen), &rows).await.expect_problem(404, "not_found");
    for id in ["", "x", "AAAAAAAAAAAAAAAAAAAAAA"] {
        send(&browser, &format!("/api/staff/imports/{id}"), &rows)
            .await
            .expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_file_that_ends_many_accounts_needs_their_number_from_a_supervisor_too() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    let references: Vec<String> = (0..6).map(|i| format!("7100000{i}")).collect();
    let row = |reference: &String, end: &str| format!("{reference},Petit,Anne,{LYON},{end},,");
    let rows = |end: &str| references.iter().map(|it| row(it, end)).collect::<Vec<_>>();
    portal.import(&rows("")).await;
    for (index, reference) in references.iter().enumerate() {
        let email = format!("petit{index}@exemple.example");
        let (lease, email): (&'static str, &'static str) = (reference.clone().leak(), email.leak());
        portal.tenant(&Household { lease, email, last_name: "Petit", ..MARTIN }).await;
    }
    let ending = format!("{HEADER}\n{}\n", rows("2027-06-30").join("\n"));

    let seen = preview(&browser, &ending).await;

    assert_eq!(seen["needs_confirmation"], true);
    assert_eq!(seen["consequences"]["ending"], 6);
    let refused = send(&browser, &apply(&seen), &ending).await;
    refused.expect_problem(409, "too_many_endings");
    let wrong = format!("{}?confirm=5", apply(&seen));
    send(&browser, &wrong, &ending).await.expect_problem(409, "too_many_endings");
    let confirmed = format!("{}?confirm=6", apply(&seen));
    let done = send(&browser, &confirmed, &ending).await.expect_status(200).json;
    assert_eq!((&done["state"], &done["updated"]), (&json!("done"), &json!(6)));
}

#[tokio::test]
async fn an_agent_may_try_an_import_and_a_reader_not_even_that() {
    let portal = Portal::open().await;
    let rows = file(&[&format!("70000001,Petit,Anne,{LYON},")]);
    let agent = signed_in(&portal, "agent").await;
    let seen = preview(&agent, &rows).await;
    let refused = send(&agent, &apply(&seen), &rows).await.expect_problem(403, "forbidden");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.starts_with("Votre rôle ne permet pas"), "{detail}");

    let reader = signed_in(&portal, "reader").await;
    send(&reader, "/api/staff/imports", &rows).await.expect_problem(403, "forbidden");
    reader.staff_get("/api/staff/imports").await.expect_problem(403, "forbidden");

    // Whoever may import can confirm what another has tried.
    let supervisor = signed_in(&portal, "supervisor").await;
    send(&supervisor, &apply(&seen), &rows).await.expect_status(200);
}

#[tokio::test]
async fn leases_of_agencies_that_one_may_not_see_are_rejected_by_line() {
    let portal = Portal::open().await;
    portal.import(&[format!("70000009,Blanc,,{LILLE},,,")]).await;
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    let rows = file(&[
        &format!("70000001,Petit,Anne,{LYON},"),
        &format!("70000002,Grand,Anne,{LILLE},"),
        // It would be taken from another agency.
        &format!("70000009,Noir,,{LYON},"),
    ]);

    let seen = preview(&agent, &rows).await;

    assert_eq!(counts(&seen), [3, 1, 0, 0]);
    let rejected: Vec<_> =
        seen["rejected"].as_array().unwrap().iter().map(|row| row["line"].clone()).collect();
    assert_eq!(rejected, [json!(3), json!(4)]);
    assert_eq!(seen["rejected"][0]["code"], "not_allowed");
}

#[tokio::test]
async fn who_sees_more_agencies_imports_no_more_than_the_preview_showed() {
    let portal = Portal::open().await;
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    let rows =
        file(&[&format!("70000001,Petit,Anne,{LYON},"), &format!("70000002,Grand,Anne,{LILLE},")]);
    let seen = preview(&agent, &rows).await;
    assert_eq!((counts(&seen), &seen["rejected"][0]["line"]), ([2, 1, 0, 0], &json!(3)));

    // The supervisor sees both agencies: the same file would change more.
    let supervisor = signed_in(&portal, "supervisor").await;
    let applied = send(&supervisor, &apply(&seen), &rows).await;

    applied.expect_problem(409, "preview_outdated");
    portal.lease("70000001").await.expect_problem(404, "not_found");
    portal.lease("70000002").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn of_two_who_confirm_at_once_one_imports() {
    let portal = Portal::open().await;
    let (one, other) =
        (signed_in(&portal, "supervisor").await, signed_in(&portal, "supervisor").await);
    let rows: Vec<String> = (0..150).map(|i| format!("72000{i:03},Petit,Anne,{LYON},")).collect();
    let rows = file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let seen = preview(&one, &rows).await;
    let path = apply(&seen);

    let (first, second) = tokio::join!(send(&one, &path, &rows), send(&other, &path, &rows));

    let answers = [first, second].map(|answer| (answer.status.as_u16(), answer.json));
    for (status, json) in &answers {
        // Who comes second is told how far it is, or that the leases have changed meanwhile.
        assert!(*status == 200 || json["code"] == "preview_outdated", "{json}");
    }
    assert!(answers.iter().any(|(_, json)| json["state"] == "done"), "{answers:?}");
    let end = send(&other, &path, &rows).await.expect_status(200).json;
    assert_eq!((&end["state"], counts(&end)), (&json!("done"), [150, 150, 0, 0]));
}

#[cfg_attr(feature = "deployed", ignore = "faults are the local stack's")]
#[tokio::test]
async fn an_import_that_was_interrupted_goes_on() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    let rows: Vec<String> = (0..250).map(|i| format!("73000{i:03},Petit,Anne,{LYON},")).collect();
    let rows = file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let seen = preview(&browser, &rows).await;
    // The second batch fails, whatever is tried.
    portal
        .set_fault(&json!({
            "service": "dynamodb", "fail": "down", "function": "apply-import",
            "action": "TransactWriteItems", "skip": "1",
        }))
        .await;
    send(&browser, &apply(&seen), &rows).await.expect_problem(503, "unavailable");
    portal.fail("dynamodb", "none", None).await;

    // At once it may still be going on.
    let running = send(&browser, &apply(&seen), &rows).await.expect_status(200).json;
    assert_eq!((&running["state"], &running["done"]), (&json!("running"), &json!(100)));
    portal.advance("PT2M").await;
    let listed = browser.staff_get("/api/staff/imports").await.expect_status(200).json;
    assert_eq!(listed["imports"][0]["state"], "interrupted");

    let done = send(&browser, &apply(&seen), &rows).await.expect_status(200).json;

    assert_eq!((&done["state"], &done["received"]), (&json!("done"), &json!(250)));
    portal.lease("73000249").await.expect_status(200);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_or_is_too_large_is_neither_previewed_nor_imported() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    let rows = file(&[&format!("70000001,Petit,Anne,{LYON},")]);
    let seen = preview(&browser, &rows).await;
    let large = format!("{rows}{}", " ".repeat(2 * 1024 * 1024));

    for path in ["/api/staff/imports".to_owned(), apply(&seen)] {
        send(&browser, &path, &large).await.expect_problem(413, "payload_too_large");
        let headless = send(&browser, &path, "lease,last_name\n1,Petit\n").await;
        headless.expect_problem(422, "invalid_fields");
        let request = browser.request(Method::POST, &path).header("sec-fetch-site", "same-origin");
        let answer = browser.keep(request.header("content-type", "text/html").body("x")).await;
        answer.expect_problem(415, "unsupported_media_type");
    }
    let confirmed = format!("{}?confirm=many", apply(&seen));
    send(&browser, &confirmed, &rows).await.expect_faults(&[("confirm", "not_allowed")]);
    portal.lease("70000001").await.expect_problem(404, "not_found");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn what_was_previewed_is_imported_without_sending_the_file_again() {
    let portal = Portal::open().await;
    let browser = signed_in(&portal, "supervisor").await;
    // Of several parts, in another encoding.
    let rows: Vec<String> = (0..9_000).map(|i| format!("75{i:06},Lefèvre,Zoé,{LYON},")).collect();
    let rows = file(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let latin: Vec<u8> = rows.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert!(latin.len() > 400_000, "{}", latin.len());
    let request = browser.request(Method::POST, "/api/staff/imports?name=baux.csv");
    let request = request.header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "text/csv; charset=windows-1252").body(latin);
    let seen = browser.keep(request).await.expect_status(200).json;

    let confirm = async || {
        let request = browser.request(Method::POST, &apply(&seen));
        browser.keep(request.header("sec-fetch-site", "same-origin")).await
    };
    let mut done = confirm().await.expect_status(200).json;
    while done["state"] == "running" {
        portal.advance("PT2M").await;
        done = confirm().await.expect_status(200).json;
    }

    assert_eq!((&done["state"], counts(&done)), (&json!("done"), [9_000, 9_000, 0, 0]));
    let lease = portal.lease("75008999").await.expect_status(200).json;
    assert_eq!(lease["first_name"], "Zoé");
}
