//! Reads the fields of a landlord's file and collects their faults, so that one error names them
//! all.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Fields that may keep the example's value, because few hosts exist.
const MAY_BE_THE_EXAMPLES: [&str; 4] = ["logo", "hosting.name", "hosting.address", "hosting.phone"];

/// The file of one landlord.
pub(crate) struct Fields {
    folder: String,
    path: PathBuf,
    table: Table,
    /// The fields that still have the example's value but must not.
    left: Vec<String>,
}

/// Reads fields and collects their faults.
pub(crate) struct Reader<'a> {
    folder: &'a str,
    path: &'a Path,
    table: &'a Table,
    /// The prefix of the fields' names.
    prefix: String,
    faults: Vec<String>,
}

impl Fields {
    /// The file in `folder`.
    pub(crate) fn open(root: &Path, folder: &str) -> Result<Self, Box<dyn Error>> {
        let path = root.join(folder);
        let shown = format!("infra/landlord/{folder}/landlord.toml");
        let text = fs::read_to_string(path.join("landlord.toml"))
            .map_err(|error| format!("{shown}: {error}"))?;
        // Some editors write a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let table = text.parse().map_err(|error| format!("{shown}: {error}"))?;
        Ok(Self { folder: folder.to_owned(), path, table, left: Vec::new() })
    }

    /// The names of all fields that must be replaced.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect("", &self.table, &mut names);
        names.retain(|name| !MAY_BE_THE_EXAMPLES.contains(&name.as_str()));
        names
    }

    /// The fields, with a fault for each one that has the value of `example`.
    pub(crate) fn unlike(mut self, example: &Self) -> Self {
        let is_same = |name: &String| match (find(&self.table, name), find(&example.table, name)) {
            (Some(Value::Array(own)), Some(Value::Array(example))) => {
                own.iter().any(|item| example.contains(item))
            }
            (own, example) => own.is_some() && own == example,
        };
        let mut left: Vec<String> = example.names().into_iter().filter(is_same).collect();
        let logo = |fields: &Self| {
            let name = find(&fields.table, "logo")?.as_str()?;
            fs::read(fields.path.join(name)).ok()
        };
        if logo(&self).is_some_and(|own| Some(own) == logo(example)) {
            left.push("logo".to_owned());
        }
        self.left = left;
        self
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        let left = self.left.iter();
        Reader {
            folder: &self.folder,
            path: &self.path,
            table: &self.table,
            prefix: String::new(),
            faults: left.map(|name| format!("{name} is still the example's")).collect(),
        }
    }
}

impl Reader<'_> {
    pub(crate) fn folder(&self) -> &str {
        self.folder
    }

    /// Collects a fault of the field `name`.
    pub(crate) fn fault(&mut self, name: &str, fault: &str) {
        self.faults.push(format!("{}{name} {fault}", self.prefix));
    }

    /// A required text.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match find(self.table, name) {
            None => self.fault(name, "is missing"),
            Some(Value::String(text)) if !text.trim().is_empty() => return text.trim().to_owned(),
            Some(Value::String(_)) => self.fault(name, "is empty"),
            Some(_) => self.fault(name, "is not a text"),
        }
        String::new()
    }

    /// A required text of at most `most` characters.
    pub(crate) fn short_text(&mut self, name: &str, most: usize) -> String {
        let text = self.text(name);
        if text.chars().count() > most {
            self.fault(name, &format!("has more than {most} characters"));
        }
        text
    }

    /// An e-mail address.
    pub(crate) fn email(&mut self, name: &str) -> String {
        let text = self.text(name);
        let is_address = text.split_once('@').is_some_and(|(local_part, domain)| {
            let is_plain = |c: char| c.is_ascii_graphic() && !"@<>\"(),;:".contains(c);
            !local_part.is_empty()
                && domain.contains('.')
                && text.replacen('@', "", 1).chars().all(is_plain)
        });
        if !text.is_empty() && !is_address {
            self.fault(name, "is not an e-mail address");
        }
        text
    }

    /// A URI with a scheme that `security.txt` allows.
    pub(crate) fn uri(&mut self, name: &str) -> String {
        let text = self.text(name);
        let schemes = ["https://", "mailto:", "tel:"];
        if !text.is_empty() && !schemes.iter().any(|scheme| text.starts_with(scheme)) {
            self.fault(name, "does not begin with https://, mailto: or tel:");
        }
        text
    }

    /// The code of a text in both languages.
    pub(crate) fn both(&mut self, name: &str) -> String {
        let french = self.text(&format!("{name}.fr"));
        let english = self.text(&format!("{name}.en"));
        format!("Text {{ french: {french:?}, english: {english:?} }}")
    }

    /// The code of a telephone number. A number that begins with 0 is French.
    pub(crate) fn phone(&mut self, name: &str) -> String {
        let text = self.text(name);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_number = text.chars().all(|c| c.is_ascii_digit() || " .-+()".contains(c));
        let is_number = is_number && (4..=15).contains(&digits.len());
        if !text.is_empty() && !is_number {
            self.fault(name, "is not a telephone number");
        }
        let uri = match digits.strip_prefix('0') {
            _ if text.starts_with('+') => format!("tel:+{digits}"),
            Some(rest) => format!("tel:+33{rest}"),
            None => format!("tel:{digits}"),
        };
        // A line must not end inside a number.
        let text = text.replace(' ', "\u{a0}");
        format!("Phone {{ text: {text:?}, uri: {uri:?} }}")
    }

    /// The code of lines of text.
    pub(crate) fn lines(&mut self, name: &str) -> String {
        let lines: Vec<&str> = match find(self.table, name) {
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if lines.is_empty() || lines.iter().any(|line| line.trim().is_empty()) {
            self.fault(name, "is not a list of lines");
        }
        format!("&{lines:?}")
    }

    /// The code of tables. `code` writes the code of one.
    pub(crate) fn tables(
        &mut self,
        name: &str,
        code: impl Fn(&mut Reader<'_>) -> String,
    ) -> String {
        let Some(Value::Array(items)) = find(self.table, name) else {
            self.fault(name, "is missing");
            return String::new();
        };
        let mut all = String::new();
        for (index, item) in items.iter().enumerate() {
            let Value::Table(table) = item else {
                self.fault(name, "is not a list of tables");
                continue;
            };
            let prefix = format!("{name}[{}].", index + 1);
            let faults = Vec::new();
            let mut reader = Reader { folder: self.folder, path: self.path, table, prefix, faults };
            all += &code(&mut reader);
            all += ", ";
            self.faults.append(&mut reader.faults);
        }
        all
    }

    /// The text of the file that the field names.
    pub(crate) fn file(&mut self, name: &str) -> String {
        let file = self.text(name);
        if file.is_empty() {
            return String::new();
        }
        fs::read_to_string(self.path.join(&file)).unwrap_or_else(|error| {
            self.fault(name, &format!("cannot be read: {error}"));
            String::new()
        })
    }

    /// Fails with the collected faults, if there are any.
    pub(crate) fn finish(self) -> Result<(), Box<dyn Error>> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let faults = self.faults.join("\n- ");
        Err(format!("infra/landlord/{}/landlord.toml is not complete:\n- {faults}", self.folder)
            .into())
    }
}

/// The value at `name`, a path with dots.
fn find<'a>(table: &'a Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        Some((first, rest)) => find(table.get(first)?.as_table()?, rest),
        None => table.get(name),
    }
}

/// Adds the names of all values in `table`.
fn collect(prefix: &str, table: &Table, names: &mut Vec<String>) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => collect(&format!("{name}."), inner, names),
            _ => names.push(name),
        }
    }
}
