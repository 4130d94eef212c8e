//! What does a search text mean?
//!
//! `user:ann@x.com operation:New-InboxRule -ip:10.0.0.0/8 "wire transfer"`: tests on fields and
//! free text, joined by `and` (also unwritten), `or`, `not` (also `-`) and parentheses.
//!
//! - `field:value` compares without case; `*` and `?` are wildcards; a value in quotes is taken as
//!   it stands, with `\"` and `\\` for a quote and a backslash.
//! - `field:*` asks that there is a value; `field:(a or b)` takes several.
//! - `field>5`, `>=`, `<`, `<=` compare numbers, or times where the value is one.
//! - An address or a block such as `203.0.113.0/24` is compared with normalised addresses.
//! - A word without a field is looked for in the whole record.

use std::fmt;

use event::{Compare, Field, Filter, Kind, Network, Pattern, Test, time};

/// Short names for the fields people type most.
pub const ALIASES: [(&str, &str); 11] = [
    ("user", "UserId"),
    ("ip", "ClientIP"),
    ("time", "CreationTime"),
    ("type", "RecordType"),
    ("app", "ApplicationId"),
    ("mailbox", "MailboxOwnerUPN"),
    ("item", "ItemName"),
    ("site", "SiteUrl"),
    ("session", "SessionId"),
    ("object", "ObjectId"),
    ("agent", "UserAgent"),
];

/// Parentheses nested deeper than this are refused.
const DEPTH_MAX: usize = 100;

/// Why a search text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    pub message: String,
    /// Where, in characters from the start.
    pub position: usize,
    pub hint: &'static str,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} at character {}; {}", self.message, self.position + 1, self.hint)
    }
}

impl std::error::Error for QueryError {}

/// Reads a search text. An empty one means every event.
pub fn parse(text: &str) -> Result<Filter, QueryError> {
    let tokens = scan(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0, end: text.chars().count() };
    if tokens.is_empty() {
        return Ok(Filter::All);
    }
    let filter = parser.any(None)?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(error(
            "a closing parenthesis without an opening one",
            token.position,
            "remove it, or put it in quotes",
        )),
    }
}

#[derive(Debug)]
struct Token {
    kind: TokenKind,
    position: usize,
}

#[derive(Debug, PartialEq)]
enum TokenKind {
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
    /// A field and how it is compared; the value follows.
    Name(String, Operator),
    Word(String),
    Quoted(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Is,
    Compare(Compare),
}

fn error(message: impl Into<String>, position: usize, hint: &'static str) -> QueryError {
    QueryError { message: message.into(), position, hint }
}

fn scan(text: &str) -> Result<Vec<Token>, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let position = at;
        let kind = match chars[at] {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => single(&mut at, TokenKind::Open),
            ')' => single(&mut at, TokenKind::Close),
            '-' | '!' if chars.get(at + 1).is_some_and(|c| !c.is_whitespace()) => {
                single(&mut at, TokenKind::Minus)
            }
            '"' => {
                let quoted = scan_quoted(&chars, &mut at)?;
                match scan_operator(&chars, &mut at) {
                    Some(operator) => TokenKind::Name(quoted, operator),
                    None => TokenKind::Quoted(quoted),
                }
            }
            _ => scan_word(&chars, &mut at, tokens.last()),
        };
        tokens.push(Token { kind, position });
    }
    Ok(tokens)
}

fn single(at: &mut usize, kind: TokenKind) -> TokenKind {
    *at += 1;
    kind
}

fn scan_quoted(chars: &[char], at: &mut usize) -> Result<String, QueryError> {
    let start = *at;
    let mut text = String::new();
    *at += 1;
    while let Some(c) = chars.get(*at) {
        *at += 1;
        match (c, chars.get(*at)) {
            ('"', _) => return Ok(text),
            ('\\', Some(next @ ('"' | '\\'))) => {
                text.push(*next);
                *at += 1;
            }
            _ => text.push(*c),
        }
    }
    Err(error("a quote that does not end", start, "add the closing quote"))
}

