//! Bundles our JavaScript modules: one file for all pages, and one for the rest of each page, with
//! the texts of one language.
//!
//! Only a subset of imports and exports is supported, and the build fails for anything else:
//! `import { a, b } from "./x.js";`, `import "./x.js";`, and `export` before `const`, `function`,
//! `async function` or `class`. A module becomes a function that is called at once, so that its
//! names stay private. Circular imports are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use crate::catalogue::{Catalogue, Language};
use crate::token::{Token, tokens, write};

/// The module that declares `t`. Calls of `t` are replaced by texts, so the module itself is left
/// out.
const MESSAGES: &str = "scripts/messages.js";

/// A parsed module.
#[derive(Debug)]
pub struct Module {
    /// The imported modules, with the names imported from each.
    imports: Vec<(String, Vec<String>)>,
    exports: Vec<String>,
    /// The code without imports, `export`, comments and unneeded spaces.
    body: String,
    /// The keys of the messages in the module.
    messages: BTreeSet<String>,
}

impl Module {
    /// Parses the module at `path`, with its messages in `language`.
    pub fn read(
        path: &str,
        text: &str,
        catalogue: &Catalogue,
        language: Language,
    ) -> Result<Self, String> {
        let tokens = tokens(text).map_err(|error| format!("{path}: {error}"))?;
        let mut parser = Parser { path, tokens: &tokens, at: 0, catalogue, language };
        parser.module()
    }
}

/// Parsed modules by path.
#[derive(Debug, Default)]
pub struct Modules(BTreeMap<String, Module>);

impl Modules {
    /// Adds the module at `path` and all modules that it imports. `read` reads a file.
    pub fn add(
        &mut self,
        path: &str,
        read: &mut dyn FnMut(&str) -> Result<Module, String>,
    ) -> Result<(), String> {
        if self.0.contains_key(path) {
            return Ok(());
        }
        let module = read(path)?;
        let imports: Vec<String> = module.imports.iter().map(|(path, _)| path.clone()).collect();
        self.0.insert(path.to_owned(), module);
        for import in imports {
            self.add(&import, read)?;
        }
        Ok(())
    }

    /// The modules that `path` needs, each after those it imports. `path` itself is the last.
    pub fn closure(&self, path: &str) -> Result<Vec<String>, String> {
        let (mut done, mut open) = (Vec::new(), Vec::new());
        self.visit(path, &mut done, &mut open)?;
        Ok(done)
    }

    fn visit(
        &self,
        path: &str,
        done: &mut Vec<String>,
        open: &mut Vec<String>,
    ) -> Result<(), String> {
        if done.iter().any(|known| known == path) {
            return Ok(());
        }
        if open.iter().any(|known| known == path) {
            return Err(format!("{path} imports itself, by way of {open:?}"));
        }
        open.push(path.to_owned());
        let module = self.module(path)?;
        for (import, names) in &module.imports {
            self.visit(import, done, open)?;
            let exports = &self.module(import)?.exports;
            if let Some(name) = names.iter().find(|name| !exports.contains(name)) {
                return Err(format!("{path} imports {name}, which {import} does not export"));
            }
        }
        open.pop();
        done.push(path.to_owned());
        Ok(())
    }

    /// The keys of the messages in all modules.
    pub fn messages(&self) -> BTreeSet<String> {
        self.0.values().flat_map(|module| module.messages.iter().cloned()).collect()
    }

    fn module(&self, path: &str) -> Result<&Module, String> {
        self.0.get(path).ok_or_else(|| format!("{path} was not read"))
    }

    /// The bundle of `paths`, which other bundles import.
    pub fn site(&self, paths: &[String]) -> Result<String, String> {
        let names: Vec<String> = paths.iter().map(|path| name_of(path)).collect();
        Ok(format!("{}export{{{}}};\n", self.joined(paths)?, names.join(",")))
    }

    /// The bundle of `paths`, which imports the modules of `site` from the asset `reference`.
    pub fn page(
        &self,
        paths: &[String],
        site: &[String],
        reference: &str,
    ) -> Result<String, String> {
        let mut names = BTreeSet::new();
        for path in paths {
            let taken = self.module(path)?.imports.iter().filter(|(_, names)| !names.is_empty());
            names.extend(
                taken.filter(|(path, _)| site.contains(path)).map(|(path, _)| name_of(path)),
            );
        }
        let names: Vec<String> = names.into_iter().collect();
        let import =
            if names.is_empty() { String::new() } else { format!("{{{}}}from", names.join(",")) };
        Ok(format!("import{import}\"./{reference}\";\n{}", self.joined(paths)?))
    }

