//! Which rules and forwardings did somebody set up?
//!
//! An intruder hides answers with an inbox rule and has mail sent on. Rules are made by cmdlet, by
//! Outlook, for a whole mailbox or for the organisation: all four are here.

use std::collections::BTreeSet;

use event::{Event, Field, Filter};

use super::bounded::Each;
use super::layout::{alarm, counted, figure, when, words};
use super::rule::Rule;
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Cell, Parameter, Section, Table};

pub static KIND: Kind = Kind {
    name: "inbox-rules",
    title: "Inbox rules and forwarding",
    about: "Every inbox rule, forwarding and redirecting mail-flow rule that was made or changed, with what is suspicious about it.",
    parameters: &[Parameter::User],
    required: &[],
    open,
};

const INBOX: &[&str] = &[
    "New-InboxRule",
    "Set-InboxRule",
    "Enable-InboxRule",
    "Disable-InboxRule",
    "Remove-InboxRule",
    "UpdateInboxRules",
];
const MAILBOX: &[&str] = &["Set-Mailbox", "Set-MailUser", "Set-MailPublicFolder"];
const ORGANISATION: &[&str] = &[
    "New-TransportRule",
    "Set-TransportRule",
    "Set-RemoteDomain",
    "New-JournalRule",
    "Set-JournalRule",
];
/// Of Set-Mailbox, which sets much else: what forwards.
const FORWARDS: &[&str] =
    &["ForwardingSmtpAddress", "ForwardingAddress", "DeliverToMailboxAndForward"];
/// Of a mail-flow rule: what sends mail on.
const REDIRECTS: &[&str] = &[
    "RedirectMessageTo",
    "BlindCopyTo",
    "CopyTo",
    "AddToRecipients",
    "JournalEmailAddress",
    "AutoForwardEnabled",
];
const USERS_MAX: usize = 10_000;
const TARGETS_MAX: usize = 10_000;

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    let columns = &[
        "CreationTime",
        "Operation",
        "UserId",
        "Rule",
        "Conditions",
        "Actions",
        "Outside",
        "Traits",
        "ClientAddress",
        "SessionId",
        "Outcome",
    ];
    let forwarding = &[
        "CreationTime",
        "Operation",
        "UserId",
        "ObjectId",
        "Actions",
        "Outside",
        "ClientAddress",
        "Outcome",
    ];
    Ok(Box::new(InboxRules {
        user: ask.user.clone(),
        domains: ask.domains.clone(),
        asked: false,
        rules: Table::new("rules", "Inbox rules", columns),
        forwarding: Table::new("forwarding", "Forwarding of whole mailboxes", forwarding),
        organisation: Table::new("mail-flow", "Mail-flow rules that send mail on", forwarding),
        suspicious: 0,
        outside: 0,
        users: Each::new(USERS_MAX),
        targets: Each::new(TARGETS_MAX),
    }))
}

struct InboxRules {
    user: Option<String>,
    domains: BTreeSet<String>,
    asked: bool,
    rules: Table,
    forwarding: Table,
    organisation: Table,
    /// Changes with a suspicious trait, and those that send mail outside.
    suspicious: u64,
    outside: u64,
    users: Each<String, Seen>,
    /// Addresses outside that mail is sent on to.
    targets: Each<String, Seen>,
}

impl Question for InboxRules {
    fn next(&mut self) -> Option<Filter> {
        if std::mem::replace(&mut self.asked, true) {
            return None;
        }
        let operations = filter::operations(&[INBOX, MAILBOX, ORGANISATION].concat());
        let user = self.user.as_deref().map_or(Filter::All, |user| {
            // An administrator sets up forwarding for somebody else, whom Exchange calls by alias.
            let alias = user.split_once('@').map_or(user, |(alias, _)| alias);
            let in_path = format!("*/{alias}");
            Filter::Or(vec![
                filter::among(Field::UserId, &[user]),
                filter::among(Field::MailboxOwnerUPN, &[user]),
                filter::among(Field::ObjectId, &[user, alias, &in_path]),
            ])
        });
        Some(Filter::all([operations, user]))
    }

