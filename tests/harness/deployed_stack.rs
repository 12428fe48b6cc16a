//! A stack that is deployed to an emulator of AWS on this machine (`infra/emulate/run`). The
//! journeys share it, so they run one at a time, and each empties the tables first.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Url};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::Answer;
use crate::mail_names::name_of;

/// Whether a journey uses the stack at present.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The deployed stack.
#[derive(Debug)]
pub(crate) struct Stack {
    http: Client,
    /// The address of the AWS services.
    endpoint: Url,
    region: String,
    credentials: Credentials,
    /// The outputs of the stack, and the name of each resource by its logical id.
    deployed: Value,
    /// The number of mails sent before the stack was opened.
    mails_before: usize,
}

impl Stack {
    /// Opens the stack with empty tables.
    pub(crate) async fn open(
        variables: &[(&str, &str)],
        _daily_jobs: bool,
        _journal: bool,
    ) -> Self {
        assert!(variables.is_empty(), "own variables: {LOCAL_ONLY}");
        let taken = TAKEN.swap(true, Ordering::SeqCst);
        assert!(!taken, "a second stack: {LOCAL_ONLY}");
        let mut stack = Self::of_this_process();
        stack.empty().await;
        stack.mails_before = stack.mailbox().await.len();
        stack
    }

    pub(crate) fn of_this_process() -> Self {
        let deployed = fs::read(variable("DEPLOYED")).expect("the description of the deployment");
        let deployed: Value =
            serde_json::from_slice(&deployed).expect("the description of the deployment");
        let endpoint = Url::parse(&variable("AWS_ENDPOINT_URL")).expect("a URL");
        let emulator: SocketAddr = endpoint
            .socket_addrs(|| None)
            .expect("an address")
            .into_iter()
            .next()
            .expect("an address");
        assert!(emulator.ip().is_loopback(), "only tables of an emulator are emptied");
        let api = deployed["outputs"]["Url"].as_str().expect("where the API is");
        let api = Url::parse(api).expect("a URL");
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .resolve(api.host_str().expect("a host"), emulator)
            .build()
            .expect("a client");
        Self {
            http,
            endpoint,
            region: variable("AWS_REGION"),
            credentials: Credentials::new(
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
                None,
                None,
                "environment",
            ),
            deployed,
            mails_before: 0,
        }
    }

    /// Deletes every item, after all mails have settled.
    async fn empty(&self) {
        for _ in 0..50 {
            if self.unsent().await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for table in ["tenants", "tokens"] {
            let table = self.table(table);
            let scan = json!({
                "TableName": table, "ProjectionExpression": "pk", "ConsistentRead": true,
            });
            loop {
                let page = self.aws("DynamoDB_20120810.Scan", &scan).await.expect_status(200).json;
                let keys = page["Items"].as_array().cloned().unwrap_or_default();
                if keys.is_empty() {
                    break;
                }
                for keys in keys.chunks(25) {
                    let deletions = keys.iter().map(|key| json!({"DeleteRequest": {"Key": key}}));
                    let deletions = deletions.collect::<Vec<_>>();
                    let request = json!({"RequestItems": {&table: deletions}});
                    let deleted = self.aws("DynamoDB_20120810.BatchWriteItem", &request).await;
                    deleted.expect_status(200);
                }
            }
        }
    }

    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    pub(crate) fn address(&self) -> &str {
        self.output("Url")
    }

    pub(crate) fn issuer(&self) -> &str {
        self.output("Issuer")
    }

    /// The answer of an agency operation to `request`, which is signed.
    pub(crate) async fn agency(&self, request: RequestBuilder) -> Answer {
        Answer::of_api(self.signed("execute-api", request)).await
    }

    /// The answer of `DynamoDB`.
    pub(crate) async fn aws(&self, target: &str, body: &Value) -> Answer {
        let request = self
            .http
            .post(self.endpoint.clone())
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .body(body.to_string());
        Answer::of(self.signed("dynamodb", request)).await
    }

    /// Puts a session of the member of staff that the local stack's identity provider calls `member`;
    /// its cookie.
    #[expect(clippy::disallowed_methods, reason = "a session begins at the present time")]
    pub(crate) async fn begin_staff_session(&self, member: &str) -> String {
        let (role, agency) = match member.strip_suffix("-of-one-agency") {
            Some(role) => (role, "Agence de Lyon Part-Dieu"),
            None => (member, "*"),
        };
        let name = match (role, agency) {
            ("reader", _) => "Lucie Marchand",
            ("agent", "*") => "Karim Benali",
            ("agent", _) => "Paul Girard",
            ("supervisor", "*") => "Anne Lefèvre",
            ("supervisor", _) => "Inès Roussel",
            _ => panic!("{member}: {LOCAL_ONLY}"),
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
        // One that no other session has; it opens nothing but an emulator's tables.
        let unique = now.as_nanos().to_be_bytes();
        let id = URL_SAFE_NO_PAD.encode(unique);
        let secret = [unique, unique].concat();
        let hash = digest(&SHA256, &secret);
        let seconds = |after: u64| json!({"N": (now.as_secs() + after).to_string()});
        let row = json!({
            "pk": {"S": format!("staff#{id}")},
            "id": {"S": id},
            "secret": {"S": URL_SAFE_NO_PAD.encode(hash)},
            "subject": {"S": member},
            "name": {"S": name},
            "role": {"S": role},
            "agencies": {"L": [{"S": agency}]},
            "created_at": seconds(0),
            "seen_at": seconds(0),
            "expires_at": seconds(30 * 60),
        });
        let put = json!({"TableName": self.table("tokens"), "Item": row});
        self.aws("DynamoDB_20120810.PutItem", &put).await.expect_status(200);
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(secret))
    }

    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let words = function.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        let name = self.name(&format!("{}Function", words.collect::<String>()));
        let path = format!("2015-03-31/functions/{name}/invocations");
        let request = self.http.post(self.endpoint.join(&path).expect("a URL")).json(event);
        Answer::of(self.signed("lambda", request)).await.of_event(function, event)
    }

