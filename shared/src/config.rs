//! The only reader of the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use subtle::{Choice, ConstantTimeEq};

/// The environment variables of a function.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The variables of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    pub fn of_this_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// The value of `name`, unless it is missing or empty.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Reads variables and collects the faults, so that one error names them all.
#[derive(Debug)]
pub struct Reader<'a> {
    variables: &'a Variables,
    faults: Vec<String>,
}

/// Every variable that is missing or malformed.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl<'a> Reader<'a> {
    /// A reader of `variables`.
    #[must_use]
    pub fn new(variables: &'a Variables) -> Self {
        Self { variables, faults: Vec::new() }
    }

    /// The text of `name`, which is required.
    pub fn text(&mut self, name: &str) -> String {
        let Some(value) = self.variables.find(name) else {
            self.faults.push(format!("{name} is missing"));
            return String::new();
        };
        value.to_owned()
    }

    /// The text of `name`; `None` when it is missing or empty.
    #[must_use]
    pub fn optional_text(&self, name: &str) -> Option<String> {
        self.variables.find(name).map(str::to_owned)
    }

    /// The number in `name`, or `default` when it is missing.
    pub fn number<T: FromStr>(&mut self, name: &str, default: T) -> T {
        let Some(value) = self.variables.find(name) else {
            return default;
        };
        value.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} is not a number in range"));
            default
        })
    }

    /// Whether `name` is `true`, or `default` when it is missing.
    pub fn truth(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.variables.find(name) else {
            return default;
        };
        value.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} is neither true nor false"));
            default
        })
    }

    /// Adds a fault that the reader itself does not know.
    pub fn refuse(&mut self, fault: &str) {
        self.faults.push(fault.to_owned());
    }

    /// Returns `config` if no variable was missing or malformed.
    ///
    /// # Errors
    ///
    /// Names every such variable.
    pub fn finish<T>(self, config: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() { Ok(config) } else { Err(ConfigError(self.faults)) }
    }
}

/// The configuration of every operation. `template.yaml` sets each variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TENANTS_TABLE`: the name of the table of leases, accounts and credentials.
    pub tenants_table: String,
    /// `TOKENS_TABLE`: the name of the table of rows that expire.
    pub tokens_table: String,
    /// `ISSUER`: the `iss` of access tokens.
    pub issuer: String,
    /// `AUDIENCE`: the `aud` of access tokens.
    pub audience: String,
    /// `TERMS_VERSION`: the version of the terms of use that tenants accept today.
    pub terms_version: String,
    /// `SUBJECTS_SALT`: the key of the hashes under which throttles, bounces and stops are stored.
    /// It is the stack's id; by default, the name of the tokens table. A new salt loses all of
    /// them.
    pub subjects_salt: String,
    /// `PASSWORD_MIN_LENGTH`: in characters, 8 by default (the landlord's page).
    pub password_min_length: usize,
    /// `ERASE_AFTER_MONTHS`: months from deactivation to erasure, 12 by default.
    pub erase_after_months: i32,
    /// The parameters of password hashing.
    pub argon2: Argon2Config,
    /// The limits of calls.
    pub limits: Limits,
    /// The proxy in front. Without one, no header says where a call comes from.
    pub trusted_proxy: Option<TrustedProxy>,
}

/// A proxy in front, which sends a secret in a header of each request.
#[derive(Clone)]
pub struct TrustedProxy {
    /// `TRUSTED_PROXY_SECRET`: what the proxy may send. During a rotation, the new secret and the
    /// old one with a comma between them.
    secrets: Vec<String>,
    /// `TRUSTED_PROXY_ONLY`: whether calls that did not come through the proxy are refused; `false`
    /// by default.
    pub is_demanded: bool,
}

impl TrustedProxy {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let secrets = reader.optional_text("TRUSTED_PROXY_SECRET").unwrap_or_default();
        let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        let secrets: Vec<String> = secrets.map(str::to_owned).collect();
        let is_demanded = reader.truth("TRUSTED_PROXY_ONLY", false);
        if is_demanded && secrets.is_empty() {
            reader.refuse("TRUSTED_PROXY_ONLY needs TRUSTED_PROXY_SECRET");
        }
        (!secrets.is_empty()).then_some(Self { secrets, is_demanded })
    }

    /// Whether `shown` is one of the secrets. Each is compared, in constant time.
    #[must_use]
    pub fn sends(&self, shown: &str) -> bool {
        let equal = |secret: &String| secret.as_bytes().ct_eq(shown.as_bytes());
        self.secrets.iter().map(equal).fold(Choice::from(0), |any, one| any | one).into()
    }
}