    fn take(&mut self, event: &Event) {
        let operation = told::column(event, Field::Operation);
        let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(&operation));
        let rule = Rule::of(event, &self.domains);
        if is(INBOX) {
            self.note(event, &rule);
            self.rules.push(Some(event.key), row(event, &operation, &rule));
        } else if is(MAILBOX) && has_any(event, FORWARDS) {
            self.note(event, &rule);
            self.forwarding.push(Some(event.key), forwarding_row(event, &operation, &rule));
        } else if is(ORGANISATION) && has_any(event, REDIRECTS) {
            self.note(event, &rule);
            self.organisation.push(Some(event.key), forwarding_row(event, &operation, &rule));
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        let rows = |table: &Table| table.rows.len() as u64 + table.left_out;
        let figures = vec![
            figure("Changes of inbox rules", rows(&self.rules)),
            alarm("Changes of forwarding", rows(&self.forwarding)),
            alarm("Mail-flow rules that send mail on", rows(&self.organisation)),
            alarm("With a suspicious trait", self.suspicious),
            alarm("Sending mail outside", self.outside),
        ];
        let columns = |first| [first, "Events", "First", "Last"];
        let users = Table::new("users", "By user", &columns("UserId"));
        let targets = Table::new("targets", "Addresses outside", &columns("Address"));
        let mut notes: Vec<String> = [self.users.note("users"), self.targets.note("addresses")]
            .into_iter()
            .flatten()
            .collect();
        if self.domains.is_empty() {
            notes.push("The tenant's own domains are not known, so no address is called outside; name them in the configuration.".to_owned());
        }
        notes.push("Outlook writes its rules as UpdateInboxRules, where conditions and recipients may be left out; look at the mailbox's rules as they stand.".to_owned());
        notes.push("A trait is a reason to look, not a proof: many people have mail deleted or moved by a rule.".to_owned());
        let sections = vec![
            Section::Figures(figures),
            Section::Table(self.rules),
            Section::Table(self.forwarding),
            Section::Table(self.organisation),
            counted(targets, &self.targets),
            counted(users, &self.users),
        ];
        Answer { sections, notes }
    }
}

impl InboxRules {
    fn note(&mut self, event: &Event, rule: &Rule) {
        let time = told::time(event);
        self.suspicious += u64::from(!rule.traits.is_empty());
        self.outside += u64::from(!rule.outside.is_empty());
        if let Some(seen) = self.users.at(told::folded(event, Field::UserId)) {
            seen.at(time);
        }
        for address in &rule.outside {
            if let Some(seen) = self.targets.at(address.clone()) {
                seen.at(time);
            }
        }
    }
}

fn row(event: &Event, operation: &str, rule: &Rule) -> Vec<Cell> {
    let what = told::text(&event.body, &["OperationProperties.RuleOperation"]);
    let what = what.map_or(operation.to_owned(), |what| format!("{operation}: {what}"));
    vec![
        when(told::time(event)),
        Cell::text(what),
        Cell::text(told::column(event, Field::UserId)),
        Cell::text(&rule.name),
        words(&rule.conditions),
        words(&rule.actions),
        Cell::text(rule.outside.join("; ")),
        words(&rule.traits),
        Cell::text(told::column(event, Field::ClientAddress)),
        Cell::text(told::column(event, Field::SessionId)),
        Cell::text(told::column(event, Field::Outcome)),
    ]
}

fn forwarding_row(event: &Event, operation: &str, rule: &Rule) -> Vec<Cell> {
    vec![
        when(told::time(event)),
        Cell::text(operation),
        Cell::text(told::column(event, Field::UserId)),
        Cell::text(told::column(event, Field::ObjectId)),
        words(&rule.actions),
        Cell::text(rule.outside.join("; ")),
        Cell::text(told::column(event, Field::ClientAddress)),
        Cell::text(told::column(event, Field::Outcome)),
    ]
}

