//! What a value is, as constants.

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What it stands for.
    pub doc: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub is_nullable: bool,
    /// The name that it has in the document, where several operations show it.
    pub component: Option<&'static str>,
}

/// A type of JSON. Each has an example, so that each body has one.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text(Text),
    /// One of these texts; the first is the example.
    OneOf(&'static [&'static str]),
    /// A whole number, not negative; the number is the example.
    Integer(u32),
    /// A truth value; the value is the example.
    Truth(bool),
    /// An object of these members.
    Object(&'static [Member]),
    /// A list of values of one type.
    List(&'static Schema),
    /// An object of any members; the text, in JSON, is the example.
    Free(&'static str),
}

/// A type of text.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// An example.
    pub example: &'static str,
    /// The regular expression that it matches as a whole.
    pub pattern: Option<&'static str>,
    /// What JSON Schema calls it: `email`, `date`, `date-time`.
    pub format: Option<&'static str>,
    /// The most characters.
    pub max_chars: Option<usize>,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub schema: Schema,
    /// Whether it is always there.
    pub is_required: bool,
}

/// The member `name`, which is always there.
#[must_use]
pub const fn required(name: &'static str, schema: Schema) -> Member {
    Member { name, schema, is_required: true }
}

/// The member `name`, which may be left out.
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

/// A whole number, not negative.
#[must_use]
pub const fn integer(doc: &'static str, example: u32) -> Schema {
    Schema::of(doc, Kind::Integer(example))
}

/// A truth value.
#[must_use]
pub const fn truth(doc: &'static str, example: bool) -> Schema {
    Schema::of(doc, Kind::Truth(example))
}

/// An object of these members.
#[must_use]
pub const fn object(doc: &'static str, members: &'static [Member]) -> Schema {
    Schema::of(doc, Kind::Object(members))
}

/// A list of values of one type.
#[must_use]
pub const fn list(doc: &'static str, of: &'static Schema) -> Schema {
    Schema::of(doc, Kind::List(of))
}

/// An object of any members.
#[must_use]
pub const fn free(doc: &'static str, example: &'static str) -> Schema {
    Schema::of(doc, Kind::Free(example))
}

impl Schema {
    const fn of(doc: &'static str, kind: Kind) -> Self {
        Self { doc, kind, is_nullable: false, component: None }
    }

    /// The same, which may be null.
    #[must_use]
    pub const fn or_null(self) -> Self {
        Self { is_nullable: true, ..self }
    }

    /// The same, standing for something else.
    #[must_use]
    pub const fn saying(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// The same, under a name of its own in the document.
    #[must_use]
    pub const fn named(self, component: &'static str) -> Self {
        Self { component: Some(component), ..self }
    }

    /// The same text, which matches `pattern` as a whole.
    #[must_use]
    pub const fn matching(mut self, pattern: &'static str) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.pattern = Some(pattern);
        }
        self
    }

    /// The same text, which JSON Schema calls `format`.
    #[must_use]
    pub const fn format(mut self, format: &'static str) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.format = Some(format);
        }
        self
    }

    /// The same text, of so many characters at most.
    #[must_use]
    pub const fn at_most(mut self, max_chars: usize) -> Self {
        if let Kind::Text(text) = &mut self.kind {
            text.max_chars = Some(max_chars);
        }
        self
    }
}
