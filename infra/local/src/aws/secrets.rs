//! Secrets Manager: a secret has a current version and, once rotated, a previous one.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::Reply;
use super::service::Service;
use crate::ids;

/// The secrets of a stack, also kept in a file if the stack has one.
#[derive(Debug)]
pub(crate) struct Secrets {
    by_arn: Mutex<BTreeMap<String, Versions>>,
    file: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Versions {
    current: Version,
    previous: Option<Version>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Version {
    id: String,
    value: String,
    created_at: Timestamp,
}

/// Why the file of secrets cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", .file.display())]
pub(crate) struct SecretsError {
    file: PathBuf,
    cause: io::Error,
}

impl Secrets {
    /// The secrets `arns`: from the file, and new ones if the file lacks them.
    pub(crate) fn open(
        file: Option<&Path>,
        arns: &[String],
        now: Timestamp,
    ) -> Result<Self, SecretsError> {
        let failed = |cause| SecretsError { file: file.unwrap_or(Path::new("")).to_owned(), cause };
        let mut by_arn: BTreeMap<String, Versions> = match file.map(fs::read) {
            Some(Ok(bytes)) => {
                serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?
            }
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => BTreeMap::new(),
        };
        for arn in arns {
            by_arn.entry(arn.clone()).or_insert_with(|| Versions {
                current: Version { id: ids::request_id(), value: generated(), created_at: now },
                previous: None,
            });
        }
        let secrets = Self { by_arn: Mutex::new(by_arn.clone()), file: file.map(Path::to_owned) };
        secrets.write(&by_arn).map_err(failed)?;
        Ok(secrets)
    }

    fn write(&self, by_arn: &BTreeMap<String, Versions>) -> io::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(&serde_json::to_vec_pretty(by_arn)?)
    }

    /// The present value of the secret `name`.
    pub(crate) fn current(&self, name: &str) -> Option<String> {
        let by_arn = self.by_arn.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, versions) = by_arn.iter().find(|(arn, _)| name_of(arn) == name)?;
        Some(versions.current.value.clone())
    }

    fn get(&self, request: &Value) -> Result<Value, Refusal> {
        let by_arn = self.by_arn.lock().unwrap_or_else(PoisonError::into_inner);
        let (arn, versions) = find(&by_arn, request)?;
        let Versions { current, previous } = versions;
        let wanted_id = request.get("VersionId").and_then(Value::as_str);
        let wanted_stage = request.get("VersionStage").and_then(Value::as_str);
        let staged = [(Some(current), "AWSCURRENT"), (previous.as_ref(), "AWSPREVIOUS")];
        let found = staged.into_iter().find_map(|(version, stage)| {
            let version = version?;
            let wanted = match (wanted_id, wanted_stage) {
                (Some(id), _) => version.id == id,
                (None, Some(wanted)) => stage == wanted,
                (None, None) => stage == "AWSCURRENT",
            };
            wanted.then_some((version, stage))
        });
        let (version, stage) = found.ok_or_else(|| not_found("the specified secret value"))?;
        Ok(json!({
            "ARN": arn,
            "Name": name_of(arn),
            "VersionId": version.id,
            "SecretString": version.value,
            "VersionStages": [stage],
            "CreatedDate": version.created_at.as_second(),
        }))
    }

    fn put(&self, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
        let mut by_arn = self.by_arn.lock().unwrap_or_else(PoisonError::into_inner);
        let arn = find(&by_arn, request)?.0.to_owned();
        let value = request.get("SecretString").and_then(Value::as_str).ok_or_else(|| {
            refusal("InvalidParameterException", "only SecretString is known here")
        })?;
        let id = request
            .get("ClientRequestToken")
            .and_then(Value::as_str)
            .map_or_else(ids::request_id, str::to_owned);
        let mut changed = by_arn.clone();
        if let Some(versions) = changed.get_mut(&arn)
            && versions.current.id != id
        {
            let version = Version { id: id.clone(), value: value.to_owned(), created_at: now };
            versions.previous = Some(std::mem::replace(&mut versions.current, version));
        }
        self.write(&changed).map_err(|cause| {
            refusal("InternalServiceError", &format!("it cannot be kept: {cause}"))
        })?;
        *by_arn = changed;
        Ok(json!({
            "ARN": arn,
            "Name": name_of(&arn),
            "VersionId": id,
            "VersionStages": ["AWSCURRENT"],
        }))
    }
}

