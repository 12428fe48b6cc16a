//! Changes inputs: as JSON where they are JSON, else as text and bytes.

use serde_json::{Map, Value, json};

use crate::chance::Chance;
use crate::target::{MARK, Shape};

/// The deepest level of JSON in JSON (a body is a text in an event) that is changed as JSON.
const LEVELS: usize = 3;

/// Texts that have broken parsers elsewhere, and those that the properties look for.
const TEXTS: &[&str] = &[
    MARK,
    "",
    " ",
    "0",
    "-1",
    "+1",
    "00",
    "1e999",
    "18446744073709551616",
    "-9223372036854775808",
    "99999999999999999999",
    "0000-00-00",
    "9999-12-31",
    "2027-02-29",
    "31/12/2027",
    "true",
    "null",
    "{}",
    "[]",
    "\"",
    "'",
    "\\",
    "=",
    ";",
    ",",
    "\t",
    "%",
    "%00",
    "%2F",
    "%23",
    "%ZZ",
    "%C3%28",
    "..",
    "../",
    "/",
    "//",
    "//ailleurs.example",
    "\r\n",
    "\n",
    "\r\nBcc: autre@exemple.example",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "é",
    "e\u{301}",
    "\u{301}",
    "ß",
    "İ",
    "ı",
    "ŒUVRE",
    "ﬁ",
    "①",
    "٣",
    "😀",
    "👨‍👩‍👧",
    "<b>",
    "&amp;",
    "]]>",
    "*",
    "?",
    "@",
    "xn--",
    "xn--a",
    "a@b",
    "\"a b\"@exemple.example",
    "@exemple.example",
    "L ",
    "GET",
    "HEAD",
    "same-origin",
    "cross-site",
    "application/json",
    "text/csv; charset=windows-1252",
    "text/csv; charset=utf-16le",
    "application/x-ndjson",
    "Bearer ",
    "en",
    "/w==",
    "#INSERT",
    "REMOVE",
];

/// The most bytes that a repetition adds.
const REPEATED: usize = 2_048;

/// A changed copy of `input`, of at most `most` bytes. Parts of `other`, another input of the same
/// target, may come into it; `words` are placeholders of the world's secrets.
pub fn mutate(
    input: &[u8],
    other: &[u8],
    shape: Shape,
    words: &[String],
    most: usize,
    chance: &mut Chance,
) -> Vec<u8> {
    let mut changed = input.to_vec();
    for _ in 0..=chance.below(4) {
        let next = match shape {
            Shape::Json => in_json(&changed, other, words, LEVELS, chance),
            Shape::Lines => in_lines(&changed, other, words, chance),
        };
        if next.len() <= most {
            changed = next;
        }
    }
    changed.truncate(most);
    changed
}

/// The first line says what the rest is, so it is seldom changed.
fn in_lines(input: &[u8], other: &[u8], words: &[String], chance: &mut Chance) -> Vec<u8> {
    let end = input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |at| at + 1);
    if chance.one_in(12) {
        return in_bytes(input, other, words, chance);
    }
    let (first, rest) = input.split_at(end);
    let after = other.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let rest = match std::str::from_utf8(rest) {
        Ok(text) if !chance.one_in(6) => {
            let other = String::from_utf8_lossy(&other[after..]);
            in_text(text, &other, words, chance).into_bytes()
        }
        _ => in_bytes(rest, &other[after..], words, chance),
    };
    [first, &rest].concat()
}

fn in_json(
    input: &[u8],
    other: &[u8],
    words: &[String],
    levels: usize,
    chance: &mut Chance,
) -> Vec<u8> {
    let (Ok(mut value), false) = (serde_json::from_slice::<Value>(input), chance.one_in(40)) else {
        return in_bytes(input, other, words, chance);
    };
    let other: Value = serde_json::from_slice(other).unwrap_or_default();
    let count = nodes(&value);
    let at = chance.below(count);
    let donors = nodes(&other);
    let mut once = Some(Change { other: &other, donors, words, levels, chance });
    visit(&mut value, &mut { at }, &mut |node| {
        if let Some(change) = once.take() {
            change.apply(node);
        }
    });
    serde_json::to_vec(&value).unwrap_or_default()
}

/// The number of values in `value`, with itself.
fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum::<usize>(),
        _ => 0,
    }
}

/// Calls `found` with the value number `at`, counted down to zero.
fn visit(value: &mut Value, at: &mut usize, found: &mut impl FnMut(&mut Value)) {
    if *at == 0 {
        found(value);
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(members) => Box::new(members.values_mut()),
        _ => return,
    };
    for child in children {
        visit(child, at, found);
        if *at == usize::MAX {
            return;
        }
    }
}

struct Change<'a> {
    other: &'a Value,
    donors: usize,
    words: &'a [String],
    levels: usize,
    chance: &'a mut Chance,
}