/// A word is a field's name if an operator follows it at once; a value may hold any sign.
fn scan_word(chars: &[char], at: &mut usize, before: Option<&Token>) -> TokenKind {
    let is_value = matches!(before, Some(Token { kind: TokenKind::Name(..), .. }));
    let start = *at;
    while let Some(c) = chars.get(*at) {
        if c.is_whitespace() || matches!(c, '(' | ')') || (*c == '"' && *at > start) {
            break;
        }
        if !is_value && *at > start && is_name(&chars[start..*at]) {
            let name = chars[start..*at].iter().collect();
            if let Some(operator) = scan_operator(chars, at) {
                return TokenKind::Name(name, operator);
            }
        }
        *at += 1;
    }
    let word: String = chars[start..*at].iter().collect();
    match word.to_ascii_lowercase().as_str() {
        "and" if !is_value => TokenKind::And,
        "or" if !is_value => TokenKind::Or,
        "not" if !is_value => TokenKind::Not,
        _ => TokenKind::Word(word),
    }
}

fn is_name(chars: &[char]) -> bool {
    (chars[0].is_alphabetic() || chars[0] == '_')
        && chars.iter().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '$'))
}

fn scan_operator(chars: &[char], at: &mut usize) -> Option<Operator> {
    let compare = |at: &mut usize, less| {
        let equal = chars.get(*at + 1) == Some(&'=');
        *at += if equal { 2 } else { 1 };
        Operator::Compare(match (less, equal) {
            (true, true) => Compare::AtMost,
            (true, false) => Compare::Less,
            (false, true) => Compare::AtLeast,
            (false, false) => Compare::More,
        })
    };
    match chars.get(*at)? {
        // `field:>5` is as good as `field>5`.
        ':' if matches!(chars.get(*at + 1), Some('<' | '>')) => {
            *at += 1;
            let less = chars[*at] == '<';
            Some(compare(at, less))
        }
        // `https://...` is a word, not a field.
        ':' if chars.get(*at + 1..*at + 3) == Some(&['/', '/']) => None,
        ':' | '=' => {
            *at += 1;
            Some(Operator::Is)
        }
        '<' => Some(compare(at, true)),
        '>' => Some(compare(at, false)),
        _ => None,
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn position(&self) -> usize {
        self.peek().map_or(self.end, |token| token.position)
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == *kind);
        self.next += usize::from(found);
        found
    }

    /// Alternatives. Inside `field:( )` the field is given and words are its values.
    fn any(&mut self, field: Option<&str>) -> Result<Filter, QueryError> {
        let mut filters = vec![self.all(field)?];
        while self.take(&TokenKind::Or) {
            filters.push(self.all(field)?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) })
    }

    fn all(&mut self, field: Option<&str>) -> Result<Filter, QueryError> {
        let mut filters = vec![self.one(field)?];
        loop {
            let written = self.take(&TokenKind::And);
            let more = self
                .peek()
                .is_some_and(|token| !matches!(token.kind, TokenKind::Or | TokenKind::Close));
            match (written, more) {
                (_, true) => filters.push(self.one(field)?),
                (true, false) => return Err(self.expected()),
                (false, false) => return Ok(joined(filters, field)),
            }
        }
    }

    fn one(&mut self, field: Option<&str>) -> Result<Filter, QueryError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(error("nested too deep", self.position(), "use fewer parentheses"));
        }
        let filter = self.one_within(field);
        self.depth -= 1;
        filter
    }

    fn one_within(&mut self, field: Option<&str>) -> Result<Filter, QueryError> {
        let Some(token) = self.tokens.get(self.next) else {
            return Err(self.expected());
        };
        self.next += 1;
        match (&token.kind, field) {
            (TokenKind::Minus | TokenKind::Not, _) => Ok(Filter::Not(Box::new(self.one(field)?))),
            (TokenKind::Open, _) => self.within(field),
            (TokenKind::Word(word), None) => Ok(Filter::Text(free_text(word))),
            (TokenKind::Quoted(text), None) => Ok(Filter::Text(Pattern::containing(text))),
            (TokenKind::Word(word), Some(field)) => Ok(is(field, word, false)),
            (TokenKind::Quoted(text), Some(field)) => Ok(is(field, text, true)),
            (TokenKind::Name(name, operator), None) => self.test(name, *operator),
            _ => {
                self.next -= 1;
                Err(self.expected())
            }
        }
    }

    fn within(&mut self, field: Option<&str>) -> Result<Filter, QueryError> {
        let start = self.next - 1;
        let filter = self.any(field)?;
        match self.take(&TokenKind::Close) {
            true => Ok(filter),
            false => Err(error(
                "a parenthesis that does not close",
                self.tokens[start].position,
                "add the closing one",
            )),
        }
    }

    fn test(&mut self, name: &str, operator: Operator) -> Result<Filter, QueryError> {
        let name = ALIASES
            .iter()
            .find(|(alias, _)| name.eq_ignore_ascii_case(alias))
            .map_or(name, |(_, field)| field);
        let position = self.position();
        let Some(token) = self.tokens.get(self.next) else {
            return Err(error(
                format!("{name} has no value"),
                position,
                "write field:value, or field:* for any value",
            ));
        };
        self.next += 1;
        match (&token.kind, operator) {
            (TokenKind::Open, Operator::Is) => self.within(Some(name)),
            (TokenKind::Word(word), Operator::Is) => Ok(is(name, word, false)),
            (TokenKind::Quoted(text), Operator::Is) => Ok(is(name, text, true)),
            (TokenKind::Word(text) | TokenKind::Quoted(text), Operator::Compare(compare)) => {
                compared(name, compare, text).ok_or_else(|| {
                    error(
                        format!("{text:?} is neither a number nor a time"),
                        position,
                        "write for instance Size>1000 or CreationTime>=2024-05-01",
                    )
                })
            }
            (TokenKind::Minus, Operator::Is) => {
                // A value may begin with a dash: `Path:-x`.
                match self.tokens.get(self.next).map(|token| &token.kind) {
                    Some(TokenKind::Word(word)) => {
                        self.next += 1;
                        Ok(is(name, &format!("-{word}"), false))
                    }
                    _ => Err(self.expected()),
                }
            }
            _ => Err(error(
                format!("{name} has no value"),
                position,
                "write field:value, or field:* for any value",
            )),
        }
    }

    fn expected(&self) -> QueryError {
        error("something is missing", self.position(), "write a word or field:value here")
    }
}

