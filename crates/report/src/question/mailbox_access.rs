//! Who stood before whose mailbox, and what was taken?
//!
//! One reading of the records of Exchange Online and of the mailbox audit log of Exchange Server.
//! Names from MicrosoftDocs/office-365-management-api, "Exchange Mailbox schema", and
//! MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md.

use event::{Event, Field, Value, resolve};

use super::layout::cut;
use super::told;

/// As what someone opened a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Owner,
    Administrator,
    Delegate,
    /// Someone of Microsoft's data centres, or whom Exchange calls external.
    External,
    /// The service on its own account.
    Service,
}

impl Access {
    pub const fn name(self) -> &'static str {
        match self {
            Access::Owner => "owner",
            Access::Administrator => "administrator",
            Access::Delegate => "delegate",
            Access::External => "external",
            Access::Service => "service",
        }
    }

    /// LogonType says it, but of the owner's own acts through another program it says delegate or
    /// administrator; names and security identifiers settle that. To the service's own machines
    /// ExternalAccess says as much as to Microsoft's staff, and they are nobody.
    pub fn of(event: &Event) -> Access {
        if told::is_true(&event.body, "ExternalAccess") {
            return if is_by_machine(event) { Access::Service } else { Access::External };
        }
        let nobody = matches!(event.text(Field::ActorKind), Some("service" | "system"));
        let by_type = match (event.int(Field::LogonType), event.text(Field::LogonTypeName)) {
            (Some(0), _) => Access::Owner,
            (Some(1 | 6), _) => Access::Administrator,
            (Some(3 | 4), _) => return Access::Service,
            (None, Some(name)) if name.eq_ignore_ascii_case("External") => return Access::External,
            _ => Access::Delegate,
        };
        match by_type {
            _ if is_by_owner(event) => Access::Owner,
            Access::Administrator | Access::Delegate if nobody => Access::Service,
            kind => kind,
        }
    }
}

/// Was it the local system of a server, or one of its services? (Windows' well-known SIDs.)
fn is_by_machine(event: &Event) -> bool {
    const MACHINES: [&str; 3] = ["S-1-5-18", "S-1-5-19", "S-1-5-20"];
    let user = event.text(Field::UserId).unwrap_or_default();
    let is_one = |name: &str| MACHINES.iter().any(|machine| same(machine, name));
    is_one(user) || event::fold(user).starts_with("nt authority\\")
}

/// Is the one who acted the one whose mailbox it is?
fn is_by_owner(event: &Event) -> bool {
    let owner_sids = ["MailboxOwnerSid", "MailboxOwnerMasterAccountSid"];
    let sid = |name: &str| told::text(&event.body, &[name]);
    if let Some(actor) = sid("LogonUserSid")
        && owner_sids.iter().any(|name| sid(name).is_some_and(|owner| same(&owner, &actor)))
    {
        return true;
    }
    let owner = event.text(Field::MailboxOwnerUPN);
    let user = event.text(Field::UserId);
    matches!((owner, user), (Some(owner), Some(user)) if same(owner, user))
}

fn same(a: &str, b: &str) -> bool {
    event::fold(a.trim()) == event::fold(b.trim())
}

/// The mailbox; without a name its GUID.
pub fn mailbox(event: &Event) -> String {
    let names = ["MailboxResolvedOwnerName", "Owner", "MailboxGuid"];
    let owner = event.text(Field::MailboxOwnerUPN).map(cut);
    owner.or_else(|| told::text(&event.body, &names)).unwrap_or_else(|| "(not told)".to_owned())
}

/// As whom a mail was sent, where the record is about that.
pub fn sent_as(event: &Event) -> Option<String> {
    let operation = event.text(Field::Operation)?;
    let names: &[&str] = match () {
        _ if same(operation, "SendAs") => &["SendAsUserSmtp", "SendAsUserMailboxGuid"],
        _ if same(operation, "SendOnBehalf") => {
            &["SendOnBehalfOfUserSmtp", "SendOnBehalfOfUserMailboxGuid"]
        }
        _ => return None,
    };
    told::text(&event.body, names).or_else(|| Some(mailbox(event)))
}

/// The folder or folders, and where something went.
pub fn folder(event: &Event) -> String {
    let mut from =
        texts(event, &["Folder.Path", "Folders.Path", "Item.ParentFolder.Path", "FolderPathName"]);
    let to = texts(event, &["DestFolder.Path", "DestFolderPathName"]);
    let other = texts(event, &["DestMailboxOwnerUPN"]);
    if !to.is_empty() {
        from.push_str(" → ");
        from.push_str(&to);
    }
    if !other.is_empty() {
        from.push_str(&format!(" (mailbox {other})"));
    }
    cut(&from)
}

/// The first of the paths that names anything, its texts joined.
fn texts(event: &Event, paths: &[&str]) -> String {
    for path in paths {
        let mut joined: Vec<String> = Vec::new();
        let mut bytes = 0;
        resolve(&event.body, path, &mut |value| {
            if let Some(text) = value.as_text().filter(|text| !text.is_empty())
                && !joined.iter().any(|known| *known == text)
            {
                bytes += text.len();
                joined.push(cut(&text));
            }
            bytes > super::layout::TEXT_CHARS_MAX
        });
        if !joined.is_empty() {
            return joined.join("; ");
        }
    }
    String::new()
}

/// Where a record lists its items, one by one.
const ITEMS: [&str; 4] =
    ["AffectedItems", "Folders.FolderItems", "SourceItems.Item", "SourceItems"];

/// How many messages the record is about; a folder that was synchronised is none by number.
pub fn messages(event: &Event) -> u64 {
    for path in ITEMS {
        let mut items = 0;
        resolve(&event.body, path, &mut |value| {
            items += match value {
                Value::List(list) => list.len() as u64,
                Value::Object(_) => 1,
                _ => 0,
            };
            false
        });
        if items > 0 {
            return items;
        }
    }
    if event.int(Field::RecordType) == Some(50)
        && let Some(count) = told::number(&event.body, &["OperationCount"])
    {
        return count.max(0) as u64;
    }
    let single = ["Item.Id", "Item.Subject", "Item.InternetMessageId", "ItemId", "ItemSubject"];
    u64::from(told::text(&event.body, &single).is_some())
}

/// The subjects, joined.
pub fn subjects(event: &Event) -> String {
    match event.text(Field::ItemName) {
        Some(text) => cut(text),
        None => texts(event, &["AffectedItems.Subject", "Folders.FolderItems.Subject"]),
    }
}