    fn joined(&self, paths: &[String]) -> Result<String, String> {
        let mut names = BTreeSet::new();
        let mut code = String::new();
        for path in paths {
            let module = self.module(path)?;
            let name = name_of(path);
            if !names.insert(name.clone()) {
                return Err(format!("{path}: another module is called {name}"));
            }
            let _ = write!(code, "const {name}=(()=>{{");
            for (import, taken) in module.imports.iter().filter(|(_, taken)| !taken.is_empty()) {
                let _ = write!(code, "const{{{}}}={};", taken.join(","), name_of(import));
            }
            code.push_str(&module.body);
            if !module.exports.is_empty() {
                let _ = write!(code, "\nreturn{{{}}}", module.exports.join(","));
            }
            code.push_str("})();\n");
        }
        Ok(code)
    }
}

/// The name of a module in a bundle: `$components_link_states` for
/// `components/link-states/script.js`.
fn name_of(path: &str) -> String {
    let stem = path.strip_suffix("/script.js").or_else(|| path.strip_suffix(".js"));
    format!("${}", stem.unwrap_or(path).replace(['/', '-', '.'], "_"))
}

/// The path of `reference`, seen from the module at `path`.
fn resolve(path: &str, reference: &str) -> Option<String> {
    let mut resolved = PathBuf::from(path);
    resolved.pop();
    for part in Path::new(reference).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop().then_some(())?;
            }
            Component::Normal(part) => resolved.push(part),
            _ => return None,
        }
    }
    resolved.to_str().map(str::to_owned)
}

struct Parser<'a> {
    path: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
    catalogue: &'a Catalogue,
    language: Language,
}

impl<'a> Parser<'a> {
    fn module(&mut self) -> Result<Module, String> {
        let mut module = Module {
            imports: Vec::new(),
            exports: Vec::new(),
            body: String::new(),
            messages: BTreeSet::new(),
        };
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at).copied() {
            // A word after a point or before a colon is the name of a property.
            let is_name =
                self.before() == Some(Token::Mark('.')) || self.after() == Some(Token::Mark(':'));
            match token {
                Token::Word("import") if !is_name => {
                    if depth > 0 {
                        return Err(self.fault("an import must be at the top level"));
                    }
                    self.at += 1;
                    self.import(&mut module)?;
                    continue;
                }
                Token::Word("export") if !is_name => {
                    if depth > 0 {
                        return Err(self.fault("an export must be at the top level"));
                    }
                    self.at += 1;
                    let name = self.exported()?;
                    module.exports.push(name);
                    continue;
                }
                Token::Word("t") if !is_name && self.after() == Some(Token::Mark('(')) => {
                    self.at += 1;
                    let text = self.message(&mut module.messages)?;
                    write(&mut module.body, Token::Literal(&text));
                    continue;
                }
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            write(&mut module.body, token);
            self.at += 1;
        }
        module.body = module.body.trim().to_owned();
        Ok(module)
    }