impl fmt::Debug for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedProxy")
            .field("is_demanded", &self.is_demanded)
            .finish_non_exhaustive()
    }
}

/// Argon2id's parameters. The defaults are those of OWASP's password storage cheat sheet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Config {
    /// `ARGON2_MEMORY_KIB`: 19456 by default.
    pub memory_kib: u32,
    /// `ARGON2_ITERATIONS`: 2 by default.
    pub iterations: u32,
    /// `ARGON2_PARALLELISM`: 1 by default.
    pub parallelism: u32,
    /// `ARGON2_DEAREST_KIB_PASSES`: memory in KiB times iterations of the most expensive hash still
    /// stored; by default, of today's parameters. Set it when the parameters are lowered: every
    /// verification then costs as much as that hash.
    pub dearest_kib_passes: u64,
}

/// How many calls are allowed in a window of time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `LIMIT_SIGN_INS_PER_DEVICE`, per 15 minutes, of one browser with a device cookie.
    pub sign_ins_per_device: u32,
    /// `LIMIT_SIGN_INS_OF_DEVICES`, per 15 minutes, of all browsers with a device cookie of an
    /// address.
    pub sign_ins_of_devices: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE`, per 15 minutes, without a device cookie.
    pub sign_ins_per_address_and_source: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS`, per 15 minutes, without a device cookie.
    pub sign_ins_per_address: u32,
    /// `LIMIT_SIGN_INS_PER_SOURCE`, per 15 minutes, without a device cookie.
    pub sign_ins_per_source: u32,
    /// `LIMIT_REGISTRATIONS_PER_LEASE`, per hour.
    pub registrations_per_lease: u32,
    /// `LIMIT_REGISTRATIONS_PER_SOURCE`, per hour.
    pub registrations_per_source: u32,
    /// `LIMIT_MISTAKEN_REGISTRATIONS_PER_SOURCE`, per hour: registrations whose lease is not
    /// recognised.
    pub mistaken_registrations_per_source: u32,
    /// `LIMIT_MAILS_PER_SOURCE`, per hour: mails that a caller asks for.
    pub mails_per_source: u32,
    /// `LIMIT_STAFF_LOOKS`, per hour: looks of a member of staff at households, beyond which an
    /// alarm rings. No look is refused.
    pub staff_looks: u32,
    /// `LIMIT_RESENDS_PER_REGISTRATION`, per hour.
    pub resends_per_registration: u32,
    /// `LIMIT_MAILS_PER_ADDRESS_AND_KIND`, per hour: mails sent of each kind that an outsider can
    /// cause.
    pub mails_per_address_and_kind: u32,
    /// `LIMIT_MAILS_PER_ADDRESS`, per hour: mails sent of all such kinds together, except resets.
    pub mails_per_address: u32,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or malformed.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(variables);
        let tokens_table = reader.text("TOKENS_TABLE");
        let config = Self {
            tenants_table: reader.text("TENANTS_TABLE"),
            subjects_salt: variables.find("SUBJECTS_SALT").unwrap_or(&tokens_table).to_owned(),
            tokens_table,
            issuer: reader.text("ISSUER"),
            audience: reader.text("AUDIENCE"),
            terms_version: reader.text("TERMS_VERSION"),
            password_min_length: reader.number("PASSWORD_MIN_LENGTH", 8),
            erase_after_months: reader.number("ERASE_AFTER_MONTHS", 12),
            argon2: Argon2Config::read(&mut reader),
            limits: Limits {
                sign_ins_per_device: reader.number("LIMIT_SIGN_INS_PER_DEVICE", 10),
                sign_ins_of_devices: reader.number("LIMIT_SIGN_INS_OF_DEVICES", 30),
                sign_ins_per_address_and_source: reader
                    .number("LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE", 10),
                sign_ins_per_address: reader.number("LIMIT_SIGN_INS_PER_ADDRESS", 100),
                sign_ins_per_source: reader.number("LIMIT_SIGN_INS_PER_SOURCE", 100),
                registrations_per_lease: reader.number("LIMIT_REGISTRATIONS_PER_LEASE", 10),
                registrations_per_source: reader.number("LIMIT_REGISTRATIONS_PER_SOURCE", 200),
                mistaken_registrations_per_source: reader
                    .number("LIMIT_MISTAKEN_REGISTRATIONS_PER_SOURCE", 20),
                mails_per_source: reader.number("LIMIT_MAILS_PER_SOURCE", 30),
                staff_looks: reader.number("LIMIT_STAFF_LOOKS", 200),
                resends_per_registration: reader.number("LIMIT_RESENDS_PER_REGISTRATION", 3),
                mails_per_address_and_kind: reader.number("LIMIT_MAILS_PER_ADDRESS_AND_KIND", 5),
                mails_per_address: reader.number("LIMIT_MAILS_PER_ADDRESS", 20),
            },
            trusted_proxy: TrustedProxy::read(&mut reader),
        };
        reader.finish(config)
    }
}

