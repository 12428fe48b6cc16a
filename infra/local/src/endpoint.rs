//! The endpoint of the three services that functions call. Each call is authorised and recorded,
//! and may be made to fail.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

use crate::aws::conflicts::{Key, Use};
use crate::aws::items::{self, Named};
use crate::aws::reply::{self, Reply};
use crate::aws::requests::Call;
use crate::aws::{Fail, Service, dynamodb, secrets, ses};
use crate::invocation;
use crate::journal::{Change, Event, Record};
use crate::machine::Machine;
use crate::privilege::key_prefix;
use crate::refusal::Refusal;
use crate::server;
use crate::signature::Signature;
use crate::template::{Access, Permissions, Template};

/// The largest body that `DynamoDB` takes, in bytes.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// A call that is held for so long is as late as a slow one: functions give an attempt 2 s.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// The services of `machine` at one address, served until `stop` is true.
pub(crate) fn router(machine: Arc<Machine>, stop: watch::Receiver<bool>) -> Router {
    Router::new().fallback(handle).with_state(Services { machine, stop })
}

/// The services, and the signal to stop.
#[derive(Clone)]
struct Services {
    machine: Arc<Machine>,
    stop: watch::Receiver<bool>,
}

/// A received call.
struct Asked {
    service: Service,
    action: String,
    function: String,
    parts: Parts,
    body: Bytes,
}

/// Answers a call. As on AWS, the work goes on if its caller hangs up.
async fn handle(State(services): State<Services>, request: Request<Body>) -> Response {
    let started = now_ms();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return server::dropped();
    };
    let Some(asked) = Asked::of(parts, body) else {
        return reply::unknown_operation().into_response();
    };
    let work = tokio::spawn(services.answer(asked, started));
    work.await.unwrap_or_else(|_| server::dropped())
}

impl Services {
    async fn answer(mut self, asked: Asked, started: f64) -> Response {
        let faults = &self.machine.faults;
        let strike = faults.strike(asked.service, &asked.function, &asked.action, started);
        let latency = self.machine.latencies.of(asked.service, &asked.action);
        let no_sooner = tokio::time::Instant::now() + latency;
        let delay = strike.map(|strike| strike.delay).unwrap_or_default();
        if !delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = server::stopped(&mut self.stop) => return server::dropped(),
            }
        }
        let mut fault = strike.map(|strike| strike.fail);
        if asked.service != Service::SecretsManager {
            let holds = &self.machine.holds;
            let waited = holds.pass(&asked.function, asked.invocation(), &asked.action).await;
            // Its caller may have hung up, and called again.
            fault = fault.or((waited >= PATIENCE).then_some(Fail::Slow));
        }
        let response = answer(&self.machine, asked, fault, started).await;
        if !latency.is_zero() {
            tokio::time::sleep_until(no_sooner).await;
        }
        response
    }
}

async fn answer(machine: &Machine, asked: Asked, fault: Option<Fail>, started: f64) -> Response {
    let since = machine.journal.len();
    let named = match asked.service {
        Service::DynamoDb => items::named(&machine.template, &asked.action, &asked.body),
        _ => Vec::new(),
    };
    let reply = match fault {
        Some(Fail::Down) => asked.down(),
        Some(Fail::Throttle) => Some(asked.throttled()),
        Some(Fail::Unverified) => Some(ses::unverified()),
        Some(Fail::Reject) => Some(ses::rejected(&asked.body)),
        Some(Fail::Conflict) => Some(dynamodb::conflict(&asked.action, named.len(), &[0])),
        Some(Fail::Slow | Fail::LostAnswer) | None => match asked.authorize(machine, &named) {
            Err(refusal) => Some(asked.denied(&refusal)),
            Ok(()) => Some(asked.answer(machine, &named, fault).await),
        },
    };
    let works = matches!(fault, Some(Fail::Slow | Fail::LostAnswer) | None);
    if machine.journal.is_kept() && !(works && asked.writes_rows()) {
        let event = asked.event(&named, reply.as_ref(), since);
        machine.journal.keep(asked.record(machine, fault, event));
    }
    machine.requests.record(Call {
        function: asked.function,
        service: asked.service,
        action: asked.action,
        items: items::recorded(named),
        started,
        ended: now_ms(),
        status: reply.as_ref().map(Reply::status),
        error: reply.as_ref().and_then(Reply::error),
        fault,
        units: reply.as_ref().map(|reply| reply.units).unwrap_or_default(),
    });
    match reply {
        Some(reply) if fault != Some(Fail::LostAnswer) => reply.into_response(),
        _ => server::dropped(),
    }
}

