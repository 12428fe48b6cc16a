//! Injecting faults.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::problem::Problem;
use crate::aws::{Fail, Fault, Service, can_conflict};
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Set {
    faults: Vec<Fault>,
}

pub(super) async fn list(State(machine): State<Arc<Machine>>) -> Json<Set> {
    Json(set_on(&machine))
}

pub(super) async fn set(
    State(machine): State<Arc<Machine>>,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let service = fields.take("service");
    let fail = fields.take("fail");
    let count = fields.take("count");
    let function = fields.take("function");
    let action = fields.take("action");
    let seconds = fields.take("seconds");
    let skip = fields.take("skip");
    let rate = fields.take("rate");
    fields.finish()?;
    let service: Service = named(service.as_deref()).ok_or_else(|| {
        Problem::bad_request("service is one of dynamodb, ses, secretsmanager, openid")
    })?;
    if fail.as_deref() == Some("none") {
        machine.faults.clear(service);
        return Ok(fields.answer(set_on(&machine)));
    }
    let fail: Fail = named(fail.as_deref()).ok_or_else(|| Problem::bad_request(words()))?;
    let (count, seconds) = (number("count", count)?, number("seconds", seconds)?);
    let (skip, rate) = (number("skip", skip)?, number("rate", rate)?);
    let passed = VecDeque::new();
    let fault = Fault { service, fail, count, function, action, skip, seconds, rate, passed };
    check(&fault)?;
    machine.faults.set(fault);
    Ok(fields.answer(set_on(&machine)))
}

/// Refuses a fault that could never strike.
fn check(fault: &Fault) -> Result<(), Problem> {
    let refused = |message: String| Err(Problem::bad_request(message));
    let fail = fault.fail.name();
    if let Some(only) = fault.fail.only_service()
        && only != fault.service
    {
        return refused(format!("{fail} is a fault of {} only", only.name()));
    }
    if fault.seconds.is_some() && fault.fail != Fail::Slow {
        return refused(format!("seconds go with slow, not with {fail}"));
    }
    if fault.rate.is_some() && fault.fail != Fail::Throttle {
        return refused(format!("a rate goes with throttle, not with {fail}"));
    }
    match (fault.service, fault.fail, fault.action.as_deref()) {
        (Service::DynamoDb, Fail::Conflict, Some(action)) if !can_conflict(action) => {
            refused(format!("{action} has no conflicts"))
        }
        (Service::Ses, _, Some(action)) if action != "SendEmail" => {
            refused(format!("of ses only SendEmail is known here, not {action}"))
        }
        _ => Ok(()),
    }
}

fn words() -> String {
    let words: Vec<&str> = Fail::ALL.into_iter().map(Fail::name).collect();
    format!("fail is one of {}, none", words.join(", "))
}

fn number(name: &str, value: Option<String>) -> Result<Option<u32>, Problem> {
    let value = value.map(|value| value.parse());
    value.transpose().map_err(|_| Problem::bad_request(format!("{name} is not a number")))
}

fn set_on(machine: &Machine) -> Set {
    Set { faults: machine.faults.list() }
}

fn named<'de, T: Deserialize<'de>>(name: Option<&'de str>) -> Option<T> {
    let deserializer: StrDeserializer<'de, Error> = name?.into_deserializer();
    T::deserialize(deserializer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(service: Service, fail: Fail) -> Fault {
        let (function, action, count, passed) = (None, None, None, VecDeque::new());
        let (skip, seconds, rate) = (None, None, None);
        Fault { service, fail, count, function, action, skip, seconds, rate, passed }
    }

    #[test]
    fn a_fault_that_could_never_strike_is_refused() {
        let with_action = |fault, action: &str| Fault { action: Some(action.to_owned()), ..fault };
        let with_seconds = |fault| Fault { seconds: Some(1), ..fault };
        let with_rate = |fault| Fault { rate: Some(14), ..fault };

        for (fault, allowed) in [
            (fault(Service::Ses, Fail::Reject), true),
            (fault(Service::DynamoDb, Fail::Reject), false),
            (fault(Service::SecretsManager, Fail::Unverified), false),
            (fault(Service::Ses, Fail::Conflict), false),
            (fault(Service::SecretsManager, Fail::Down), true),
            (with_action(fault(Service::DynamoDb, Fail::Conflict), "PutItem"), true),
            (with_action(fault(Service::DynamoDb, Fail::Conflict), "GetItem"), false),
            (with_action(fault(Service::Ses, Fail::Slow), "PutItem"), false),
            (with_seconds(fault(Service::Ses, Fail::Slow)), true),
            (with_seconds(fault(Service::Ses, Fail::Down)), false),
            (with_rate(fault(Service::Ses, Fail::Throttle)), true),
            (with_rate(fault(Service::Ses, Fail::Reject)), false),
        ] {
            assert_eq!(check(&fault).is_ok(), allowed, "{fault:?}");
        }
        assert_eq!(
            words(),
            "fail is one of throttle, down, slow, lost-answer, conflict, unverified, reject, none"
        );
    }
}