    /// The mails since the stack was opened, newest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        let sent = self.mailbox().await;
        sent.iter().skip(self.mails_before).rev().map(as_shown_locally).collect()
    }

    /// The mails to `address`, newest first.
    pub(crate) async fn mails_to(&self, address: &str) -> Vec<Value> {
        let wanted = address.to_lowercase();
        let is_to = |mail: &Value| {
            let recipients = ["to", "cc", "bcc"].map(|part| mail[part].as_str().unwrap_or(""));
            recipients.iter().flat_map(|to| to.split(", ")).any(|to| to.to_lowercase() == wanted)
        };
        let mut mails = self.mails().await;
        mails.retain(is_to);
        mails
    }

    /// Every mail that the emulator has received, oldest first.
    async fn mailbox(&self) -> Vec<Value> {
        let url = self.endpoint.join("_ministack/ses/messages").expect("a URL");
        let mails = Answer::of(self.http.get(url)).await.expect_status(200).json;
        let accounts = mails["messages"].as_object().cloned().unwrap_or_default();
        accounts
            .into_iter()
            .flat_map(|(_, mails)| mails.as_array().cloned().unwrap_or_default())
            .collect()
    }

    /// The number of unsent mails.
    pub(crate) async fn unsent(&self) -> u64 {
        let request =
            json!({"TableName": self.table("tokens"), "IndexName": "outbox", "Select": "COUNT"});
        let rows = self.aws("DynamoDB_20120810.Scan", &request).await.expect_status(200);
        rows.json["Count"].as_u64().expect("a number of rows")
    }

    /// The deployed name of a table.
    pub(crate) fn table(&self, name: &str) -> String {
        self.name(if name == "tenants" { "TenantsTable" } else { "TokensTable" }).to_owned()
    }

    /// Panics: the journeys share one secret, so none may change it.
    #[expect(clippy::unused_self, reason = "the method of the local stack uses it")]
    pub(crate) fn secret(&self) -> String {
        panic!("another secret: {LOCAL_ONLY}");
    }

    /// Panics: a deployed stack has no local controls.
    #[expect(clippy::unused_async, reason = "the method of the local stack is async")]
    pub(crate) async fn control(&self, method: Method, path: &str, _: Option<&Value>) -> Answer {
        panic!("{method} {path}: {LOCAL_ONLY}");
    }

    fn name(&self, resource: &str) -> &str {
        let name = self.deployed["resources"][resource].as_str();
        name.unwrap_or_else(|| panic!("{resource} was not deployed"))
    }

    fn output(&self, name: &str) -> &str {
        self.deployed["outputs"][name].as_str().unwrap_or_else(|| panic!("{name} is not an output"))
    }

    /// `request`, signed for IAM.
    #[expect(clippy::disallowed_methods, reason = "a signature has the present time")]
    fn signed(&self, service: &str, request: RequestBuilder) -> RequestBuilder {
        let mut request = request.build().expect("a request");
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("the parameters of a signature")
            .into();
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let url = request.url().to_string();
        let body = SignableBody::Bytes(body);
        let signable = SignableRequest::new(request.method().as_str(), url, headers, body);
        let signature = sign(signable.expect("a request"), &parameters).expect("a signature");
        let (signature, _) = signature.into_parts();
        for (name, value) in signature.headers() {
            let name = HeaderName::try_from(name).expect("a header");
            let value = HeaderValue::try_from(value).expect("a header");
            request.headers_mut().insert(name, value);
        }
        RequestBuilder::from_parts(self.http.clone(), request)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::SeqCst);
    }
}

/// The advice for a journey that needs a feature of the local stack.
pub(crate) const LOCAL_ONLY: &str =
    "the local stack alone does that: have the journey ignored where the feature `deployed` is on";

#[expect(clippy::disallowed_methods, reason = "infra/emulate/run sets the address of the stack")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: see infra/emulate/run"))
}

/// A mail of the emulator in the form of the local mailbox, without what the emulator drops: tags
/// other than the name, headers, and the configuration set.
fn as_shown_locally(mail: &Value) -> Value {
    let listed = |part: &str| {
        let addresses = mail[part].as_array().cloned().unwrap_or_default();
        addresses.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
    };
    let text = mail["BodyText"].as_str().unwrap_or_default();
    json!({
        "id": mail["MessageId"],
        "from": mail["Source"],
        "to": listed("To"),
        "cc": listed("CC"),
        "bcc": listed("BCC"),
        "subject": mail["Subject"],
        "text": text,
        "html": mail["BodyHtml"],
        "links": text.split_whitespace().filter(|word| word.starts_with("http")).collect::<Vec<_>>(),
        "tags": {"mail": name_of(mail["Subject"].as_str().unwrap_or_default())},
    })
}
