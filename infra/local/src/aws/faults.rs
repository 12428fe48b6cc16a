//! Faults injected into the services that functions call.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::service::Service;

/// A way to fail.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fail {
    /// Answers that the request was throttled, and does nothing.
    Throttle,
    /// Does nothing. SES answers 503 `ServiceUnavailableException`, so that its caller can
    /// distinguish this from a lost answer. The other services close the connection.
    Down,
    /// Does the work and answers, but later than the caller waits: see [`Fault::delay`].
    Slow,
    /// Does the work and closes the connection without an answer.
    LostAnswer,
    /// Answers that another transaction had the item, and does nothing.
    Conflict,
    /// Answers that the sender is not verified yet, and sends nothing.
    Unverified,
    /// Answers that the mail is rejected, with the recipient in the message, and sends nothing.
    Reject,
}

impl Fail {
    /// Every way to fail.
    pub(crate) const ALL: [Self; 7] = [
        Self::Throttle,
        Self::Down,
        Self::Slow,
        Self::LostAnswer,
        Self::Conflict,
        Self::Unverified,
        Self::Reject,
    ];

    /// The only service that can fail in this way; `None` if all can.
    pub(crate) fn only_service(self) -> Option<Service> {
        match self {
            Self::Conflict => Some(Service::DynamoDb),
            Self::Unverified | Self::Reject => Some(Service::Ses),
            Self::Throttle | Self::Down | Self::Slow | Self::LostAnswer => None,
        }
    }

    /// The name in requests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Down => "down",
            Self::Slow => "slow",
            Self::LostAnswer => "lost-answer",
            Self::Conflict => "conflict",
            Self::Unverified => "unverified",
            Self::Reject => "reject",
        }
    }
}

/// A fault of one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Fault {
    /// The service that fails.
    pub service: Service,
    /// How the service fails.
    pub fail: Fail,
    /// How many more calls fail; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The only function whose calls fail; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The only action that fails; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// How many matching calls pass first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<u32>,
    /// The delay of a slow answer in seconds; `None` for longer than the caller waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// How many calls of any second pass before others are throttled; `None` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// When the calls of the last second came that `rate` let pass, in milliseconds.
    #[serde(skip)]
    pub passed: VecDeque<f64>,
}

/// How a call is to fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Strike {
    /// How the call fails.
    pub(crate) fail: Fail,
    /// The delay before the work.
    pub(crate) delay: Duration,
}

/// The present faults, at most one for each service.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Sets `fault`, replacing the service's former one.
    pub(crate) fn set(&self, fault: Fault) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|other| other.service != fault.service);
        if fault.count != Some(0) {
            faults.push(fault);
        }
    }

    /// Removes the fault of `service`.
    pub(crate) fn clear(&self, service: Service) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|fault| fault.service != service);
    }

    /// The present faults.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How this call, which came at `now` in milliseconds, fails, if a fault matches it. Counts the
    /// call.
    pub(crate) fn strike(
        &self,
        service: Service,
        function: &str,
        action: &str,
        now: f64,
    ) -> Option<Strike> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = faults.iter().position(|fault| fault.hits(service, function, action))?;
        let fault = faults.get_mut(index)?;
        if let Some(skip) = fault.skip.as_mut().filter(|skip| **skip > 0) {
            *skip -= 1;
            return None;
        }
        if fault.lets_pass(now) {
            return None;
        }
        let strike = Strike { fail: fault.fail, delay: fault.delay() };
        if let Some(count) = &mut fault.count {
            *count = count.saturating_sub(1);
            if *count == 0 {
                faults.remove(index);
            }
        }
        Some(strike)
    }
}

impl Fault {
    /// The delay of the answer: zero unless the fault is slow. By default longer than callers wait,
    /// which is 15 s for SES and 2 s for each attempt at the other services.
    fn delay(&self) -> Duration {
        let seconds = match (self.fail, self.seconds, self.service) {
            (Fail::Slow, Some(seconds), _) => seconds,
            (Fail::Slow, None, Service::Ses) => 20,
            (Fail::Slow, None, Service::DynamoDb | Service::SecretsManager) => 3,
            (Fail::Slow, None, Service::OpenId) => 4,
            _ => 0,
        };
        Duration::from_secs(u64::from(seconds))
    }

    /// Whether the rate lets a call pass that came at `now`: fewer than `rate` have in the second
    /// before. A call that is throttled does not count.
    fn lets_pass(&mut self, now: f64) -> bool {
        let Some(rate) = self.rate else { return false };
        while self.passed.front().is_some_and(|passed| *passed <= now - 1_000.0) {
            self.passed.pop_front();
        }
        let passes = self.passed.len() < usize::try_from(rate).unwrap_or(usize::MAX);
        if passes {
            self.passed.push_back(now);
        }
        passes
    }

