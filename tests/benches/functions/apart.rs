//! Whether the time of an answer tells who exists: releases that hash as the template says, before tables
//! whose own work does not show.

use std::time::Duration;

use serde_json::Value;
use tests::area;
use tokio::time::Instant;

use crate::system::System;

/// A question about a subject that exists, and about one that does not.
pub(crate) struct Question {
    pub(crate) what: &'static str,
    pub(crate) function: &'static str,
    pub(crate) exists: Value,
    pub(crate) does_not: Value,
    pub(crate) status: u16,
}

/// Each call to the tables takes this long at least.
const TABLES: Duration = Duration::from_millis(8);
const WARM: usize = 20;

/// The area under the ROC curve of `pairs` of answers to `question`, and that of two equal subjects.
pub(crate) async fn areas(system: &System, question: &Question, pairs: usize) -> (f64, f64) {
    system.set_latency(TABLES);
    let function = system.hashing_sandbox(question.function).await;
    // Who comes first of each three is drawn, always the same.
    let mut state = 88_172_645_463_325_252_u64;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for n in 0..pairs + WARM {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let first = usize::try_from(state % 3).expect("a small number");
        for turn in 0..3 {
            let kind = (first + turn) % 3;
            // The first and the third are of the subject that exists.
            let event = if kind == 1 { &question.does_not } else { &question.exists };
            let began = Instant::now();
            function.answer(event, question.status).await;
            if n >= WARM {
                times[kind].push(began.elapsed().as_secs_f64());
            }
        }
    }
    system.set_latency(Duration::ZERO);
    (area(&times[0], &times[1]), area(&times[0], &times[2]))
}