/// Does the cmdlet set any of these? A value that takes it away counts as well.
fn has_any(event: &Event, names: &[&str]) -> bool {
    names.iter().any(|name| {
        let path = |list: &str| format!("{list}.{name}");
        event::resolve(&event.body, &path("Parameters"), &mut |_| true)
            || event::resolve(&event.body, &path("CmdletParameters"), &mut |_| true)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::KIND;
    use crate::question::inquiry;

    const RECORDS: &str = r#"
{"Id":"a1","RecordType":1,"CreationTime":"2026-03-01T08:00:00","Operation":"New-InboxRule","UserId":"ann@contoso.example","Workload":"Exchange","ClientIP":"198.51.100.5:1","ResultStatus":"True","ObjectId":"contoso.example/ann\\News","Parameters":[{"Name":"Name","Value":"News"},{"Name":"From","Value":"news@fabrikam.example"},{"Name":"MoveToFolder","Value":"News"}]}
{"Id":"a2","RecordType":1,"CreationTime":"2026-03-01T08:10:00","Operation":"New-InboxRule","UserId":"ann@contoso.example","Workload":"Exchange","ClientIP":"203.0.113.9:1","ResultStatus":"True","SessionId":"s1","ObjectId":"contoso.example/ann\\.","Parameters":[{"Name":"Name","Value":"."},{"Name":"SubjectOrBodyContainsWords","Value":"invoice;wire"},{"Name":"MoveToFolder","Value":"RSS Feeds"},{"Name":"MarkAsRead","Value":"True"}]}
{"Id":"a3","RecordType":1,"CreationTime":"2026-03-01T08:20:00","Operation":"Set-Mailbox","UserId":"adm@contoso.example","Workload":"Exchange","ClientIP":"203.0.113.9:1","ResultStatus":"True","ObjectId":"ann@contoso.example","Parameters":[{"Name":"Identity","Value":"ann@contoso.example"},{"Name":"ForwardingSmtpAddress","Value":"smtp:Keep@Fabrikam.example"},{"Name":"DeliverToMailboxAndForward","Value":"True"}]}
{"Id":"a4","RecordType":1,"CreationTime":"2026-03-01T08:30:00","Operation":"Set-Mailbox","UserId":"adm@contoso.example","Workload":"Exchange","ResultStatus":"True","ObjectId":"ann@contoso.example","Parameters":[{"Name":"Type","Value":"Shared"}]}
{"Id":"a5","RecordType":1,"CreationTime":"2026-03-01T08:40:00","Operation":"Set-Mailbox","UserId":"adm@contoso.example","Workload":"Exchange","ResultStatus":"True","ObjectId":"bob@contoso.example","Parameters":[{"Name":"ForwardingSmtpAddress","Value":""}]}
{"Id":"a6","RecordType":1,"CreationTime":"2026-03-01T08:50:00","Operation":"New-TransportRule","UserId":"adm@contoso.example","Workload":"Exchange","ResultStatus":"True","ObjectId":"Copy","Parameters":[{"Name":"Name","Value":"Copy"},{"Name":"BlindCopyTo","Value":"all@fabrikam.example"}]}
{"Id":"a7","RecordType":1,"CreationTime":"2026-03-01T08:55:00","Operation":"New-TransportRule","UserId":"adm@contoso.example","Workload":"Exchange","ResultStatus":"True","ObjectId":"Banner","Parameters":[{"Name":"Name","Value":"Banner"},{"Name":"ApplyHtmlDisclaimerText","Value":"outside"}]}
{"Id":"a8","RecordType":2,"CreationTime":"2026-03-01T09:00:00","Operation":"UpdateInboxRules","UserId":"bob@contoso.example","MailboxOwnerUPN":"bob@contoso.example","Workload":"Exchange","ClientIPAddress":"198.51.100.6","LogonType":0,"OperationProperties":[{"Name":"RuleOperation","Value":"AddMailboxRule"},{"Name":"RuleName"},{"Name":"RuleCondition","Value":"(SubjectProperty=newsletter)"},{"Name":"RuleActions","Value":"[{\"ActionType\":\"Move\",\"FolderId\":\"Newsletters\"}]"}]}
{"Id":"a9","RecordType":1,"CreationTime":"2026-03-01T09:10:00","Operation":"Remove-InboxRule","UserId":"ann@contoso.example","Workload":"Exchange","ResultStatus":"True","ObjectId":"ann\\123","Parameters":[{"Name":"Identity","Value":"ann\\123"},{"Name":"Force","Value":"True"}]}
"#;

    #[test]
    fn rules_and_forwarding() {
        inquiry::check(
            &KIND,
            "",
            RECORDS,
            expect![[r#"
            Changes of inbox rules: 4
            Changes of forwarding: 2 !
            Mail-flow rules that send mail on: 1 !
            With a suspicious trait: 3 !
            Sending mail outside: 2 !
            table rules
              2026-03-01T08:00:00Z | New-InboxRule | ann@contoso.example | News | From: news@fabrikam.example | MoveToFolder: News |  |  | 198.51.100.5 |  | success
              2026-03-01T08:10:00Z | New-InboxRule | ann@contoso.example | . | SubjectOrBodyContainsWords: invoice;wire | MoveToFolder: RSS Feeds; MarkAsRead |  | moves to rss feeds; marks as read; looks for invoice, wire; name says nothing | 203.0.113.9 | s1 | success
              2026-03-01T09:00:00Z | UpdateInboxRules: AddMailboxRule | bob@contoso.example |  | (SubjectProperty=newsletter) | Move; MoveToFolder: Newsletters |  |  | 198.51.100.6 |  | unknown
              2026-03-01T09:10:00Z | Remove-InboxRule | ann@contoso.example | 123 |  |  |  |  |  |  | success
            table forwarding
              2026-03-01T08:20:00Z | Set-Mailbox | adm@contoso.example | ann@contoso.example | ForwardingSmtpAddress: smtp:Keep@Fabrikam.example; DeliverToMailboxAndForward | keep@fabrikam.example | 203.0.113.9 | success
              2026-03-01T08:40:00Z | Set-Mailbox | adm@contoso.example | bob@contoso.example | ForwardingSmtpAddress taken away |  |  | success
            table mail-flow
              2026-03-01T08:50:00Z | New-TransportRule | adm@contoso.example | Copy | BlindCopyTo: all@fabrikam.example | all@fabrikam.example |  | success
            table targets
              all@fabrikam.example | 1 | 2026-03-01T08:50:00Z | 2026-03-01T08:50:00Z
              keep@fabrikam.example | 1 | 2026-03-01T08:20:00Z | 2026-03-01T08:20:00Z
            table users
              adm@contoso.example | 3 | 2026-03-01T08:20:00Z | 2026-03-01T08:50:00Z
              ann@contoso.example | 3 | 2026-03-01T08:00:00Z | 2026-03-01T09:10:00Z
              bob@contoso.example | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        "#]],
        );
    }

    #[test]
    fn of_one_user() {
        inquiry::check(
            &KIND,
            "user=ann@contoso.example",
            RECORDS,
            expect![[r#"
            Changes of inbox rules: 3
            Changes of forwarding: 1 !
            With a suspicious trait: 2 !
            Sending mail outside: 1 !
            table rules
              2026-03-01T08:00:00Z | New-InboxRule | ann@contoso.example | News | From: news@fabrikam.example | MoveToFolder: News |  |  | 198.51.100.5 |  | success
              2026-03-01T08:10:00Z | New-InboxRule | ann@contoso.example | . | SubjectOrBodyContainsWords: invoice;wire | MoveToFolder: RSS Feeds; MarkAsRead |  | moves to rss feeds; marks as read; looks for invoice, wire; name says nothing | 203.0.113.9 | s1 | success
              2026-03-01T09:10:00Z | Remove-InboxRule | ann@contoso.example | 123 |  |  |  |  |  |  | success
            table forwarding
              2026-03-01T08:20:00Z | Set-Mailbox | adm@contoso.example | ann@contoso.example | ForwardingSmtpAddress: smtp:Keep@Fabrikam.example; DeliverToMailboxAndForward | keep@fabrikam.example | 203.0.113.9 | success
            table targets
              keep@fabrikam.example | 1 | 2026-03-01T08:20:00Z | 2026-03-01T08:20:00Z
            table users
              ann@contoso.example | 3 | 2026-03-01T08:00:00Z | 2026-03-01T09:10:00Z
              adm@contoso.example | 1 | 2026-03-01T08:20:00Z | 2026-03-01T08:20:00Z
        "#]],
        );
    }
}
