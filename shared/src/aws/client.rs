//! A client of one service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use http::Uri;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};

use super::failure::Failure;
use super::operation::{Operation, Unsigned};
use super::signature::Signer;
use super::transport::{Fresh, Transport, TransportError};
use crate::clock::Clock;
use crate::config::{Reader, Variables};
use crate::random;

/// How often a call is tried.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt. It doubles before each other, up to a second.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How many attempts may be repeated in a row, over all calls of a process, without one success
/// between. A service that is down is not asked three times by everybody.
const REPEATS: u32 = 100;

/// A service that is called.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its name in `AWS_ENDPOINT_URL_<name>`.
    pub variable: &'static str,
    /// Its name in signatures.
    pub signed: &'static str,
    /// The first label of its host.
    pub host: &'static str,
}

/// How long a call may take, and when it is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest time of one attempt.
    pub attempt: Duration,
    /// The longest time of a call, with all of its attempts. Serial calls share the invocation's
    /// time: `Deadline::within` answers before that is over.
    pub call: Duration,
    /// Whether a call may be done twice, so that it is repeated where the service did not answer.
    pub idempotent: bool,
}

impl Default for Patience {
    fn default() -> Self {
        let (attempt, call) = (Duration::from_secs(2), Duration::from_secs(7));
        Self { attempt, call, idempotent: true }
    }
}

/// A client of one service. Clones share their state.
#[derive(Clone, Debug)]
pub struct Client(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    endpoint: Uri,
    host: HeaderValue,
    signer: Signer,
    patience: Patience,
    transport: Arc<dyn Transport>,
    clock: Clock,
    /// How many attempts may still be repeated.
    repeats: AtomicU32,
}

