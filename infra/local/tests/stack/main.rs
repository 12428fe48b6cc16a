//! A whole stack in memory, with a function for tests.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is all test, its helpers too"
)]

mod gateway;
mod leases;
mod services;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local::{Options, Stack};
use reqwest::Client;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::http::operation::{Body, Description, Group, Guard, Operation, Route};
use shared::http::{Error, Function, Invocable, Invocation};

const TEMPLATE: &str = r"
Parameters:
  PortalUrl: { Type: String, Default: '' }
Globals:
  Function:
    Timeout: 1
    Environment: { Variables: { TOKENS_TABLE: !Ref TokensTable, PORTAL_URL: !Ref PortalUrl } }
Resources:
  TokensTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: outbox, AttributeType: S }
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: outbox
          KeySchema: [{ AttributeName: outbox, KeyType: HASH }]
          Projection: { ProjectionType: KEYS_ONLY }
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  Secret: { Type: AWS::SecretsManager::Secret }
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement:
            - Effect: Allow
              Action: [dynamodb:GetItem, dynamodb:PutItem]
              Resource: !GetAtt TokensTable.Arn
              Condition: { QForAllValues:StringLikeQ: { Qdynamodb:LeadingKeysQ: [Qlink#*Q] } }
      Events:
        Echo: { Type: HttpApi, Properties: { Method: ANY, Path: '/echo/{what}' } }
        Agency:
          { Type: HttpApi, Properties: { Method: GET, Path: /agency, Auth: { Authorizer: AWS_IAM } } }
        Mails:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt TokensTable.StreamArn
            StartingPosition: LATEST
            FilterCriteria:
              Filters:
                - Pattern: '{ QdynamodbQ: { QNewImageQ: { QmailQ: { QSQ: [{ QexistsQ: true }] } } } }'
";

/// Answers with its event. `panic`, `fail` and `sleep` in the path do that. Records of a stream are
/// mailed to SES.
struct Echo;

static ECHO: Operation = Operation {
    name: "echo",
    summary: "Answers with the event it was given",
    description: "",
    group: Group::Background,
    route: Route::Default,
    parameters: &[],
    body: Body::None,
    successes: &[],
    problems: &[],
};

impl Function for Echo {
    fn description(&self) -> Description {
        let guard = Guard::Public;
        Description { operation: &ECHO, guard, can_be_unavailable: false, hashes: false }
    }

    fn open<'a>(&'a self, environment: &'a Environment) -> BoxFuture<'a, Result<Invocable, Error>> {
        let portal = environment.variables.find("PORTAL_URL").unwrap_or_default().to_owned();
        let aws =
            environment.variables.find("AWS_ENDPOINT_URL_SESV2").unwrap_or_default().to_owned();
        async move {
            let invocable: Invocable = Arc::new(move |invocation: Invocation| {
                let (portal, aws) = (portal.clone(), aws.clone());
                async move { echo(&portal, &aws, &invocation.payload).await }.boxed()
            });
            Ok(invocable)
        }
        .boxed()
    }
}

async fn echo(portal: &str, aws: &str, event: &RawValue) -> Result<Box<RawValue>, Error> {
    let event: Value = serde_json::from_str(event.get())?;
    if let Some(records) = event["Records"].as_array() {
        let subject = records[0]["dynamodb"]["NewImage"]["mail"]["S"].as_str().unwrap();
        Client::new()
            .post(format!("{aws}/v2/email/outbound-emails"))
            .json(&json!({
                "FromEmailAddress": "a@example.org",
                "Destination": { "ToAddresses": ["b@example.org"] },
                "Content": { "Simple": {
                    "Subject": { "Data": subject },
                    "Body": { "Text": { "Data": format!("{portal}/activation#token") } },
                } },
            }))
            .send()
            .await?;
        return Ok(to_raw_value(&json!({}))?);
    }
    match event["pathParameters"]["what"].as_str() {
        Some("panic") => panic!("as asked"),
        Some("fail") => Err("as asked".into()),
        Some("sleep") => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(to_raw_value(&json!({}))?)
        }
        _ => Ok(to_raw_value(&json!({
            "statusCode": 200,
            "headers": { "content-type": "application/json" },
            "cookies": ["a=1", "b=2"],
            "body": event.to_string(),
        }))?),
    }
}

async fn start() -> Stack {
    let path = template_file();
    let options = Options { template: path, ..Options::default() };
    local::start_with(options, vec![("echo", Box::new(Echo))]).await.unwrap()
}

fn template_file() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("echo.yaml");
    let text = TEMPLATE.replace('Q', "\"");
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        // Written to another file and moved, because other tests may be reading it.
        let beside = path.with_extension(format!("{:?}", std::thread::current().id()));
        std::fs::File::create(&beside).unwrap().write_all(text.as_bytes()).unwrap();
        std::fs::rename(beside, &path).unwrap();
    }
    path
}

