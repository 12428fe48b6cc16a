//! Delivers a batch of records to a function, with Lambda's rules for failures.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::lambda::Failure;
use crate::template::StreamMapping;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Delivers `records` with `invoke` and repeats failures as `mapping` says. Returns how many
/// records were given up, because of too many retries or because they are too old at `now`, in
/// seconds. The sweep of mails handles records that were given up.
pub(super) async fn deliver<I, F>(
    mapping: &StreamMapping,
    records: Vec<Value>,
    now: impl Fn() -> i64,
    invoke: I,
) -> usize
where
    I: Fn(Vec<Value>) -> F,
    F: Future<Output = Result<Box<RawValue>, Failure>>,
{
    let mut given_up = 0;
    let mut waiting = VecDeque::from([(records, 0_u32)]);
    while let Some((mut batch, failures)) = waiting.pop_front() {
        if failures > 0 {
            tokio::time::sleep(pause(failures)).await;
        }
        if let Some(most) = mapping.most_seconds {
            let before = batch.len();
            batch.retain(|record| age_s(record, now()) <= most);
            given_up += before - batch.len();
            if batch.is_empty() {
                continue;
            }
        }
        let result = invoke(batch.clone()).await;
        let failed_from = match &result {
            Ok(answer) if mapping.reports_failures => first_failure(answer, &batch),
            Ok(_) => None,
            Err(_) => Some(0),
        };
        let Some(failed_from) = failed_from else {
            continue;
        };
        let mut failed = batch.split_off(failed_from.min(batch.len()));
        if mapping.bisects && result.is_err() && failed.len() > 1 {
            // Splitting a batch does not count as a retry.
            let second = failed.split_off(failed.len().div_ceil(2));
            waiting.push_front((second, failures));
            waiting.push_front((failed, failures));
        } else if mapping.retries.is_some_and(|retries| failures >= retries) {
            given_up += failed.len();
        } else {
            waiting.push_front((failed, failures.saturating_add(1)));
        }
    }
    given_up
}

/// The age of a record at `now`, in seconds.
fn age_s(record: &Value, now: i64) -> i64 {
    let created = record.pointer("/dynamodb/ApproximateCreationDateTime").and_then(Value::as_i64);
    created.map_or(0, |created| now.saturating_sub(created))
}

fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(8)).min(LONGEST_PAUSE)
}

/// The position of the first record that the function reports as failed. An unknown record in the
/// report fails the whole batch.
fn first_failure(answer: &RawValue, batch: &[Value]) -> Option<usize> {
    let answer: Value = serde_json::from_str(answer.get()).ok()?;
    let failures = answer.get("batchItemFailures")?.as_array()?;
    failures
        .iter()
        .map(|failure| {
            let identifier = failure.get("itemIdentifier");
            let number = |record: &Value| record.pointer("/dynamodb/SequenceNumber").cloned();
            batch.iter().position(|record| number(record).as_ref() == identifier).unwrap_or(0)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::filter::Filters;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    fn mapping(retries: Option<u32>, bisects: bool) -> StreamMapping {
        StreamMapping {
            function: "deliver-mail".to_owned(),
            table: "tokens".to_owned(),
            filters: Filters::default(),
            batch_size: 10,
            retries,
            most_seconds: None,
            bisects,
            reports_failures: true,
        }
    }

    fn record(number: &str) -> Value {
        json!({ "dynamodb": { "SequenceNumber": number } })
    }

    /// Delivers records 1 to 4 to a function that always fails on `poison`. Returns the batches
    /// that it got and the number of records given up.
    async fn deliver_four(
        mapping: &StreamMapping,
        poison: &str,
        crashes: bool,
    ) -> (Vec<String>, usize) {
        let seen = RefCell::new(Vec::new());
        let records = ["1", "2", "3", "4"].map(record).to_vec();
        let given_up = deliver(
            mapping,
            records,
            || 0,
            |batch| {
                let numbers: Vec<String> = batch
                    .iter()
                    .map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned())
                    .collect();
                seen.borrow_mut().push(numbers.concat());
                let fails = numbers.iter().any(|number| number == poison);
                async move {
                    if fails && crashes {
                        return Err(Failure::Error("it crashed".to_owned()));
                    }
                    let failures =
                        if fails { json!([{ "itemIdentifier": poison }]) } else { json!([]) };
                    Ok(to_raw_value(&json!({ "batchItemFailures": failures })).unwrap())
                }
            },
        )
        .await;
        (seen.into_inner(), given_up)
    }

    #[tokio::test(start_paused = true)]
    async fn a_successful_batch_is_not_sent_again() {
        let delivered = deliver_four(&mapping(Some(3), false), "none", false).await;

        assert_eq!(delivered, (vec!["1234".to_owned()], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn records_from_the_first_failure_on_are_retried_and_finally_given_up() {
        let (seen, given_up) = deliver_four(&mapping(Some(2), false), "3", false).await;

        assert_eq!(seen, ["1234", "34", "34"]);
        assert_eq!(given_up, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crashing_batch_is_split_until_one_record_is_left() {
        let (seen, given_up) = deliver_four(&mapping(Some(1), true), "3", true).await;

        assert_eq!(seen, ["1234", "12", "34", "3", "3", "4"]);
        assert_eq!(given_up, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_is_too_old_is_given_up_even_with_retries_left() {
        let mapping = StreamMapping { most_seconds: Some(60), ..mapping(None, false) };
        let record = |created: i64| json!({ "dynamodb": { "SequenceNumber": "1", "ApproximateCreationDateTime": created } });
        let now = Cell::new(1_000);
        let seen = RefCell::new(Vec::new());

        let given_up = deliver(
            &mapping,
            vec![record(900), record(995)],
            || now.get(),
            |batch| {
                seen.borrow_mut().push(batch.len());
                now.set(now.get() + 20);
                async { Err(Failure::Error("it crashed".to_owned())) }
            },
        )
        .await;

        assert_eq!(given_up, 2);
        // At 1000, 1020 and 1040: at 1060 the second record is 65 seconds old.
        assert_eq!(seen.into_inner(), [1, 1, 1]);
    }

    #[test]
    fn an_answer_that_names_no_record_fails_them_all() {
        let batch = [record("1"), record("2")];
        let first = |answer: Value| first_failure(&to_raw_value(&answer).unwrap(), &batch);

        assert_eq!(first(json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] })), Some(1));
        assert_eq!(first(json!({ "batchItemFailures": [{ "itemIdentifier": "" }] })), Some(0));
        assert_eq!(first(json!({ "batchItemFailures": [] })), None);
        assert_eq!(first(json!(null)), None);
    }
}
