//! Planner, and Project for the web: plans, tasks, rosters and roadmaps.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Planner" and "Project for the web" schemas.
//! ResultStatus is a number there, with names of its own: PlannerResultStatus.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, present};

pub const PLANNER: Family = Family {
    name: "Planner",
    fits: Fits::RecordTypes(&[188, 189, 190, 191, 192, 193, 194, 231, 392, 393, 401, 402]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        present("Result", "ResultStatus"),
        present("PlanId", "PlanId"),
        present("OriginalPlanId", "OriginalPlanId"),
        present("NewPlanId", "NewPlanId"),
        present("Container", "ContainerType"),
        present("ContainerId", "ContainerId"),
        present("NewContainer", "NewContainerType"),
        present("NewContainerId", "NewContainerId"),
        present("SharedWith", "SharedWithContainerType"),
        present("SharedWithId", "SharedWithContainerId"),
        present("Access", "SharedWithContainerAccessLevel"),
        present("Members", "MemberIds"),
        present("Plans", "PlanList"),
        present("Tasks", "TaskList"),
        present("Goals", "GoalList"),
        present("Messages", "MessageList"),
        present("Settings", "TenantSettings"),
        present("Roster", "Roster"),
        present("AssignmentMethod", "AssignmentMethod"),
        present("Parent", "ParentEntityId"),
    ],
};

pub const PROJECT: Family = Family {
    name: "Project for the web",
    fits: Fits::RecordTypes(&[195, 196, 197, 198, 199, 200, 287]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        present("ProjectId", "ProjectId"),
        present("TaskId", "TaskId"),
        present("RoadmapId", "RoadmapId"),
        present("RoadmapItemId", "RoadmapItemId"),
        present("Environment", "AdditionalInfo.EnvironmentName"),
        present("ProjectEnabled", "ProjectEnabled"),
        present("RoadmapEnabled", "RoadmapEnabled"),
        present("AssignedToMeEnabled", "AssignedToMeEnabled"),
    ],
};
