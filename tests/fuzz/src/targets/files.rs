//! Files of leases. The first line of an input is the media type, the rest is the file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::check::{self, Tables, ensure};
use crate::household::agency;
use crate::target::{MARK, Shape, Target};
use crate::world::{Outcome, World};

/// Files of leases.
pub const FILES: Target =
    Target { name: "files", corpora: &["files"], shape: Shape::Lines, execute };

fn execute(world: &World, input: &[u8]) -> Result<bool, String> {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (media_type, file) = input.split_at(end);
    let Ok(media_type) = std::str::from_utf8(media_type) else { return Ok(false) };
    let file = BASE64_STANDARD.encode(file.get(1..).unwrap_or_default());
    let event = agency().file("POST /api/agency/leases", media_type, &file, true);
    let (name, payload) = ("import-leases", event.to_string());
    let of = &world.functions()[name].description;
    let [one, other] = world.execute_twice(name, payload.clone(), payload);
    let status = check::answer(of, &one, Tables::Work)?;
    check::log(&one, &[])?;
    if status != 200 {
        return Ok(true);
    }
    check::answer(of, &other, Tables::Work)?;
    let (first, second) = (report(&one)?, report(&other)?);
    ensure(first.received == second.received && first.rejected == second.rejected, || {
        format!("the same file is read in two ways: {first:?}, {second:?}")
    })?;
    ensure(second.created == 0 && second.updated == 0, || {
        format!("the second import changes something: {second:?}")
    })?;
    Ok(true)
}

#[derive(Debug)]
struct Report {
    received: u64,
    created: u64,
    updated: u64,
    rejected: usize,
}

fn report(outcome: &Outcome) -> Result<Report, String> {
    let answer = outcome.answer.as_ref().map_err(Clone::clone)?;
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default())
        .map_err(|error| error.to_string())?;
    let count = |name: &str| body[name].as_u64().unwrap_or_default();
    let rejected = body["rejected"].as_array().cloned().unwrap_or_default();
    let taken = count("created") + count("updated") + count("unchanged");
    ensure(count("received") == taken + rejected.len() as u64, || {
        format!("rows are lost: {body}")
    })?;
    let mut last = 0;
    for row in &rejected {
        let line = row["line"].as_u64().unwrap_or_default();
        ensure(line > last, || format!("lines are not in their order: {body}"))?;
        last = line;
        // A message names the column as the file does.
        let column = row["column"].as_str().unwrap_or_default();
        let message = row["message"].as_str().unwrap_or_default().replace(column, "");
        let repeats = message.contains(MARK);
        ensure(!repeats, || format!("a row is repeated: {row}"))?;
    }
    Ok(Report {
        received: count("received"),
        created: count("created"),
        updated: count("updated"),
        rejected: rejected.len(),
    })
}
