//! The only module that knows Lambda and HTTP.
//!
//! A function crate describes its operation ([`operation`]). Its `function()` says what starts the
//! operation: [`public`], [`same_origin()`], [`signed_in()`], [`agency`], [`staff()`] or [`event`]. Its `main`
//! passes that to [`serve`]. The local stack opens the same [`Function`] in its own process.

mod body;
mod call;
pub mod cookies;
mod deadline;
mod followed_link;
mod form;
mod gateway_event;
mod lenient;
pub mod operation;
mod presented_session;
pub mod problem;
mod proxy;
pub mod quality;
mod reply;
mod same_origin;
mod signed_in;
mod staff;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_http::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

pub use call::{Call, Caller, FromCall};
pub use deadline::Deadline;
pub use followed_link::FollowedLink;
pub use form::{Form, Text};
pub use presented_session::PresentedSession;
pub use reply::Reply;
pub use signed_in::SignedIn;
pub use staff::Staff;

use self::gateway_event::GatewayEvent;
use self::operation::{Description, Guard, Operation};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Reader};
use crate::domain::StaffAct;
use crate::environment::{Context, Environment};
use crate::error;
use crate::metrics::{self, EmbeddedMetrics};

/// Why a function cannot start, or a whole invocation fails.
pub type Error = lambda_http::Error;

/// An invocation from Lambda's runtime: the event and its context.
pub type Invocation = LambdaEvent<Box<RawValue>>;

/// A function that was opened and can be invoked.
pub type Invocable =
    Arc<dyn Fn(Invocation) -> BoxFuture<'static, Result<Box<RawValue>, Error>> + Send + Sync>;

/// An operation before it is started.
pub trait Function: Send + Sync + 'static {
    /// The operation, and who may call it.
    fn description(&self) -> Description;

    /// Opens the function, once, at cold start: reads the configuration, opens connections.
    fn open<'a>(&'a self, environment: &'a Environment) -> BoxFuture<'a, Result<Invocable, Error>>;
}

/// Starts `function` and serves Lambda's invocations until the sandbox ends.
///
/// # Errors
///
/// When the configuration is wrong or the runtime interface fails.
pub async fn serve(function: impl Function) -> Result<(), Error> {
    let environment = Environment::of_this_process();
    trace(&environment)?;
    let invocable = function.open(&environment).await.inspect_err(|error| {
        tracing::error!(error = error::chain(error.as_ref()), "cannot start");
    })?;
    lambda_http::lambda_runtime::run(service_fn(move |invocation| invocable(invocation))).await
}

/// Logs to standard output, from where Lambda collects it.
fn trace(environment: &Environment) -> Result<(), ConfigError> {
    let mut reader = Reader::new(&environment.variables);
    let name = reader.text("ENVIRONMENT");
    let name = reader.finish(name)?;
    let lines = log(name, environment.clock.clone(), std::io::stdout);
    tracing_subscriber::registry().with(LevelFilter::INFO).with(lines).init();
    Ok(())
}

/// Writes the log of the functions of `environment` to `writer`: one JSON line per event, and metrics
/// in CloudWatch's embedded format. Tests read the same lines that Lambda collects.
pub fn log<S, W>(environment: String, clock: Clock, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    let events = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer.clone())
        .with_filter(filter_fn(|about| about.target() != metrics::TARGET));
    events.and_then(EmbeddedMetrics::new(environment, clock, writer))
}

/// An HTTP operation that anyone may call.
pub fn public<C, R, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context,
    R: FromCall,
    H: Fn(C, R) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    Http::new(operation, Guard::Public, move |context: C, call: Call| {
        let handle = handle.clone();
        async move {
            let request = R::parse(&call)?;
            handle(context, request).await
        }
    })
}

/// An HTTP operation that only our pages may call, because it needs only a cookie.
pub fn same_origin<C, R, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context,
    R: FromCall,
    H: Fn(C, R) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    Http::new(operation, Guard::SameOrigin, move |context: C, call: Call| {
        let handle = handle.clone();
        async move {
            call.check_same_origin()?;
            let request = R::parse(&call)?;
            handle(context, request).await
        }
    })
}

/// An HTTP operation for a signed-in tenant. The access token is checked, and account and session
/// are read, before the request is parsed.
pub fn signed_in<C, R, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context + AsRef<App>,
    R: FromCall,
    H: Fn(C, SignedIn, R) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    Http::new(operation, Guard::SignedIn, move |context: C, call: Call| {
        let handle = handle.clone();
        async move {
            let signed_in = SignedIn::authenticate(context.as_ref(), &call).await?;
            let request = R::parse(&call)?;
            handle(context, signed_in, request).await
        }
    })
}

/// An HTTP operation for a system of the landlord. IAM identifies the caller before the request is
/// parsed.
pub fn agency<C, R, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context,
    R: FromCall,
    H: Fn(C, Caller, R) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    Http::new(operation, Guard::Agency, move |context: C, call: Call| {
        let handle = handle.clone();
        async move {
            let caller = call.caller()?;
            let request = R::parse(&call)?;
            handle(context, caller, request).await
        }
    })
}

/// An HTTP operation for a member of the landlord's staff who may do `act`. Only our pages may send
/// it. The session is read, and the role decides, before the request is parsed.
pub fn staff<C, R, H, F>(operation: &'static Operation, act: StaffAct, handle: H) -> impl Function
where
    C: Context + AsRef<App>,
    R: FromCall,
    H: Fn(C, Staff, R) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    Http::new(operation, Guard::Staff(act), move |context: C, call: Call| {
        let handle = handle.clone();
        async move {
            call.check_same_origin()?;
            let staff = Staff::authenticate(context.as_ref(), &call, act).await?;
            let request = R::parse(&call)?;
            handle(context, staff, request).await
        }
    })
}

