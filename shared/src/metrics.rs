//! Business metrics.
//!
//! A handler counts ([`record`]); on AWS each count becomes a line of the log in CloudWatch's
//! [embedded metric
//! format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
//! from which CloudWatch makes a metric without a call of ours. The dimension is the environment; of
//! the synthetic household, its step too. Values of unlimited number (an account, an address) are in no metric. The refused
//! operation and the reason are properties: they can be searched for, but make no metric of their
//! own.

use std::fmt;
use std::io::Write;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use crate::clock::Clock;

/// The namespace of the metrics, as `template.yaml` names it in its alarms.
pub const NAMESPACE: &str = "EspaceLocataire";

/// The target of the events that are metrics.
pub const TARGET: &str = "metrics";

/// The second dimension of [`step_ended`].
const STEP: &str = "Step";

/// A metric.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Metric {
    /// Registrations accepted.
    Registrations,
    /// Accounts that became active.
    Activations,
    /// Tenants who signed in.
    SignIns,
    /// Requests that were refused, for any reason.
    Refusals,
    /// Mails that SES took.
    MailsSent,
    /// Mails that SES will never take.
    MailsRefused,
    /// Mails dropped: they expired unsent, or their address reached its limit or is stopped.
    MailsDropped,
    /// Mails whose row cannot be read.
    MailsBroken,
    /// Requests whose mail did not reach the agency.
    AgencyUnreachable,
    /// Permanent bounces of mails to an agency or adviser.
    AgencyMailsBounced,
    /// How long the oldest unsent mail has been due, in seconds; 0 when there is none.
    OldestUnsentMailAge,
    /// Permanent bounces.
    MailsBounced,
    /// Mails that a recipient marked as spam.
    MailsComplained,
    /// Looks of a member of staff at households beyond the limit of an hour.
    StaffLooksBeyondLimit,
    /// Accounts deactivated by the daily job or by their agency.
    Deactivations,
    /// Accounts that were erased.
    Erasures,
    /// Accounts whose due step failed in a daily run; one more if a run left accounts for the next.
    DailyJobFailures,
    /// Daily runs that completed.
    DailyJobRuns,
    /// Steps of the synthetic household that failed.
    SyntheticFailures,
}

impl Metric {
    /// The name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Registrations => "Registrations",
            Self::Activations => "Activations",
            Self::SignIns => "SignIns",
            Self::Refusals => "Refusals",
            Self::MailsSent => "MailsSent",
            Self::MailsRefused => "MailsRefused",
            Self::MailsDropped => "MailsDropped",
            Self::MailsBroken => "MailsBroken",
            Self::AgencyUnreachable => "AgencyUnreachable",
            Self::AgencyMailsBounced => "AgencyMailsBounced",
            Self::OldestUnsentMailAge => "OldestUnsentMailAge",
            Self::MailsBounced => "MailsBounced",
            Self::MailsComplained => "MailsComplained",
            Self::StaffLooksBeyondLimit => "StaffLooksBeyondLimit",
            Self::Deactivations => "Deactivations",
            Self::Erasures => "Erasures",
            Self::DailyJobFailures => "DailyJobFailures",
            Self::DailyJobRuns => "DailyJobRuns",
            Self::SyntheticFailures => "SyntheticFailures",
        }
    }

    /// The unit, one of CloudWatch's.
    fn unit(self) -> &'static str {
        match self {
            Self::OldestUnsentMailAge => "Seconds",
            _ => "Count",
        }
    }
}

/// Records a value of `metric`.
pub fn record(metric: Metric, value: impl TryInto<i64>) {
    let value = value.try_into().unwrap_or(i64::MAX);
    tracing::event!(
        target: TARGET,
        Level::INFO,
        metric.name = metric.name(),
        metric.unit = metric.unit(),
        metric.value = value,
        "metric"
    );
}

/// Records `many`, unless it is 0: a sum needs no zeros.
pub fn count(metric: Metric, many: usize) {
    if many > 0 {
        record(metric, many);
    }
}

/// Records that `step` of the synthetic household has ended: 1 if it failed, else 0. The step is a
/// dimension, so that its alarm names it.
pub fn step_ended(step: &'static str, failed: bool) {
    let metric = Metric::SyntheticFailures;
    tracing::event!(
        target: TARGET,
        Level::INFO,
        metric.name = metric.name(),
        metric.unit = metric.unit(),
        metric.value = i64::from(failed),
        Step = step,
        "metric"
    );
}

