//! The fields of a JSON body. All fields are read, so that one answer names every fault.

use std::any::TypeId;

use serde_json::{Map, Value};

use crate::domain::{FieldCode, Password, text};
use crate::error::{Error, FieldError};

/// The longest name of an unknown field that an answer repeats.
const MAX_NAME_CHARS: usize = 40;

/// The fields of a JSON body.
#[derive(Debug)]
pub struct Form {
    fields: Map<String, Value>,
    faults: Vec<FieldError>,
    malformed: bool,
}

/// A type that is parsed from the text of a field.
pub trait Text: TryFrom<String> {
    /// Parses the text.
    ///
    /// # Errors
    ///
    /// The fault of the text.
    fn of(text: String) -> Result<Self, FieldCode>;
}

/// Invisible characters are dropped first, except from a password.
impl<T> Text for T
where
    T: TryFrom<String> + 'static,
    FieldCode: From<T::Error>,
{
    fn of(text: String) -> Result<Self, FieldCode> {
        let as_typed = TypeId::of::<T>() == TypeId::of::<Password>();
        let text = if as_typed { text } else { text::lines(&text)? };
        Ok(Self::try_from(text)?)
    }
}

impl Form {
    /// The fields of `body`, which must be a JSON object.
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = serde_json::from_slice(body).map_err(|_| Error::MalformedBody)?;
        Ok(Self { fields, faults: Vec::new(), malformed: false })
    }

    /// The field `name`, which is required. `None` if it has a fault, which is collected.
    pub fn required<T: Text>(&mut self, name: &'static str) -> Option<T> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => {
                self.reject(name, FieldCode::Required);
                None
            }
            Some(value) => self.text(name, value),
        }
    }

    /// The field `name`, if it was sent.
    pub fn optional<T: Text>(&mut self, name: &'static str) -> Option<T> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.text(name, value),
        }
    }

    /// The field `name`. A blank one counts as not sent.
    pub fn optional_unless_blank<T: Text>(&mut self, name: &'static str) -> Option<T> {
        let text: String = self.optional(name)?;
        if text.trim().is_empty() {
            return None;
        }
        T::of(text).map_err(|code| self.reject(name, code)).ok()
    }

    /// The field `name` as a boolean, if it was sent.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => {
                self.malformed = true;
                None
            }
        }
    }

    /// Collects a fault of the field `name`. Only the first fault of a field counts.
    pub fn reject(&mut self, name: &str, code: FieldCode) {
        if self.faults.iter().all(|fault| fault.field != name) {
            self.faults.push(FieldError { field: name.to_owned(), code });
        }
    }

    /// The result of `build`, if no field had a fault and none was unknown.
    ///
    /// # Errors
    ///
    /// `malformed_body`, or `invalid_fields` with every fault.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Error> {
        if self.malformed {
            return Err(Error::MalformedBody);
        }
        for name in std::mem::take(&mut self.fields).keys() {
            self.reject(&shown(name), FieldCode::UnknownField);
        }
        match build() {
            Some(request) if self.faults.is_empty() => Ok(request),
            _ => Err(Error::InvalidFields(self.faults)),
        }
    }

    fn text<T: Text>(&mut self, name: &'static str, value: Value) -> Option<T> {
        let Value::String(text) = value else {
            self.malformed = true;
            return None;
        };
        T::of(text).map_err(|code| self.reject(name, code)).ok()
    }
}

/// The name of an unknown field for the answer, if it looks like a name.
fn shown(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain && (1..=MAX_NAME_CHARS).contains(&name.len()) {
        name.to_owned()
    } else {
        "?".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{EmailAddress, Name};

    fn faults(body: &str) -> Vec<(String, FieldCode)> {
        let mut form = Form::read(body.as_bytes()).unwrap();
        let email = form.required::<EmailAddress>("email");
        let name = form.required::<Name>("last_name");
        match form.finish(|| Some((email?, name?))) {
            Err(Error::InvalidFields(faults)) => {
                faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_answer_names_every_fault_and_echoes_no_value() {
        assert_eq!(
            faults(r#"{"email":"no","other":1,"<b>":2}"#),
            [
                ("email".to_owned(), FieldCode::InvalidEmail),
                ("last_name".to_owned(), FieldCode::Required),
                ("?".to_owned(), FieldCode::UnknownField),
                ("other".to_owned(), FieldCode::UnknownField),
            ]
        );
    }

    #[test]
    fn what_does_not_look_like_a_name_is_not_repeated() {
        let long = "n".repeat(MAX_NAME_CHARS + 1);
        for (name, expected) in
            [("first-name_2", "first-name_2"), ("", "?"), ("a b", "?"), (&long, "?")]
        {
            assert_eq!(shown(name), expected, "{name}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_type_is_malformed() {
        let mut form = Form::read(br#"{"email":7}"#).unwrap();
        let email = form.required::<EmailAddress>("email");

        assert!(matches!(form.finish(|| email), Err(Error::MalformedBody)));
        assert!(matches!(Form::read(b"[]"), Err(Error::MalformedBody)));
        assert!(matches!(Form::read(b""), Err(Error::MalformedBody)));
    }

    #[test]
    fn invisible_characters_are_dropped_except_from_passwords() {
        let body = "{\"email\":\"\u{feff}jeanne@\u{200b}example.fr\u{a0}\",\"terms\":\"\u{200e}3\",\
                    \"password\":\"\u{200b}secret 1\u{a0}\"}";
        let mut form = Form::read(body.as_bytes()).unwrap();

        assert_eq!(form.required::<EmailAddress>("email").unwrap().folded(), "jeanne@example.fr");
        assert_eq!(form.required::<String>("terms").unwrap(), "3");
        assert_eq!(form.required::<Password>("password").unwrap().expose(), "\u{200b}secret 1 ");
    }

    #[test]
    fn a_forbidden_character_is_a_fault_of_its_field() {
        assert_eq!(
            faults(r#"{"email":"jeanne\u0000@example.fr","last_name":"Mar\u202etin"}"#),
            [
                ("email".to_owned(), FieldCode::ForbiddenCharacter),
                ("last_name".to_owned(), FieldCode::ForbiddenCharacter),
            ]
        );
        assert!(matches!(Form::read(br#"{"email":"\ud800"}"#), Err(Error::MalformedBody)));
    }

    proptest! {
        #[test]
        fn no_body_makes_reading_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::read(&body);
        }
    }
}
