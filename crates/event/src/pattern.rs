//! Does this text fit?
//!
//! `*` stands for any run of characters, `?` for one; a backslash before either, or before a
//! backslash, takes the next character as it is. Texts are compared without case unless the
//! pattern was made [`Pattern::cased`].

/// A compiled text pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    source: String,
    parts: Vec<Part>,
    cased: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Literal(String),
    One,
    Run,
}

impl Pattern {
    /// Reads wildcards in `source`.
    pub fn wildcard(source: &str) -> Pattern {
        Pattern::read(source, false)
    }

    /// The text itself, without wildcards.
    pub fn exact(text: &str) -> Pattern {
        let parts = match text {
            "" => Vec::new(),
            _ => vec![Part::Literal(fold(text))],
        };
        Pattern { source: escape(text), parts, cased: false }
    }

    /// Anything that holds the text.
    pub fn containing(text: &str) -> Pattern {
        let mut pattern = Pattern::exact(text);
        pattern.source = format!("*{}*", pattern.source);
        pattern.parts.insert(0, Part::Run);
        if pattern.parts.len() > 1 {
            pattern.parts.push(Part::Run);
        }
        pattern
    }

    /// The same pattern, minding case.
    pub fn cased(&self) -> Pattern {
        Pattern::read(&self.source, true)
    }

    /// The pattern as written, wildcards and escapes included.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The folded text, if the pattern fits just that text without case.
    pub fn folded(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] if !self.cased => Some(text),
            _ => None,
        }
    }

    /// The folded text, if the pattern fits whatever holds that text without case.
    pub fn contained(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Run, Part::Literal(text), Part::Run] if !self.cased => Some(text),
            _ => None,
        }
    }

    /// Does it fit anything?
    pub fn is_any(&self) -> bool {
        self.parts == [Part::Run]
    }

    fn read(source: &str, cased: bool) -> Pattern {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = source.chars().peekable();
        let flush = |literal: &mut String, parts: &mut Vec<Part>| {
            if !literal.is_empty() {
                let text = std::mem::take(literal);
                parts.push(Part::Literal(if cased { text } else { fold(&text) }));
            }
        };
        while let Some(c) = chars.next() {
            match c {
                '\\' if matches!(chars.peek(), Some('*' | '?' | '\\')) => {
                    literal.extend(chars.next());
                }
                '*' => {
                    flush(&mut literal, &mut parts);
                    if parts.last() != Some(&Part::Run) {
                        parts.push(Part::Run);
                    }
                }
                '?' => {
                    flush(&mut literal, &mut parts);
                    parts.push(Part::One);
                }
                _ => literal.push(c),
            }
        }
        flush(&mut literal, &mut parts);
        Pattern { source: source.to_owned(), parts, cased }
    }

    /// Does it fit the whole text?
    pub fn matches(&self, text: &str) -> bool {
        if self.is_any() {
            return true;
        }
        if self.cased {
            return fits(&self.parts, text);
        }
        // Folding ASCII never changes a length, so most texts that cannot fit are told by it.
        if let (Some(literal), true) = (self.folded(), text.is_ascii()) {
            return literal.eq_ignore_ascii_case(text);
        }
        fits(&self.parts, &fold(text))
    }
}

/// The one folding of case: search, stored twin columns and identities all use it.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Greedy matching with one point of return: linear in practice, and at worst the product of the
/// two lengths, never exponential.
fn fits(parts: &[Part], text: &str) -> bool {
    let (mut part, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match parts.get(part) {
            None => rest.is_empty().then_some(""),
            Some(Part::Run) => {
                retry = Some((part, rest));
                Some(rest)
            }
            Some(Part::One) => rest.chars().next().map(|c| &rest[c.len_utf8()..]),
            Some(Part::Literal(literal)) => rest.strip_prefix(literal.as_str()),
        };
        match step {
            Some(_) if part == parts.len() => return true,
            Some(left) => {
                part += 1;
                rest = left;
            }
            None => match retry {
                Some((run, from)) if !from.is_empty() => {
                    let next = &from[from.chars().next().map_or(0, char::len_utf8)..];
                    retry = Some((run, next));
                    part = run + 1;
                    rest = next;
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_case() {
        for (pattern, text, fits) in [
            ("New-InboxRule", "new-inboxrule", true),
            ("*rule", "New-InboxRule", true),
            ("new*", "New-InboxRule", true),
            ("*inbox*", "New-InboxRule", true),
            ("n?w-*", "New-InboxRule", true),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*ab", "aab", true),
            (r"5\*", "5*", true),
            (r"5\*", "55", false),
            (r"\Inbox", r"\inbox", true),
            (r"C:\\x", r"c:\x", true),
            ("Größe", "GRÖSSE", false),
            ("GRÖẞE", "größe", true),
            ("??", "é!", true),
        ] {
            assert_eq!(Pattern::wildcard(pattern).matches(text), fits, "{pattern} on {text}");
        }
    }

    #[test]
    fn cased_patterns_mind_case() {
        assert!(!Pattern::wildcard("ann*").cased().matches("Ann@x"));
        assert!(Pattern::wildcard("Ann*").cased().matches("Ann@x"));
    }

    #[test]
    fn containing_takes_wildcards_as_they_are() {
        let pattern = Pattern::containing("a*b");
        assert!(pattern.matches("xxA*Byy"));
        assert!(!pattern.matches("aXXb"));
        assert_eq!(pattern.contained(), Some("a*b"));
    }
}
