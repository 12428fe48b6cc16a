//! Staff see the requests that wait for their agencies, and answer them.

#[cfg(not(feature = "deployed"))]
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
const LEFEVRE: Household = Household::LEFEVRE;
const AGENCY: &str = "lilas@bailleur.example";
/// The agency of `agent-of-one-agency`.
const OWN: &str = "Agence de Lyon Part-Dieu,lyon@bailleur.example";
/// How long an operation may take to make the call that is held.
#[cfg(not(feature = "deployed"))]
const LONGEST: Duration = Duration::from_secs(20);

async fn signed_in(portal: &Portal, member: &str) -> Browser {
    let browser = portal.browser();
    browser.sign_in_as_staff(member).await;
    browser
}

async fn queue(staff: &Browser) -> Value {
    staff.staff_get("/api/staff/requests").await.expect_status(200).json
}

/// The lease and the kind of each request in the queue.
async fn queued(staff: &Browser) -> Vec<(String, String)> {
    let queue = queue(staff).await;
    let requests = queue["requests"].as_array().expect("requests are a list");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    requests.iter().map(|it| (text(&it["lease"]), text(&it["kind"]))).collect()
}

/// What [`queued`] gives for these.
fn of(requests: &[(&Household, &str)]) -> Vec<(String, String)> {
    requests.iter().map(|(it, kind)| (it.lease.to_owned(), (*kind).to_owned())).collect()
}

async fn settle(staff: &Browser, id: &Value, body: &Value) -> Answer {
    let path = format!("/api/staff/requests/{}", id.as_str().expect("an id"));
    staff.staff_send(Method::POST, &path, body).await
}

async fn ask(tenant: &Browser, kind: &str) {
    let body = json!({"kind": kind});
    tenant.post("/api/account/agency-requests", &body).await.expect_status(202);
}

async fn go_paperless(tenant: &Browser) {
    let paperless = json!({"paperless": true});
    tenant.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
}

/// The state of the requests of a tenant, newest first.
async fn states(tenant: &Browser) -> Vec<Value> {
    let list = tenant.get("/api/account/agency-requests").await.expect_status(200).json;
    list["requests"].as_array().expect("requests are a list").clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn requests_wait_in_the_order_in_which_they_were_made() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-01T08:00:00Z").await;
    let (martin, ndiaye) = (portal.tenant(&MARTIN).await, portal.tenant(&NDIAYE).await);
    go_paperless(&martin).await;
    let reader = signed_in(&portal, "reader").await;
    assert_eq!(queue(&reader).await, json!({"requests": []}));

    let body = json!({"kind": "close-account", "message": "Nous partons.\nMerci."});
    martin.post("/api/account/agency-requests", &body).await.expect_status(202);
    portal.advance("PT1M").await;
    ask(&ndiaye, "close-account").await;
    portal.advance("PT1M").await;
    ask(&martin, "stop-paperless").await;
    portal.settle().await;
    // Half past midnight in Paris, of the day after the next.
    portal.set_clock("2027-03-02T23:30:00Z").await;
    let reader = signed_in(&portal, "reader").await;

    let queue = queue(&reader).await;
    let first = &queue["requests"][0];
    let id = first["id"].as_str().unwrap();
    let expected = json!({
        "id": id,
        "kind": "close-account",
        "lease": MARTIN.lease,
        "last_name": "Martin",
        "first_name": "Camille",
        "agency": {"name": "Agence des Lilas", "email": AGENCY},
        "message": "Nous partons.\nMerci.",
        "asked_at": "2027-03-01T08:00:00Z",
        "waited_days": 2,
    });
    // The clock goes on while the journey runs.
    let asked_at = first["asked_at"].as_str().unwrap();
    assert!(asked_at.starts_with("2027-03-01T08:0"), "{asked_at}");
    let mut shown = first.clone();
    shown["asked_at"] = expected["asked_at"].clone();
    assert_eq!(shown, expected);
    assert!(queue["next"].is_null());
    let order =
        [(&MARTIN, "close-account"), (&NDIAYE, "close-account"), (&MARTIN, "stop-paperless")];
    assert_eq!(queued(&reader).await, of(&order));
}