impl Asked {
    fn of(parts: Parts, body: Bytes) -> Option<Self> {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let (service, action) = match header("x-amz-target".to_owned()) {
            Some(target) => {
                let (interface, action) = target.split_once('.')?;
                let service = match interface {
                    "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Service::DynamoDb,
                    "secretsmanager" => Service::SecretsManager,
                    _ => return None,
                };
                (service, action.to_owned())
            }
            None if parts.uri.path() == ses::SEND_EMAIL => (Service::Ses, "SendEmail".to_owned()),
            None => return None,
        };
        let function = header(header::AUTHORIZATION.to_string())
            .and_then(Signature::parse)
            .map(|signature| signature.access_key)
            .unwrap_or_default();
        Some(Self { service, action, function, parts, body })
    }

    /// The number of the invocation that made the call; empty where it was none's.
    fn invocation(&self) -> &str {
        let number = self.parts.headers.get(invocation::HEADER);
        number.and_then(|number| number.to_str().ok()).unwrap_or_default()
    }

    fn throttled(&self) -> Reply {
        match self.service {
            Service::DynamoDb => dynamodb::throttled(),
            Service::Ses => ses::throttled(),
            // The identity provider is not called here.
            Service::SecretsManager | Service::OpenId => secrets::throttled(),
        }
    }

    /// The answer of a service that is down; `None` if it closes the connection.
    fn down(&self) -> Option<Reply> {
        (self.service == Service::Ses).then(ses::unavailable)
    }

    /// Checks a function's call against its policies, and records the privileges it uses or the
    /// refusal. Other callers, such as the AWS CLI, may do everything.
    fn authorize(&self, machine: &Machine, named: &[Named]) -> Result<(), Box<Refusal>> {
        let Some(declared) = machine.template.functions.get(&self.function) else {
            return Ok(());
        };
        let Some(permissions) = declared.permissions.as_ref() else {
            return Ok(());
        };
        let wanted = self.wanted(permissions, named);
        let refused = wanted.iter().find_map(|it| Some((it, permissions.refusing(it)?)));
        let Some((access, property)) = refused else {
            machine.uses.note(&self.function, &wanted);
            return Ok(());
        };
        let refusal = Refusal {
            function: self.function.clone(),
            action: access.action.clone(),
            resource: access.resource.clone().unwrap_or_else(|| "*".to_owned()),
            keys: access.keys.iter().map(|key| key_prefix(key)).collect(),
            allowed: permissions.keys_allowed(access),
            place: Template::place(declared, property),
        };
        tracing::error!("{refusal}");
        machine.refusals.note(refusal.clone());
        Err(Box::new(refusal))
    }

    /// The accesses that this call needs.
    fn wanted(&self, permissions: &Permissions, named: &[Named]) -> Vec<Access> {
        let action = format!("{}:{}", self.service.name(), self.action);
        match self.service {
            Service::DynamoDb if !named.is_empty() => items::accesses(named),
            Service::Ses => ses::wanted(permissions, &action, &self.body),
            Service::DynamoDb | Service::SecretsManager | Service::OpenId => {
                let resource = secrets::wanted(self.service, &self.body);
                vec![Access { action, resource, keys: Vec::new() }]
            }
        }
    }

    /// AWS's answer to a refused call.
    fn denied(&self, Refusal { function, action, resource, .. }: &Refusal) -> Reply {
        let message = format!(
            "User: {function} is not authorized to perform: {action} on resource: {resource}"
        );
        match self.service {
            Service::DynamoDb => dynamodb::denied(&message),
            Service::Ses => ses::denied(&message),
            Service::SecretsManager | Service::OpenId => secrets::denied(&message),
        }
    }