impl Change<'_> {
    fn apply(self, node: &mut Value) {
        let chance = self.chance;
        if chance.one_in(6) {
            let mut other = self.other.clone();
            let mut donated = Value::Null;
            let at = chance.below(self.donors);
            visit(&mut other, &mut { at }, &mut |donor| donated = donor.take());
            *node = donated;
            return;
        }
        match node {
            Value::String(text) => {
                let is_json = text.starts_with(['{', '[']) && self.levels > 0;
                if chance.one_in(12) {
                    *node = odd(chance);
                } else if is_json && !chance.one_in(6) {
                    let other = self.other.get("body").and_then(Value::as_str).unwrap_or("{}");
                    let inner = in_json(
                        text.as_bytes(),
                        other.as_bytes(),
                        self.words,
                        self.levels - 1,
                        chance,
                    );
                    *text = String::from_utf8_lossy(&inner).into_owned();
                } else {
                    *text = in_text(text, "", self.words, chance);
                }
            }
            Value::Object(members) if !members.is_empty() => in_object(members, chance),
            Value::Array(items) if !items.is_empty() => {
                let at = chance.below(items.len());
                match chance.below(4) {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    2 => items.push(odd(chance)),
                    _ => {
                        let to = chance.below(items.len());
                        items.swap(at, to);
                    }
                }
            }
            Value::Number(number) if !chance.one_in(3) => {
                let near = number.as_i64().unwrap_or_default();
                *node = match chance.below(5) {
                    0 => json!(near.wrapping_add(1)),
                    1 => json!(near.wrapping_sub(1)),
                    2 => json!(near.wrapping_mul(2)),
                    3 => json!(chance.below(300)),
                    _ => odd(chance),
                };
            }
            _ => *node = odd(chance),
        }
    }
}

fn in_object(members: &mut Map<String, Value>, chance: &mut Chance) {
    let names: Vec<String> = members.keys().cloned().collect();
    let name = &names[chance.below(names.len())];
    match chance.below(6) {
        0 | 1 => drop(members.remove(name)),
        2 => {
            let value = members.remove(name).unwrap_or_default();
            members.insert(in_text(name, "", &[], chance), value);
        }
        3 => {
            let value = members.get(name).cloned().unwrap_or_default();
            members.insert(chance.pick(TEXTS).to_owned(), value);
        }
        4 => {
            let from = &names[chance.below(names.len())];
            let value = members.get(from).cloned().unwrap_or_default();
            members.insert(name.clone(), value);
        }
        _ => drop(members.insert(name.clone(), odd(chance))),
    }
}

/// A value that few expect.
fn odd(chance: &mut Chance) -> Value {
    match chance.below(16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(false),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(u64::MAX),
        6 => json!(i64::MIN),
        7 => json!(0.5),
        8 => json!(1e300),
        9 => json!([]),
        10 => json!({}),
        11 => json!([[[[[]]]]]),
        12 => json!("x".repeat(chance.below(REPEATED))),
        13 => json!(253_402_300_799_i64),
        _ => json!(chance.pick(TEXTS)),
    }
}

fn in_text(text: &str, other: &str, words: &[String], chance: &mut Chance) -> String {
    let at = place(text, chance);
    let to = place(text, chance);
    let (from, to) = (at.min(to), at.max(to));
    let (before, inside, after) = (&text[..from], &text[from..to], &text[to..]);
    match chance.below(11) {
        0 | 1 => [before, chance.pick(TEXTS), inside, after].concat(),
        2 => [before, chance.pick(TEXTS), after].concat(),
        3 => [before, after].concat(),
        4 => [before, inside, inside, after].concat(),
        5 => {
            let times = chance.below(REPEATED) / inside.len().max(1);
            [before, &inside.repeat(times + 1), after].concat()
        }
        6 if !words.is_empty() => {
            let word = &words[chance.below(words.len())];
            if chance.one_in(2) { word.clone() } else { [before, word, after].concat() }
        }
        7 => {
            let c = char::from_u32(u32::try_from(chance.below(0x3000)).unwrap_or_default());
            [before, &c.unwrap_or('\u{10ffff}').to_string(), inside, after].concat()
        }
        8 => [before, &inside.to_uppercase(), after].concat(),
        9 => {
            let (one, two) = (place(other, chance), place(other, chance));
            [before, &other[one.min(two)..one.max(two)], after].concat()
        }
        _ => {
            let mut bytes = text.as_bytes().to_vec();
            flip(&mut bytes, chance);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// Where a character begins, or the end.
fn place(text: &str, chance: &mut Chance) -> usize {
    let at = chance.below(text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn flip(bytes: &mut [u8], chance: &mut Chance) {
    let at = chance.below(bytes.len());
    let bit = 1 << chance.below(8);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bit;
    }
}

fn in_bytes(input: &[u8], other: &[u8], words: &[String], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = input.to_vec();
    let (one, two) = (chance.below(input.len() + 1), chance.below(input.len() + 1));
    let (from, to) = (one.min(two), one.max(two));
    // Mostly a short range.
    let to =
        if chance.one_in(4) { to } else { to.min(from + 1 + chance.below(8)).min(input.len()) };
    match chance.below(8) {
        0 | 1 => flip(&mut bytes, chance),
        2 => drop(bytes.drain(from..to)),
        3 => {
            let again = input[from..to].to_vec();
            bytes.splice(to..to, again);
        }
        4 => drop(bytes.splice(from..to, chance.pick(TEXTS).bytes())),
        5 => {
            let byte = u8::try_from(chance.below(256)).unwrap_or_default();
            let at = chance.below(bytes.len());
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        6 if !words.is_empty() => {
            let word = words[chance.below(words.len())].bytes();
            drop(bytes.splice(from..to, word));
        }
        _ => {
            let (one, two) = (chance.below(other.len() + 1), chance.below(other.len() + 1));
            let taken = other[one.min(two)..one.max(two)].iter().copied();
            drop(bytes.splice(from..to, taken));
        }
    }
    bytes
}
