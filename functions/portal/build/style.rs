//! Minifies style sheets.

/// `css` without comments, indentation and line breaks. Quoted text is left alone.
pub fn stripped(css: &str) -> Result<String, String> {
    let mut stripped = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' | '\'' => {
                let end =
                    rest.get(1..).and_then(|text| text.find(c)).ok_or("a string does not end")?;
                let text = rest.get(..end + 2).unwrap_or_default();
                if text.contains(['\n', '\\']) {
                    return Err(format!("a string is of one line, without escapes: {text}"));
                }
                stripped.push_str(text);
                text.len()
            }
            '/' if rest.starts_with("/*") => rest.find("*/").ok_or("a comment does not end")? + 2,
            _ if c.is_whitespace() => {
                if !stripped.ends_with(['{', '}', ';', ':', ',', ' ']) && !stripped.is_empty() {
                    stripped.push(' ');
                }
                rest.len() - rest.trim_start().len()
            }
            _ => {
                if matches!(c, '{' | '}' | ';' | ',') && stripped.ends_with(' ') {
                    stripped.pop();
                }
                if c == '}' && stripped.ends_with(';') {
                    stripped.pop();
                }
                stripped.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    let (open, close) = (stripped.matches('{').count(), stripped.matches('}').count());
    if open == close { Ok(stripped) } else { Err(format!("{open} braces open, {close} close")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_indentation_and_line_breaks_are_left_out() {
        for (css, expected) in [
            (
                "/* One. */\n.a,\n.b > c {\n  d: 1px 2px;\n  e: calc(1px + 2px);\n}\n",
                ".a,.b > c{d:1px 2px;e:calc(1px + 2px)}",
            ),
            ("a :hover {\n  b: c;\n}", "a :hover{b:c}"),
            (
                "@media (a: b) and (c) {\n  .d {\n    content: \"a  /* b ;\";\n  }\n}",
                "@media (a:b) and (c){.d{content:\"a  /* b ;\"}}",
            ),
            ("a {\n  --b: ;\n  c: d e\n    f;\n}", "a{--b:;c:d e f}"),
        ] {
            assert_eq!(stripped(css), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn unclosed_strings_comments_and_braces_are_refused() {
        for css in ["/* a", "a { b: \"c }", "a { b: c", "a { b: \"c\\\"\"; }"] {
            assert!(stripped(css).is_err(), "{css}");
        }
    }
}
