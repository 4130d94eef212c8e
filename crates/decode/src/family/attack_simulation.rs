//! Attack simulation training: who was sent what, and who fell for it.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Attack Sim schema", "Attack Sim admin
//! schema" and "User training schema", whose names hold blanks; records are taken in both spellings.

use event::Field;

use super::{Family, Fits};
use crate::show::{Shown, column, pairs, present};

pub const SIMULATION: Family = Family {
    name: "Attack simulation",
    fits: Fits::RecordTypes(&[85, 88, 218]),
    columns: &[],
    line: LINE,
};

const LINE: &[Shown] = &[
    present("Event", "AttackSimEvent"),
    present("Event", "AttackSimAdminEvent"),
    present("Event", "UserTrainingEvent"),
    present("Technique", "AttackTechnique"),
    present("Campaign", "CampaignType"),
    present("CampaignId", "CampaignId"),
    present("CampaignId", "Campaign ID"),
    present("Course", "CourseId"),
    present("Course", "Course ID"),
    present("User", "UserDisplayName"),
    present("Begin", "TimeData"),
    present("End", "EndTimeData"),
    pairs("ExtendedProperties"),
    column(Field::ObjectId),
];