/// Values side by side in `field:(a b)` are alternatives; conditions side by side must all hold.
fn joined(mut filters: Vec<Filter>, field: Option<&str>) -> Filter {
    match (filters.len(), field) {
        (1, _) => filters.remove(0),
        (_, Some(_)) => Filter::Or(filters),
        (_, None) => Filter::And(filters),
    }
}

fn free_text(word: &str) -> Pattern {
    match word.contains(['*', '?']) {
        true => Pattern::wildcard(&format!("*{word}*")),
        false => Pattern::containing(word),
    }
}

fn is(name: &str, value: &str, quoted: bool) -> Filter {
    if value == "*" && !quoted {
        return Filter::field(name, Test::Exists);
    }
    if let Some(network) = Network::parse(value) {
        return Filter::field(name, Test::Within(network));
    }
    if Field::named(name).is_some_and(|field| field.kind() == Kind::Time)
        && let Some(filter) = at_time(name, value)
    {
        return filter;
    }
    let pattern = if quoted { Pattern::exact(value) } else { Pattern::wildcard(value) };
    Filter::field(name, Test::Matches(pattern))
}

/// A day means all of it, a minute all of it, anything finer its second.
fn at_time(name: &str, value: &str) -> Option<Filter> {
    let start = time::parse(value)?;
    let length = match value.trim().len() {
        10 => time::DAY,
        16 => time::MINUTE,
        _ => time::SECOND,
    };
    let test = |compare, micros| Filter::field(name, Test::Time(compare, micros));
    Some(Filter::And(vec![test(Compare::AtLeast, start), test(Compare::Less, start + length)]))
}