impl Argon2Config {
    fn read(reader: &mut Reader<'_>) -> Self {
        let memory_kib = reader.number("ARGON2_MEMORY_KIB", 19_456);
        let iterations = reader.number("ARGON2_ITERATIONS", 2);
        let todays = u64::from(memory_kib) * u64::from(iterations);
        Self {
            memory_kib,
            iterations,
            parallelism: reader.number("ARGON2_PARALLELISM", 1),
            dearest_kib_passes: reader.number("ARGON2_DEAREST_KIB_PASSES", todays),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_read(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let needed = ["TENANTS_TABLE", "TOKENS_TABLE", "ISSUER", "AUDIENCE", "TERMS_VERSION"];
        let variables = needed.map(|name| (name, name)).into_iter().chain(more.iter().copied());
        let pairs = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(&pairs.collect())
    }

    fn read(more: &[(&str, &str)]) -> Config {
        try_read(more).unwrap()
    }

    #[test]
    fn a_proxy_sends_one_of_its_secrets() {
        let proxy = |secrets| read(&[("TRUSTED_PROXY_SECRET", secrets)]).trusted_proxy;

        assert!(proxy("").is_none() && proxy(",").is_none());
        let one = proxy("new").unwrap();
        assert!(one.sends("new") && !one.is_demanded);
        let two = proxy("new, old").unwrap();
        assert!(two.sends("new") && two.sends("old"));
        for other in ["", "ne", "newer", "new,old", "new, old", ","] {
            assert!(!one.sends(other) && !two.sends(other), "{other}");
        }
    }

    #[test]
    fn a_proxy_that_is_demanded_has_a_secret() {
        let demanded = ("TRUSTED_PROXY_ONLY", "true");
        let with = read(&[demanded, ("TRUSTED_PROXY_SECRET", "s3cret")]).trusted_proxy;
        assert!(with.unwrap().is_demanded);

        for (variables, fault) in [
            (vec![demanded], "TRUSTED_PROXY_ONLY needs TRUSTED_PROXY_SECRET"),
            (vec![demanded, ("TRUSTED_PROXY_SECRET", ", ")], "needs TRUSTED_PROXY_SECRET"),
            (vec![("TRUSTED_PROXY_ONLY", "yes")], "TRUSTED_PROXY_ONLY is neither true nor false"),
        ] {
            let error = try_read(&variables).unwrap_err().to_string();
            assert!(error.contains(fault), "{error}");
        }
    }

    #[test]
    fn subjects_are_keyed_by_the_tokens_table_by_default() {
        assert_eq!(read(&[]).subjects_salt, "TOKENS_TABLE");
        assert_eq!(read(&[("SUBJECTS_SALT", "stack")]).subjects_salt, "stack");
    }

    #[test]
    fn the_dearest_hash_is_one_of_today_by_default() {
        assert_eq!(read(&[]).argon2.dearest_kib_passes, 19_456 * 2);
        assert_eq!(read(&[("ARGON2_ITERATIONS", "3")]).argon2.dearest_kib_passes, 19_456 * 3);
        let dearer = read(&[("ARGON2_DEAREST_KIB_PASSES", "196608")]);
        assert_eq!(dearer.argon2.dearest_kib_passes, 196_608);
    }
}
