//! What does an export of a cmdlet's objects say?
//!
//! Get-Mailbox and Get-MailboxAuditBypassAssociation saved by Export-Csv, ConvertTo-Json or
//! Format-List. A row that cannot be read is told, and the rest goes on.

mod csv_rows;
mod json_rows;
mod list_rows;

use std::borrow::Cow;

use crate::Unreadable;
use crate::action::{Action, Actions};
use crate::retention::read_span;

/// A tenant's largest export: 100,000 mailboxes take about 50 MiB.
pub const EXPORT_BYTES_MAX: usize = 256 << 20;

/// The objects of an export.
#[derive(Debug, Default)]
pub(crate) struct Export {
    pub rows: Vec<Row>,
    pub unreadable: Vec<Unreadable>,
}

/// One object.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// Such as `line 3`.
    pub place: String,
    pub cells: Vec<(String, Cell)>,
}

/// One property.
#[derive(Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    List(Vec<String>),
    /// Why it does not tell its value.
    Unreadable(&'static str),
}

const NUMBERS: &str = "holds numbers where the names of actions belong";
const CUT: &str = "was cut short by the display";
const TYPE_NAME: &str = "holds the name of a type instead of its list";
const OBJECT: &str = "holds an object";

impl Export {
    pub fn read(bytes: &[u8]) -> Result<Export, String> {
        if bytes.len() > EXPORT_BYTES_MAX {
            return Err(format!(
                "the export is larger than {} MiB: export some mailboxes at a time",
                EXPORT_BYTES_MAX >> 20
            ));
        }
        let text = text_of(bytes);
        let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        let mut export = Export::default();
        match text.as_bytes() {
            [] => return Err("the export is empty".to_owned()),
            [b'{' | b'[', ..] => json_rows::read(text, &mut export),
            _ if list_rows::claims(text) => list_rows::read(text, &mut export),
            _ => csv_rows::read(text, &mut export),
        }
        Ok(export)
    }

    pub fn bad(&mut self, place: String, why: impl Into<String>) {
        self.unreadable.push(Unreadable { place, why: why.into() });
    }
}

impl Row {
    pub fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, cell)| cell)
    }

    /// The property's text, if it has any.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.cell(name) {
            Some(Cell::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

impl Cell {
    /// Yes or no, as PowerShell writes it.
    pub fn truth(&self) -> Result<bool, &'static str> {
        match self {
            Cell::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
            Cell::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
            Cell::Unreadable(why) => Err(why),
            _ => Err("is neither True nor False"),
        }
    }

    /// A span in microseconds.
    pub fn span(&self) -> Result<i64, &'static str> {
        match self {
            Cell::Text(text) => read_span(text.trim()).ok_or("is no span such as 90.00:00:00"),
            Cell::Unreadable(why) => Err(why),
            Cell::List(_) => Err("is a list where a span belongs"),
        }
    }

    /// The actions of a list, and the names that no list of ours has.
    pub fn actions(&self) -> Result<(Actions, Vec<String>), &'static str> {
        let mut unknown = Vec::new();
        let mut actions = Vec::new();
        for name in self.names()? {
            match Action::listed(&name) {
                Some(action) => actions.push(action),
                None if Action::is_covered(&name) => {}
                None => unknown.push(name.into_owned()),
            }
        }
        Ok((actions.into_iter().collect(), unknown))
    }

    /// The names of a list, whatever joins them.
    pub fn names(&self) -> Result<Vec<Cow<'_, str>>, &'static str> {
        let names: Vec<Cow<str>> = match self {
            Cell::Unreadable(why) => return Err(why),
            Cell::List(items) => items.iter().map(|item| Cow::Borrowed(item.trim())).collect(),
            Cell::Text(text) => {
                let text = text.trim();
                let text = text.strip_prefix('{').map_or(text, |text| text.trim_end_matches('}'));
                if text.ends_with("...") || text.ends_with('…') {
                    return Err(CUT);
                }
                let type_names = ["System.", "Microsoft.Exchange.", "Deserialized."];
                if type_names.iter().any(|start| text.starts_with(start)) {
                    return Err(TYPE_NAME);
                }
                let parts = text.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace());
                parts.map(Cow::Borrowed).collect()
            }
        };
        let says = |name: &Cow<str>| !name.is_empty() && !name.eq_ignore_ascii_case("None");
        let names: Vec<Cow<str>> = names.into_iter().filter(says).collect();
        if names.iter().any(|name| name.bytes().all(|b| b.is_ascii_digit())) {
            return Err(NUMBERS);
        }
        Ok(names)
    }
}

/// Windows PowerShell writes UTF-16 when output is redirected to a file.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let units = |read: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)).into(),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(text: &str) -> Result<String, &'static str> {
        Cell::Text(text.to_owned()).actions().map(|(actions, _)| actions.to_string())
    }

    #[test]
    fn lists_however_joined() {
        for (text, list) in [
            ("Update,Send", Ok("Send, Update")),
            ("Update;Send", Ok("Send, Update")),
            ("Update Send", Ok("Send, Update")),
            ("Update\r\nSend", Ok("Send, Update")),
            ("{Update, Send}", Ok("Send, Update")),
            ("{}", Ok("None")),
            ("None", Ok("None")),
            ("", Ok("None")),
            // Accepted and logged under another name, so that alone it logs nothing.
            ("AddFolderPermissions", Ok("None")),
            ("{Update, MoveToDeletedItems...}", Err(CUT)),
            ("{Update, MoveToDeletedItems…}", Err(CUT)),
            ("System.Collections.ArrayList", Err(TYPE_NAME)),
            ("Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]", Err(TYPE_NAME)),
            ("1", Err(NUMBERS)),
        ] {
            assert_eq!(actions(text), list.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_new_action_of_exchange_is_told_apart() {
        let cell = Cell::List(vec!["Update".into(), "AttachmentAccess".into()]);
        let (actions, unknown) = cell.actions().unwrap();
        assert_eq!(
            (actions.to_string(), unknown),
            ("Update".into(), vec!["AttachmentAccess".into()])
        );
    }
}
