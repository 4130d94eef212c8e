//! Which services are announced, and what is said of them? All texts are invented.

pub(super) struct Service {
    pub(super) name: &'static str,
    /// Ids of its issues begin so.
    pub(super) prefix: &'static str,
    pub(super) feature: &'static str,
}

const fn service(name: &'static str, prefix: &'static str, feature: &'static str) -> Service {
    Service { name, prefix, feature }
}

pub(super) static SERVICES: [Service; 8] = [
    service("Exchange Online", "EX", "E-Mail and calendar access"),
    service("SharePoint Online", "SP", "SharePoint Features"),
    service("Microsoft Teams", "TM", "Teams Components"),
    service("OneDrive for Business", "OD", "OneDrive for Business"),
    service("Microsoft Entra", "MO", "Sign-in"),
    service("Microsoft Intune", "IT", "Device management"),
    service("Microsoft Purview", "MP", "Microsoft Purview"),
    service("Power BI", "PB", "PowerBI.com"),
];

pub(super) const EFFECTS: [&str; 6] = [
    "may see delays",
    "cannot open shared items",
    "get an error when searching",
    "may be asked to sign in again",
    "see reports that lag behind",
    "may not receive notifications",
];

pub(super) const CHANGES: [&str; 6] = [
    "New settings for administrators",
    "A new default for sharing",
    "An old protocol is retired",
    "A new layout",
    "More audit events",
    "Changed limits",
];
