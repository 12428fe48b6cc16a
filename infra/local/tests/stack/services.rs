//! Faults and refusals of the services.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::{Stack, dynamodb, get, post, row, start};

async fn fail(stack: &Stack, service: &str, fail: &str, seconds: Option<u32>) {
    let fault = json!({ "service": service, "fail": fail, "count": 1, "seconds": seconds });
    let set = post(stack, "/_local/faults", &fault).await;
    assert_eq!(set["faults"][0]["fail"], fail, "{set}");
}

async fn send(stack: &Stack, patience: Duration) -> Result<Response, reqwest::Error> {
    Client::new()
        .post(format!("{}/v2/email/outbound-emails", stack.aws_address()))
        .timeout(patience)
        .json(&json!({
            "FromEmailAddress": "a@example.org",
            "Destination": { "ToAddresses": ["camille@example.org"] },
            "Content": { "Simple": {
                "Subject": { "Data": "Bonjour" }, "Body": { "Text": { "Data": "Bonjour" } },
            } },
        }))
        .send()
        .await
}

async fn mails(stack: &Stack) -> usize {
    get(stack, "/_local/mails").await.as_array().unwrap().len()
}

/// Waits for `count` mails, and then as long as a wrong further mail would take.
async fn settled_mails(stack: &Stack, count: usize) -> usize {
    for _ in 0..300 {
        if mails(stack).await >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    mails(stack).await
}

#[tokio::test]
async fn slow_work_is_done_although_its_caller_has_hung_up() {
    let stack = start().await;
    let found = async || get(&stack, "/_local/rows?table=tokens&pk=link%23slow").await;

    fail(&stack, "ses", "slow", Some(1)).await;
    fail(&stack, "dynamodb", "slow", Some(1)).await;
    let patience = Duration::from_millis(200);
    let item = row("link#slow", 4_000_000_000);
    let mail = send(&stack, patience);
    let write = tokio::time::timeout(patience, dynamodb(&stack, "PutItem", &item));
    let (mail, write) = tokio::join!(mail, write);

    assert!(mail.unwrap_err().is_timeout());
    assert!(write.is_err());
    assert_eq!((mails(&stack).await, &found().await["status"]), (0, &json!(404)));
    // The mail itself, and the one that the row causes.
    assert_eq!(settled_mails(&stack, 2).await, 2);
    assert_eq!(found().await["pk"]["S"], "link#slow");
}

#[tokio::test]
async fn ses_being_down_and_a_lost_answer_of_ses_can_be_distinguished() {
    let stack = start().await;
    let patience = Duration::from_secs(5);

    fail(&stack, "ses", "down", None).await;
    let down = send(&stack, patience).await.unwrap();
    assert_eq!(down.status(), 503);
    assert_eq!(down.headers()["x-amzn-errortype"], "ServiceUnavailableException");
    assert_eq!(mails(&stack).await, 0);

    fail(&stack, "ses", "lost-answer", None).await;
    assert!(send(&stack, patience).await.is_err());
    assert_eq!(mails(&stack).await, 1);
}

#[tokio::test]
async fn a_rejected_mail_is_not_sent_and_its_recipient_is_named() {
    let stack = start().await;

    fail(&stack, "ses", "reject", None).await;
    let rejected = send(&stack, Duration::from_secs(5)).await.unwrap();

    assert_eq!(rejected.status(), 400);
    assert_eq!(rejected.headers()["x-amzn-errortype"], "MessageRejected");
    let body: Value = rejected.json().await.unwrap();
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("camille@example.org"), "{message}");
    // "not verified" would be tried again.
    assert!(!message.contains("not verified"), "{message}");
    assert_eq!(mails(&stack).await, 0);
}

#[tokio::test]
async fn faults_that_could_never_strike_are_refused() {
    let stack = start().await;

    for (fault, detail) in [
        (
            json!({ "service": "ses", "fail": "often" }),
            "fail is one of throttle, down, slow, lost-answer, conflict, unverified, reject, none",
        ),
        (json!({ "service": "dynamodb", "fail": "reject" }), "reject is a fault of ses only"),
        (json!({ "service": "ses", "fail": "conflict" }), "conflict is a fault of dynamodb only"),
        (json!({ "service": "ses", "fail": "down", "count": "many" }), "count is not a number"),
    ] {
        let refused = post(&stack, "/_local/faults", &fault).await;
        assert_eq!((&refused["status"], &refused["detail"]), (&json!(400), &json!(detail)));
    }
    assert_eq!(get(&stack, "/_local/faults").await, json!({ "faults": [] }));
}

#[tokio::test]
async fn transactions_on_one_item_at_one_time_conflict() {
    let stack = start().await;
    let put = |pk: String| json!({ "Put": row(&pk, 4_000_000_000) });
    let transaction = |n: usize| {
        let items = [put(format!("link#{n}")), put("link#same".to_owned())];
        json!({ "TransactItems": items })
    };

    let transactions: Vec<Value> = (0..30).map(transaction).collect();
    let calls = transactions.iter().map(|call| dynamodb(&stack, "TransactWriteItems", call));
    let answers: Vec<Value> = join_all(calls).await.into_iter().map(Result::unwrap).collect();

    let (done, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.get("__type").is_none());
    assert!(!done.is_empty() && !refused.is_empty(), "{answers:#?}");
    for answer in refused {
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        assert_eq!(answer["__type"], kind);
        let reasons = answer["CancellationReasons"].as_array().unwrap();
        let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["Code"]).collect();
        assert_eq!(codes, ["None", "TransactionConflict"]);
    }
    // Plain writes serialise.
    let same = row("link#same", 4_000_000_000);
    let writes = (0..30).map(|_| dynamodb(&stack, "PutItem", &same));
    assert!(join_all(writes).await.into_iter().all(|answer| answer.unwrap() == json!({})));
}

#[tokio::test]
async fn a_stream_delivers_twice_if_set_to() {
    let stack = start().await;
    let set = async |duplicates: Value| {
        post(&stack, "/_local/streams", &json!({ "duplicates": duplicates })).await
    };

    assert_eq!(get(&stack, "/_local/streams").await, json!({ "duplicates": false }));
    assert_eq!(set(json!(true)).await, json!({ "duplicates": true }));
    dynamodb(&stack, "PutItem", &row("link#1", 4_000_000_000)).await.unwrap();
    assert_eq!(settled_mails(&stack, 2).await, 2);

    assert_eq!(set(json!(false)).await, json!({ "duplicates": false }));
    dynamodb(&stack, "PutItem", &row("link#2", 4_000_000_000)).await.unwrap();
    assert_eq!(settled_mails(&stack, 3).await, 3);
    assert_eq!(set(json!("often")).await["status"], 400);
}