async fn json(response: Result<reqwest::Response, reqwest::Error>) -> Value {
    response.unwrap().json().await.unwrap()
}

async fn post(stack: &Stack, path: &str, body: &Value) -> Value {
    let url = format!("{}{path}", stack.address());
    json(Client::new().post(url).json(body).send().await).await
}

async fn get(stack: &Stack, path: &str) -> Value {
    json(reqwest::get(format!("{}{path}", stack.address())).await).await
}

async fn dynamodb(stack: &Stack, action: &str, body: &Value) -> Result<Value, reqwest::Error> {
    let response = Client::new()
        .post(stack.aws_address())
        .header("X-Amz-Target", format!("DynamoDB_20120810.{action}"))
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Date", "20260101T000000Z")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=echo/20260101/eu-west-3/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .body(body.to_string())
        .send()
        .await?;
    response.json().await
}

fn row(pk: &str, expires_at: i64) -> Value {
    json!({ "TableName": "tokens", "Item": {
        "pk": { "S": pk },
        "mail": { "S": "activation" },
        "outbox": { "S": "0" },
        "expires_at": { "N": expires_at.to_string() },
    } })
}

#[tokio::test]
async fn a_request_reaches_its_function_and_its_answer_comes_back() {
    let stack = start().await;

    let response = Client::new()
        .post(format!("{}/echo/this?a=b", stack.address()))
        .header("Cookie", "c=d")
        .body("hello")
        .send()
        .await
        .unwrap();

    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("apigw-requestid"));
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    let event: Value = response.json().await.unwrap();
    assert_eq!(event["routeKey"], "ANY /echo/{what}");
    assert_eq!(event["pathParameters"], json!({ "what": "this" }));
    assert_eq!(event["cookies"], json!(["c=d"]));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("aGVsbG8="), &json!(true)));
    stack.shutdown().await;
}

#[tokio::test]
async fn failures_are_answered_like_api_gateways() {
    let stack = start().await;

    for (path, status, message) in [
        ("/nowhere", 404, "Not Found"),
        ("/agency", 403, "Forbidden"),
        ("/echo/fail", 500, "Internal Server Error"),
        ("/echo/panic", 500, "Internal Server Error"),
        ("/echo/sleep", 503, "Service Unavailable"),
    ] {
        let response = reqwest::get(format!("{}{path}", stack.address())).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!({ "message": message }), "{path}");
    }
    let url = format!("{}/echo/this", stack.address());
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    let response = Client::new().post(url).body(large).send().await.unwrap();
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn a_function_is_invoked_as_on_lambda() {
    let stack = start().await;
    let path = |name: &str| format!("/2015-03-31/functions/{name}/invocations");

    let returned = post(&stack, &path("echo"), &json!({ "x": 1 })).await;
    let failed =
        post(&stack, &path("echo"), &json!({ "pathParameters": { "what": "fail" } })).await;
    let url = format!("{}{}", stack.address(), path("other"));
    let unknown = Client::new().post(url).send().await.unwrap();

    assert_eq!(returned["body"], "{\"x\":1}");
    assert_eq!(failed, json!({ "errorType": "Error", "errorMessage": "as asked" }));
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.headers()["x-amzn-errortype"], "ResourceNotFoundException");
}

