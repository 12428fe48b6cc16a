//! When something was done to an account, and from what kind of device.

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::DeviceKind;

/// When something was done to an account, and from what kind of device. Mails show both, so that a
/// household can recognise what it did itself.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Occasion {
    /// The time, to the second.
    pub at: Timestamp,
    /// The kind of device; absent if the landlord did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceKind>,
}

impl Occasion {
    /// An act at `now`, from a device.
    #[must_use]
    pub fn from_device(now: Timestamp, device: DeviceKind) -> Self {
        Self { device: Some(device), ..Self::by_landlord(now) }
    }

    /// An act at `now`, by the landlord.
    #[must_use]
    pub fn by_landlord(now: Timestamp) -> Self {
        Self { at: now.round(Unit::Second).unwrap_or(now), device: None }
    }
}
