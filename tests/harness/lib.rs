//! The verbs of the journeys: a portal for each test, browsers of tenants, the landlord's system,
//! the mailbox, the clock, the faults.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::return_self_not_must_use,
    reason = "a test may"
)]

mod answer;
mod answers;
mod area;
mod browser;
#[cfg(not(feature = "deployed"))]
mod checker;
mod document;
mod documented_answer;
mod echo;
#[cfg(not(feature = "deployed"))]
mod end;
mod events;
mod household;
#[cfg(not(feature = "deployed"))]
mod kept;
#[cfg(not(feature = "deployed"))]
mod log;
mod mail_names;
#[cfg(not(feature = "deployed"))]
mod secrecy;
mod signature;
#[cfg_attr(feature = "deployed", path = "deployed_stack.rs")]
#[cfg_attr(not(feature = "deployed"), path = "local_stack.rs")]
mod stack;
mod staff;
#[cfg(not(feature = "deployed"))]
mod statements;
mod tool;
#[cfg(not(feature = "deployed"))]
mod uses;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use stack::Stack;

pub use answer::Answer;
#[cfg(not(feature = "deployed"))]
pub use answers::answers_of;
pub use area::area;
pub use browser::{Browser, registration};
#[cfg(not(feature = "deployed"))]
pub use checker::Broken;
pub use document::{Documented, documented};
pub use events::{bounce_of, events, expect_understood};
pub use household::Household;
#[cfg(not(feature = "deployed"))]
pub use local::{Held, Latency};
#[cfg(not(feature = "deployed"))]
pub use log::log;
pub use signature::SIGNATURE;
#[cfg(not(feature = "deployed"))]
pub use statements::Statements;
pub use tool::installed;
#[cfg(not(feature = "deployed"))]
pub use uses::uses_of;

/// How long a mail may take to arrive, in tries of 20 ms.
const PATIENCE: u32 = 500;

/// The header of the landlord's file.
pub const HEADER: &str =
    "lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email";

/// A portal for one test: a local stack in memory, or with the feature `deployed` the deployed
/// stack, emptied.
#[derive(Debug)]
pub struct Portal {
    stack: Stack,
    #[cfg(not(feature = "deployed"))]
    watch: checker::Watch,
}

impl Portal {
    /// A portal with the leases of the [`Household`]s.
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// As [`open`](Self::open), but the daily job only runs by
    /// [`run_daily_job`](Self::run_daily_job).
    pub async fn open_without_daily_jobs() -> Self {
        Self::start(&[], false, true).await
    }

    /// As [`open`](Self::open), but without the journal and the checker, which would distort the
    /// counts of a bench and are too slow for a million rows.
    pub async fn open_for_a_bench() -> Self {
        let portal = Self::start(&[], false, false).await;
        portal.without_checker("a bench");
        portal
    }

    /// As [`open`](Self::open), with `variables` that override those of the template.
    pub async fn open_with(variables: &[(&str, &str)]) -> Self {
        Self::start(variables, true, true).await
    }

    async fn start(variables: &[(&str, &str)], daily_jobs: bool, journal: bool) -> Self {
        #[cfg(not(feature = "deployed"))]
        if journal {
            log::keep();
        }
        let stack = Stack::open(variables, daily_jobs, journal).await;
        let portal = Self {
            #[cfg(not(feature = "deployed"))]
            watch: checker::Watch::over(&stack),
            stack,
        };
        let rows: Vec<String> = Household::ALL.iter().map(|household| household.row("")).collect();
        portal.import(&rows).await.expect_status(200);
        portal
    }

