//! How is what was checked shown?

use anyhow::Result;
use serde_json::json;

use crate::commands::Format;
use crate::present::{self, printable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// Nothing to put right, or nothing that stops collecting.
    Note,
    Wrong,
}

impl State {
    fn mark(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Wrong => "WRONG",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Item {
    check: String,
    state: State,
    words: String,
    /// A page, a line to type, or what else puts it right.
    fix: Option<String>,
}

/// What was looked at of one tenant, or of the installation as a whole.
#[derive(Clone, Debug, Default)]
pub struct Items {
    tenant: Option<String>,
    items: Vec<Item>,
}

impl Items {
    pub fn of_installation() -> Items {
        Items::default()
    }

    pub fn of_tenant(tenant: &str) -> Items {
        Items { tenant: Some(tenant.to_owned()), items: Vec::new() }
    }

    pub fn ok(&mut self, check: &str, words: impl Into<String>) {
        self.push(check, State::Ok, words.into(), None);
    }

    /// Something to know.
    pub fn note(&mut self, check: &str, words: impl Into<String>) {
        self.push(check, State::Note, words.into(), None);
    }

    /// Something to know, and what can be done about it.
    pub fn warn(&mut self, check: &str, words: impl Into<String>, fix: impl Into<String>) {
        self.push(check, State::Note, words.into(), Some(fix.into()));
    }

    /// Nothing is wrong without a way to put it right.
    pub fn wrong(&mut self, check: &str, words: impl Into<String>, fix: impl Into<String>) {
        self.push(check, State::Wrong, words.into(), Some(fix.into()));
    }

    #[cfg(test)]
    pub fn marks(&self) -> Vec<&'static str> {
        self.items.iter().map(|item| item.state.mark()).collect()
    }

    fn push(&mut self, check: &str, state: State, words: String, fix: Option<String>) {
        self.items.push(Item { check: check.to_owned(), state, words, fix });
    }
}

/// Prints as it goes, and counts what is wrong.
pub struct Report {
    format: Format,
    pub wrong: usize,
}

impl Report {
    pub fn begin(format: Format) -> Result<Report> {
        if format == Format::Csv {
            csv(&["tenant", "check", "state", "words", "fix"])?;
        }
        Ok(Report { format, wrong: 0 })
    }

    pub fn add(&mut self, items: &Items) -> Result<()> {
        for item in &items.items {
            self.print(items.tenant.as_deref(), item)?;
            self.wrong += usize::from(item.state == State::Wrong);
        }
        Ok(())
    }

    fn print(&self, tenant: Option<&str>, item: &Item) -> Result<()> {
        let Item { check, state, words, fix } = item;
        match self.format {
            Format::Table => {
                let tenant = tenant.map_or(String::new(), |tenant| format!("{tenant} "));
                println!("{:<5} {tenant}{check}: {}", state.mark(), printable(words));
                if let Some(fix) = fix {
                    println!("      fix: {}", printable(fix));
                }
            }
            Format::Json => {
                let state = state.mark().to_ascii_lowercase();
                let line = json!({
                    "tenant": tenant, "check": check, "state": state, "words": words, "fix": fix,
                });
                println!("{line}");
            }
            Format::Csv => {
                let fix = fix.as_deref().unwrap_or_default();
                csv(&[tenant.unwrap_or_default(), check, state.mark(), words, fix])?;
            }
        }
        Ok(())
    }
}

fn csv(cells: &[&str]) -> Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    present::csv_line(&mut std::io::stdout(), &cells)
}
