//! Which operation of the feed is asked for?

/// An operation of the feed; names as the service uses them in AF429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Start,
    Stop,
    List,
    ListContent,
    ListNotifications,
    GetBlob,
    SensitiveTypes,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::Start => "StartSubscription",
            Operation::Stop => "StopSubscription",
            Operation::List => "ListSubscriptions",
            Operation::ListContent => "ListContent",
            Operation::ListNotifications => "ListNotifications",
            Operation::GetBlob => "GetBlob",
            Operation::SensitiveTypes => "GetDlpSensitiveTypes",
        }
    }

    pub(super) fn find(method: &str, path: &[&str]) -> Option<Operation> {
        match (method, path) {
            ("POST", ["subscriptions", "start"]) => Some(Operation::Start),
            ("POST", ["subscriptions", "stop"]) => Some(Operation::Stop),
            ("GET", ["subscriptions", "list"]) => Some(Operation::List),
            ("GET", ["subscriptions", "content"]) => Some(Operation::ListContent),
            ("GET", ["subscriptions", "notifications"]) => Some(Operation::ListNotifications),
            ("GET", ["audit", _]) => Some(Operation::GetBlob),
            ("GET", ["resources", name]) if name.eq_ignore_ascii_case("dlpSensitiveTypes") => {
                Some(Operation::SensitiveTypes)
            }
            _ => None,
        }
    }
}