    async fn answer(&self, machine: &Machine, named: &[Named], fault: Option<Fail>) -> Reply {
        match self.service {
            Service::DynamoDb => {
                let reply = self.answer_of_dynamodb(machine, named, fault).await;
                machine.writes.send_replace(());
                reply
            }
            Service::Ses => {
                ses::send_email(&machine.mailbox, machine.clock.now(), &self.parts, &self.body)
            }
            Service::SecretsManager | Service::OpenId => {
                secrets::answer(&machine.secrets, machine.clock.now(), &self.action, &self.body)
            }
        }
    }

    /// The engine's answer, or a transaction conflict.
    async fn answer_of_dynamodb(
        &self,
        machine: &Machine,
        named: &[Named],
        fault: Option<Fail>,
    ) -> Reply {
        let keys: Vec<_> = named.iter().map(Named::key).collect();
        let held = match Use::of(&self.action).map(|how| machine.in_flight.take(how, &keys)) {
            Some(Err(conflicts)) => {
                return dynamodb::conflict(&self.action, keys.len(), &conflicts);
            }
            Some(Ok(held)) => Some(held),
            None => None,
        };
        let reply = if machine.journal.is_kept() && self.writes_rows() {
            let keys: Vec<&Key> = keys.iter().flatten().collect();
            self.write_into_journal(machine, &keys, fault).await
        } else {
            dynamodb::forward(&machine.engine, &self.action, &self.parts, &self.body).await
        };
        drop(held);
        reply
    }

    /// The engine's answer to a write. The journal keeps the rows under `keys` before and after.
    async fn write_into_journal(
        &self,
        machine: &Machine,
        keys: &[&Key],
        fault: Option<Fail>,
    ) -> Reply {
        let kept: Vec<&Key> =
            keys.iter().copied().filter(|(_, key)| machine.journal.is_about(key)).collect();
        let turn = if kept.is_empty() { None } else { Some(machine.journal.turn().await) };
        let before = rows(machine, &kept);
        let reply = dynamodb::forward(&machine.engine, &self.action, &self.parts, &self.body).await;
        let mut changes = Vec::new();
        if reply.status() == 200 {
            for ((table, key), (before, after)) in
                kept.iter().zip(before.into_iter().zip(rows(machine, &kept)))
            {
                let (table, key) = (table.clone(), key.clone());
                changes.push(Change { table, key, before, after });
            }
        }
        machine.journal.keep(self.record(machine, fault, Event::Write(changes)));
        drop(turn);
        reply
    }

    fn writes_rows(&self) -> bool {
        matches!(Use::of(&self.action), Some(Use::Write | Use::BatchWrite | Use::TransactWrite))
    }

    /// The journal's event for a call that writes nothing.
    fn event(&self, named: &[Named], reply: Option<&Reply>, since: usize) -> Event {
        let done = reply.is_some_and(|reply| reply.status() == 200);
        match (self.service, self.action.as_str()) {
            _ if self.writes_rows() => Event::Write(Vec::new()),
            (Service::DynamoDb, "GetItem" | "BatchGetItem" | "Query") if done => Event::Read {
                rows: named.iter().filter_map(Named::key).collect(),
                index: named.iter().find_map(Named::index).map(str::to_owned),
                consistent: items::are_read_consistently(&self.body),
                since,
            },
            (Service::Ses, _) => Event::Send { row: ses::tag(&self.body, "row"), taken: done },
            _ => Event::Other,
        }
    }

    fn record(&self, machine: &Machine, fault: Option<Fail>, event: Event) -> Record {
        Record {
            at: machine.clock.now(),
            function: self.function.clone(),
            invocation: self.invocation().parse().ok(),
            action: self.action.clone(),
            fault: fault.map(Fail::name),
            event,
        }
    }
}

/// The present rows under `keys`.
fn rows(machine: &Machine, keys: &[&Key]) -> Vec<Option<serde_json::Value>> {
    let row = |(name, key): &&Key| {
        let table = machine.template.tables.iter().find(|table| table.name == *name)?;
        machine.engine.find_row(table, key).ok()?
    };
    keys.iter().map(row).collect()
}

/// The time of the system's clock in milliseconds. Moving the stack's clock must not change
/// durations.
#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit 53 bits")]
pub(crate) fn now_ms() -> f64 {
    shared::clock::Clock::default().precise_now().as_microsecond() as f64 / 1_000.0
}
