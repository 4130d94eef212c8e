//! What is suspicious about a rule?

use super::Rule;
use crate::question::bounded::Words;

/// Folders that nobody looks into.
const HIDDEN_FOLDERS: &[&str] = &[
    "rss feeds",
    "rss subscriptions",
    "conversation history",
    "archive",
    "junk email",
    "deleted items",
    "sync issues",
    "notes",
];
/// Words that mail about money or about the break-in itself has.
const MONEY_WORDS: &[&str] = &[
    "invoice",
    "payment",
    "bank",
    "wire",
    "iban",
    "swift",
    "remittance",
    "payroll",
    "transfer",
    "account details",
    "w-2",
    "purchase order",
    "ach",
    "hacked",
    "phish",
    "suspicious",
    "spam",
    "password",
    "helpdesk",
    "security alert",
    "docusign",
];
/// Shorter names, or names without a letter or digit, say nothing, on purpose.
const NAME_CHARS_MIN: usize = 3;

/// In words; none where nothing is.
pub fn of(rule: &Rule) -> Words {
    let actions = rule.actions.joined().to_lowercase();
    let conditions = format!("{} {}", rule.conditions.joined(), rule.name).to_lowercase();
    let mut found = Words::default();
    if !rule.outside.is_empty() {
        found.add("sends mail outside");
    }
    if actions.contains("delete") {
        found.add("deletes");
    }
    if let Some(folder) = hidden_folder(&actions) {
        found.add(&format!("moves to {folder}"));
    }
    if actions.contains("markasread") {
        found.add("marks as read");
    }
    let words: Vec<&str> =
        MONEY_WORDS.iter().copied().filter(|word| holds_word(&conditions, word)).collect();
    if !words.is_empty() {
        found.add(&format!("looks for {}", words.join(", ")));
    }
    if says_nothing(&rule.name) {
        found.add("name says nothing");
    }
    found
}

fn hidden_folder(actions: &str) -> Option<&'static str> {
    let (_, folder) = actions.split_once("movetofolder: ")?;
    let folder = folder.split(';').next().unwrap_or(folder);
    let name = folder.rsplit(['\\', '/', ':']).next().unwrap_or(folder).trim();
    HIDDEN_FOLDERS.iter().copied().find(|hidden| *hidden == name)
}

/// The word stands by itself: `ach` is not in `reach`.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let plural = text[at + word.len()..].starts_with("ing") || after == Some('s');
        let open = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        open(before) && (open(after) || plural)
    })
}

/// Empty where a record does not name the rule, which is no trait.
fn says_nothing(name: &str) -> bool {
    let name = name.trim();
    let letters = name.chars().filter(|c| c.is_alphanumeric()).count();
    !name.is_empty() && (letters == 0 || name.chars().count() < NAME_CHARS_MIN)
}
