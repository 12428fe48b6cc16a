//! Injecting faults.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::problem::Problem;
use crate::aws::{Fail, Fault, Service};
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
    fields.finish()?;
    let service: Service = named(service.as_deref())
        .ok_or_else(|| Problem::bad_request("service is one of dynamodb, ses, secretsmanager"))?;
    if fail.as_deref() == Some("none") {
        machine.faults.clear(service);
        return Ok(fields.answer(set_on(&machine)));
    }
    let fail: Fail = named(fail.as_deref()).ok_or_else(|| {
        Problem::bad_request(
            "fail is one of throttle, down, slow, lost-answer, conflict, unverified, none",
        )
    })?;
    if fail == Fail::Conflict && service != Service::DynamoDb {
        return Err(Problem::bad_request("only dynamodb can have a conflict"));
    }
    if fail == Fail::Unverified && service != Service::Ses {
        return Err(Problem::bad_request("only ses can find an address unverified"));
    }
    let count = count
        .map(|count| count.parse().map_err(|_| Problem::bad_request("count is not a number")))
        .transpose()?;
    machine.faults.set(Fault { service, fail, count, function, action });
    Ok(fields.answer(set_on(&machine)))
}

fn set_on(machine: &Machine) -> Set {
    Set { faults: machine.faults.list() }
}

fn named<'de, T: Deserialize<'de>>(name: Option<&'de str>) -> Option<T> {
    let deserializer: StrDeserializer<'de, Error> = name?.into_deserializer();
    T::deserialize(deserializer).ok()
}
