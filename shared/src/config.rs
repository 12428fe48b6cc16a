//! The only reader of the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;

/// The variables a function is started with.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process.
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

/// Reads variables and remembers each that is missing or malformed, so that all are named at once.
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

    /// The text of `name`, which must be there.
    pub fn text(&mut self, name: &str) -> String {
        let Some(value) = self.variables.find(name) else {
            self.faults.push(format!("{name} is missing"));
            return String::new();
        };
        value.to_owned()
    }

    /// The text of `name`, unless it is missing or empty.
    #[must_use]
    pub fn optional_text(&self, name: &str) -> Option<String> {
        self.variables.find(name).map(str::to_owned)
    }

    /// The number in `name`, or `default` where it is missing.
    pub fn number<T: FromStr>(&mut self, name: &str, default: T) -> T {
        let Some(value) = self.variables.find(name) else {
            return default;
        };
        value.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} is not a number in range"));
            default
        })
    }

    /// `config`, unless a variable was missing or malformed.
    ///
    /// # Errors
    ///
    /// Names every such variable.
    pub fn finish<T>(self, config: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() { Ok(config) } else { Err(ConfigError(self.faults)) }
    }
}

/// What every operation is configured with; `template.yaml` sets each variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TENANTS_TABLE`: the name of the table of what lasts.
    pub tenants_table: String,
    /// `TOKENS_TABLE`: the name of the table of what expires.
    pub tokens_table: String,
    /// `ISSUER`: the `iss` of access tokens.
    pub issuer: String,
    /// `AUDIENCE`: the `aud` of access tokens.
    pub audience: String,
    /// `TERMS_VERSION`: the terms one accepts today.
    pub terms_version: String,
    /// `SUBJECTS_SALT`: what the names that throttles, bounces and stops are filed under are keyed
    /// by, the stack's id; the name of the table of tokens by default. Another salt forgets them
    /// all.
    pub subjects_salt: String,
    /// `PASSWORD_MIN_LENGTH`: characters, 8 by default (the landlord's page).
    pub password_min_length: usize,
    /// `ERASE_AFTER_MONTHS`: from deactivation to erasure, 12 by default.
    pub erase_after_months: i32,
    /// How passwords are hashed.
    pub argon2: Argon2Config,
    /// How often is too often.
    pub limits: Limits,
    /// `TRUSTED_PROXY_SECRET`: what a proxy in front shows to be believed; without it, none is.
    pub trusted_proxy_secret: Option<ProxySecret>,
}

/// What a trusted proxy shows in a header of each request.
#[derive(Clone)]
pub struct ProxySecret(String);

impl ProxySecret {
    /// Whether it is what was `shown`; finding out takes the same time whatever was shown.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl fmt::Debug for ProxySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxySecret")
    }
}

/// Argon2id's parameters; by default those of OWASP's password storage cheat sheet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Config {
    /// `ARGON2_MEMORY_KIB`: 19456 by default.
    pub memory_kib: u32,
    /// `ARGON2_ITERATIONS`: 2 by default.
    pub iterations: u32,
    /// `ARGON2_PARALLELISM`: 1 by default.
    pub parallelism: u32,
    /// `ARGON2_DEAREST_KIB_PASSES`: the memory in KiB times the iterations of the dearest hash
    /// still in use; today's by default. To be set when the parameters are lowered: every
    /// verification then costs as much.
    pub dearest_kib_passes: u64,
}

/// How many times something may be asked for in its window.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `LIMIT_SIGN_INS_PER_DEVICE`, per 15 minutes, with the browser's device cookie.
    pub sign_ins_per_device: u32,
    /// `LIMIT_SIGN_INS_OF_DEVICES`, per 15 minutes, of all such browsers of an address.
    pub sign_ins_of_devices: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE`, per 15 minutes, without it.
    pub sign_ins_per_address_and_source: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS`, per 15 minutes, without it.
    pub sign_ins_per_address: u32,
    /// `LIMIT_SIGN_INS_PER_SOURCE`, per 15 minutes, without it.
    pub sign_ins_per_source: u32,
    /// `LIMIT_REGISTRATIONS_PER_LEASE`, per hour.
    pub registrations_per_lease: u32,
    /// `LIMIT_REGISTRATIONS_PER_SOURCE`, per hour.
    pub registrations_per_source: u32,
    /// `LIMIT_MISTAKEN_REGISTRATIONS_PER_SOURCE`, per hour: those that name no lease we know.
    pub mistaken_registrations_per_source: u32,
    /// `LIMIT_MAILS_PER_SOURCE`: asked for, per hour.
    pub mails_per_source: u32,
    /// `LIMIT_RESENDS_PER_REGISTRATION`, per hour.
    pub resends_per_registration: u32,
    /// `LIMIT_MAILS_PER_ADDRESS_AND_KIND`: sent, of each kind that an outsider can cause, per hour.
    pub mails_per_address_and_kind: u32,
    /// `LIMIT_MAILS_PER_ADDRESS`: sent, of all such kinds but resets, per hour.
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
                resends_per_registration: reader.number("LIMIT_RESENDS_PER_REGISTRATION", 3),
                mails_per_address_and_kind: reader.number("LIMIT_MAILS_PER_ADDRESS_AND_KIND", 5),
                mails_per_address: reader.number("LIMIT_MAILS_PER_ADDRESS", 20),
            },
            trusted_proxy_secret: reader.optional_text("TRUSTED_PROXY_SECRET").map(ProxySecret),
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

    fn read(more: &[(&str, &str)]) -> Config {
        let needed = ["TENANTS_TABLE", "TOKENS_TABLE", "ISSUER", "AUDIENCE", "TERMS_VERSION"];
        let variables = needed.map(|name| (name, name)).into_iter().chain(more.iter().copied());
        let pairs = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(&pairs.collect()).unwrap()
    }

    #[test]
    fn subjects_are_keyed_by_the_table_of_tokens_where_nothing_else_is_said() {
        assert_eq!(read(&[]).subjects_salt, "TOKENS_TABLE");
        assert_eq!(read(&[("SUBJECTS_SALT", "stack")]).subjects_salt, "stack");
    }

    #[test]
    fn the_dearest_hash_is_one_of_today_where_nothing_else_is_said() {
        assert_eq!(read(&[]).argon2.dearest_kib_passes, 19_456 * 2);
        assert_eq!(read(&[("ARGON2_ITERATIONS", "3")]).argon2.dearest_kib_passes, 19_456 * 3);
        let dearer = read(&[("ARGON2_DEAREST_KIB_PASSES", "196608")]);
        assert_eq!(dearer.argon2.dearest_kib_passes, 196_608);
    }
}