/// Counts a refused request to `operation`, with the problem's code.
pub(crate) fn refused(operation: &str, code: &str) {
    let metric = Metric::Refusals;
    tracing::event!(
        target: TARGET,
        Level::INFO,
        metric.name = metric.name(),
        metric.unit = metric.unit(),
        metric.value = 1_i64,
        operation,
        code,
        "metric"
    );
}

/// Writes recorded metrics as lines in the embedded metric format.
pub(crate) struct EmbeddedMetrics<W> {
    environment: String,
    clock: Clock,
    writer: W,
}

impl<W> EmbeddedMetrics<W> {
    /// Writes metrics of `environment` to `writer`.
    pub(crate) fn new(environment: String, clock: Clock, writer: W) -> Self {
        Self { environment, clock, writer }
    }

    fn line(&self, recorded: Recorded) -> Value {
        let Recorded { name, unit, value, properties } = recorded;
        let mut line = properties;
        let dimensions: &[&str] =
            if line.contains_key(STEP) { &["Environment", STEP] } else { &["Environment"] };
        line.insert("Environment".to_owned(), json!(self.environment));
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": self.clock.precise_now().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [dimensions],
                    "Metrics": [{ "Name": name, "Unit": unit }],
                }],
            }),
        );
        line.insert(name, json!(value));
        Value::Object(line)
    }
}

impl<S, W> Layer<S> for EmbeddedMetrics<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut recorded = Recorded::default();
        event.record(&mut recorded);
        // One write for the whole line, because other threads write here too. A failed write cannot
        // be reported: this is the only output.
        let line = format!("{}\n", self.line(recorded));
        let _ = self.writer.make_writer().write_all(line.as_bytes());
    }
}

/// The fields of an event that is a metric.
#[derive(Default)]
struct Recorded {
    name: String,
    unit: String,
    value: i64,
    properties: Map<String, Value>,
}

impl Visit for Recorded {
    fn record_i64(&mut self, _: &Field, value: i64) {
        self.value = value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "metric.name" => value.clone_into(&mut self.name),
            "metric.unit" => value.clone_into(&mut self.unit),
            name => {
                self.properties.insert(name.to_owned(), json!(value));
            }
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The lines written while `work` runs.
    fn written(work: impl FnOnce()) -> Vec<Value> {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer =
            EmbeddedMetrics::new("dev".to_owned(), Clock::default(), move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let bytes = sink.0.lock().unwrap().clone();
        let lines = String::from_utf8(bytes).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_metric_is_one_line_that_cloudwatch_reads() {
        let lines = written(|| record(Metric::OldestUnsentMailAge, 90));
        let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
        let directive = json!([{
            "Namespace": "EspaceLocataire",
            "Dimensions": [["Environment"]],
            "Metrics": [{"Name": "OldestUnsentMailAge", "Unit": "Seconds"}],
        }]);
        assert_eq!(line["_aws"]["CloudWatchMetrics"], directive);
        assert!(line["_aws"]["Timestamp"].as_i64().unwrap() > 1_700_000_000_000, "milliseconds");
        assert_eq!(
            (&line["OldestUnsentMailAge"], &line["Environment"]),
            (&json!(90), &json!("dev"))
        );
    }

    #[test]
    fn the_reason_of_a_refusal_is_a_property_not_a_dimension() {
        let lines = written(|| refused("login", "bad_credentials"));
        let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
        assert_eq!(line["Refusals"], 1);
        assert_eq!(
            (&line["operation"], &line["code"]),
            (&json!("login"), &json!("bad_credentials"))
        );
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Environment"]]));
    }

    #[test]
    fn the_step_of_the_synthetic_household_is_a_dimension() {
        let lines = written(|| step_ended("mail", true));
        let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
        let dimensions = &line["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(dimensions, &json!([["Environment", "Step"]]));
        assert_eq!((&line["SyntheticFailures"], &line["Step"]), (&json!(1), &json!("mail")));
    }

    #[test]
    fn other_events_and_zero_counts_write_no_metric() {
        let lines = written(|| {
            tracing::info!(request.id = "1", "answered");
            count(Metric::MailsSent, 0);
        });
        assert!(lines.is_empty(), "{lines:?}");
    }
}
