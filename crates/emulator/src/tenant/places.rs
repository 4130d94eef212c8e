//! Which sites and files are there?

use super::people::Person;
use crate::random::{Guid, Random};

#[derive(Debug)]
pub(crate) struct Places {
    /// `https://contoso.sharepoint.com/`
    pub(crate) root: String,
    pub(crate) sites: Vec<Site>,
    pub(crate) names: Vec<FileName>,
}

/// A team site with its Teams team.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) title: &'static str,
    /// `https://contoso.sharepoint.com/sites/Finance/`
    pub(crate) url: String,
    pub(crate) mail: String,
    pub(crate) site: Guid,
    pub(crate) web: Guid,
    pub(crate) list: Guid,
    pub(crate) group: Guid,
    /// `19:0f..@thread.tacv2`
    pub(crate) team: String,
}

#[derive(Debug)]
pub(crate) struct FileName {
    pub(crate) stem: String,
    pub(crate) extension: &'static str,
    pub(crate) folder: &'static str,
}

const TITLES: [&str; 24] = [
    "Finance",
    "Sales",
    "Marketing",
    "People",
    "Legal",
    "Engineering",
    "Operations",
    "Support",
    "Procurement",
    "Research",
    "Security",
    "Facilities",
    "Board",
    "ProjectHeron",
    "ProjectAlder",
    "ProjectQuartz",
    "Partners",
    "Training",
    "Quality",
    "Logistics",
    "Payroll",
    "Design",
    "DataPlatform",
    "Events",
];

const SUBJECTS: [&str; 24] = [
    "Budget",
    "Forecast",
    "Roadmap",
    "Contract",
    "Invoice",
    "Minutes",
    "Offer",
    "Plan",
    "Report",
    "Review",
    "Schedule",
    "Specification",
    "Summary",
    "Survey",
    "Timesheet",
    "Training",
    "Travel",
    "Workshop",
    "Checklist",
    "Agreement",
    "Payroll",
    "Pricing",
    "Risk register",
    "Audit",
];

const QUALIFIERS: [&str; 12] =
    ["Q1", "Q2", "Q3", "Q4", "2025", "2026", "draft", "final", "v2", "Nordics", "APAC", "Fabrikam"];

const EXTENSIONS: [&str; 8] = ["xlsx", "docx", "pptx", "pdf", "docx", "xlsx", "png", "csv"];

const FOLDERS: [&str; 6] = [
    "Shared Documents",
    "Shared Documents/General",
    "Shared Documents/Archive",
    "Shared Documents/Clients/Fabrikam",
    "Shared Documents/Clients/Northwind",
    "Shared Documents/Møder",
];

impl Places {
    pub(crate) fn build(
        label: &str,
        domain: &str,
        people: &[Person],
        random: &mut Random,
    ) -> Places {
        let root = format!("https://{label}.sharepoint.com/");
        let count = TITLES.len().min(3 + people.len() / 10);
        let sites =
            TITLES[..count].iter().map(|title| site(&root, domain, title, random)).collect();
        let names = (0..SUBJECTS.len() * QUALIFIERS.len())
            .map(|at| FileName {
                stem: format!(
                    "{} {}",
                    SUBJECTS[at / QUALIFIERS.len()],
                    QUALIFIERS[at % QUALIFIERS.len()]
                ),
                extension: EXTENSIONS[random.below(EXTENSIONS.len() as u64) as usize],
                folder: FOLDERS[random.below(FOLDERS.len() as u64) as usize],
            })
            .collect();
        Places { root, sites, names }
    }
}

fn site(root: &str, domain: &str, title: &'static str, random: &mut Random) -> Site {
    Site {
        title,
        url: format!("{root}sites/{title}/"),
        mail: format!("{title}@{domain}"),
        site: random.guid(),
        web: random.guid(),
        list: random.guid(),
        group: random.guid(),
        team: format!("19:{}@thread.tacv2", random.guid().to_string().replace('-', "")),
    }
}
