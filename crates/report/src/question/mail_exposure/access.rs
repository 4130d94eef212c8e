//! What does one record say of an access to mail?

use event::{Event, Field, Value};

use crate::question::told;

/// Items read of one record; the service folds two minutes into one.
const ITEMS_MAX: usize = 10_000;

/// Who got in, and how. The service writes a record of its own for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    pub mailbox: String,
    pub user: String,
    pub address: String,
    pub client: String,
    pub session: String,
    pub application: String,
    pub logon: String,
}

impl Context {
    pub fn of(event: &Event) -> Context {
        // AppId is mostly Exchange itself; the client says who it is under another name.
        let client = ["ClientAppId", "AppAccessContext.ClientAppId", "ClientApplicationId"];
        let user = told::folded(event, Field::UserId);
        let owner = told::folded(event, Field::MailboxOwnerUPN);
        Context {
            mailbox: if owner.is_empty() { user.clone() } else { owner },
            user,
            address: address(event),
            client: told::column(event, Field::UserAgent),
            session: told::folded(event, Field::SessionId),
            application: told::text(&event.body, &client)
                .unwrap_or_else(|| told::column(event, Field::ApplicationId)),
            logon: told::column(event, Field::LogonTypeName),
        }
    }
}

/// The client's address, normalised where it could be read.
pub fn address(event: &Event) -> String {
    match told::column(event, Field::ClientAddress) {
        address if address.is_empty() => told::column(event, Field::ClientIP),
        address => address,
    }
}

/// What a MailItemsAccessed record says was read.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// Single messages, and how many accesses the record counts.
    Bind { items: Vec<Item>, operations: u64 },
    /// Whole folders, by path.
    Sync { folders: Vec<String> },
}

#[derive(Debug, PartialEq)]
pub struct Item {
    /// InternetMessageId, or the item's own id where a record gives no other.
    pub id: String,
    pub folder: String,
    pub subject: String,
}

impl Read {
    pub fn of(event: &Event) -> Read {
        let body = &event.body;
        if is_sync(body) {
            let mut folders = told::texts(body, "Item.ParentFolder.Path");
            folders.extend(told::texts(body, "Folders.Path"));
            if folders.is_empty() {
                folders.extend(told::text(body, &["Item.ParentFolder.Name", "FolderPathName"]));
            }
            if folders.is_empty() {
                folders.push("(folder not named)".to_owned());
            }
            folders.dedup();
            return Read::Sync { folders };
        }
        let mut items = Vec::new();
        for folder in told::elements(body, "Folders") {
            let path = told::text(folder, &["Path", "Name"]).unwrap_or_default();
            items.extend(
                told::elements(folder, "FolderItems").iter().filter_map(|it| item(it, &path)),
            );
        }
        if items.is_empty()
            && let Some(single) = body.get("Item")
        {
            let path = told::text(single, &["ParentFolder.Path"]).unwrap_or_default();
            items.extend(item(single, &path));
        }
        items.truncate(ITEMS_MAX);
        let operations = told::number(body, &["OperationCount"]).unwrap_or(items.len() as i64);
        Read::Bind { items, operations: operations.max(0) as u64 }
    }
}

/// Exports of Search-MailboxAuditLog write the pairs as one text, `MailAccessType:Sync`.
fn is_sync(body: &Value) -> bool {
    let told = told::text(body, &["OperationProperties.MailAccessType"]);
    let told = told.or_else(|| told::text(body, &["OperationProperties"]));
    told.is_some_and(|told| {
        let told = told.to_ascii_lowercase();
        told == "sync" || told.contains("mailaccesstype:sync")
    })
}

fn item(item: &Value, folder: &str) -> Option<Item> {
    let id = told::text(item, &["InternetMessageId"]).or_else(|| told::text(item, &["Id"]))?;
    let subject = told::text(item, &["Subject"]).unwrap_or_default();
    Some(Item { id, folder: folder.to_owned(), subject })
}

/// The messages whose subject a record knows, by id.
pub fn subjects(event: &Event) -> Vec<(String, String)> {
    let body = &event.body;
    let mut known = Vec::new();
    let mut note = |id: Option<String>, subject: Option<String>| known.extend(id.zip(subject));
    for name in ["Item", "AffectedItems", "SourceItems"] {
        for item in told::elements(body, name) {
            // Reads name items by InternetMessageId or, without one, by Id.
            let subject = told::text(item, &["Subject"]);
            note(told::text(item, &["InternetMessageId"]), subject.clone());
            note(told::text(item, &["Id"]), subject);
        }
    }
    if event.text(Field::RecordTypeName).is_none() {
        note(
            told::text(body, &["MessageId", "message_id", "message-id"]),
            told::text(body, &["Subject", "message_subject", "message-subject"]),
        );
    }
    known
}
