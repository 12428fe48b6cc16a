//! Staff, tenants and imports act on the same households at once. What holds always is checked
//! after it, by the rows, the mails and the audit trail.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, HEADER, Household, Portal, registration};

const HOUSEHOLDS: usize = 6;
const ROUNDS: usize = 4;
const AGENCY: &str = "Agence de Lyon Part-Dieu,agence.lyon@bailleur.example";
const ENDS: [&str; 3] = ["", "2031-06-30", "2032-01-31"];
const NAMES: [&str; 2] = ["Petit", "Petit-Roche"];

fn household(index: usize) -> Household {
    let lease: &'static str = format!("7400000{index}").leak();
    let email: &'static str = format!("petit{index}@exemple.example").leak();
    Household { lease, email, last_name: "Petit", ..Household::MARTIN }
}

fn file(round: usize) -> String {
    let row = |index: usize| {
        let Household { lease, .. } = household(index);
        let (name, end) = (NAMES[(round + index) % 2], ENDS[(round + index) % 3]);
        format!("{lease},{name},Anne,{AGENCY},{end},,")
    };
    let rows: Vec<String> = (0..HOUSEHOLDS).map(row).collect();
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// What a tenant does in one round: some of it fails, because of what others do meanwhile.
async fn tenant(browser: &Browser, index: usize, round: usize) {
    let password = |round: usize| format!("sept oies grises {round}");
    let present =
        if round == 0 { Household::MARTIN.password.to_owned() } else { password(round - 1) };
    let kind = if index.is_multiple_of(2) { "close-account" } else { "stop-paperless" };
    browser.post("/api/account/agency-requests", &json!({"kind": kind})).await;
    browser.send(Method::PATCH, "/api/account", &json!({"paperless": true})).await;
    let change = json!({"current_password": present, "new_password": password(round)});
    browser.send(Method::PUT, "/api/account/password", &change).await;
    browser.refresh().await;
}

/// What an agent does in one round: looks, settles what waits, has mails sent, lifts stops.
async fn agent(browser: &Browser, round: usize) {
    let waiting = browser.staff_get("/api/staff/requests").await.expect_status(200).json;
    let waiting = waiting["requests"].as_array().cloned().unwrap_or_default();
    let settle = waiting.iter().enumerate().map(|(nth, request)| {
        let path = format!("/api/staff/requests/{}", request["id"].as_str().unwrap());
        // Accounts stay until the last round, so that there is something to act on.
        let closes = request["kind"] == "close-account" && round + 1 < ROUNDS;
        let answer = if closes || nth.is_multiple_of(2) { "refused" } else { "done" };
        let body = json!({"answer": answer, "reason": "Un loyer reste dû."});
        async move { browser.staff_send(Method::POST, &path, &body).await }
    });
    for answer in join_all(settle).await {
        assert!([200, 404, 409].contains(&answer.status.as_u16()), "{}", answer.body);
    }
    for index in 0..HOUSEHOLDS {
        let path = format!("/api/staff/households/{}", household(index).lease);
        browser.staff_get(&path).await.expect_status(200);
        let reset = json!({"mail": "password-reset"});
        browser.staff_send(Method::POST, &format!("{path}/mails"), &reset).await;
        browser.staff_send(Method::POST, &format!("{path}/mail-permission"), &json!({})).await;
    }
}

/// What a supervisor does in one round: imports, and in the last one closes an account.
async fn supervisor(browser: &Browser, round: usize) {
    let send = async |path: &str, file: String| {
        let request = browser.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        browser.keep(request.header("content-type", "text/csv").body(file)).await
    };
    let seen = send("/api/staff/imports?name=baux.csv", file(round)).await.expect_status(200).json;
    let ending = seen["consequences"]["ending"].as_u64().unwrap();
    let path = format!("/api/staff/imports/{}?confirm={ending}", seen["id"].as_str().unwrap());
    let applied = send(&path, file(round)).await;
    // Another import may have been faster.
    assert!([200, 409].contains(&applied.status.as_u16()), "{}", applied.body);
    if round + 1 == ROUNDS {
        let path = format!("/api/staff/households/{}/closure", household(1).lease);
        let body = json!({"reason": "Départ"});
        browser.staff_send(Method::POST, &path, &body).await.expect_status(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_always_holds_while_staff_tenants_and_imports_meet() {
    let portal = Portal::open().await;
    let rows = |end: &str| -> Vec<String> {
        let row = |index| format!("{},Petit,Anne,{AGENCY},{end},,", household(index).lease);
        (0..HOUSEHOLDS).map(row).collect()
    };
    portal.import(&rows("")).await.expect_status(200);
    let mut tenants = Vec::new();
    // The last one registers while the others act.
    for index in 0..HOUSEHOLDS - 1 {
        tenants.push(portal.tenant(&household(index)).await);
    }
    let (agents, supervisors) =
        ([portal.browser(), portal.browser()], [portal.browser(), portal.browser()]);
    for browser in &agents {
        browser.sign_in_as_staff("agent").await;
    }
    for browser in &supervisors {
        browser.sign_in_as_staff("supervisor").await;
    }

    for round in 0..ROUNDS {
        let late = registration(&household(HOUSEHOLDS - 1));
        let newcomer = portal.browser();
        tokio::join!(
            join_all(tenants.iter().enumerate().map(|(index, it)| tenant(it, index, round))),
            join_all(agents.iter().map(|it| agent(it, round))),
            join_all(supervisors.iter().map(|it| supervisor(it, round))),
            // The landlord's own system, too.
            async {
                portal.import(&rows(ENDS[(round + 1) % 3])).await;
            },
            async {
                newcomer.post("/api/registrations", &late).await;
            },
        );
        portal.advance("PT1H").await;
        for browser in &agents {
            browser.sign_in_as_staff("agent").await;
        }
        for browser in &supervisors {
            browser.sign_in_as_staff("supervisor").await;
        }
        portal.settle().await;
        portal.check();
    }

    // Each change is shown as what happened, with who did it.
    let path = format!("/api/staff/households/{}", household(1).lease);
    let shown = agents[0].staff_get(&path).await.expect_status(200).json;
    assert_eq!(shown["account"]["status"], "deactivated");
    let by_staff = |act: &&Value| act["by"]["name"] == "Anne Lefèvre";
    assert!(shown["happened"].as_array().unwrap().iter().any(|act| by_staff(&act)), "{shown}");
}