/// An operation that is not called over HTTP but by a stream, a queue or a schedule.
pub fn event<C, E, O, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context,
    E: DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
    H: Fn(C, E) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<O, error::Error>> + Send + 'static,
{
    event_with_deadline(operation, move |context, event, _| handle(context, event))
}

/// Like [`event`], for an operation that stops by itself before Lambda's deadline.
pub fn event_with_deadline<C, E, O, H, F>(operation: &'static Operation, handle: H) -> impl Function
where
    C: Context,
    E: DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
    H: Fn(C, E, Deadline) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<O, error::Error>> + Send + 'static,
{
    Event { operation, handle, types: PhantomData::<fn(C, E) -> O> }
}

/// The description of `operation` with a context `C`.
fn describe<C: Context>(operation: &'static Operation, guard: Guard) -> Description {
    let (can_be_unavailable, hashes) = (C::CAN_BE_UNAVAILABLE, C::HASHES);
    Description { operation, guard, can_be_unavailable, hashes }
}

struct Http<C, H> {
    operation: &'static Operation,
    guard: Guard,
    handle: H,
    context: PhantomData<fn() -> C>,
}

impl<C, H> Http<C, H> {
    fn new<F>(operation: &'static Operation, guard: Guard, handle: H) -> Self
    where
        H: Fn(C, Call) -> F,
    {
        Self { operation, guard, handle, context: PhantomData }
    }
}

impl<C, H, F> Function for Http<C, H>
where
    C: Context,
    H: Fn(C, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, error::Error>> + Send + 'static,
{
    fn description(&self) -> Description {
        describe::<C>(self.operation, self.guard)
    }

    fn open<'a>(&'a self, environment: &'a Environment) -> BoxFuture<'a, Result<Invocable, Error>> {
        async move {
            let context = C::open(environment).await?;
            let clock = environment.clock.clone();
            let config = Arc::new(Config::read(&environment.variables)?);
            let (operation, handle) = (self.operation.name, self.handle.clone());
            // IAM vouches for the callers of the agency's operations, however they come.
            let by_the_proxy = self.guard != Guard::Agency;
            let invocable: Invocable = Arc::new(move |invocation: Invocation| {
                let handle = handle.clone();
                let (context, config) = (context.clone(), Arc::clone(&config));
                context.begin_invocation();
                let handle = move |call: Call| async move {
                    if by_the_proxy {
                        call.check_proxy()?;
                    }
                    handle(context, call).await
                };
                answer(operation, invocation, config, clock.clone(), handle).boxed()
            });
            Ok(invocable)
        }
        .boxed()
    }
}

/// Answers the HTTP call in `invocation`. Any JSON object gets an answer.
async fn answer<F>(
    operation: &'static str,
    invocation: Invocation,
    config: Arc<Config>,
    clock: Clock,
    handle: impl FnOnce(Call) -> F,
) -> Result<Box<RawValue>, Error>
where
    F: Future<Output = Result<Reply, error::Error>>,
{
    let started = clock.precise_now();
    let deadline = Deadline::of(&invocation.context, &clock);
    let event = GatewayEvent::read(&invocation.payload)?;
    let call = Call::new(event, config);
    let about = call.about(&invocation.context.request_id);
    let trail = call.trail();
    let result = deadline.within(handle(call)).await;
    trail.write(operation, &result);
    if let Err(error) = &result
        && problem::status(error.problem()) < 500
    {
        metrics::refused(operation, error.code());
    }
    let response = reply::respond(result, &about);
    about.log(&response, clock.precise_now().duration_since(started));
    Ok(to_raw_value(&response)?)
}

/// Why an event cannot be read, for the log: without its values, which serde's messages repeat.
#[derive(Debug, thiserror::Error)]
#[error("the event is not understood ({kind:?} at line {line}, column {column})")]
struct NotUnderstood {
    kind: serde_json::error::Category,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for NotUnderstood {
    fn from(error: &serde_json::Error) -> Self {
        Self { kind: error.classify(), line: error.line(), column: error.column() }
    }
}

struct Event<H, T> {
    operation: &'static Operation,
    handle: H,
    types: PhantomData<T>,
}

impl<C, E, O, H, F> Function for Event<H, fn(C, E) -> O>
where
    C: Context,
    E: DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
    H: Fn(C, E, Deadline) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<O, error::Error>> + Send + 'static,
{
    fn description(&self) -> Description {
        describe::<C>(self.operation, Guard::Event)
    }

    fn open<'a>(&'a self, environment: &'a Environment) -> BoxFuture<'a, Result<Invocable, Error>> {
        async move {
            let context = C::open(environment).await?;
            let (clock, handle) = (environment.clock.clone(), self.handle.clone());
            let invocable: Invocable = Arc::new(move |invocation: Invocation| {
                let (context, handle) = (context.clone(), handle.clone());
                context.begin_invocation();
                let deadline = Deadline::of(&invocation.context, &clock);
                async move {
                    let event: E = serde_json::from_str(invocation.payload.get())
                        .map_err(|error| NotUnderstood::from(&error))?;
                    let output = handle(context, event, deadline).await.inspect_err(|error| {
                        tracing::error!(error = error::chain(error), "the invocation failed");
                    })?;
                    Ok(to_raw_value(&output)?)
                }
                .boxed()
            });
            Ok(invocable)
        }
        .boxed()
    }
}