/// Answers a call.
pub(crate) fn answer(secrets: &Secrets, now: Timestamp, action: &str, body: &[u8]) -> Reply {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return refusal("InvalidRequestException", "the request is not JSON").into();
    };
    let result = match action {
        "GetSecretValue" => secrets.get(&request),
        "PutSecretValue" => secrets.put(&request, now),
        _ => Err(refusal(
            "InvalidRequestException",
            "only GetSecretValue and PutSecretValue are known here",
        )),
    };
    result.map_or_else(Reply::from, |body| Reply::json(StatusCode::OK, JSON, &body))
}

/// The answer to a throttled call.
pub(crate) fn throttled() -> Reply {
    refusal("ThrottlingException", "Rate exceeded").into()
}

/// The answer to a call that the function's policies do not allow.
pub(crate) fn denied(message: &str) -> Reply {
    refusal("AccessDeniedException", message).into()
}

/// The secret in a call, if there is one.
pub(crate) fn wanted(service: Service, body: &[u8]) -> Option<String> {
    let request: Value = serde_json::from_slice(body).ok()?;
    let id = request.get("SecretId").filter(|_| service == Service::SecretsManager)?;
    id.as_str().map(str::to_owned)
}

const JSON: &str = "application/x-amz-json-1.1";

/// 64 random characters.
fn generated() -> String {
    URL_SAFE_NO_PAD.encode(shared::random::bytes::<48>())
}

fn find<'a>(
    by_arn: &'a BTreeMap<String, Versions>,
    request: &Value,
) -> Result<(&'a str, &'a Versions), Refusal> {
    let id = request.get("SecretId").and_then(Value::as_str).unwrap_or_default();
    by_arn
        .iter()
        .find(|(arn, _)| *arn == id || name_of(arn) == id)
        .map(|(arn, versions)| (arn.as_str(), versions))
        .ok_or_else(|| not_found("the specified secret"))
}

fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn not_found(what: &str) -> Refusal {
    refusal("ResourceNotFoundException", &format!("Secrets Manager can't find {what}."))
}

/// Why a call was refused.
#[derive(Debug)]
struct Refusal {
    kind: &'static str,
    message: String,
}

fn refusal(kind: &'static str, message: &str) -> Refusal {
    Refusal { kind, message: message.to_owned() }
}

impl From<Refusal> for Reply {
    fn from(Refusal { kind, message }: Refusal) -> Self {
        let status = match kind {
            "InternalServiceError" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::json(status, JSON, &json!({ "__type": kind, "Message": message }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-3:000000000000:secret:keys";

    fn secrets() -> Secrets {
        Secrets::open(None, &[ARN.to_owned()], Timestamp::UNIX_EPOCH).unwrap()
    }

    fn get(secrets: &Secrets, stage: Option<&str>) -> Result<String, &'static str> {
        let mut request = json!({ "SecretId": ARN });
        if let Some(stage) = stage {
            request["VersionStage"] = json!(stage);
        }
        secrets
            .get(&request)
            .map(|answer| answer["SecretString"].as_str().unwrap().to_owned())
            .map_err(|refusal| refusal.kind)
    }

    #[test]
    fn a_new_secret_has_64_characters_and_no_previous_version() {
        let secrets = secrets();

        assert_eq!(get(&secrets, None).unwrap().len(), 64);
        assert_eq!(get(&secrets, None), get(&secrets, Some("AWSCURRENT")));
        assert_eq!(get(&secrets, Some("AWSPREVIOUS")), Err("ResourceNotFoundException"));
    }

    #[test]
    fn a_new_version_makes_the_current_one_the_previous() {
        let secrets = secrets();
        let before = get(&secrets, None).unwrap();

        let request =
            json!({ "SecretId": "keys", "SecretString": "new", "ClientRequestToken": "t" });
        secrets.put(&request, Timestamp::UNIX_EPOCH).unwrap();
        secrets.put(&request, Timestamp::UNIX_EPOCH).unwrap();

        assert_eq!(get(&secrets, None).unwrap(), "new");
        assert_eq!(get(&secrets, Some("AWSPREVIOUS")).unwrap(), before);
    }

    #[test]
    fn an_unknown_secret_is_not_found() {
        let refusal = secrets().get(&json!({ "SecretId": "other" })).unwrap_err();

        assert_eq!(refusal.kind, "ResourceNotFoundException");
    }
}