#[tokio::test]
async fn a_request_that_is_done_closes_the_account_and_leaves_the_queue() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    ask(&martin, "close-account").await;
    let token = portal.link_mailed_to(AGENCY).await;
    let agent = signed_in(&portal, "agent").await;
    let id = queue(&agent).await["requests"][0]["id"].clone();

    let answer = settle(&agent, &id, &json!({"answer": "done"})).await.expect_status(200);

    assert_eq!(answer.json, json!({"kind": "close-account", "lease": MARTIN.lease}));
    assert!(queued(&agent).await.is_empty());
    martin.account().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names.last().unwrap(), "account-closed");
    settle(&agent, &id, &json!({"answer": "done"})).await.expect_problem(409, "already_settled");
    // The agency's link has no effect, and tells how the request was settled.
    let body = json!({"token": token});
    portal.browser().post("/api/agency-requests/answer", &body).await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.mail_names_to(MARTIN.email).await, names);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_tenant_reads_why_a_request_was_refused_and_may_ask_again() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    go_paperless(&martin).await;
    ask(&martin, "stop-paperless").await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let id = queue(&agent).await["requests"][0]["id"].clone();
    let refuse = json!({"answer": "refused", "reason": "Il manque votre signature."});

    settle(&agent, &id, &refuse).await.expect_status(200);

    let request = states(&martin).await.remove(0);
    assert_eq!((&request["state"], &request["reason"]), (&json!("refused"), &refuse["reason"]));
    portal.settle().await;
    let told = portal.mails_to(MARTIN.email).await.remove(0);
    assert_eq!(told["tags"]["mail"], "agency-request-refused");
    assert!(told["text"].as_str().unwrap().contains("Il manque votre signature."), "{told:#}");
    assert!(queued(&agent).await.is_empty());
    portal.advance("PT1S").await;
    ask(&martin, "stop-paperless").await;
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "stop-paperless")]));
    // The new one is done: rent notices come on paper.
    let id = queue(&agent).await["requests"][0]["id"].clone();
    settle(&agent, &id, &json!({"answer": "done"})).await.expect_status(200);
    let account = martin.account().await.expect_status(200).json;
    assert_eq!(account["paperless"], false);
    assert_eq!(states(&martin).await[0]["state"], "done");
}

