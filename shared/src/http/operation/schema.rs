//! Schemas of JSON values, as constants.

/// The schema of a value.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What the value means.
    pub doc: &'static str,
    /// The type.
    pub kind: Kind,
    /// Whether the value may be null.
    pub is_nullable: bool,
    /// The component's name in the OpenAPI document, for a schema that several operations share.
    pub component: Option<&'static str>,
}

/// A JSON type. Each has an example, so that every body has one.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text(Text),
    /// One of these texts; the first is the example.
    OneOf(&'static [&'static str]),
    /// A non-negative integer; the number is the example.
    Integer(u32),
    /// A boolean; the value is the example.
    Truth(bool),
    /// An object with these members.
    Object(&'static [Member]),
    /// A list of values of one type.
    List(&'static Schema),
    /// An object with any members; the text, in JSON, is the example.
    Free(&'static str),
}

/// The constraints of a text.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// An example.
    pub example: &'static str,
    /// The regular expression that the whole text matches.
    pub pattern: Option<&'static str>,
    /// The format of JSON Schema, such as `email`, `date` or `date-time`.
    pub format: Option<&'static str>,
    /// The most characters.
    pub max_chars: Option<usize>,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name of the member.
    pub name: &'static str,
    /// The schema of its value.
    pub schema: Schema,
    /// Whether the member is always present.
    pub is_required: bool,
}

/// The member `name`, always present.
#[must_use]
pub const fn required(name: &'static str, schema: Schema) -> Member {
    Member { name, schema, is_required: true }
}

/// The member `name`, which may be missing.
#[must_use]
pub const fn optional(name: &'static str, schema: Schema) -> Member {
    Member { name, schema, is_required: false }
}

/// A text.
#[must_use]
pub const fn text(doc: &'static str, example: &'static str) -> Schema {
    let text = Text { example, pattern: None, format: None, max_chars: None };
    Schema::of(doc, Kind::Text(text))
}

/// One of these texts.
#[must_use]
pub const fn one_of(doc: &'static str, texts: &'static [&'static str]) -> Schema {
    Schema::of(doc, Kind::OneOf(texts))
}

/// A non-negative integer.
#[must_use]
pub const fn integer(doc: &'static str, example: u32) -> Schema {
    Schema::of(doc, Kind::Integer(example))
}

/// A boolean.
#[must_use]
pub const fn truth(doc: &'static str, example: bool) -> Schema {
    Schema::of(doc, Kind::Truth(example))
}

/// An object with these members.
#[must_use]
pub const fn object(doc: &'static str, members: &'static [Member]) -> Schema {
    Schema::of(doc, Kind::Object(members))
}

/// A list of values of one type.
#[must_use]
pub const fn list(doc: &'static str, of: &'static Schema) -> Schema {
    Schema::of(doc, Kind::List(of))
}

/// An object with any members.
#[must_use]
pub const fn free(doc: &'static str, example: &'static str) -> Schema {
    Schema::of(doc, Kind::Free(example))
}

impl Schema {
    const fn of(doc: &'static str, kind: Kind) -> Self {
        Self { doc, kind, is_nullable: false, component: None }
    }

    /// This schema, or null.
    #[must_use]
    pub const fn or_null(self) -> Self {
        Self { is_nullable: true, ..self }
    }

    /// This schema with another meaning.
    #[must_use]
    pub const fn saying(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// This schema as a named component of the OpenAPI document.
    #[must_use]
    pub const fn named(self, component: &'static str) -> Self {
        Self { component: Some(component), ..self }
    }

    /// This text, which must match `pattern` as a whole.
    #[must_use]
    pub const fn matching(mut self, pattern: &'static str) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.pattern = Some(pattern);
        }
        self
    }

    /// This text, with JSON Schema's `format`.
    #[must_use]
    pub const fn format(mut self, format: &'static str) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.format = Some(format);
        }
        self
    }

    /// This text, with at most `max_chars` characters.
    #[must_use]
    pub const fn at_most(mut self, max_chars: usize) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.max_chars = Some(max_chars);
        }
        self
    }
}