fn compared(name: &str, compare: Compare, value: &str) -> Option<Filter> {
    if let Ok(number) = value.parse::<f64>() {
        return Some(Filter::field(name, Test::Number(compare, number)));
    }
    time::parse(value).map(|micros| Filter::field(name, Test::Time(compare, micros)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filter in a short notation, so that a case fits a line.
    fn show(filter: &Filter) -> String {
        let list = |filters: &[Filter], sign: &str| {
            format!("({})", filters.iter().map(show).collect::<Vec<_>>().join(sign))
        };
        match filter {
            Filter::All => "all".to_owned(),
            Filter::And(filters) => list(filters, " & "),
            Filter::Or(filters) => list(filters, " | "),
            Filter::Not(filter) => format!("!{}", show(filter)),
            Filter::Text(pattern) => format!("~{}", pattern.source()),
            Filter::Field(name, test) => {
                let name = match name {
                    event::Name::Column(field) => field.name().to_owned(),
                    event::Name::Path(path) => format!(".{path}"),
                };
                match test {
                    Test::Exists => format!("{name}=any"),
                    Test::Matches(pattern) => format!("{name}={}", pattern.source()),
                    Test::Within(network) => format!("{name} in {network}"),
                    Test::Number(compare, number) => format!("{name} {compare:?} {number}"),
                    Test::Time(compare, micros) => {
                        format!("{name} {compare:?} {}", time::short(*micros))
                    }
                }
            }
        }
    }

    #[test]
    fn meanings() {
        for (text, meaning) in [
            ("", "all"),
            ("Operation:Send", "Operation=Send"),
            ("operation:send user:ann@x.com", "(Operation=send & UserId=ann@x.com)"),
            ("a or b c", "(~*a* | (~*b* & ~*c*))"),
            ("(a or b) and -c", "((~*a* | ~*b*) & !~*c*)"),
            ("not Operation:Send", "!Operation=Send"),
            (r#"Path:"\Deleted Items""#, r".Path=\\Deleted Items"),
            (r#""wire transfer""#, "~*wire transfer*"),
            ("inv*ice", "~*inv*ice*"),
            ("ip:10.0.0.0/8", "ClientAddress in 10.0.0.0/8"),
            ("ip:203.0.113.7", "ClientAddress in 203.0.113.7/32"),
            ("Parameters.ForwardTo:*", ".Parameters.ForwardTo=any"),
            ("Operation:(Send or SendAs)", "(Operation=Send | Operation=SendAs)"),
            ("Operation:(Send SendAs)", "(Operation=Send | Operation=SendAs)"),
            ("RecordType:15", "(RecordType=15 | RecordTypeName=15)"),
            ("Size>1000", ".Size More 1000"),
            ("Size:<=5", ".Size AtMost 5"),
            ("time>=2024-05-01", "CreationTime AtLeast 2024-05-01T00:00:00"),
            (
                "CreationTime:2024-05-01",
                "(CreationTime AtLeast 2024-05-01T00:00:00 & CreationTime Less 2024-05-02T00:00:00)",
            ),
            ("ObjectId:https://x/a:b", "ObjectId=https://x/a:b"),
            ("https://x/a", "~*https://x/a*"),
            ("-Operation:Send", "!Operation=Send"),
            ("user:-x", "UserId=-x"),
            (r#""Client App":Browser"#, ".Client App=Browser"),
            ("Operation:or", "Operation=or"),
            (r"user:NT*\SYSTEM", r"UserId=NT*\SYSTEM"),
        ] {
            match parse(text) {
                Ok(filter) => assert_eq!(show(&filter), meaning, "{text}"),
                Err(error) => panic!("{text}: {error}"),
            }
        }
    }

    #[test]
    fn errors_name_the_place() {
        for (text, position) in [
            ("a (b", 2),
            ("a)", 1),
            ("\"a", 0),
            ("Operation:", 10),
            ("a or", 4),
            ("Size>big", 5),
            ("not", 3),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.position, position, "{text}: {error}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