    /// The token before this one, ignoring spaces.
    fn before(&self) -> Option<Token<'a>> {
        let before = self.tokens.get(..self.at)?;
        before.iter().rev().copied().find(|token| !matches!(token, Token::Space { .. }))
    }

    /// The token after this one, ignoring spaces.
    fn after(&self) -> Option<Token<'a>> {
        let after = self.tokens.get(self.at + 1..)?;
        after.iter().copied().find(|token| !matches!(token, Token::Space { .. }))
    }

    /// Takes the next token, ignoring spaces.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let token = self.tokens.get(self.at).copied();
            self.at += 1;
            if !matches!(token, Some(Token::Space { .. })) {
                return token;
            }
        }
    }

    fn expect(&mut self, expected: Token<'_>, what: &str) -> Result<(), String> {
        if self.next() == Some(expected) { Ok(()) } else { Err(self.fault(what)) }
    }

    fn import(&mut self, module: &mut Module) -> Result<(), String> {
        const WHAT: &str =
            "an import is `import { a, b } from \"./x.js\";` or `import \"./x.js\";`";
        let mut names = Vec::new();
        let mut token = self.next();
        if token == Some(Token::Mark('{')) {
            loop {
                match self.next() {
                    Some(Token::Word(name)) => names.push(name.to_owned()),
                    Some(Token::Mark('}')) => break,
                    _ => return Err(self.fault(WHAT)),
                }
                match self.next() {
                    Some(Token::Mark(',')) => {}
                    Some(Token::Mark('}')) => break,
                    _ => return Err(self.fault(WHAT)),
                }
            }
            self.expect(Token::Word("from"), WHAT)?;
            token = self.next();
        }
        let Some(Token::Literal(reference)) = token else { return Err(self.fault(WHAT)) };
        let reference = reference.trim_matches('"');
        self.expect(Token::Mark(';'), WHAT)?;
        let is_relative = reference.starts_with("./") || reference.starts_with("../");
        let path = resolve(self.path, reference).filter(|_| is_relative);
        let path = path.ok_or_else(|| self.fault(WHAT))?;
        if path != MESSAGES {
            module.imports.push((path, names));
        } else if names != ["t"] {
            return Err(self.fault("messages.js exports `t` alone"));
        }
        Ok(())
    }

    /// The exported name. The declaration itself is not consumed.
    fn exported(&mut self) -> Result<String, String> {
        const WHAT: &str = "an export is a const, a function, an async function or a class";
        while matches!(self.tokens.get(self.at), Some(Token::Space { .. })) {
            self.at += 1;
        }
        let declaration = self.at;
        match self.next() {
            Some(Token::Word("const" | "function" | "class")) => {}
            Some(Token::Word("async")) => self.expect(Token::Word("function"), WHAT)?,
            _ => return Err(self.fault(WHAT)),
        }
        let Some(Token::Word(name)) = self.next() else { return Err(self.fault(WHAT)) };
        self.at = declaration;
        Ok(name.to_owned())
    }

    /// Parses `("key")` or `("key", { a, b: … })` and returns the text as a literal.
    fn message(&mut self, messages: &mut BTreeSet<String>) -> Result<String, String> {
        const WHAT: &str = "a message is `t(\"key\")` or `t(\"key\", { name, other: value })`";
        self.expect(Token::Mark('('), WHAT)?;
        let Some(Token::Literal(key)) = self.next() else { return Err(self.fault(WHAT)) };
        let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
        let key = key.ok_or_else(|| self.fault(WHAT))?;
        let mut values = BTreeMap::new();
        let mut token = self.next();
        if token == Some(Token::Mark(',')) {
            // Formatters write a comma after the last argument.
            token = self.next();
            if token == Some(Token::Mark('{')) {
                values = self.values(messages)?;
                token = self.next();
                if token == Some(Token::Mark(',')) {
                    token = self.next();
                }
            }
        }
        if token != Some(Token::Mark(')')) {
            return Err(self.fault(WHAT));
        }
        messages.insert(key.to_owned());
        let text = self.catalogue.text(self.language, key);
        let text = text.ok_or_else(|| self.fault(&format!("there is no message {key}")))?;
        if text.contains(['<', '>', '&']) {
            return Err(self.fault(&format!("{key} has markup, which a script cannot show")));
        }
        let wanted: BTreeSet<String> = crate::catalogue::placeholders(text).into_iter().collect();
        let given: BTreeSet<String> = values.keys().cloned().collect();
        if wanted != given {
            return Err(self.fault(&format!("{key} wants {wanted:?} and is given {given:?}")));
        }
        if values.is_empty() {
            return Ok(format!("{text:?}").replace("\\u{a0}", "\u{a0}"));
        }
        let mut literal = text.replace(['\\', '`'], "").replace("${", "$ {");
        if literal != text {
            return Err(self.fault(&format!("{key} has a character that a template cannot")));
        }
        for (name, value) in values {
            literal = literal.replace(&format!("{{{name}}}"), &format!("${{{value}}}"));
        }
        Ok(format!("`{literal}`"))
    }

    /// The values in `{ a, b: … }` by name, after the first brace.
    fn values(
        &mut self,
        messages: &mut BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, String> {
        const WHAT: &str = "the values of a message are `{ name, other: value }`";
        let mut values = BTreeMap::new();
        loop {
            let name = match self.next() {
                Some(Token::Mark('}')) => return Ok(values),
                Some(Token::Word(name)) => name,
                _ => return Err(self.fault(WHAT)),
            };
            let mut value = String::new();
            let end = match self.next() {
                Some(Token::Mark(':')) => self.value(&mut value, messages)?,
                Some(Token::Mark(end @ (',' | '}'))) => {
                    name.clone_into(&mut value);
                    end
                }
                _ => return Err(self.fault(WHAT)),
            };
            values.insert(name.to_owned(), value.trim().to_owned());
            if end == '}' {
                return Ok(values);
            }
        }
    }

    /// Takes an expression up to the comma or brace after it, and returns that token.
    fn value(
        &mut self,
        value: &mut String,
        messages: &mut BTreeSet<String>,
    ) -> Result<char, String> {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at).copied() {
            match token {
                Token::Mark(end @ (',' | '}')) if depth == 0 => {
                    self.at += 1;
                    return Ok(end);
                }
                Token::Word("t") if self.after() == Some(Token::Mark('(')) => {
                    self.at += 1;
                    let text = self.message(messages)?;
                    write(value, Token::Literal(&text));
                    continue;
                }
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            write(value, token);
            self.at += 1;
        }
        Err(self.fault("a value does not end"))
    }

    fn fault(&self, what: &str) -> String {
        let mut around = String::new();
        for token in self.tokens.iter().skip(self.at.saturating_sub(12)).take(18) {
            write(&mut around, *token);
        }
        format!("{}: {what}, near `{}`", self.path, around.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::read(|language| {
            Ok(match language {
                Language::French => {
                    "[home]\nhello = \"Bonjour {name} !\"\nbye = 'Au « revoir »'\nbold = '<b>'"
                }
                Language::English => {
                    "[home]\nhello = \"Hello {name}!\"\nbye = 'Good \"bye\"'\nbold = '<b>'"
                }
            }
            .to_owned())
        })
        .unwrap()
    }

    fn body(text: &str, language: Language) -> Result<String, String> {
        Module::read("pages/home/script.js", text, &catalogue(), language).map(|m| m.body)
    }

    #[track_caller]
    fn expect_refused(text: &str, why: &str) {
        let refusal = body(text, Language::French).unwrap_err();
        assert!(refusal.contains(why) && refusal.contains("pages/home/script.js"), "{refusal}");
    }

    #[test]
    fn messages_are_inserted_in_the_language_of_the_bundle() {
        let script = "import { t } from \"../../scripts/messages.js\";\n\
                      say(t(\"home.bye\"), t(\"home.hello\", { name }), it.t(\"x\"));\n\
                      say(t(\"home.hello\", {\n  name: full(one, `${two}`),\n}));";

        assert_eq!(
            body(script, Language::French).unwrap(),
            "say(\"Au «\u{a0}revoir\u{a0}»\",`Bonjour ${name}\u{a0}!`,it.t(\"x\"));\
             say(`Bonjour ${full(one,`${two}`)}\u{a0}!`);"
        );
        assert_eq!(body("t(\"home.bye\")", Language::English).unwrap(), "\"Good \\\"bye\\\"\"");
    }

    #[test]
    fn a_message_that_a_script_cannot_show_is_refused() {
        for (call, why) in [
            ("t(\"home.other\")", "there is no message home.other"),
            ("t(\"home.hello\")", "home.hello wants"),
            ("t(\"home.hello\", { first })", "home.hello wants"),
            ("t(\"home.bye\", { name })", "home.bye wants"),
            ("t(\"home.bold\")", "home.bold has markup"),
            ("t(key)", "a message is"),
            ("t(`home.bye`)", "a message is"),
            ("t(\"home.hello\", values)", "a message is"),
            ("t(\"home.hello\", { ...values })", "the values of a message"),
        ] {
            expect_refused(call, why);
        }
    }

    #[test]
    fn unsupported_imports_and_exports_are_refused() {
        for (script, why) in [
            ("import one from \"./x.js\";", "an import is"),
            ("import * as one from \"./x.js\";", "an import is"),
            ("import { one as other } from \"./x.js\";", "an import is"),
            ("import { one } from \"x\";", "an import is"),
            ("import { one } from \"./x.js\"", "an import is"),
            ("import(\"./x.js\");", "an import is"),
            ("{ import \"./x.js\"; }", "at the top"),
            ("export default 1;", "an export is"),
            ("export { one };", "an export is"),
            ("export * from \"./x.js\";", "an export is"),
            ("export let one = 1;", "an export is"),
            ("{ export const one = 1; }", "at the top"),
            ("say(\"one);", "does not end"),
            ("say(`one);", "does not end"),
            ("/* one", "does not end"),
        ] {
            expect_refused(script, why);
        }
    }

    #[test]
    fn strings_templates_and_regular_expressions_are_left_alone() {
        for kept in [
            "\"a  // b\"",
            "'a  /* b'",
            "`a  // ${b} \n  c`",
            "`${`a  ${b}`}  c`",
            "/a  \\/[/]\"  b/g",
        ] {
            let script = format!("  say({kept});  // said\n\n  /* again */\n  say({kept});\n");

            assert_eq!(
                body(&script, Language::French).unwrap(),
                format!("say({kept});say({kept});")
            );
        }
    }

    #[test]
    fn spaces_that_matter_stay() {
        for (script, expected) in [
            ("a + +b - -c", "a + +b - -c"),
            ("a / b / c", "a / b / c"),
            ("return /a/.test(b)", "return /a/.test(b)"),
            ("a\n+b\nc()\n;[d]", "a\n+b\nc();[d]"),
            (
                "const { a, b } = c;\nif (a) return b;\nelse c();",
                "const{a,b}=c;if(a)return b;else c();",
            ),
            ("a\n  .b()\n  .c()", "a.b().c()"),
            ("x = y\n(z)", "x=y\n(z)"),
            ("typeof \"a\" in b", "typeof \"a\" in b"),
            ("for (const a of [b]) c(a)", "for(const a of[b])c(a)"),
            ("/** Comment. */\nasync function a() {}", "async function a(){}"),
        ] {
            assert_eq!(body(script, Language::French).unwrap(), expected, "{script}");
        }
    }

    fn modules(sources: &[(&str, &str)]) -> Result<Modules, String> {
        let mut modules = Modules::default();
        let catalogue = catalogue();
        let mut read = |path: &str| {
            let source = sources.iter().find(|(known, _)| *known == path);
            let (_, text) = source.ok_or_else(|| format!("{path} is not there"))?;
            Module::read(path, text, &catalogue, Language::French)
        };
        modules.add(sources[0].0, &mut read)?;
        Ok(modules)
    }

    #[test]
    fn a_page_imports_shared_modules_from_the_site_and_has_the_others_itself() {
        let modules = modules(&[
            (
                "pages/home/script.js",
                "import \"../../scripts/other.js\";\n\
                 import { one } from \"../../scripts/shared.js\";\none();",
            ),
            ("scripts/shared.js", "export const one = t(\"home.bye\");"),
            ("scripts/other.js", "import { one } from \"./shared.js\";\nexport function two() {}"),
        ])
        .unwrap();

        let closure = modules.closure("pages/home/script.js").unwrap();
        assert_eq!(closure, ["scripts/shared.js", "scripts/other.js", "pages/home/script.js"]);
        let (site, own) = closure.split_at(1);
        assert_eq!(modules.messages(), BTreeSet::from(["home.bye".to_owned()]));
        assert_eq!(
            modules.site(site).unwrap(),
            "const $scripts_shared=(()=>{const one=\"Au «\u{a0}revoir\u{a0}»\";\n\
             return{one}})();\nexport{$scripts_shared};\n"
        );
        assert_eq!(
            modules.page(own, site, "site-fr.js").unwrap(),
            "import{$scripts_shared}from\"./site-fr.js\";\n\
             const $scripts_other=(()=>{const{one}=$scripts_shared;function two(){}\nreturn{two}})();\n\
             const $pages_home=(()=>{const{one}=$scripts_shared;one();})();\n"
        );
    }

    #[test]
    fn circles_and_names_that_are_not_exported_are_refused() {
        let circle = modules(&[
            ("scripts/a.js", "import \"./b.js\";"),
            ("scripts/b.js", "import \"./a.js\";"),
        ]);
        let circle = circle.unwrap().closure("scripts/a.js").unwrap_err();
        assert!(circle.contains("imports itself"), "{circle}");
        let missing = modules(&[
            ("scripts/a.js", "import { one } from \"./b.js\";"),
            ("scripts/b.js", "const one = 1;"),
        ]);
        let missing = missing.unwrap().closure("scripts/a.js").unwrap_err();
        assert!(missing.contains("scripts/b.js does not export"), "{missing}");
        let nowhere = modules(&[("scripts/a.js", "import \"./b.js\";")]).unwrap_err();
        assert!(nowhere.contains("scripts/b.js is not there"), "{nowhere}");
    }
}
