//! When something was done to an account, and from what kind of device.

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::DeviceKind;

/// When something was done to an account, and from what kind of device: so that a household that is
/// told of it can say whether it was its own doing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Occasion {
    /// When, to the second.
    pub at: Timestamp,
    /// The kind of device; none where it was not done from a device of the household's, or of
    /// somebody who acts as the household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceKind>,
}

impl Occasion {
    /// At `now`, from a device.
    #[must_use]
    pub fn from_device(now: Timestamp, device: DeviceKind) -> Self {
        Self { device: Some(device), ..Self::by_landlord(now) }
    }

    /// At `now`, by the landlord.
    #[must_use]
    pub fn by_landlord(now: Timestamp) -> Self {
        Self { at: now.round(Unit::Second).unwrap_or(now), device: None }
    }
}
