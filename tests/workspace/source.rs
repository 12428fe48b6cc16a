//! Parses Rust source and collects its names, without tests.

use std::collections::{BTreeMap, BTreeSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

use crate::files::text;

/// The names, strings and calls in a file or a function.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// Every path, such as `["crate", "mail", "Mail"]`, also in macros.
    pub paths: BTreeSet<Vec<String>>,
    /// Every name that is used or defined.
    pub names: BTreeSet<String>,
    /// Every string.
    pub strings: Vec<String>,
    /// The calls, by the last name of the function, with whether the first argument is ever a
    /// literal text.
    pub calls: BTreeMap<String, bool>,
    /// The functions and methods by name.
    pub functions: BTreeMap<String, Code>,
}

impl Code {
    /// The code of `items`.
    pub(crate) fn of<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut code = Self::default();
        for item in items {
            code.visit_item(item);
        }
        code
    }

    /// The code of a file of the workspace.
    #[track_caller]
    pub(crate) fn in_file(file: &str) -> Self {
        Self::of(parse(file, &text(file)).iter())
    }

    /// Whether the code calls a function or a method with this name.
    pub(crate) fn calls(&self, name: &str) -> bool {
        self.calls.contains_key(name)
    }

    /// Whether the code calls one with a literal text as first argument.
    pub(crate) fn calls_with_text(&self, name: &str) -> bool {
        self.calls.get(name).is_some_and(|with_text| *with_text)
    }

    /// Whether a name or a string contains `word`.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.names.iter().chain(&self.strings).any(|text| text.contains(word))
    }

    fn add_path(&mut self, path: Vec<String>) {
        self.names.extend(path.iter().cloned());
        self.paths.insert(path);
    }

    /// Adds the tokens of a macro's arguments, without knowing its syntax.
    fn add_tokens(&mut self, mut cursor: Cursor<'_>) {
        while !cursor.eof() {
            if let Some((first, mut rest)) = cursor.ident() {
                let mut path = vec![first.to_string()];
                while let Some((next, after)) = path_segment(rest) {
                    path.push(next);
                    rest = after;
                }
                self.add_path(path);
                cursor = rest;
            } else if let Some((inside, _, _, rest)) = cursor.any_group() {
                self.add_tokens(inside);
                cursor = rest;
            } else if let Some((literal, rest)) = cursor.literal() {
                let literal = syn::parse_str::<syn::LitStr>(&literal.to_string());
                self.strings.extend(literal.map(|text| text.value()));
                cursor = rest;
            } else if let Some((_, rest)) = cursor.token_tree() {
                cursor = rest;
            }
        }
    }

    fn add_call(&mut self, name: Option<String>, first: Option<&syn::Expr>) {
        if let Some(name) = name {
            *self.calls.entry(name).or_default() |= first.and_then(string).is_some();
        }
    }
}

/// A `::name` at the beginning of the remaining tokens.
fn path_segment(cursor: Cursor<'_>) -> Option<(String, Cursor<'_>)> {
    let (first, rest) = cursor.punct()?;
    let (second, rest) = rest.punct()?;
    let (name, rest) = rest.ident()?;
    (first.as_char() == ':' && second.as_char() == ':').then(|| (name.to_string(), rest))
}

impl<'ast> Visit<'ast> for Code {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let mut code = Self::default();
        visit::visit_item_fn(&mut code, function);
        self.functions.insert(function.sig.ident.to_string(), code);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if is_for_tests(&method.attrs) {
            return;
        }
        let mut code = Self::default();
        visit::visit_impl_item_fn(&mut code, method);
        self.functions.insert(method.sig.ident.to_string(), code);
        visit::visit_impl_item_fn(self, method);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Doc comments are not code.
        if !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.add_path(segments(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        self.add_tokens(TokenBuffer::new2(invoked.tokens.clone()).begin());
        visit::visit_macro(self, invoked);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            self.add_call(segments(&path.path).pop(), call.args.first());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.add_call(Some(call.method.to_string()), call.args.first());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut uses = Vec::new();
        add_uses(&item.tree, &mut Vec::new(), &mut uses);
        for used in uses {
            self.add_path(used.path);
        }
    }

    fn visit_ident(&mut self, name: &'ast syn::Ident) {
        self.names.insert(name.to_string());
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.strings.push(text.value());
    }
}

/// Parses the text of a file.
#[track_caller]
pub(crate) fn parse(file: &str, text: &str) -> Vec<Item> {
    match syn::parse_file(text) {
        Ok(parsed) => parsed.items,
        Err(error) => panic!("{file}: {error}"),
    }
}

/// The names of a path.
pub(crate) fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// A path as it is written.
pub(crate) fn joined(path: &[String]) -> String {
    path.join("::")
}

/// The text of `#[name = "text"]`.
pub(crate) fn text_of(attribute: &Attribute, name: &str) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident(name) => string(&pair.value),
        _ => None,
    }
}

/// The text of an expression that is a string.
pub(crate) fn string(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Whether an item with these attributes is compiled for tests only.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.parse_args::<Meta>();
        attribute.path().is_ident("cfg") && condition.is_ok_and(|condition| needs_test(&condition))
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let parse = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
            list.parse_args_with(parse).is_ok_and(|all| all.iter().any(needs_test))
        }
        _ => false,
    }
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item defines in its module.
pub(crate) fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// An imported name.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// The path, such as `["crate", "mail", "Mail"]`.
    pub path: Vec<String>,
    /// The local name; `None` for a glob import.
    pub name: Option<String>,
}

/// Adds the names that a `use` imports. `before` is the beginning of its path.
pub(crate) fn add_uses(tree: &UseTree, before: &mut Vec<String>, uses: &mut Vec<Use>) {
    let under = |name: String| [before.as_slice(), &[name]].concat();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            add_uses(&path.tree, before, uses);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            uses.push(Use { path: before.clone(), name: before.last().cloned() });
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            uses.push(Use { path: under(name.clone()), name: Some(name) });
        }
        UseTree::Rename(renamed) => {
            let name = Some(renamed.rename.to_string());
            uses.push(Use { path: under(renamed.ident.to_string()), name });
        }
        UseTree::Glob(_) => uses.push(Use { path: before.clone(), name: None }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_uses(tree, before, uses)),
    }
}
