//! Which permissions does collecting need, and what does each bring?

use source::activity_feed::ContentType;
use source::graph::Log;
use source::service::Api;

/// An application permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    pub api: Api,
    pub name: &'static str,
    pub brings: &'static str,
}

/// All that are of any use here, in the order of the portal.
pub const ALL: [Permission; 8] = [
    feed("ActivityFeed.Read", "the audit log of every workload"),
    feed("ActivityFeed.ReadDlp", "the events of data loss prevention with the values they found"),
    feed("ServiceHealth.Read", "nothing since its API was retired: Graph has service health"),
    graph("AuditLog.Read.All", "sign-ins and directory audits"),
    graph("ServiceHealth.Read.All", "incidents, advisories and the state of Microsoft's services"),
    graph("ServiceMessage.Read.All", "the message centre"),
    graph("ExchangeMessageTrace.Read.All", "message traces"),
    graph("AuditLogsQuery.Read.All", "searches of the audit log further back than 7 days"),
];

const fn feed(name: &'static str, brings: &'static str) -> Permission {
    Permission { api: Api::ActivityFeed, name, brings }
}

const fn graph(name: &'static str, brings: &'static str) -> Permission {
    Permission { api: Api::Graph, name, brings }
}

impl Permission {
    /// What cannot be collected without it, in words; `None` when nothing of this needs it.
    pub fn needed_for(&self, content_types: &[ContentType], logs: &[Log]) -> Option<String> {
        match self.name {
            "ActivityFeed.Read" => Some("every content type".to_owned()),
            "ActivityFeed.ReadDlp" => {
                content_types.contains(&ContentType::DlpAll).then(|| "DLP.All".to_owned())
            }
            name => {
                let logs = logs.iter().filter(|log| log.permission() == name);
                let logs: Vec<&str> = logs.map(|log| log.as_str()).collect();
                (!logs.is_empty()).then(|| logs.join(", "))
            }
        }
    }
}

/// As the portal names it.
pub fn api_name(api: Api) -> &'static str {
    match api {
        Api::ActivityFeed => "Office 365 Management APIs",
        Api::Graph => "Microsoft Graph",
    }
}

/// The application id of the API itself, the same in every tenant.
pub fn api_id(api: Api) -> &'static str {
    match api {
        Api::ActivityFeed => "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        Api::Graph => "00000003-0000-0000-c000-000000000000",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_log_has_its_permission_and_each_permission_its_use() {
        for log in Log::ALL {
            let needs = |permission: &&Permission| permission.needed_for(&[], &[log]).is_some();
            let needed: Vec<&str> = ALL.iter().filter(needs).map(|one| one.name).collect();
            assert_eq!(needed, ["ActivityFeed.Read", log.permission()]);
        }
        assert_eq!(ALL[1].needed_for(&[ContentType::Exchange], &[]), None);
        assert_eq!(ALL[1].needed_for(&ContentType::ALL, &[]).as_deref(), Some("DLP.All"));
    }
}
