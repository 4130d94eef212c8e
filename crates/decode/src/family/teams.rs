//! Microsoft Teams: teams, channels, members, chats and apps.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Microsoft Teams schema"; ChatThreadId and
//! ParticipantInfo as seen in records.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, present};

pub const TEAMS: Family = Family {
    name: "Teams",
    fits: Fits::RecordTypes(&[25, 57, 59, 60, 73]),
    columns: &[],
    line: &[
        present("Team", "TeamName"),
        present("Channel", "ChannelName"),
        present("ChannelType", "ChannelType"),
        present("Chat", "ChatThreadId"),
        present("ChatName", "ChatName"),
        present("CommunicationType", "CommunicationType"),
        present("Members", "Members.UPN"),
        present("Roles", "Members.Role"),
        present("Invitee", "Invitee"),
        present("AddOn", "AddOnName"),
        present("AddOnType", "AddOnType"),
        present("Name", "Name"),
        present("Old", "OldValue"),
        present("New", "NewValue"),
        present("MessageId", "MessageId"),
        present("URLs", "MessageURLs"),
        column(Field::ObjectId),
    ],
};
