//! Copilot and other assistants: who asked where, and what was read for the answer.
//!
//! Names from MicrosoftDocs/office-365-management-api, copilot-schema.md.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, present};

pub const COPILOT: Family = Family {
    name: "Copilot interaction",
    fits: Fits::RecordTypes(&[261, 284, 328, 334]),
    columns: &[],
    line: &[
        present("AppHost", "CopilotEventData.AppHost"),
        present("App", "ApplicationName"),
        present("Agent", "AgentName"),
        present("Thread", "CopilotEventData.ThreadId"),
        present("Resources", "CopilotEventData.AccessedResources.Name"),
        present("ResourceIds", "CopilotEventData.AccessedResources.ID"),
        present("Contexts", "CopilotEventData.Contexts.ID"),
        column(Field::ObjectId),
    ],
};
