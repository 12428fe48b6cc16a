//! The local stack of one journey, in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use local::{Held, Latency, Options, Privilege, Record, Refusal};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::mail_names::name_of;
use crate::{Answer, SIGNATURE};

/// The local stack, in this process.
#[derive(Debug)]
pub(crate) struct Stack {
    stack: local::Stack,
    http: Client,
}

impl Stack {
    /// A new stack. `variables` override those of the template.
    pub(crate) async fn open(variables: &[(&str, &str)], daily_jobs: bool, journal: bool) -> Self {
        // Mails are not held up, unless a test asks for a rate: most wait for one after another.
        let own =
            [("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "1"), ("MAILS_PER_SECOND", "0")];
        let overrides: BTreeMap<String, String> = own
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let kept: fn(&str) -> bool = |key| !key.starts_with("throttle#");
        let journal = journal.then_some(kept);
        remove_rules();
        let options = Options { overrides, daily_jobs, journal, ..Options::default() };
        let stack = local::start(options).await.expect("the stack starts");
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { stack, http }
    }

    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    pub(crate) fn address(&self) -> &str {
        self.stack.address()
    }

    pub(crate) fn issuer(&self) -> &str {
        self.stack.address()
    }

    /// The answer of an agency operation to `request`. The signature is not verified locally.
    pub(crate) async fn agency(&self, request: RequestBuilder) -> Answer {
        Answer::of_api(request.header("authorization", SIGNATURE)).await
    }

    /// The answer of a local AWS service.
    pub(crate) async fn aws(&self, target: &str, body: &Value) -> Answer {
        self.aws_as("AGENCY", target, body).await
    }

    /// The answer of a local AWS service to `caller`, who is identified by the access key.
    pub(crate) async fn aws_as(&self, caller: &str, target: &str, body: &Value) -> Answer {
        let request = self
            .http
            .post(self.stack.aws_address())
            .header("x-amz-target", target)
            .header("authorization", SIGNATURE.replace("AGENCY", caller))
            .header("x-amz-date", "20260101T000000Z")
            .header("content-type", "application/x-amz-json-1.0")
            .body(body.to_string());
        Answer::of(request).await
    }

    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = self.control(Method::POST, &path, Some(event)).await;
        answer.of_event(function, event)
    }

    /// The mails so far, newest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        self.mailbox("/_local/mails").await
    }

    /// The mails to `address`, newest first.
    pub(crate) async fn mails_to(&self, address: &str) -> Vec<Value> {
        self.mailbox(&format!("/_local/mails?to={}", address.replace('+', "%2B"))).await
    }

    async fn mailbox(&self, path: &str) -> Vec<Value> {
        let mails = self.control(Method::GET, path, None).await.json;
        let mails = mails.as_array().cloned().expect("mails are a list");
        for mail in &mails {
            let subject = mail["subject"].as_str().unwrap_or_default();
            assert_eq!(mail["tags"]["mail"], name_of(subject), "mail_names.rs, of {subject}");
        }
        mails
    }

    /// The number of unsent mails.
    pub(crate) async fn unsent(&self) -> u64 {
        let rows = self.control(Method::GET, "/_local/unsent", None).await.json;
        rows.as_u64().expect("a number of rows")
    }

    /// The privileges that the functions have used so far.
    pub(crate) fn uses(&self) -> BTreeSet<Privilege> {
        self.stack.uses()
    }

    /// The refused calls of the functions so far.
    pub(crate) fn refusals(&self) -> BTreeSet<Refusal> {
        self.stack.refusals()
    }

    /// The names of the functions.
    pub(crate) fn functions(&self) -> BTreeSet<String> {
        self.stack.functions().map(str::to_owned).collect()
    }

    /// The environment variables of the functions.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        let all = self.stack.functions().filter_map(|name| self.stack.variables(name));
        all.flatten().cloned().collect()
    }

    /// The time of the stack's clock.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.stack.now()
    }

    /// Has a service take so long for each call.
    pub(crate) fn set_latency(&self, service: &'static str, latency: Latency) {
        self.stack.set_latency(service, latency);
    }

    /// Has a call to a service wait until what is returned is dropped.
    pub(crate) fn hold(&self, function: &str, skip: usize) -> Held {
        self.stack.hold(function, skip)
    }

    /// Has a call to an action wait until what is returned is dropped.
    pub(crate) fn hold_at(&self, function: &str, action: &'static str, skip: usize) -> Held {
        self.stack.hold_at(function, action, skip)
    }

    /// The records of the journal from this number on.
    pub(crate) fn records(&self, since: usize) -> Vec<Arc<Record>> {
        self.stack.records(since)
    }

    /// The mails from this number on, oldest first.
    pub(crate) fn mails_since(&self, number: usize) -> Vec<Value> {
        self.stack.mails_since(number)
    }

    /// Every row of each table, and the number of records in the journal at that moment.
    pub(crate) fn rows(&self) -> Option<(BTreeMap<String, Vec<Value>>, usize)> {
        self.stack.rows()
    }

    /// The local name of a table.
    #[expect(clippy::unused_self, reason = "a deployed stack has names of its own")]
    pub(crate) fn table(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The name of the secret.
    pub(crate) fn secret(&self) -> String {
        let variables = self.stack.variables("login").unwrap_or_default();
        let id = variables.iter().find(|(name, _)| name == "SECRET_ID").map(|(_, id)| id);
        id.cloned().expect("a secret")
    }

    /// The answer of a local control.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.stack.address()));
        Answer::of(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }
}

/// Removes the rules of the store that `WITHOUT_RULE` names, separated by commas: a test has to fail
/// then.
#[expect(clippy::disallowed_methods, reason = "whoever runs it says which rules")]
fn remove_rules() {
    #[cfg(debug_assertions)]
    if let Ok(rules) = std::env::var("WITHOUT_RULE") {
        local::remove_rules(&rules);
    }
}
