//! Which program, on what, wrote this User-Agent?
//!
//! A few tokens tell the programs of Microsoft 365's users apart; what none of them names is
//! `Other`, as in the parsers of Elastic and Sekoia.

use std::sync::LazyLock;

use super::rules::lines;

/// What a User-Agent says of its program and system.
#[derive(Debug, PartialEq, Eq)]
pub struct UserAgent<'t> {
    pub name: &'static str,
    pub version: Option<&'t str>,
    pub system: Option<&'static str>,
    /// With dots, whatever stands between the numbers.
    pub system_version: Option<String>,
    pub device: &'static str,
}

struct Line {
    what: &'static str,
    token: &'static str,
    name: &'static str,
    version: Option<&'static str>,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split('\t');
        let (Some(what), Some(token), Some(name)) = (cells.next(), cells.next(), cells.next())
        else {
            panic!("what<TAB>token<TAB>name: {line}");
        };
        Line { what, token, name, version: cells.next() }
    };
    lines(include_str!("../../data/form/user_agents.tsv")).map(line).collect()
});

/// Texts beyond this length are searched in their beginning only.
const TEXT_BYTES_MAX: usize = 1024;

pub fn parse(text: &str) -> UserAgent<'_> {
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let find = |what: &str| {
        LINES
            .iter()
            .filter(|line| line.what == what)
            .find_map(|line| text.find(line.token).map(|at| (line, &text[at + line.token.len()..])))
    };
    // Every browser on a phone says Version; only Safari has nothing better to say.
    let program =
        find("program").filter(|(line, _)| line.name != "Safari" || text.contains("Safari/"));
    let system = find("system");
    UserAgent {
        name: program.map_or("Other", |(line, _)| line.name),
        version: program.and_then(|(_, rest)| number(rest)),
        system: system.map(|(line, _)| line.name),
        system_version: system.and_then(|(line, rest)| match line.version {
            Some(version) => Some(version.to_owned()),
            None if line.token.ends_with(' ') => number(rest).map(|text| text.replace('_', ".")),
            None => None,
        }),
        device: find("device").map_or("Other", |(line, _)| line.name),
    }
}

/// The number at the beginning of a text: `10_15_7`, `120.0.0.0`.
fn number(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
    let number = text[..end.unwrap_or(text.len())].trim_end_matches(['.', '_']);
    number.starts_with(|c: char| c.is_ascii_digit()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_systems_are_told_apart() {
        for (text, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                "Chrome 120.0.0.0 Windows 10 Other",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91",
                "Edge 120.0.2210.91 Windows 10 Other",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15",
                "Safari 17.1 Mac OS X 10.15.7 Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 Mobile Safari/604.1",
                "Safari 17.1 iOS 17.1 iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:98.0) Gecko/20100101 Firefox/98.0",
                "Firefox 98.0 Linux - Other",
            ),
            ("python-requests/2.31.0", "Python Requests 2.31.0 - - Other"),
            ("MS Scanner ATP", "Other - - - Other"),
        ] {
            let found = parse(text);
            let shown = [
                found.name,
                found.version.unwrap_or("-"),
                found.system.unwrap_or("-"),
                found.system_version.as_deref().unwrap_or("-"),
                found.device,
            ];
            assert_eq!(shown.join(" "), expected, "{text}");
        }
    }
}