    /// A new browser.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.stack.http().clone(), self.stack.address().to_owned())
    }

    /// Imports `rows` with the usual header.
    pub async fn import(&self, rows: &[String]) -> Answer {
        let file = format!("{HEADER}\n{}\n", rows.join("\n"));
        self.agency(Method::POST, "/api/agency/leases", "text/csv", file.into_bytes()).await
    }

    /// The answer to a signed call of the landlord's system.
    pub async fn agency(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Answer {
        let request = self.stack.http().request(method, format!("{}{path}", self.address()));
        self.as_agency(request.header("content-type", media_type).body(body)).await
    }

    /// The answer to `request`, signed by the landlord's system.
    pub async fn as_agency(&self, request: RequestBuilder) -> Answer {
        self.stack.agency(request).await
    }

    /// The answer of `get-lease`.
    pub async fn lease(&self, reference: &str) -> Answer {
        let path = format!("/api/agency/leases/{reference}");
        self.agency(Method::GET, &path, "application/json", Vec::new()).await
    }

    /// Registers, activates and signs in `household`, and returns its browser.
    pub async fn tenant(&self, household: &Household) -> Browser {
        let browser = self.browser();
        browser.register(household).await.expect_status(202);
        let token = self.link_mailed_to(household.email).await;
        browser.activate(&token).await.expect_status(200);
        self.mail_to(household.email, 2).await;
        browser.sign_in(household).await.expect_status(200);
        browser
    }

    /// The mails so far, newest first.
    pub async fn mails(&self) -> Vec<Value> {
        self.stack.mails().await
    }

    /// The mails to `address`, newest first.
    pub async fn mails_to(&self, address: &str) -> Vec<Value> {
        self.stack.mails_to(address).await
    }

    /// Waits for `count` mails to `address` and returns the newest.
    pub async fn mail_to(&self, address: &str, count: usize) -> Value {
        for _ in 0..PATIENCE {
            let mails = self.mails_to(address).await;
            if mails.len() >= count {
                assert_eq!(mails.len(), count, "the number of mails: {mails:#?}");
                return mails.into_iter().next().expect("a mail");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mails = self.mails_to(address).await;
        panic!("{count} mails to {address} were awaited, {} came: {mails:#?}", mails.len());
    }

    /// Waits for a mail to `address` with a link, and returns the token of the first.
    pub async fn link_mailed_to(&self, address: &str) -> String {
        for _ in 0..PATIENCE {
            let token = self.mails_to(address).await.iter().find_map(token_in);
            if let Some(token) = token {
                return token;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no link was mailed to {address}");
    }

    /// Waits until every due mail is settled.
    ///
    /// A mail is in the outbox from the write that causes it until it is settled. The outbox is
    /// checked twice, because a mail sent twice may still be under way when its first delivery is
    /// recorded.
    pub async fn settle(&self) {
        let mut empty = 0;
        for _ in 0..PATIENCE {
            empty = if self.stack.unsent().await == 0 { empty + 1 } else { 0 };
            if empty == 2 {
                self.check();
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("some mails are never sent");
    }

    /// The names of the mails to `address`, oldest first, once the mails have settled.
    pub async fn mail_names_to(&self, address: &str) -> Vec<String> {
        self.settle().await;
        let mails = self.mails_to(address).await;
        let name = |mail: &Value| mail["tags"]["mail"].as_str().expect("a mail's name").to_owned();
        mails.iter().rev().map(name).collect()
    }

    /// Moves the clock ahead by an ISO 8601 duration.
    pub async fn advance(&self, duration: &str) {
        let moved = self.local_post("/_local/clock", &json!({"advance": duration})).await;
        moved.expect_status(200);
    }

    /// Sets the clock to an instant such as `2026-03-02T09:00:10Z`.
    pub async fn set_clock(&self, now: &str) {
        self.local_post("/_local/clock", &json!({"now": now})).await.expect_status(200);
    }

    /// Sets a fault, which may be limited to one function or action.
    pub async fn set_fault(&self, fault: &Value) {
        self.local_post("/_local/faults", fault).await.expect_status(200);
    }

    /// Runs the daily job as due at `time` and returns its report.
    pub async fn run_daily_job(&self, time: &str) -> Value {
        let ran = self.invoke("expire-accounts", &json!({"time": time})).await.expect_status(200);
        self.check();
        ran.json
    }

    /// Fails if a statement of docs/INVARIANTS.md is broken. Called when the mails have settled,
    /// after each run of the daily job, and when the portal is dropped.
    #[track_caller]
    pub fn check(&self) {
        #[cfg(not(feature = "deployed"))]
        self.watch.expect(&self.stack);
    }

    /// Turns the checks of [`check`](Self::check) off, for a test that breaks the tables on
    /// purpose.
    pub fn without_checker(&self, reason: &'static str) {
        #[cfg(not(feature = "deployed"))]
        self.watch.excuse(reason);
        #[cfg(feature = "deployed")]
        let _ = reason;
    }

    /// The broken statements found so far.
    #[cfg(not(feature = "deployed"))]
    pub fn broken(&self) -> Vec<Broken> {
        self.watch.broken(&self.stack)
    }

    /// What stands in the log of the functions so far and must not: passwords, tokens, addresses, names
    /// and leases of this journey. Found once: the lines are not searched again.
    #[cfg(not(feature = "deployed"))]
    pub fn leaks(&self) -> Vec<String> {
        secrecy::leaks(&self.stack)
    }

    /// Logs `text` in the name of a function, as an error that it met.
    #[cfg(not(feature = "deployed"))]
    pub async fn log_as_a_function(&self, text: &str) {
        let records = self.stack.records(0);
        let invocation = records.iter().find_map(|record| record.invocation).expect("a call");
        local::in_invocation(invocation, async { tracing::error!(error = text, "failed") }).await;
    }

    /// Runs the sweep of mails, as the schedule does every minute, and returns its report.
    pub async fn sweep_mails(&self) -> Value {
        let swept = self.invoke("deliver-mail", &json!({})).await.expect_status(200);
        assert_eq!(swept.header("x-amz-function-error"), "", "{}", swept.body);
        swept.json
    }

    /// Makes streams deliver every batch a second time after it succeeded.
    pub async fn deliver_streams_twice(&self) {
        let twice = json!({"duplicates": true});
        self.local_post("/_local/streams", &twice).await.expect_status(200);
    }

    /// Rotates the secret. The former one stays accepted.
    pub async fn rotate_secret(&self, secret: &str) {
        let body = json!({"SecretId": self.stack.secret(), "SecretString": secret});
        self.stack.aws("secretsmanager.PutSecretValue", &body).await.expect_status(200);
    }

    /// Puts items into a table, 25 at a time.
    pub async fn put_items(&self, table: &str, items: &[Value]) {
        for batch in items.chunks(25) {
            let puts = batch.iter().map(|item| json!({"PutRequest": {"Item": item}}));
            let body = json!({"RequestItems": {self.stack.table(table): puts.collect::<Vec<_>>()}});
            self.stack.aws("DynamoDB_20120810.BatchWriteItem", &body).await.expect_status(200);
        }
    }

    /// Calls `action` of `DynamoDB` in the name of `function`.
    #[cfg(not(feature = "deployed"))]
    pub async fn write_as(&self, function: &str, action: &str, body: &Value) {
        let target = format!("DynamoDB_20120810.{action}");
        self.stack.aws_as(function, &target, body).await.expect_status(200);
    }

    /// Every row of each table, by the table's name.
    #[cfg(not(feature = "deployed"))]
    pub async fn rows(&self) -> BTreeMap<String, Vec<Value>> {
        loop {
            if let Some((rows, _)) = self.stack.rows() {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Every item of a table, in DynamoDB's JSON.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        self.scan(json!({"TableName": self.stack.table(table), "ConsistentRead": true})).await
    }

    /// These attributes of every item of a table.
    pub async fn attributes(&self, table: &str, names: &[&str]) -> Vec<Value> {
        let placeholders: Vec<String> = names.iter().map(|name| format!("#{name}")).collect();
        self.scan(json!({
            "TableName": self.stack.table(table),
            "ConsistentRead": true,
            "ProjectionExpression": placeholders.join(","),
            "ExpressionAttributeNames":
                placeholders.iter().zip(names).collect::<BTreeMap<_, _>>(),
        }))
        .await
    }

    async fn scan(&self, mut request: Value) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            let page = self.stack.aws("DynamoDB_20120810.Scan", &request).await;
            let page = page.expect_status(200).json;
            items.extend(page["Items"].as_array().cloned().unwrap_or_default());
            if page["LastEvaluatedKey"].is_null() {
                return items;
            }
            if let Some(request) = request.as_object_mut() {
                request.insert("ExclusiveStartKey".to_owned(), page["LastEvaluatedKey"].clone());
            }
        }
    }

    /// Makes `service` fail, `count` times or until the fault is removed.
    pub async fn fail(&self, service: &str, fail: &str, count: Option<u32>) {
        let mut fault = json!({"service": service, "fail": fail});
        if let (Some(count), Some(fault)) = (count, fault.as_object_mut()) {
            fault.insert("count".to_owned(), json!(count));
        }
        self.set_fault(&fault).await;
    }

    /// Invokes a function with Lambda's API.
    pub async fn invoke(&self, function: &str, event: &Value) -> Answer {
        self.stack.invoke(function, event).await
    }

    /// Delivers SES's `report` on a mail by the queue, and checks that it succeeds.
    pub async fn report(&self, report: &Value) {
        let answer = self.try_to_report(report).await.expect_status(200);
        assert_eq!(answer.header("x-amz-function-error"), "", "{}", answer.body);
    }

    /// Delivers `report` by the queue once and returns the result.
    pub async fn try_to_report(&self, report: &Value) -> Answer {
        self.invoke("record-mail-feedback", &events::queued(report)).await
    }

    /// Holds a call to the tables or to SES until the returned value is dropped: the call that the
    /// next invocation of `function` makes after `skip` others.
    #[cfg(not(feature = "deployed"))]
    #[must_use]
    pub fn hold(&self, function: &str, skip: usize) -> Held {
        self.stack.hold(function, skip)
    }

    /// Has a call to `action`, such as `TransactWriteItems`, wait until what is returned is dropped: the
    /// one that any invocation of `function` makes after `skip` others.
    #[cfg(not(feature = "deployed"))]
    #[must_use]
    pub fn hold_at(&self, function: &str, action: &'static str, skip: usize) -> Held {
        self.stack.hold_at(function, action, skip)
    }

    /// Has a service, by its name in faults, take so long for each call of a function.
    #[cfg(not(feature = "deployed"))]
    pub fn set_latency(&self, service: &'static str, latency: Latency) {
        self.stack.set_latency(service, latency);
    }

    /// The calls of `function` to AWS since [`forget_requests`](Self::forget_requests).
    pub async fn requests_of(&self, function: &str) -> Vec<Value> {
        let requests = self.local_get("/_local/requests").await;
        let all = requests.as_array().cloned().expect("requests are a list");
        all.into_iter().filter(|request| request["function"] == function).collect()
    }

    /// Forgets the calls to AWS made so far.
    pub async fn forget_requests(&self) {
        self.stack.control(Method::DELETE, "/_local/requests", None).await;
    }

    /// The row of the tokens table with this key, in `DynamoDB`'s JSON; null if there is none.
    pub async fn token_row(&self, pk: &str) -> Value {
        let key = json!({"pk": {"S": pk}});
        let request =
            json!({"TableName": self.stack.table("tokens"), "Key": key, "ConsistentRead": true});
        let found = self.stack.aws("DynamoDB_20120810.GetItem", &request).await.expect_status(200);
        found.json["Item"].clone()
    }

    /// Deletes expired rows, as TTL does later.
    pub async fn delete_expired_rows(&self) {
        self.local_post("/_local/sweep", &json!({})).await.expect_status(200);
    }

    /// The URL of the portal.
    #[must_use]
    pub fn address(&self) -> &str {
        self.stack.address()
    }

    /// The issuer of access tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.stack.issuer()
    }

    /// The answer of a local control.
    pub async fn local_get(&self, path: &str) -> Value {
        self.stack.control(Method::GET, path, None).await.json
    }

    async fn local_post(&self, path: &str, body: &Value) -> Answer {
        self.stack.control(Method::POST, path, Some(body)).await
    }
}

/// The time of the system's clock in milliseconds, as in the recorded calls.
#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit 53 bits")]
#[expect(clippy::disallowed_methods, reason = "a bench compares it with the times of calls")]
pub fn now_ms() -> f64 {
    jiff::Timestamp::now().as_microsecond() as f64 / 1_000.0
}

/// The key of the row of `mail`, from SES's tags.
#[must_use]
pub fn row_of(mail: &Value) -> String {
    mail["tags"]["row"].as_str().expect("a tag that names the row").replacen('_', "#", 1)
}

/// The token of the first link with one in `mail`.
#[must_use]
pub fn token_in(mail: &Value) -> Option<String> {
    let links = mail["links"].as_array()?;
    let token = links.iter().find_map(|link| link.as_str()?.split_once('#'));
    token.map(|(_, token)| token.to_owned())
}
