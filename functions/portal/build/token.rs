//! The tokens of a script: reading them, and writing them without comments and unneeded spaces.

/// A piece of a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Token<'a> {
    /// Letters, digits, `_` and `$`: a name or a number.
    Word(&'a str),
    /// Any other character.
    Mark(char),
    /// White space and comments; whether a line ends in it.
    Space { ends_line: bool },
    /// A string, a regular expression, or the text of a template up to `${` or its end.
    Literal(&'a str),
}

/// Appends `token` to `code`. Spaces are only kept between names, line ends only where a statement
/// may end.
pub fn write(code: &mut String, token: Token<'_>) {
    let last = code.chars().next_back().unwrap_or('\n');
    match token {
        Token::Word(text) | Token::Literal(text) => code.push_str(text),
        Token::Mark(mark) => {
            let closes = matches!(mark, '}' | ')' | ']' | ',' | ';' | '.' | '?' | ':' | '&' | '|');
            if last == ' ' && !is_signed(mark) || last == '\n' && closes {
                code.pop();
            }
            code.push(mark);
        }
        Token::Space { ends_line: true } => {
            if last == ' ' {
                code.pop();
            }
            if !matches!(
                last,
                '\n' | '{' | '(' | '[' | ';' | ',' | ':' | '?' | '=' | '&' | '|' | '>'
            ) {
                code.push('\n');
            }
        }
        Token::Space { ends_line: false } => {
            if is_signed(last) || is_of_word(last) || matches!(last, '"' | '\'') {
                code.push(' ');
            }
        }
    }
}

/// Whether a space next to `mark` may matter, as in `a + +b`, `a / b`, or after a literal.
fn is_signed(mark: char) -> bool {
    matches!(mark, '+' | '-' | '/' | '`')
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// The tokens of a script.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    // For each open `${`, the number of open braces in it.
    let mut templates: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut after = rest.chars();
        after.next();
        let next = after.next();
        let (token, length) = match c {
            _ if c.is_whitespace() => {
                let length = rest.len() - rest.trim_start().len();
                (space(rest, length), length)
            }
            '/' if next == Some('/') => {
                (Token::Space { ends_line: true }, rest.find('\n').unwrap_or(rest.len()))
            }
            '/' if next == Some('*') => {
                let length = rest.find("*/").ok_or("a comment does not end")? + 2;
                (space(rest, length), length)
            }
            '/' if begins_regex(&tokens) => literal(rest, regex_length(rest)),
            '"' | '\'' => literal(rest, string_length(rest, c)),
            '`' => {
                let length = template_length(rest)?;
                if rest.get(..length).is_some_and(|text| text.ends_with("${")) {
                    templates.push(0);
                }
                literal(rest, Some(length))
            }
            '}' if templates.last() == Some(&0) => {
                let length = template_length(rest)?;
                if rest.get(..length).is_some_and(|text| text.ends_with('`')) {
                    templates.pop();
                }
                literal(rest, Some(length))
            }
            _ if is_of_word(c) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                (Token::Word(rest.get(..length).unwrap_or_default()), length)
            }
            _ => {
                if let Some(open) = templates.last_mut() {
                    match c {
                        '{' => *open += 1,
                        '}' => *open -= 1,
                        _ => {}
                    }
                }
                (Token::Mark(c), c.len_utf8())
            }
        };
        if length == 0 {
            let line = rest.lines().next().unwrap_or_default();
            return Err(format!("a string or a regular expression does not end: `{line}`"));
        }
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    if templates.is_empty() { Ok(tokens) } else { Err("a template does not end".to_owned()) }
}

fn space(rest: &str, length: usize) -> Token<'_> {
    Token::Space { ends_line: rest.get(..length).is_some_and(|space| space.contains('\n')) }
}

fn literal(rest: &str, length: Option<usize>) -> (Token<'_>, usize) {
    let length = length.unwrap_or(0);
    (Token::Literal(rest.get(..length).unwrap_or_default()), length)
}

/// Whether a `/` after `tokens` begins a regular expression. After a value, it is a division.
fn begins_regex(tokens: &[Token<'_>]) -> bool {
    match tokens.iter().rev().find(|token| !matches!(token, Token::Space { .. })) {
        None => true,
        Some(Token::Word(word)) => matches!(*word, "return" | "typeof" | "case" | "in" | "of"),
        Some(Token::Mark(mark)) => !matches!(mark, ')' | ']' | '}'),
        Some(Token::Literal(_) | Token::Space { .. }) => false,
    }
}

/// The length of the string at the beginning of `text`, with its quotes, if it ends on its line.
fn string_length(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '\n' => return None,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of the regular expression at the beginning of `text`, without its flags.
fn regex_length(text: &str) -> Option<usize> {
    let mut in_class = false;
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '\n' => return None,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a template's text, from its quote or the brace before it to `${` or its last
/// quote.
fn template_length(text: &str) -> Result<usize, String> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '`' => return Ok(at + 1),
            '$' if text.get(at + 1..).is_some_and(|rest| rest.starts_with('{')) => {
                return Ok(at + 2);
            }
            _ => {}
        }
    }
    Err("a template does not end".to_owned())
}