    fn hits(&self, service: Service, function: &str, action: &str) -> bool {
        let only = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
        self.service == service
            && only(&self.function, function)
            && only(&self.action, action)
            && (self.fail != Fail::Conflict || can_conflict(action))
    }
}

/// Whether this action can conflict with a transaction.
pub(crate) fn can_conflict(action: &str) -> bool {
    matches!(
        action,
        "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "TransactGetItems"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(fail: Fail, count: Option<u32>) -> Fault {
        Fault {
            service: Service::DynamoDb,
            fail,
            count,
            function: None,
            action: None,
            skip: None,
            seconds: None,
            rate: None,
            passed: VecDeque::new(),
        }
    }

    fn failed(faults: &Faults, service: Service, function: &str, action: &str) -> Option<Fail> {
        faults.strike(service, function, action, 0.0).map(|strike| strike.fail)
    }

    #[test]
    fn every_name_is_read_back() {
        for fail in Fail::ALL {
            assert_eq!(serde_json::to_value(fail).unwrap(), fail.name());
        }
    }

    #[test]
    fn a_slow_answer_comes_later_than_its_caller_waits() {
        let delay =
            |service, fail, seconds| Fault { service, seconds, ..fault(fail, None) }.delay();

        assert_eq!(delay(Service::Ses, Fail::Slow, None), Duration::from_secs(20));
        assert_eq!(delay(Service::DynamoDb, Fail::Slow, None), Duration::from_secs(3));
        assert_eq!(delay(Service::SecretsManager, Fail::Slow, None), Duration::from_secs(3));
        assert_eq!(delay(Service::DynamoDb, Fail::Slow, Some(1)), Duration::from_secs(1));
        assert_eq!(delay(Service::Ses, Fail::LostAnswer, None), Duration::ZERO);
    }

    #[test]
    fn a_fault_strikes_until_its_count_is_used_up() {
        let faults = Faults::default();
        faults.set(fault(Fail::Throttle, Some(2)));

        let strike = || failed(&faults, Service::DynamoDb, "login", "GetItem");

        assert_eq!(
            [strike(), strike(), strike()],
            [Some(Fail::Throttle), Some(Fail::Throttle), None]
        );
    }

    #[test]
    fn a_fault_may_let_some_calls_pass_first() {
        let faults = Faults::default();
        faults.set(Fault { skip: Some(2), ..fault(Fail::Down, Some(1)) });

        let strike = || failed(&faults, Service::DynamoDb, "login", "GetItem");

        assert_eq!([strike(), strike(), strike(), strike()], [None, None, Some(Fail::Down), None]);
    }

    #[test]
    fn a_rate_lets_so_many_calls_of_any_second_pass() {
        let faults = Faults::default();
        let fault = fault(Fail::Throttle, None);
        faults.set(Fault { service: Service::Ses, rate: Some(2), ..fault });

        let passes = |now| faults.strike(Service::Ses, "a", "SendEmail", now).is_none();

        let calls = [0.0, 400.0, 900.0, 1_000.0, 1_399.0, 1_400.0, 2_500.0, 2_500.0, 2_500.0];
        let expected = [true, true, false, true, false, true, true, true, false];
        assert_eq!(calls.map(passes), expected);
    }

    #[test]
    fn a_fault_without_a_count_strikes_until_it_is_cleared() {
        let faults = Faults::default();
        faults.set(fault(Fail::Down, None));

        for _ in 0..3 {
            assert_eq!(failed(&faults, Service::DynamoDb, "a", "GetItem"), Some(Fail::Down));
        }
        assert_eq!(failed(&faults, Service::Ses, "a", "SendEmail"), None);
        faults.clear(Service::DynamoDb);

        assert_eq!(failed(&faults, Service::DynamoDb, "a", "GetItem"), None);
    }

    #[test]
    fn a_conflict_strikes_writes_only_and_reads_do_not_count() {
        let faults = Faults::default();
        faults.set(fault(Fail::Conflict, Some(1)));

        assert_eq!(failed(&faults, Service::DynamoDb, "a", "GetItem"), None);
        assert_eq!(failed(&faults, Service::DynamoDb, "a", "PutItem"), Some(Fail::Conflict));
    }

    #[test]
    fn a_fault_may_be_for_one_function_and_one_action() {
        let faults = Faults::default();
        faults.set(Fault {
            function: Some("login".to_owned()),
            action: Some("PutItem".to_owned()),
            ..fault(Fail::Slow, None)
        });

        assert_eq!(failed(&faults, Service::DynamoDb, "deliver-mail", "PutItem"), None);
        assert_eq!(failed(&faults, Service::DynamoDb, "login", "GetItem"), None);
        assert_eq!(failed(&faults, Service::DynamoDb, "login", "PutItem"), Some(Fail::Slow));
    }
}
