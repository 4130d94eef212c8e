//! What did the producer mean to write?
//!
//! [`mend`] rewrites text that is nearly JSON into JSON. Vendors' own samples hold
//! `"Path": "\Deleted Items"`, exports put raw line breaks inside values, PowerShell and Python
//! write `True`, `None` and `NaN`, and a cut between two UTF-16 halves leaves a lone surrogate.
//! Text it cannot mend comes out no better than it went in, and the strict reader refuses it.

/// Bytes after the record's closing brace that are taken for a slip. Longer rests, or rests that
/// could be another record, are not passed over.
pub const TRAILING_BYTES_MAX: usize = 16;

/// Mended text, and what was done to it.
pub struct Mended {
    pub text: String,
    pub done: Vec<&'static str>,
}

/// How a quote after a backslash is read in a text whose backslashes escape nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum QuoteAfterBackslash {
    /// It belongs to the text.
    Escaped,
    /// It ends the text if a comma, a colon or a closing bracket follows: `"\Sent\",`.
    Ends,
}

pub fn mend(text: &str, quote: QuoteAfterBackslash) -> Mended {
    let mut mender = Mender {
        rest: text,
        quote,
        depth: 0,
        out: String::with_capacity(text.len() + 64),
        done: Vec::new(),
    };
    mender.run();
    Mended { text: mender.out, done: mender.done }
}

struct Mender<'t> {
    rest: &'t str,
    quote: QuoteAfterBackslash,
    depth: usize,
    out: String,
    done: Vec<&'static str>,
}

impl<'t> Mender<'t> {
    fn run(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '"' | '\'' => self.string(c),
                '{' | '[' => {
                    self.depth += 1;
                    self.keep(1);
                }
                '}' | ']' => {
                    self.drop_comma();
                    self.keep(1);
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return self.end();
                    }
                }
                ',' | ':' | ' ' | '\t' | '\r' | '\n' => self.keep(1),
                '\u{feff}' => self.skip(c, "byte-order mark"),
                c if c.is_control() || c.is_whitespace() => self.skip(c, "control character"),
                _ => self.word(),
            }
        }
    }

    fn note(&mut self, what: &'static str) {
        if !self.done.contains(&what) {
            self.done.push(what);
        }
    }

    fn keep(&mut self, bytes: usize) {
        self.out.push_str(&self.rest[..bytes]);
        self.rest = &self.rest[bytes..];
    }

    fn skip(&mut self, c: char, what: &'static str) {
        self.note(what);
        self.rest = &self.rest[c.len_utf8()..];
    }

    /// A comma with nothing after it. Text ends in a quote, so this comma stands outside of one.
    fn drop_comma(&mut self) {
        let kept = self.out.trim_end();
        if let Some(before) = kept.strip_suffix(',') {
            let length = before.len();
            self.out.truncate(length);
            self.note("trailing comma");
        }
    }

    /// What stands after the last closing bracket.
    fn end(&mut self) {
        let rest = self.rest.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if rest.is_empty() && self.rest.contains('\0') {
            self.note("control character");
        } else if rest.len() <= TRAILING_BYTES_MAX && !rest.contains(['{', '[', '"']) {
            if !rest.is_empty() {
                self.note("trailing text");
            }
        } else {
            self.out.push_str(rest);
        }
    }

    /// A run outside of quotes: a literal, a number, or something that should have been quoted.
    fn word(&mut self) {
        let ends = |c: char| ",:{}[]\"'".contains(c) || c.is_whitespace() || c.is_control();
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" | "false" | "null" => self.out.push_str(word),
            "True" | "TRUE" => self.replace("true"),
            "False" | "FALSE" => self.replace("false"),
            "None" | "NULL" | "Null" | "nil" | "undefined" | "NaN" | "nan" | "Infinity"
            | "-Infinity" => self.replace("null"),
            // A number beyond the range of a float, or with leading zeros, stays as text.
            _ if serde_json::from_str::<f64>(word).is_ok() => self.out.push_str(word),
            _ => {
                let number = word.starts_with(|c: char| "+-.".contains(c) || c.is_ascii_digit());
                self.note(if number { "unreadable number" } else { "bare word" });
                self.out.push('"');
                word.chars().for_each(|c| self.text_char(c));
                self.out.push('"');
            }
        }
    }

    fn replace(&mut self, literal: &str) {
        self.note("literal");
        self.out.push_str(literal);
    }

    fn string(&mut self, quote: char) {
        if quote == '\'' {
            self.note("single quotes");
        }
        let body = &self.rest[1..];
        let (length, closed) = string_end(body, quote, self.quote);
        let text = &body[..length];
        self.out.push('"');
        self.text(text, quote);
        if closed {
            self.out.push('"');
        }
        self.rest = &body[length + usize::from(closed)..];
    }

    /// The inside of a string. Where one backslash escapes nothing, its neighbours `\n` and `\t`
    /// are taken literally as well: `\Deleted Items\new` comes from a producer that does not escape.
    fn text(&mut self, text: &str, quote: char) {
        let literal = has_invalid_escape(text);
        if literal {
            self.note("invalid escape");
        }
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c != '\\' {
                self.text_char(c);
                continue;
            }
            match rest.chars().next() {
                Some('\'') => {
                    if quote == '"' {
                        self.note("invalid escape");
                    }
                    self.out.push('\'');
                    rest = &rest[1..];
                }
                Some(next @ ('"' | '\\' | '/')) => {
                    self.out.push('\\');
                    self.out.push(next);
                    rest = &rest[1..];
                }
                Some(next @ ('b' | 'f' | 'n' | 'r' | 't')) if !literal => {
                    self.out.push('\\');
                    self.out.push(next);
                    rest = &rest[1..];
                }
                Some('u') if hex4(&rest[1..]).is_some() => rest = self.unicode_escape(rest),
                _ => self.out.push_str("\\\\"),
            }
        }
    }

    /// `rest` begins with `uXXXX`. Halves of a surrogate pair are kept only together.
    fn unicode_escape<'r>(&mut self, rest: &'r str) -> &'r str {
        let unit = hex4(&rest[1..]).unwrap_or(0);
        let after = &rest[5..];
        if !(0xd800..0xe000).contains(&unit) {
            self.out.push('\\');
            self.out.push_str(&rest[..5]);
            return after;
        }
        let low = after
            .strip_prefix("\\u")
            .and_then(hex4)
            .filter(|low| unit < 0xdc00 && (0xdc00..0xe000).contains(low));
        if low.is_some() {
            self.out.push('\\');
            self.out.push_str(&rest[..11]);
            &rest[11..]
        } else {
            self.note("lone surrogate");
            self.out.push('\u{fffd}');
            after
        }
    }

    fn text_char(&mut self, c: char) {
        match c {
            '"' => self.out.push_str("\\\""),
            c if c < ' ' => {
                self.note("control character");
                self.out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => self.out.push(c),
        }
    }
}