#[tokio::test]
async fn an_answer_is_done_or_refused_and_only_a_refusal_has_a_reason() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    ask(&martin, "close-account").await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let id = queue(&agent).await["requests"][0]["id"].clone();

    for (body, field, code) in [
        (json!({}), "answer", "required"),
        (json!({"answer": "maybe"}), "answer", "not_allowed"),
        (json!({"answer": "done", "reason": "Parce que"}), "reason", "not_allowed"),
        (json!({"answer": "refused", "reason": "é".repeat(1001)}), "reason", "too_long"),
        (json!({"answer": "done", "token": "x"}), "token", "unknown_field"),
    ] {
        settle(&agent, &id, &body).await.expect_faults(&[(field, code)]);
    }
    for unknown in ["AAAAAAAAAAAAAAAAAAAAAA", "x"] {
        let answer = settle(&agent, &json!(unknown), &json!({"answer": "done"})).await;
        answer.expect_problem(404, "not_found");
    }
    let reader = signed_in(&portal, "reader").await;
    let answer = settle(&reader, &id, &json!({"answer": "done"})).await;
    answer.expect_problem(403, "forbidden");
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "close-account")]));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_request_to_another_agency_is_neither_seen_nor_answered() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    ask(&martin, "close-account").await;
    let lyon = Household { lease: "90000001", email: "zoe@exemple.example", ..NDIAYE };
    let row = format!("{},{},{},{OWN},,,", lyon.lease, lyon.last_name, lyon.first_name);
    portal.import(&[row]).await.expect_status(200);
    portal.advance("PT1S").await;
    ask(&portal.tenant(&lyon).await, "close-account").await;
    portal.settle().await;
    let (all, own) =
        (signed_in(&portal, "agent").await, signed_in(&portal, "agent-of-one-agency").await);
    let both = [(&MARTIN, "close-account"), (&lyon, "close-account")];
    assert_eq!(queued(&all).await, of(&both));

    assert_eq!(queued(&own).await, of(&[(&lyon, "close-account")]));
    let id = queue(&all).await["requests"][0]["id"].clone();
    let answer = settle(&own, &id, &json!({"answer": "done"})).await;
    answer.expect_problem(404, "not_found");
    martin.account().await.expect_status(200);
    // The lease moves to the agent's agency, with its request.
    let row = format!("{},{},{},{OWN},,,", MARTIN.lease, MARTIN.last_name, MARTIN.first_name);
    portal.import(&[row]).await.expect_status(200);
    assert_eq!(queued(&own).await, of(&both));
    settle(&own, &id, &json!({"answer": "refused"})).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_with_two_requests_waits_for_the_one_that_is_left() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-01T08:00:00Z").await;
    let (martin, ndiaye) = (portal.tenant(&MARTIN).await, portal.tenant(&NDIAYE).await);
    go_paperless(&martin).await;
    ask(&martin, "stop-paperless").await;
    portal.advance("PT1M").await;
    ask(&ndiaye, "close-account").await;
    portal.advance("PT1M").await;
    ask(&martin, "close-account").await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let id = queue(&agent).await["requests"][0]["id"].clone();

    settle(&agent, &id, &json!({"answer": "done"})).await.expect_status(200);

    let left = [(&NDIAYE, "close-account"), (&MARTIN, "close-account")];
    assert_eq!(queued(&agent).await, of(&left));
    // One that is older than the one that waits is first again.
    let id = queue(&agent).await["requests"][1]["id"].clone();
    settle(&agent, &id, &json!({"answer": "refused"})).await.expect_status(200);
    assert_eq!(queued(&agent).await, of(&[(&NDIAYE, "close-account")]));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_request_leaves_the_queue_with_its_account_its_lease_or_after_thirty_days() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-03-01T08:00:00Z").await;
    let other = Household { lease: "90000001", ..MARTIN };
    portal.import(&[other.row("")]).await.expect_status(200);
    let households = [MARTIN, NDIAYE, LEFEVRE];
    let [martin, ndiaye, lefevre] = &households;
    let mut browsers = Vec::new();
    for household in &households {
        let browser = portal.tenant(household).await;
        ask(&browser, "close-account").await;
        portal.advance("PT1S").await;
        browsers.push(browser);
    }
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let queue = queue(&agent).await;
    let id = |n: usize| queue["requests"][n]["id"].clone();
    assert_eq!(queued(&agent).await.len(), 3);

    // One household moves, the agency's system closes the account of another, the third waits.
    let body = json!({
        "lease": other.lease, "last_name": martin.last_name, "password": martin.password,
    });
    browsers[0].send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);
    let body = json!({"lease": ndiaye.lease, "reason": "Départ"}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    closed.await.expect_status(204);
    portal.settle().await;

    assert_eq!(queued(&agent).await, of(&[(lefevre, "close-account")]));
    for n in [0, 1] {
        let answer = settle(&agent, &id(n), &json!({"answer": "done"})).await;
        answer.expect_problem(409, "already_settled");
    }
    browsers[0].account().await.expect_status(200);
    portal.advance("P30D").await;
    let agent = signed_in(&portal, "agent").await;
    assert!(queued(&agent).await.is_empty());
    let answer = settle(&agent, &id(2), &json!({"answer": "done"})).await;
    answer.expect_problem(404, "not_found");
    // An expired request does not hide the next one.
    browsers[2].sign_in(lefevre).await.expect_status(200);
    go_paperless(&browsers[2]).await;
    ask(&browsers[2], "stop-paperless").await;
    assert_eq!(queued(&agent).await, of(&[(lefevre, "stop-paperless")]));
    ask(&browsers[2], "close-account").await;
    assert_eq!(queued(&agent).await.len(), 2);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_second_request_is_in_the_queue_after_the_first_has_expired() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-03-01T08:00:00Z").await;
    let martin = portal.tenant(&MARTIN).await;
    go_paperless(&martin).await;
    ask(&martin, "close-account").await;
    portal.settle().await;
    portal.advance("P29D").await;
    martin.sign_in(&MARTIN).await.expect_status(200);
    ask(&martin, "stop-paperless").await;
    portal.settle().await;

    portal.advance("P29D").await;
    let agent = signed_in(&portal, "agent").await;

    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "stop-paperless")]));
    let id = queue(&agent).await["requests"][0]["id"].clone();
    settle(&agent, &id, &json!({"answer": "done"})).await.expect_status(200);
    assert!(queued(&agent).await.is_empty());
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_queue_has_pages_of_fifty_households() {
    let portal = Portal::open().await;
    portal.without_checker("a test writes accounts that have nothing but a request");
    portal.set_clock("2027-03-01T08:00:00Z").await;
    let text = |text: &str| json!({"S": text});
    let number = |number: i64| json!({"N": number.to_string()});
    let asked: jiff::Timestamp = "2027-02-20T08:00:00Z".parse().unwrap();
    let account = |n: i64| {
        let id = format!("{n:021}0").replace('0', "A");
        let at = asked.as_second() + n;
        let place = jiff::Timestamp::from_second(at).unwrap();
        let agency =
            json!({"name": text("Agence des Lilas"), "email": text("lilas@bailleur.example")});
        let terms = json!({"version": text("2026-01"), "accepted_at": number(at)});
        let paperless =
            json!({"granted": {"BOOL": false}, "since": number(at), "by": text("tenant")});
        let request = json!({"link": text(&id), "until": number(at + 30 * 86_400)});
        json!({
            "pk": text(&format!("tenant#{id}")),
            "id": text(&id),
            "email": text("a@exemple.example"),
            "lease": text(&format!("8{n:07}")),
            "last_name": text("Martin"),
            "agency": {"M": agency},
            "status": text("active"),
            "epoch": number(0),
            "language": text("fr"),
            "paperless": {"M": paperless},
            "terms": {"M": terms},
            "created_at": number(at),
            "asked_to_close": {"M": request},
            "list": text("requests#0"),
            "place": text(&format!("{place}#{id}")),
        })
    };
    let accounts: Vec<Value> = (0..120).map(account).collect();
    portal.put_items("tenants", &accounts).await;
    let reader = signed_in(&portal, "reader").await;

    let mut leases = Vec::new();
    let mut sizes = Vec::new();
    let mut path = "/api/staff/requests".to_owned();
    loop {
        let page = reader.staff_get(&path).await.expect_status(200).json;
        let requests = page["requests"].as_array().unwrap();
        sizes.push(requests.len());
        leases.extend(requests.iter().map(|it| it["lease"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/staff/requests?after={next}");
    }

    assert_eq!(sizes, [50, 50, 20]);
    let expected: Vec<String> = (0..120).map(|n| format!("8{n:07}")).collect();
    assert_eq!(leases, expected);
    let answer = reader.staff_get("/api/staff/requests?after=AAAA").await;
    answer.expect_faults(&[("after", "not_allowed")]);
    let own = signed_in(&portal, "agent-of-one-agency").await;
    assert_eq!(queue(&own).await, json!({"requests": []}));
}

#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_answer_at_once_one_does_and_the_other_is_told() {
    for answers in [["done", "done"], ["done", "refused"], ["refused", "done"]] {
        let portal = Portal::open().await;
        let martin = portal.tenant(&MARTIN).await;
        ask(&martin, "close-account").await;
        portal.settle().await;
        let first = signed_in(&portal, "agent").await;
        let second = signed_in(&portal, "supervisor").await;
        let id = queue(&first).await["requests"][0]["id"].clone();

        let held = portal.hold_at("settle-request", "TransactWriteItems", 0);
        let body = json!({"answer": answers[0]});
        let (late, early) = tokio::join!(settle(&first, &id, &body), async {
            tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
            let answer = settle(&second, &id, &json!({"answer": answers[1]})).await;
            drop(held);
            answer
        });

        early.expect_status(200);
        late.expect_problem(409, "already_settled");
        let names = portal.mail_names_to(MARTIN.email).await;
        let told = if answers[1] == "done" { "account-closed" } else { "agency-request-refused" };
        let count = |name: &str| names.iter().filter(|it| *it == name).count();
        assert_eq!(count("account-closed") + count("agency-request-refused"), 1, "{names:?}");
        assert_eq!(names.last().unwrap(), told);
    }
}

// The other request of RequestOpen and NoOpenRequest.
#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_opened_while_another_is_settled_is_in_the_queue() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    go_paperless(&martin).await;
    ask(&martin, "close-account").await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let id = queue(&agent).await["requests"][0]["id"].clone();

    // The answer has read one request, and a second one is opened before it writes.
    let held = portal.hold_at("settle-request", "TransactWriteItems", 0);
    let body = json!({"answer": "refused"});
    let (settled, ()) = tokio::join!(settle(&agent, &id, &body), async {
        tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
        ask(&martin, "stop-paperless").await;
        drop(held);
    });
    settled.expect_status(200);
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "stop-paperless")]));

    // The second has read no request, and the first is settled before it is opened.
    portal.advance("PT1S").await;
    ask(&martin, "close-account").await;
    portal.settle().await;
    let requests = queue(&agent).await;
    let id = requests["requests"][0]["id"].clone();
    assert_eq!(requests["requests"][0]["kind"], "stop-paperless");
    settle(&agent, &id, &body).await.expect_status(200);
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "close-account")]));
    let id = queue(&agent).await["requests"][0]["id"].clone();
    let held = portal.hold_at("request-agency", "TransactWriteItems", 0);
    tokio::join!(ask(&martin, "stop-paperless"), async {
        tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
        portal.advance("PT1M").await;
        settle(&agent, &id, &body).await.expect_status(200);
        drop(held);
    });
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "stop-paperless")]));
}

