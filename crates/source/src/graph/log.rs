//! Which logs does Graph keep, and how is each asked?

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::workload::{Quota, Workload};
use super::{directory_audits, message_trace, service_announcement, sign_ins};
use crate::service::Cloud;

/// A log that can be listed by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// Sign-ins in which a person gave a password or another proof.
    SignIns,
    /// Sign-ins that an app made in a person's name, by far the most. Beta only.
    NonInteractiveSignIns,
    /// Sign-ins of apps by themselves. Beta only.
    ServicePrincipalSignIns,
    /// Sign-ins of Azure resources whose secrets Azure manages. Beta only.
    ManagedIdentitySignIns,
    /// Changes in Entra: users, groups, roles, apps, policies.
    DirectoryAudits,
    /// One row for each message and recipient that Exchange handled.
    MessageTrace,
    /// Incidents and advisories of Microsoft's services. An issue comes again with each change.
    ServiceIssues,
    /// The message centre: announced changes. A message comes again with each change.
    ServiceMessages,
    /// How each service is doing now. There is no time in it, so a window means nothing here.
    ServiceOverviews,
}

/// What distinguishes a log.
pub(super) struct Facts {
    pub name: &'static str,
    /// With the version, below Graph's root.
    pub path: &'static str,
    /// The property that windows are about; `None` where the list is of the present only.
    pub time: Option<&'static str>,
    /// What else the filter demands.
    pub also: Option<&'static str>,
    /// How the end of a window is compared. Ends are exclusive where the service allows it.
    pub end: &'static str,
    /// Records asked for in a page; `None` leaves it to the service.
    pub top: Option<u32>,
    pub permission: &'static str,
    /// What a refusal may mean besides a missing permission.
    pub hint: &'static str,
    pub workload: Workload,
    pub reach: Duration,
    pub overlap: Duration,
    pub span_max: Duration,
    pub global_cloud_only: bool,
}

impl Log {
    pub const ALL: [Log; 9] = [
        Log::SignIns,
        Log::NonInteractiveSignIns,
        Log::ServicePrincipalSignIns,
        Log::ManagedIdentitySignIns,
        Log::DirectoryAudits,
        Log::MessageTrace,
        Log::ServiceIssues,
        Log::ServiceMessages,
        Log::ServiceOverviews,
    ];

    pub(super) fn facts(self) -> &'static Facts {
        match self {
            Log::SignIns => &sign_ins::INTERACTIVE,
            Log::NonInteractiveSignIns => &sign_ins::NON_INTERACTIVE,
            Log::ServicePrincipalSignIns => &sign_ins::SERVICE_PRINCIPAL,
            Log::ManagedIdentitySignIns => &sign_ins::MANAGED_IDENTITY,
            Log::DirectoryAudits => &directory_audits::FACTS,
            Log::MessageTrace => &message_trace::FACTS,
            Log::ServiceIssues => &service_announcement::ISSUES,
            Log::ServiceMessages => &service_announcement::MESSAGES,
            Log::ServiceOverviews => &service_announcement::OVERVIEWS,
        }
    }

    /// The content type of its records, such as `Graph.SignIns`.
    pub fn as_str(self) -> &'static str {
        self.facts().name
    }

    /// The application permission of Microsoft Graph that it needs, the least one
    /// (microsoftgraph/microsoft-graph-devx-content, permissions.json).
    pub fn permission(self) -> &'static str {
        self.facts().permission
    }

    /// How far back it can be asked. What is older is lost to this API.
    pub fn reach(self) -> Duration {
        self.facts().reach
    }

    /// Rows arrive late: so much of what was listed before should be listed again. Which of it is
    /// new is the ledger's to know.
    pub fn overlap(self) -> Duration {
        self.facts().overlap
    }

    /// The longest window: the service's limit, or what is sensible to list anew after a failure.
    pub fn span_max(self) -> Duration {
        self.facts().span_max
    }

    /// The quota that Microsoft publishes for an app in a tenant; logs of one workload share it.
    /// The client keeps to it by itself.
    pub fn quota(self) -> Option<Quota> {
        self.facts().workload.quota()
    }

    /// False for the log without time, of which each listing is a picture of the present.
    pub fn is_by_time(self) -> bool {
        self.facts().time.is_some()
    }

    /// False where this cloud's Graph does not have it. A custom cloud is taken to have all.
    pub fn is_offered(self, cloud: &Cloud) -> bool {
        !self.facts().global_cloud_only || is_global(cloud)
    }
}

/// GCC shares the Graph of the commercial cloud.
pub(super) fn is_global(cloud: &Cloud) -> bool {
    ["commercial", "gcc", "custom"].contains(&cloud.name())
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Log {
    type Err = String;

    /// The name of its content type; case and the leading `Graph.` make no difference.
    fn from_str(name: &str) -> Result<Log, String> {
        let is = |log: &Log| {
            let known = log.as_str();
            known.eq_ignore_ascii_case(name) || known["Graph.".len()..].eq_ignore_ascii_case(name)
        };
        Log::ALL.into_iter().find(is).ok_or_else(|| {
            let known = Log::ALL.map(Log::as_str).join(", ");
            format!("log {name:?} is unknown; Graph offers {known}")
        })
    }
}
