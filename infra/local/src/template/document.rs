//! Reads a template: YAML to JSON, with short-form tags in their long form.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Number, Value, json};
use serde_yaml_ng::Value as Yaml;

/// Why a template cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file is not YAML.
    #[error("is not YAML: {0}")]
    NotYaml(serde_yaml_ng::Error),
    /// A key of a mapping is not a scalar.
    #[error("has a key that is not text")]
    KeyNotText,
    /// A number that JSON cannot write.
    #[error("has a number that JSON has not: {0}")]
    NotJson(serde_yaml_ng::Number),
}

/// Reads the template at `path`, once per process, because tests start many stacks.
pub(super) fn read(path: &Path) -> Result<Arc<Value>, DocumentError> {
    static READ: Mutex<BTreeMap<PathBuf, Arc<Value>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(document) = read.get(path) {
        return Ok(Arc::clone(document));
    }
    let text = fs::read_to_string(path).map_err(DocumentError::Unreadable)?;
    let document = Arc::new(parse(&text)?);
    read.insert(path.to_owned(), Arc::clone(&document));
    Ok(document)
}

/// Parses a template.
pub(super) fn parse(text: &str) -> Result<Value, DocumentError> {
    long_form(serde_yaml_ng::from_str(text).map_err(DocumentError::NotYaml)?)
}

/// Replaces `!Ref X` by `{"Ref": "X"}`, `!Sub X` by `{"Fn::Sub": "X"}`, and so on, at every depth.
fn long_form(yaml: Yaml) -> Result<Value, DocumentError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => Value::Number(json_number(&number)?),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => {
            Value::Array(items.into_iter().map(long_form).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(key_text(key)?, long_form(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let value = long_form(tagged.value)?;
            match name {
                "Ref" | "Condition" => json!({ name: value }),
                _ => json!({ format!("Fn::{name}"): value }),
            }
        }
    })
}

fn key_text(key: Yaml) -> Result<String, DocumentError> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(flag) => Ok(flag.to_string()),
        _ => Err(DocumentError::KeyNotText),
    }
}

fn json_number(number: &serde_yaml_ng::Number) -> Result<Number, DocumentError> {
    number
        .as_i64()
        .map(Number::from)
        .or_else(|| number.as_u64().map(Number::from))
        .or_else(|| number.as_f64().and_then(Number::from_f64))
        .ok_or_else(|| DocumentError::NotJson(number.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_read_as_their_long_forms() {
        let document =
            parse("A: !Ref B\nC: !Sub '${D}-e'\nF: !GetAtt G.Arn\nH: !If [I, !Ref J, 2]").unwrap();

        assert_eq!(
            document,
            json!({
                "A": { "Ref": "B" },
                "C": { "Fn::Sub": "${D}-e" },
                "F": { "Fn::GetAtt": "G.Arn" },
                "H": { "Fn::If": ["I", { "Ref": "J" }, 2] },
            })
        );
    }

    #[test]
    fn a_file_that_is_not_yaml_is_refused() {
        let error = parse("A: [1").unwrap_err();

        assert!(error.to_string().starts_with("is not YAML: "), "{error}");
    }
}
