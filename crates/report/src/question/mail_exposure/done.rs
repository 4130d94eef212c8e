//! What was done besides reading, in the contexts and sessions that count?

use std::collections::BTreeSet;

use event::{Event, Field};

use super::access::address;
use super::{MOVED, SEARCHED, SENT};
use crate::question::layout::{when, words};
use crate::question::rule::Rule;
use crate::question::told;
use crate::{Cell, Table};

pub struct Done {
    pub sent: Table,
    pub moved: Table,
    pub searches: Table,
    pub rules: Table,
}

impl Default for Done {
    fn default() -> Done {
        Done {
            sent: Table::new(
                "sent",
                "Messages sent",
                &[
                    "CreationTime",
                    "Operation",
                    "MailboxOwnerUPN",
                    "UserId",
                    "Subject",
                    "InternetMessageId",
                    "Attachments",
                    "ClientAddress",
                    "SessionId",
                ],
            ),
            moved: Table::new(
                "deleted-or-moved",
                "Messages deleted or moved",
                &[
                    "CreationTime",
                    "Operation",
                    "MailboxOwnerUPN",
                    "UserId",
                    "Subject",
                    "Folder",
                    "DestFolder",
                    "ClientAddress",
                    "SessionId",
                ],
            ),
            searches: Table::new(
                "searches",
                "Searches in mailboxes",
                &["CreationTime", "UserId", "QueryText", "ClientAddress", "SessionId"],
            ),
            rules: Table::new(
                "rules",
                "Inbox rules",
                &[
                    "CreationTime",
                    "Operation",
                    "UserId",
                    "Rule",
                    "Conditions",
                    "Actions",
                    "Traits",
                    "ClientAddress",
                    "SessionId",
                ],
            ),
        }
    }
}

impl Done {
    pub fn add(&mut self, operation: &str, event: &Event, domains: &BTreeSet<String>) {
        let column = |field| Cell::text(told::column(event, field));
        let at = |paths: &[&str]| Cell::maybe(told::text(&event.body, paths));
        let (when, who) = (when(told::time(event)), column(Field::UserId));
        let (from, session) = (Cell::text(address(event)), column(Field::SessionId));
        let key = Some(event.key);
        let what = Cell::text(operation);
        let mailbox = column(Field::MailboxOwnerUPN);
        let subject = column(Field::ItemName);
        if SENT.contains(&operation) {
            let id = at(&["Item.InternetMessageId"]);
            let attachments = at(&["Item.Attachments"]);
            self.sent
                .push(key, vec![when, what, mailbox, who, subject, id, attachments, from, session]);
        } else if MOVED.contains(&operation) {
            let folder = at(&["Folder.Path", "AffectedItems.ParentFolder.Path", "FolderPathName"]);
            let to = at(&["DestFolder.Path", "DestFolderPathName"]);
            self.moved
                .push(key, vec![when, what, mailbox, who, subject, folder, to, from, session]);
        } else if operation == SEARCHED {
            self.searches.push(key, vec![when, who, at(&["QueryText"]), from, session]);
        } else {
            let rule = Rule::of(event, domains);
            let traits = words(&rule.traits);
            let (conditions, actions) = (words(&rule.conditions), words(&rule.actions));
            let name = Cell::text(rule.name);
            self.rules
                .push(key, vec![when, what, who, name, conditions, actions, traits, from, session]);
        }
    }
}
