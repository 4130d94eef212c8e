//! Which events do the parameters of a job mean, besides its query?

use anyhow::{Result, anyhow};
use decode::form::mailbox_audit::{LogonType, MailboxSearch};
use event::{Field, Filter, Name, Pattern, Test};

use super::spec::Search;

/// With parameters that only mailboxes have, entries of mailbox audit logs; else events of any kind
/// with these operations.
pub fn filter(search: &Search) -> Result<Filter> {
    if !search.is_of_mailboxes() {
        return Ok(any_operation(&search.operations));
    }
    let logon_types = search.logon_types.iter().map(|word| word.parse::<LogonType>());
    let entries = MailboxSearch {
        mailboxes: search.mailboxes.clone(),
        logon_types: logon_types.collect::<Result<_, _>>().map_err(|words| anyhow!(words))?,
        operations: search.operations.clone(),
        external_access: search.external_access,
        has_attachments: search.has_attachments,
        ..MailboxSearch::default()
    };
    entries.filter().map_err(|words| anyhow!(words))
}

fn any_operation(names: &[String]) -> Filter {
    let is = |name: &String| {
        let pattern = Test::Matches(Pattern::wildcard(name));
        Filter::Field(Name::Column(Field::Operation), pattern)
    };
    match names {
        [] => Filter::All,
        names => Filter::Or(names.iter().map(is).collect()),
    }
}
