//! Faults, injected into the services that functions call.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::requests::Service;

/// A way to fail.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fail {
    /// Answers that there were too many requests.
    Throttle,
    /// Closes the connection.
    Down,
    /// Answers a second late.
    Slow,
    /// Does the work and closes the connection.
    LostAnswer,
    /// Answers that another transaction had the item, and does nothing.
    Conflict,
    /// Answers that the sender is not verified yet, and sends nothing.
    Unverified,
}

/// A fault of one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Fault {
    /// The service that fails.
    pub service: Service,
    /// How.
    pub fail: Fail,
    /// How many more calls it makes fail; all of them where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The only function it makes fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The only action it makes fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// The faults that are set: at most one for each service.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Sets `fault` in place of its service's previous one.
    pub(crate) fn set(&self, fault: Fault) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|other| other.service != fault.service);
        if fault.count != Some(0) {
            faults.push(fault);
        }
    }

    /// Takes the fault of `service` away.
    pub(crate) fn clear(&self, service: Service) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|fault| fault.service != service);
    }

    /// Those that are set.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How this call is to fail, if it is; counts it.
    pub(super) fn strike(&self, service: Service, function: &str, action: &str) -> Option<Fail> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = faults.iter().position(|fault| fault.hits(service, function, action))?;
        let fault = faults.get_mut(index)?;
        let fail = fault.fail;
        if let Some(count) = &mut fault.count {
            *count = count.saturating_sub(1);
            if *count == 0 {
                faults.remove(index);
            }
        }
        Some(fail)
    }
}

impl Fault {
    fn hits(&self, service: Service, function: &str, action: &str) -> bool {
        let only = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
        self.service == service
            && only(&self.function, function)
            && only(&self.action, action)
            && (self.fail != Fail::Conflict || can_conflict(action))
    }
}

/// Whether another transaction can be in the way of this action.
fn can_conflict(action: &str) -> bool {
    matches!(
        action,
        "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "TransactGetItems"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(fail: Fail, count: Option<u32>) -> Fault {
        Fault { service: Service::DynamoDb, fail, count, function: None, action: None }
    }

    #[test]
    fn a_fault_strikes_until_its_count_is_used_up() {
        let faults = Faults::default();
        faults.set(fault(Fail::Throttle, Some(2)));

        let strike = || faults.strike(Service::DynamoDb, "login", "GetItem");

        assert_eq!(
            [strike(), strike(), strike()],
            [Some(Fail::Throttle), Some(Fail::Throttle), None]
        );
    }

    #[test]
    fn without_a_count_it_strikes_until_it_is_cleared() {
        let faults = Faults::default();
        faults.set(fault(Fail::Down, None));

        for _ in 0..3 {
            assert_eq!(faults.strike(Service::DynamoDb, "a", "GetItem"), Some(Fail::Down));
        }
        assert_eq!(faults.strike(Service::Ses, "a", "SendEmail"), None);
        faults.clear(Service::DynamoDb);

        assert_eq!(faults.strike(Service::DynamoDb, "a", "GetItem"), None);
    }

    #[test]
    fn a_conflict_strikes_writes_only_and_reads_do_not_count() {
        let faults = Faults::default();
        faults.set(fault(Fail::Conflict, Some(1)));

        assert_eq!(faults.strike(Service::DynamoDb, "a", "GetItem"), None);
        assert_eq!(faults.strike(Service::DynamoDb, "a", "PutItem"), Some(Fail::Conflict));
    }

    #[test]
    fn a_fault_may_be_for_one_function_and_one_action() {
        let faults = Faults::default();
        faults.set(Fault {
            function: Some("login".to_owned()),
            action: Some("PutItem".to_owned()),
            ..fault(Fail::Slow, None)
        });

        assert_eq!(faults.strike(Service::DynamoDb, "deliver-mail", "PutItem"), None);
        assert_eq!(faults.strike(Service::DynamoDb, "login", "GetItem"), None);
        assert_eq!(faults.strike(Service::DynamoDb, "login", "PutItem"), Some(Fail::Slow));
    }
}