/// Where a string's body ends, and whether a quote ends it.
fn string_end(body: &str, quote: char, after_backslash: QuoteAfterBackslash) -> (usize, bool) {
    let bytes = body.as_bytes();
    let mut at = 0;
    let mut literal = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let next = bytes.get(at + 1).copied().unwrap_or(b' ');
                if after_backslash == QuoteAfterBackslash::Ends
                    && literal
                    && next == quote as u8
                    && closes(&body[at + 2..])
                {
                    return (at + 1, true);
                }
                literal |= !b"\"\\/bfnrtu'".contains(&next);
                at += 2;
            }
            byte if byte == quote as u8 => return (at, true),
            _ => at += 1,
        }
    }
    (body.len(), false)
}

/// Could a string have ended before this?
fn closes(rest: &str) -> bool {
    rest.trim_start().starts_with([',', ':', '}', ']'])
}

fn has_invalid_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match bytes.get(at + 1) {
            Some(b'u') if hex4(text.get(at + 2..).unwrap_or("")).is_none() => return true,
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' | b'\'') => at += 2,
            _ => return true,
        }
    }
    false
}

/// The four hexadecimal digits at the beginning of a text.
fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, mended: &str, done: &[&str]) {
        let result = mend(text, QuoteAfterBackslash::Escaped);
        assert_eq!(result.text, mended, "{text}");
        assert_eq!(result.done, done, "{text}");
    }

    #[test]
    fn slips_are_mended() {
        check(r#"{"Path":"\Deleted Items"}"#, r#"{"Path":"\\Deleted Items"}"#, &["invalid escape"]);
        check(
            r#"{"Path":"\Deleted Items\new\u00e9\/"}"#,
            r#"{"Path":"\\Deleted Items\\new\u00e9\/"}"#,
            &["invalid escape"],
        );
        check(
            "{\"a\":\"x\r\ny\tz\u{1}\"}",
            r#"{"a":"x\u000d\u000ay\u0009z\u0001"}"#,
            &["control character"],
        );
        check("\u{feff}{\"a\":1}", r#"{"a":1}"#, &["byte-order mark"]);
        check(r#"{"a":[1,2, ],"b":{"c":1,},}"#, r#"{"a":[1,2],"b":{"c":1}}"#, &["trailing comma"]);
        check(
            r#"{"a":NaN,"b":True,"c":None,"d":false}"#,
            r#"{"a":null,"b":true,"c":null,"d":false}"#,
            &["literal"],
        );
        check(
            r#"{"a":007,"b":1e999,"c":-1.5e3,d:0x1F}"#,
            r#"{"a":"007","b":"1e999","c":-1.5e3,"d":"0x1F"}"#,
            &["unreadable number", "bare word"],
        );
        check(r#"{"a":1},"#, r#"{"a":1}"#, &["trailing text"]);
        check("{\"a\":1}\0\0", r#"{"a":1}"#, &["control character"]);
        check(r#"{'a': 'it\'s "x"'}"#, r#"{"a": "it's \"x\""}"#, &["single quotes"]);
        check(
            r#"{"a":"\ud83d cut \ud83d\ude00"}"#,
            "{\"a\":\"\u{fffd} cut \\ud83d\\ude00\"}",
            &["lone surrogate"],
        );
    }

    #[test]
    fn what_is_no_slip_stays() {
        for text in [
            r#"{"a":"x\r\n\"y\" \\ \u00e9"}"#,
            r#"{"a":1}{"b":2}"#,
            r#"{"a":"cut in the mid"#,
            r#"{"a":"x","b":["#,
        ] {
            check(text, text, &[]);
        }
    }

    #[test]
    fn a_backslash_before_the_last_quote() {
        let text = r#"{"Path":"\Sent Items\","Id":"1"}"#;
        let result = mend(text, QuoteAfterBackslash::Ends);
        assert_eq!(result.text, r#"{"Path":"\\Sent Items\\","Id":"1"}"#);
    }
}