// The other request of PaperlessOn.
#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_opened_while_paper_is_brought_back_is_in_the_queue() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    go_paperless(&martin).await;
    ask(&martin, "stop-paperless").await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    let token = token_in(&portal.mails_to(AGENCY).await[0]).unwrap();

    let held = portal.hold_at("answer-request", "TransactWriteItems", 0);
    let body = json!({"token": token});
    let browser = portal.browser();
    let (answered, ()) = tokio::join!(browser.post("/api/agency-requests/answer", &body), async {
        tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
        ask(&martin, "close-account").await;
        drop(held);
    });

    answered.expect_status(200);
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "close-account")]));
}

// The other request of RequestOpen, for a mail that reaches no agency.
#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_mail_is_refused_while_another_is_opened_is_told_and_may_be_made_again() {
    let portal = Portal::open().await;
    let martin = portal.tenant(&MARTIN).await;
    go_paperless(&martin).await;
    portal.settle().await;
    let agent = signed_in(&portal, "agent").await;
    portal.fail("ses", "reject", Some(1)).await;

    let held = portal.hold_at("deliver-mail", "TransactWriteItems", 0);
    ask(&martin, "close-account").await;
    tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
    ask(&martin, "stop-paperless").await;
    drop(held);
    portal.settle().await;

    let states = states(&martin).await;
    let state = |kind: &str| states.iter().find(|it| it["kind"] == kind).unwrap()["state"].clone();
    assert_eq!(state("close-account"), "not_delivered");
    assert_eq!(state("stop-paperless"), "open");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert!(names.contains(&"agency-request-not-delivered".to_owned()), "{names:?}");
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "stop-paperless")]));
    portal.advance("PT1S").await;
    ask(&martin, "close-account").await;
    assert_eq!(queued(&agent).await.len(), 2);
}

#[cfg(not(feature = "deployed"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_lease_moves_to_another_agency_while_the_queue_is_read_is_not_shown() {
    let portal = Portal::open().await;
    let row = format!("{},{},{},{OWN},,,", MARTIN.lease, MARTIN.last_name, MARTIN.first_name);
    portal.import(&[row]).await.expect_status(200);
    ask(&portal.tenant(&MARTIN).await, "close-account").await;
    let agent = signed_in(&portal, "agent-of-one-agency").await;
    assert_eq!(queued(&agent).await, of(&[(&MARTIN, "close-account")]));

    // The index is read, and then the account.
    let held = portal.hold_at("list-open-requests", "BatchGetItem", 0);
    let (queued, ()) = tokio::join!(queued(&agent), async {
        tokio::time::timeout(LONGEST, held.began()).await.expect("the call is made");
        portal.import(&[MARTIN.row("")]).await.expect_status(200);
        drop(held);
    });

    assert!(queued.is_empty(), "{queued:?}");
}
