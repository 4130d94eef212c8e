//! Which events do the parameters of a mailbox search mean?

use anyhow::{Result, bail};
use event::{Field, Filter, Name, Pattern, Test};

use super::spec::Search;

/// Words for the ways into a mailbox, and the name that records have.
const LOGON_TYPES: [(&str, &str); 4] =
    [("owner", "Owner"), ("admin", "Admin"), ("delegate", "Delegated"), ("external", "External")];

pub fn filter(search: &Search) -> Result<Filter> {
    let mut logon_types = Vec::new();
    for word in &search.logon_types {
        match LOGON_TYPES.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)) {
            Some((_, name)) => logon_types.push((*name).to_owned()),
            None => bail!("logon type {word:?} is not known; use owner, admin, delegate, external"),
        }
    }
    Ok(Filter::all([
        any(Field::MailboxOwnerUPN, &search.mailboxes),
        any(Field::LogonTypeName, &logon_types),
        any(Field::Operation, &search.operations),
    ]))
}

fn any(field: Field, values: &[String]) -> Filter {
    let test = |value: &String| {
        Filter::Field(Name::Column(field), Test::Matches(Pattern::wildcard(value)))
    };
    match values {
        [] => Filter::All,
        values => Filter::Or(values.iter().map(test).collect()),
    }
}