#[tokio::test]
async fn a_row_with_a_mail_becomes_a_mail() {
    let stack = start().await;

    assert_eq!(get(&stack, "/_local/unsent").await, json!(0));
    dynamodb(&stack, "PutItem", &row("link#1", 4_000_000_000)).await.unwrap();
    assert_eq!(get(&stack, "/_local/unsent").await, json!(1));

    let mut mails = json!([]);
    for _ in 0..200 {
        mails = get(&stack, "/_local/mails?to=B@Example.org").await;
        if mails != json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(mails[0]["subject"], "activation");
    assert_eq!(mails[0]["links"], json!([format!("{}/activation#token", stack.address())]));
    let page = reqwest::get(format!("{}/_local", stack.address())).await.unwrap();
    assert!(page.text().await.unwrap().contains("activation"));

    for (address, left) in [("other@example.org", 1), ("B@Example.org", 0)] {
        let forget = format!("{}/_local/mails?to={address}", stack.address());
        assert_eq!(Client::new().delete(forget).send().await.unwrap().status(), 204);
        assert_eq!(get(&stack, "/_local/mails").await.as_array().unwrap().len(), left);
    }
}

#[tokio::test]
async fn calls_are_recorded_with_what_they_cost() {
    let stack = start().await;

    let key = json!({ "pk": { "S": "link#1" } });
    dynamodb(&stack, "PutItem", &row("link#1", 4_000_000_000)).await.unwrap();
    let request = json!({ "TableName": "tokens", "Key": key, "ConsistentRead": true });
    let found = dynamodb(&stack, "GetItem", &request).await.unwrap();
    assert!(found.get("ConsumedCapacity").is_none());

    let all = get(&stack, "/_local/requests").await;
    let calls: Vec<&Value> =
        all.as_array().unwrap().iter().filter(|call| call["service"] == "dynamodb").collect();
    assert_eq!(calls[0]["function"], "echo");
    assert_eq!(calls[0]["action"], "PutItem");
    let item = json!({ "table": "tokens", "action": "PutItem", "key": "link#", "count": 1 });
    assert_eq!(calls[0]["items"], json!([item]));
    assert_eq!(
        (&calls[0]["write_units"], &calls[0]["index_write_units"]),
        (&json!(1.0), &json!(1.0))
    );
    assert_eq!((&calls[1]["read_units"], &calls[1]["status"]), (&json!(1.0), &json!(200)));
    assert!(calls[1]["ended"].as_f64() >= calls[1]["started"].as_f64());

    let url = format!("{}/_local/requests", stack.address());
    assert_eq!(Client::new().delete(url).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn calls_that_the_template_does_not_allow_are_denied() {
    let stack = start().await;
    let key = json!({ "pk": { "S": "link#1" } });
    let request = json!({ "TableName": "tokens", "Key": key });

    for (action, request) in [
        ("PutItem", &row("session#1", 4_000_000_000)),
        ("DeleteItem", &request),
        ("Scan", &json!({ "TableName": "tokens" })),
    ] {
        let denied = dynamodb(&stack, action, request).await.unwrap();
        let kind = "com.amazon.coral.service#AccessDeniedException";
        assert_eq!(denied["__type"], kind, "{action}: {denied}");
    }
    assert_eq!(dynamodb(&stack, "PutItem", &row("link#1", 1)).await.unwrap(), json!({}));

    let told: Vec<String> = stack.refusals().iter().map(ToString::to_string).collect();
    let may_not = "echo may not dynamodb";
    let on = "on arn:aws:dynamodb:eu-west-3:000000000000:table/tokens";
    let see = "see echo.yaml:26, Policies of EchoFunction";
    assert_eq!(
        told,
        [
            format!("{may_not}:DeleteItem {on} under link#: {see}"),
            format!("{may_not}:PutItem {on} under session#: {see}, which allows it under link#*"),
            format!("{may_not}:Scan {on}: {see}"),
        ]
    );
}

#[tokio::test]
async fn faults_are_injected_until_they_are_used_up() {
    let stack = start().await;
    let fail = async |fail: &str| {
        let fault = json!({ "service": "dynamodb", "fail": fail, "count": 1 });
        post(&stack, "/_local/faults", &fault).await
    };
    let put = async |pk: &str| dynamodb(&stack, "PutItem", &row(pk, 4_000_000_000)).await;
    let exists = async |pk: &str| {
        let row =
            get(&stack, &format!("/_local/rows?table=tokens&pk={}", pk.replace('#', "%23"))).await;
        row.get("pk").is_some()
    };

    fail("throttle").await;
    let kind = put("link#a").await.unwrap()["__type"].clone();
    assert!(kind.as_str().unwrap().ends_with("#ProvisionedThroughputExceededException"));
    fail("conflict").await;
    let kind = put("link#a").await.unwrap()["__type"].clone();
    assert!(kind.as_str().unwrap().ends_with("#TransactionConflictException"));
    fail("down").await;
    assert!(put("link#a").await.is_err());
    assert!(!exists("link#a").await);
    fail("lost-answer").await;
    assert!(put("link#a").await.is_err());
    assert!(exists("link#a").await);
    assert_eq!(put("link#b").await.unwrap(), json!({}));

    let wrong = post(&stack, "/_local/faults", &json!({ "service": "s3", "fail": "down" })).await;
    assert_eq!(wrong["status"], 400);
}

#[tokio::test]
async fn the_clock_is_moved_and_expired_rows_can_be_deleted() {
    let stack = start().await;
    let now = post(&stack, "/_local/clock", &json!({ "now": "2030-01-31T09:00:00Z" })).await;
    assert!(now["now"].as_str().unwrap().starts_with("2030-01-31T09:00:0"), "{now}");
    let now = post(&stack, "/_local/clock", &json!({ "advance": "P1M" })).await;
    assert!(now["now"].as_str().unwrap().starts_with("2030-02-28T09:00:0"), "{now}");
    for wrong in [json!({}), json!({ "advance": "soon" }), json!({ "now": "noon" }), json!([])] {
        assert_eq!(post(&stack, "/_local/clock", &wrong).await["status"], 400, "{wrong}");
    }

    // 2030-02-27 and 2030-03-01.
    dynamodb(&stack, "PutItem", &row("link#old", 1_898_380_800)).await.unwrap();
    dynamodb(&stack, "PutItem", &row("link#new", 1_898_553_600)).await.unwrap();
    let swept = post(&stack, "/_local/sweep", &json!({})).await;
    let old = get(&stack, "/_local/rows?table=tokens&pk=link%23old").await;
    let new = get(&stack, "/_local/rows?table=tokens&pk=link%23new").await;

    assert_eq!(swept, json!({ "deleted": 1 }));
    assert_eq!((&old["status"], &new["pk"]["S"]), (&json!(404), &json!("link#new")));
}

#[tokio::test]
async fn another_origin_has_no_controls() {
    let stack = start().await;

    let url = format!("{}/_local/clock", stack.address());
    let request = Client::new().post(url).header("Origin", "https://evil.example");
    let response = request.json(&json!({ "advance": "P1D" })).send().await.unwrap();

    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn a_stack_keeps_its_state_unless_started_afresh() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("persisted");
    let start = async |fresh| {
        let data = Some(directory.clone());
        let options = Options { template: template_file(), data, fresh, ..Options::default() };
        local::start_with(options, vec![("echo", Box::new(Echo))]).await.unwrap()
    };

    let stack = start(true).await;
    dynamodb(&stack, "PutItem", &row("link#kept", 4_000_000_000)).await.unwrap();
    post(&stack, "/_local/clock", &json!({ "now": "2031-01-01T00:00:00Z" })).await;
    stack.shutdown().await;
    let stack = start(false).await;
    let row = get(&stack, "/_local/rows?table=tokens&pk=link%23kept").await;
    let now = get(&stack, "/_local/clock").await;
    stack.shutdown().await;
    let stack = start(true).await;
    let gone = get(&stack, "/_local/rows?table=tokens&pk=link%23kept").await;

    assert_eq!(row["pk"]["S"], "link#kept");
    assert!(now["now"].as_str().unwrap().starts_with("2031-01-01"), "{now}");
    assert_eq!(gone["status"], 404);
}

#[tokio::test]
async fn state_of_another_layout_is_refused() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("older");
    let start = async |fresh| {
        let data = Some(directory.clone());
        let options = Options { template: template_file(), data, fresh, ..Options::default() };
        local::start_with(options, vec![("echo", Box::new(Echo))]).await
    };

    start(true).await.unwrap().shutdown().await;
    start(false).await.unwrap().shutdown().await;
    std::fs::remove_file(directory.join("layout")).unwrap();
    let error = start(false).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        format!(
            "{} was written by an older version: run `make run FRESH=1` to start over",
            directory.display()
        )
    );
    start(true).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_reported() {
    let stack = start().await;

    let port = stack.address().rsplit(':').next().unwrap().parse().unwrap();
    let options = Options { template: template_file(), port, ..Options::default() };
    let error = local::start_with(options, Vec::new()).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        format!("port {port} is taken: stop what uses it, or choose another with PORT")
    );
}
