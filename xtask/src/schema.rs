//! Turns the schemas of `shared::http::operation` into JSON Schema (2020-12) and examples.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::http::operation::{Kind, Member, Schema, Text};

/// The named schemas of the document.
pub(crate) type Schemas = BTreeMap<&'static str, Value>;

/// Who sends an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    /// The caller. Unknown members are refused.
    Request,
    /// The API. Callers must accept unknown members.
    Answer,
}

/// `schema` as JSON Schema. Named schemas are put into `components`.
pub(crate) fn json_schema(schema: &Schema, side: Side, components: &mut Schemas) -> Value {
    let mut value = of_kind(schema, side, components);
    if let Some(name) = schema.component {
        components.insert(name, value);
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        return if schema.is_nullable {
            json!({"anyOf": [reference, {"type": "null"}]})
        } else {
            reference
        };
    }
    if schema.is_nullable
        && let Some(value) = value.as_object_mut()
    {
        let own = value.remove("type").unwrap_or_default();
        value.insert("type".to_owned(), json!([own, "null"]));
        if let Some(texts) = value.get_mut("enum").and_then(Value::as_array_mut) {
            texts.push(Value::Null);
        }
    }
    value
}

fn of_kind(schema: &Schema, side: Side, components: &mut Schemas) -> Value {
    let mut value = match schema.kind {
        Kind::Text(text) => of_text(text),
        Kind::OneOf(texts) => json!({"type": "string", "enum": texts}),
        Kind::Integer(_) => json!({"type": "integer", "minimum": 0}),
        Kind::Truth(_) => json!({"type": "boolean"}),
        Kind::Object(members) => object(members, side, components),
        Kind::List(of) => json!({"type": "array", "items": json_schema(of, side, components)}),
        Kind::Free(_) => json!({"type": "object", "additionalProperties": true}),
    };
    if let Some(value) = value.as_object_mut() {
        value.insert("description".to_owned(), json!(schema.doc));
    }
    value
}

fn of_text(Text { pattern, format, max_chars, .. }: Text) -> Value {
    let mut value = Map::from_iter([("type".to_owned(), json!("string"))]);
    let limits = [
        ("pattern", pattern.map(Value::from)),
        ("format", format.map(Value::from)),
        ("maxLength", max_chars.map(Value::from)),
    ];
    value.extend(limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?))));
    value.into()
}

pub(crate) fn object(members: &[Member], side: Side, components: &mut Schemas) -> Value {
    let required: Vec<&str> =
        members.iter().filter(|member| member.is_required).map(|member| member.name).collect();
    let properties = members.iter().map(|member| {
        // A member that a caller may leave out may also be null.
        let may_be_null = side == Side::Request && !member.is_required;
        let schema = if may_be_null { member.schema.or_null() } else { member.schema };
        (member.name.to_owned(), json_schema(&schema, side, components))
    });
    let properties: Map<String, Value> = properties.collect();
    let mut value = json!({"type": "object", "properties": properties});
    if let Some(value) = value.as_object_mut() {
        if !required.is_empty() {
            value.insert("required".to_owned(), json!(required));
        }
        if side == Side::Request {
            value.insert("additionalProperties".to_owned(), json!(false));
        }
    }
    value
}

pub(crate) fn example(schema: &Schema) -> Value {
    match schema.kind {
        Kind::Text(text) => json!(text.example),
        Kind::OneOf(texts) => json!(texts.first()),
        Kind::Integer(number) => json!(number),
        Kind::Truth(truth) => json!(truth),
        Kind::Object(members) => example_of(members),
        Kind::List(of) => json!([example(of)]),
        Kind::Free(text) => serde_json::from_str(text).unwrap_or_default(),
    }
}

/// An example of an object with all `members`.
pub(crate) fn example_of(members: &[Member]) -> Value {
    members.iter().map(|member| (member.name.to_owned(), example(&member.schema))).collect()
}

#[cfg(test)]
mod tests {
    use shared::http::operation::{list, object, one_of, optional, required, text};

    use super::*;

    #[test]
    fn a_named_schema_is_referenced() {
        const NAMED: Schema = object("A thing", &[required("x", text("A text", "y"))]).named("It");
        const BOTH: Schema = object("Two", &[required("a", NAMED), optional("b", NAMED.or_null())]);
        let mut components = Schemas::new();

        let schema = json_schema(&BOTH, Side::Answer, &mut components);

        let reference = json!({"$ref": "#/components/schemas/It"});
        assert_eq!(schema["properties"]["a"], reference);
        assert_eq!(schema["properties"]["b"], json!({"anyOf": [reference, {"type": "null"}]}));
        assert_eq!(schema["required"], json!(["a"]));
        assert_eq!(components["It"]["properties"]["x"]["type"], "string");
    }

    #[test]
    fn a_nullable_value_allows_null_and_has_an_example() {
        const WORD: Schema = one_of("A word", &["yes", "no"]).or_null();
        const WORDS: Schema = list("Words", &WORD);

        let schema = json_schema(&WORDS, Side::Answer, &mut Schemas::new());

        let word = json!({
            "type": ["string", "null"], "enum": ["yes", "no", null], "description": "A word",
        });
        assert_eq!(schema["items"], word);
        assert_eq!(example(&WORDS), json!(["yes"]));
    }

    #[test]
    fn a_request_refuses_unknown_members_and_allows_null_for_optional_ones() {
        let members = [
            required("x", text("A text", "y").at_most(3).matching("^y")),
            optional("z", text("A text", "z")),
        ];

        let schema = super::object(&members, Side::Request, &mut Schemas::new());

        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["x"]["maxLength"], 3);
        assert_eq!(schema["properties"]["x"]["pattern"], "^y");
        assert_eq!(schema["properties"]["x"]["type"], "string");
        assert_eq!(schema["properties"]["z"]["type"], json!(["string", "null"]));
    }
}
