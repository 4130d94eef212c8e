//! Which questions are asked in every investigation?
//!
//! `data/questions.sql` has them, in SQL that means the same to the embedded store and to every
//! database that an output fills.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};

/// A question with what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub name: &'static str,
    pub about: &'static str,
    /// Names, each with an example.
    pub asks: Vec<(&'static str, &'static str)>,
    /// `:name` stands for what was asked for.
    pub sql: &'static str,
}

/// Every question, in the order of the file.
pub fn all() -> impl Iterator<Item = Question> {
    let text = include_str!("../data/questions.sql");
    text.split("-- question ").skip(1).map(|part| {
        let (head, sql) = part.split_at(part.find("select").expect("a query"));
        let mut lines = head.lines();
        let name = lines.next().expect("a name").trim();
        let mut lines = lines.map(|line| line.trim_start_matches("-- "));
        let about = lines.next().expect("what it answers");
        let asks = lines.filter_map(|line| line.split_once(' ')).collect();
        Question { name, about, asks, sql: sql.trim() }
    })
}

/// The question of that name.
pub fn find(name: &str) -> Result<Question> {
    all().find(|question| question.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|question| question.name).collect();
        anyhow!("there is no question {name:?}; there are {}", names.join(", "))
    })
}

impl Question {
    /// The query with these values as text literals. What is not given has its example, but for a
    /// span of time, which is then all there is.
    pub fn query(&self, given: &[String]) -> Result<String> {
        let mut values: BTreeMap<&str, String> = BTreeMap::new();
        for (name, example) in &self.asks {
            let open = match *name {
                "from" => "1970-01-01 00:00:00",
                "to" => "2200-01-01 00:00:00",
                _ => example,
            };
            values.insert(name, open.to_owned());
        }
        let mut missing: Vec<&str> = self.asks.iter().map(|(name, _)| *name).collect();
        missing.retain(|name| !matches!(*name, "from" | "to"));
        for pair in given {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| anyhow!("--set {pair:?}: write --set name=value"))?;
            let known = values.get_mut(name).ok_or_else(|| {
                let names: Vec<&str> = self.asks.iter().map(|(name, _)| *name).collect();
                anyhow!(
                    "question {} does not ask for {name:?}, but for {}",
                    self.name,
                    names.join(", ")
                )
            })?;
            *known = match name {
                "from" | "to" => time_text(name, value)?,
                _ => value.to_owned(),
            };
            missing.retain(|other| *other != name);
        }
        if let Some(name) = missing.first() {
            let example = self.asks.iter().find(|ask| ask.0 == *name).map_or("", |ask| ask.1);
            bail!("question {} asks for {name}: add --set {name}={example}", self.name);
        }
        Ok(self.with(&values))
    }

    fn with(&self, values: &BTreeMap<&str, String>) -> String {
        let mut sql = self.sql.to_owned();
        for (name, value) in values {
            sql = sql.replace(&format!(":{name}"), &format!("'{}'", value.replace('\'', "''")));
        }
        sql
    }
}

/// As every database reads it.
fn time_text(name: &str, value: &str) -> Result<String> {
    let micros = event::time::parse(value)
        .ok_or_else(|| anyhow!("--set {name}={value}: write a time such as 2026-01-24"))?;
    let text = event::time::iso_text(micros);
    Ok(text[..19].replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_says_what_it_asks_for() {
        let questions: Vec<Question> = all().collect();
        assert!(questions.len() >= 10);
        for question in questions {
            assert!(!question.about.is_empty(), "{}", question.name);
            let examples = question.asks.iter().map(|(name, it)| (*name, (*it).to_owned()));
            let example = question.with(&examples.collect());
            let left = example.split('\'').step_by(2).any(|part| part.contains(':'));
            assert!(!left, "{} asks for something without an example:\n{example}", question.name);
        }
    }

    #[test]
    fn what_is_given_is_quoted() {
        let query = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
            find("user").unwrap().query(&given).map_err(|error| error.to_string())
        };
        let sql = query(&["who=o'neil@contoso.com", "from=2026-01-24"]).unwrap();
        assert!(sql.contains("lower('o''neil@contoso.com')"), "{sql}");
        assert!(sql.contains(">= '2026-01-24 00:00:00'"), "{sql}");
        assert!(query(&[]).unwrap_err().contains("add --set who=ann@contoso.com"));
        assert!(query(&["name=x"]).unwrap_err().contains("does not ask for"));
        assert!(query(&["who=x", "to=soon"]).unwrap_err().contains("write a time"));
    }
}
