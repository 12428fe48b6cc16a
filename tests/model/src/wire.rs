//! The services beside the tables: Secrets Manager, which answers at once, and SES, whose answers
//! the model chooses.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use shared::aws::{Request, Response, Transport, TransportError};

tokio::task_local! {
    static POST: Post;
}

/// The fate of a mail that is passed to SES.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Ses {
    /// SES takes the mail.
    Taken,
    /// SES takes the mail, and its answer is lost.
    Unanswered,
    /// SES is down.
    Failed,
}

/// The mails that an operation has passed to SES so far.
#[derive(Clone, Debug, Default)]
pub struct Post(Arc<Mutex<Vec<Handed>>>);

#[derive(Debug)]
struct Handed {
    row: String,
    mail: Value,
    answer: Option<Ses>,
    waker: Waker,
}

impl Post {
    /// Runs `future`, whose calls to SES come here.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        POST.scope(self.clone(), future).await
    }

    /// The mails that wait for an answer, by their numbers, each with the key of its row.
    pub fn waiting(&self) -> Vec<(usize, String)> {
        let handed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = handed.iter().enumerate().filter(|(_, handed)| handed.answer.is_none());
        waiting.map(|(number, handed)| (number, handed.row.clone())).collect()
    }

    /// The mail `number`, as it was passed to SES.
    pub fn mail(&self, number: usize) -> Value {
        let handed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        handed.get(number).map(|handed| handed.mail.clone()).unwrap_or_default()
    }

    /// Answers the mail `number`.
    pub fn answer(&self, number: usize, answer: Ses) {
        let mut handed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handed) = handed.get_mut(number) {
            handed.answer = Some(answer);
            handed.waker.wake_by_ref();
        }
    }

    async fn hand(&self, mail: Value) -> Ses {
        let row = row_of(&mail);
        let mut number = None;
        poll_fn(move |context| {
            let mut handed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let number = *number.get_or_insert(handed.len());
            match handed.get_mut(number) {
                None => {
                    let (row, mail) = (row.clone(), mail.clone());
                    let waker = context.waker().clone();
                    handed.push(Handed { row, mail, answer: None, waker });
                    Poll::Pending
                }
                Some(Handed { answer: Some(answer), .. }) => Poll::Ready(*answer),
                Some(handed) => {
                    handed.waker.clone_from(context.waker());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// The connections of a process.
#[derive(Debug)]
pub struct Wire;

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let to_ses = request.uri().path().contains("outbound-emails");
        let is_previous = String::from_utf8_lossy(request.body()).contains("AWSPREVIOUS");
        let mail = serde_json::from_slice(request.body()).unwrap_or_default();
        let answer = async move {
            if !to_ses {
                return Ok(if is_previous {
                    response(400, r#"{"__type":"ResourceNotFoundException"}"#)
                } else {
                    let secret = "a secret that is long enough for every key of the model";
                    response(200, &format!(r#"{{"Name":"secret","SecretString":"{secret}"}}"#))
                });
            }
            let post = POST.try_with(Clone::clone).unwrap_or_default();
            match post.hand(mail).await {
                Ses::Taken => Ok(response(200, r#"{"MessageId":"1"}"#)),
                Ses::Failed => Ok(response(503, "{}")),
                Ses::Unanswered => Err(TransportError::Broken("the answer was lost".into())),
            }
        };
        Box::pin(answer)
    }
}

/// The key of the row that a mail is tagged with: `_` stands for its `#`.
fn row_of(mail: &Value) -> String {
    let tags = mail["EmailTags"].as_array().into_iter().flatten();
    let row = tags.filter(|tag| tag["Name"] == "row").find_map(|tag| tag["Value"].as_str());
    row.unwrap_or_default().replacen('_', "#", 1)
}

/// An answer in JSON.
pub fn response(status: u16, body: &str) -> Response {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
