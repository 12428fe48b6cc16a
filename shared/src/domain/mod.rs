//! The types of the domain. They are made by `TryFrom`, do no I/O, and take the time as an
//! argument.

mod account;
mod act;
mod calendar;
mod device;
mod email;
mod field_code;
mod id;
mod language;
mod lease;
mod lifecycle;
mod link;
mod mail_state;
mod name;
mod occasion;
mod password;
mod request;
mod search;
mod session;
mod staff;
pub mod text;

pub use account::{Account, Asked, Closure, Paperless, PaperlessBy, Revert, Status, Terms};
pub use act::{Act, By, ByKind, What};
pub use calendar::{clock_in_paris, in_paris, start_in_paris};
pub use device::{Browser, DeviceKind, System};
pub use email::EmailAddress;
pub use field_code::FieldCode;
pub use id::{DeviceId, ImportId, LinkId, NotAnId, NoticeId, SessionId, TenantId};
pub use language::Language;
pub use lease::{Contact, Lease, LeaseReference, LeaseTerms, SeenLease};
pub use lifecycle::{NextStep, Plan, Planned, Step};
pub use link::{LinkToken, Purpose};
pub use mail_state::MailState;
pub use name::Name;
pub use occasion::Occasion;
pub use password::{Password, PasswordPolicy};
pub use request::{AgencyRequest, AgencyRequestKind, Message, RequestState, Settlement};
pub use search::{ListedName, Search};
pub use session::{EndOfSession, EndedSession, SecretHash, Session, SessionSecret, Standing};
pub use staff::{Agencies, Role, StaffAct, StaffMember, StaffSession};
