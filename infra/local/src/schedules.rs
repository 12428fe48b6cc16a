//! Schedules. One that fires several times a day on AWS runs every second here. A daily one runs
//! when the stack's clock passes its hour.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

use crate::arn::{ACCOUNT, REGION};
use crate::ids;
use crate::lambda::Failure;
use crate::machine::Machine;
use crate::server::stopped;
use crate::template::{Cadence, Schedule};

/// How often a schedule is checked.
const TICK: Duration = Duration::from_secs(1);

/// Runs `schedule` while the stack lives, one run at a time.
pub(crate) async fn run(
    machine: Arc<Machine>,
    schedule: Schedule,
    mut stop: watch::Receiver<bool>,
) {
    let mut moves = machine.clock.moves();
    let mut last = schedule.cadence.last_due(machine.clock.now());
    let often = schedule.cadence == Cadence::Often;
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = moves.changed(), if !often => {}
            () = stopped(&mut stop) => return,
        }
        let due = schedule.cadence.last_due(machine.clock.now());
        if often || due > last {
            // The failure is already logged. A daily job is not tried again before tomorrow.
            let _ = invoke(&machine, &schedule, due).await;
        }
        last = due;
    }
}

/// Invokes the function of `schedule` as if the schedule fired at `time`.
pub(crate) async fn invoke(
    machine: &Machine,
    schedule: &Schedule,
    time: Timestamp,
) -> Result<Box<RawValue>, Failure> {
    let (id, time) = (ids::request_id(), time.to_string());
    let arn = format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{}", schedule.name);
    let event = match &schedule.input {
        Some(input) => RawValue::from_string(
            input
                .replace("<aws.scheduler.attempt-number>", "1")
                .replace("<aws.scheduler.execution-id>", &id)
                .replace("<aws.scheduler.schedule-arn>", &arn)
                .replace("<aws.scheduler.scheduled-time>", &time),
        ),
        None => to_raw_value(&json!({
            "version": "0",
            "id": id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT,
            "time": time,
            "region": REGION,
            "resources": [arn],
            "detail": "{}",
        })),
    };
    let event = event.map_err(|error| Failure::Error(error.to_string()))?;
    match machine.functions.get(&schedule.function) {
        Some(function) => function.invoke(event).await,
        None => Err(Failure::Missing),
    }
}