impl Client {
    /// A client of `service`. Makes no call.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or of no use.
    pub fn open(
        service: Service,
        patience: Patience,
        variables: &Variables,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BoxError> {
        let mut reader = Reader::new(variables);
        let region = reader.text("AWS_REGION");
        let access_key = reader.text("AWS_ACCESS_KEY_ID");
        let secret_key = reader.text("AWS_SECRET_ACCESS_KEY");
        reader.finish(())?;
        let endpoint = variables
            .find(&format!("AWS_ENDPOINT_URL_{}", service.variable))
            .or_else(|| variables.find("AWS_ENDPOINT_URL"))
            .map_or_else(|| endpoint(service, &region), str::to_owned);
        let endpoint: Uri = endpoint.parse()?;
        let host = endpoint.authority().ok_or("an endpoint without a host")?.as_str();
        let host = HeaderValue::try_from(host)?;
        let token = variables.find("AWS_SESSION_TOKEN");
        let signer = Signer::new(access_key, secret_key, token, region, service.signed)?;
        Ok(Self(Arc::new(Parts {
            endpoint,
            host,
            signer,
            patience,
            transport,
            clock,
            repeats: AtomicU32::new(REPEATS),
        })))
    }

    /// Begins a connection, so that the first call finds one.
    pub fn connect(&self) {
        self.0.transport.connect(&self.0.endpoint);
    }

    /// Calls `O` with `input`.
    ///
    /// # Errors
    ///
    /// As the last attempt failed.
    pub async fn call<O: Operation>(
        &self,
        input: O::Input,
    ) -> Result<O::Output, Failure<O::Error>> {
        let mut unsigned = O::codec().write::<O>(input).map_err(Failure::Unwritten)?;
        unsigned.headers.insert(HOST, self.0.host.clone());
        let attempts = self.attempts::<O>(&unsigned);
        tokio::time::timeout(self.0.patience.call, attempts)
            .await
            .unwrap_or_else(|elapsed| Err(Failure::Unanswered(elapsed.into())))
    }

    async fn attempts<O: Operation>(
        &self,
        unsigned: &Unsigned,
    ) -> Result<O::Output, Failure<O::Error>> {
        let mut attempt = 1;
        loop {
            let failure = match self.attempt::<O>(unsigned, attempt).await {
                Ok(output) => {
                    self.0.repeats.store(REPEATS, Ordering::Relaxed);
                    return Ok(output);
                }
                Err(failure) => failure,
            };
            let may = if self.0.patience.idempotent {
                failure.is_passing()
            } else {
                failure.is_without_effect()
            };
            if !may || attempt == ATTEMPTS || !self.repeat() {
                return Err(failure);
            }
            tokio::time::sleep(wait(attempt)).await;
            attempt += 1;
        }
    }

    /// Takes one off the attempts that may be repeated, if there is one.
    fn repeat(&self) -> bool {
        let less = |repeats: u32| repeats.checked_sub(1);
        self.0.repeats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    async fn attempt<O: Operation>(
        &self,
        unsigned: &Unsigned,
        attempt: u32,
    ) -> Result<O::Output, Failure<O::Error>> {
        let mut request = self.request(unsigned).map_err(Failure::Unwritten)?;
        if attempt > 1 {
            request.extensions_mut().insert(Fresh);
        }
        let answer = tokio::time::timeout(self.0.patience.attempt, self.0.transport.send(request));
        let response = match answer.await {
            Ok(Ok(response)) => response,
            Ok(Err(TransportError::Unconnected(error))) => return Err(Failure::Unconnected(error)),
            Ok(Err(TransportError::Broken(error))) => return Err(Failure::Unanswered(error)),
            Err(elapsed) => return Err(Failure::Unanswered(elapsed.into())),
        };
        O::codec().read::<O>(response)
    }

    /// The request of one attempt: signatures have a time.
    fn request(&self, unsigned: &Unsigned) -> Result<super::Request, BoxError> {
        let mut headers = self.0.signer.sign(unsigned, self.0.clock.precise_now())?;
        headers.insert(USER_AGENT, HeaderValue::from_static("espace-locataire"));
        let mut uri = self.0.endpoint.clone().into_parts();
        uri.path_and_query = Some(unsigned.path.parse()?);
        let mut request = http::Request::new(unsigned.body.clone());
        *request.method_mut() = unsigned.method.parse()?;
        *request.uri_mut() = Uri::from_parts(uri)?;
        *request.headers_mut() = headers;
        debug_assert!(request.headers().contains_key(CONTENT_TYPE), "a body has a type");
        Ok(request)
    }
}

/// A random wait after the failed `attempt`.
fn wait(attempt: u32) -> Duration {
    let longest = (FIRST_WAIT * 2_u32.pow(attempt - 1)).min(LONGEST_WAIT);
    let [chance] = random::bytes();
    longest * u32::from(chance) / 255
}

/// The endpoint of `service` in `region`.
fn endpoint(service: Service, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.{region}.{domain}", service.host)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use bytes::Bytes;
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::aws::{Request, Response};

    crate::aws_operations! {
        aws_sdk_dynamodb:
        GetItem in get_item { GetItemInput, GetItemOutput, GetItemError }
    }

    const DYNAMODB: Service =
        Service { variable: "DYNAMODB", signed: "dynamodb", host: "dynamodb" };

    /// What happens to an attempt.
    #[derive(Clone, Copy, Debug)]
    enum Fate {
        Answer(u16, &'static str),
        Unconnected,
        Broken,
        Silence,
    }

    const FOUND: Fate = Fate::Answer(200, r#"{"Item":{"pk":{"S":"it"}}}"#);
    const DOWN: Fate = Fate::Answer(503, "<html>down</html>");
    const THROTTLED: Fate = Fate::Answer(429, "{}");

    /// The fates of attempts, in their order, and the requests that were made.
    #[derive(Debug, Default)]
    struct Wire {
        fates: Mutex<VecDeque<Fate>>,
        requests: Mutex<Vec<Request>>,
    }

    impl Transport for Wire {
        fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
            self.requests.lock().unwrap().push(request);
            let fate = self.fates.lock().unwrap().pop_front().unwrap_or(FOUND);
            Box::pin(async move {
                match fate {
                    Fate::Answer(status, body) => {
                        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
                        *response.status_mut() = status.try_into().unwrap();
                        Ok(response)
                    }
                    Fate::Unconnected => Err(TransportError::Unconnected("no".into())),
                    Fate::Broken => Err(TransportError::Broken("broken".into())),
                    Fate::Silence => std::future::pending().await,
                }
            })
        }
    }

    fn open(wire: &Arc<Wire>, patience: Patience, more: &[(&str, &str)]) -> Client {
        let all = [
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let variables = all.iter().chain(more);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (variables, transport) = (variables.collect(), Arc::clone(wire));
        Client::open(DYNAMODB, patience, &variables, Clock::default(), transport).unwrap()
    }

    async fn get(client: &Client) -> Result<bool, Failure<<GetItem as Operation>::Error>> {
        let input = aws_sdk_dynamodb::operation::get_item::GetItemInput::builder();
        let input = input.table_name("tenants").build().unwrap();
        client.call::<GetItem>(input).await.map(|output| output.item.is_some())
    }

    /// How often a call is tried whose attempts have `fates`, and whether it succeeds.
    async fn tried(fates: &[Fate], patience: Patience) -> (usize, bool) {
        let wire = Arc::new(Wire::default());
        wire.fates.lock().unwrap().extend(fates);
        let is_found = get(&open(&wire, patience, &[])).await.is_ok_and(|found| found);
        (wire.requests.lock().unwrap().len(), is_found)
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_three_times() {
        for passing in [DOWN, THROTTLED, Fate::Unconnected, Fate::Broken, Fate::Silence] {
            let patience = Patience::default();
            assert_eq!(tried(&[passing; 2], patience).await, (3, true), "{passing:?}");
            assert_eq!(tried(&[passing; 3], patience).await, (3, false), "{passing:?}");
        }
        let refused = Fate::Answer(400, r#"{"__type":"x#ResourceNotFoundException"}"#);
        assert_eq!(tried(&[refused], Patience::default()).await, (1, false));
        let throttled = r#"{"__type":"x#ProvisionedThroughputExceededException"}"#;
        assert_eq!(tried(&[Fate::Answer(400, throttled)], Patience::default()).await, (2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn every_attempt_but_the_first_asks_for_a_fresh_connection() {
        let wire = Arc::new(Wire::default());
        wire.fates.lock().unwrap().extend([Fate::Silence; 2]);
        assert!(get(&open(&wire, Patience::default(), &[])).await.unwrap());
        let requests = wire.requests.lock().unwrap();
        let fresh = requests.iter().map(|request| request.extensions().get::<Fresh>().is_some());
        assert_eq!(fresh.collect::<Vec<_>>(), [false, true, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_not_be_done_twice_is_repeated_only_if_it_was_not_done() {
        let once = Patience { idempotent: false, ..Patience::default() };
        for undone in [THROTTLED, Fate::Unconnected] {
            assert_eq!(tried(&[undone], once).await, (2, true), "{undone:?}");
        }
        for unknown in [DOWN, Fate::Broken, Fate::Silence] {
            assert_eq!(tried(&[unknown], once).await, (1, false), "{unknown:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_after_its_time_however_often_it_was_tried() {
        let patience = Patience { call: Duration::from_secs(3), ..Patience::default() };
        let begin = tokio::time::Instant::now();
        assert_eq!(tried(&[Fate::Silence; 3], patience).await, (2, false));
        assert_eq!(begin.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_stays_down_is_soon_asked_once_a_call() {
        let wire = Arc::new(Wire::default());
        let client = open(&wire, Patience::default(), &[]);
        wire.fates.lock().unwrap().extend(std::iter::repeat_n(DOWN, 1_000));
        for _ in 0..50 {
            assert!(get(&client).await.is_err());
        }
        wire.requests.lock().unwrap().clear();
        assert!(get(&client).await.is_err());
        assert_eq!(wire.requests.lock().unwrap().len(), 1);

        // One success, and calls are repeated again.
        wire.fates.lock().unwrap().clear();
        assert!(get(&client).await.unwrap());
        wire.fates.lock().unwrap().extend([DOWN; 2]);
        assert!(get(&client).await.unwrap());
    }

    #[tokio::test]
    async fn a_request_goes_to_the_region_s_endpoint_unless_another_is_named() {
        let given = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")];
        let china = [("AWS_REGION", "cn-north-1")];
        for (more, uri) in [
            (&[][..], "https://dynamodb.eu-west-3.amazonaws.com/"),
            (&given, "http://127.0.0.1:8000/"),
            (&china, "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ] {
            let wire = Arc::new(Wire::default());
            assert!(get(&open(&wire, Patience::default(), more)).await.unwrap());
            let request = wire.requests.lock().unwrap().pop().unwrap();
            assert_eq!(request.uri(), uri);
            assert_eq!(request.headers()["x-amz-target"], "DynamoDB_20120810.GetItem");
            assert_eq!(request.headers()["host"], request.uri().authority().unwrap().as_str());
            assert_eq!(request.body(), r#"{"TableName":"tenants"}"#);
        }
    }
}
