//! SharePointSharingOperation (14): links, invitations, access requests, groups.

use super::sharepoint::{Caller, Place, sharing_head};
use super::{Draft, Kind};
use crate::text::put;

const fn sharing(
    operation: &'static str,
    workload: &'static str,
    weight: u32,
    variant: usize,
) -> Kind {
    Kind { operation, record_type: 14, workload, weight, variant, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    sharing("SharingSet", "OneDrive", 12, 0),
    sharing("SharingSet", "SharePoint", 12, 0),
    sharing("SharingInheritanceBroken", "OneDrive", 8, 1),
    sharing("AddedToSecureLink", "OneDrive", 6, 2),
    sharing("AddedToSecureLink", "SharePoint", 6, 2),
    sharing("SecureLinkCreated", "OneDrive", 6, 3),
    sharing("SecureLinkUsed", "SharePoint", 14, 4),
    sharing("CompanyLinkCreated", "SharePoint", 8, 3),
    sharing("CompanyLinkUsed", "SharePoint", 12, 4),
    sharing("AnonymousLinkCreated", "OneDrive", 2, 3),
    sharing("AnonymousLinkUsed", "OneDrive", 4, 5),
    sharing("AddedToGroup", "SharePoint", 6, 6),
    sharing("SharingInvitationCreated", "SharePoint", 3, 2),
    sharing("AccessRequestCreated", "SharePoint", 2, 7),
    sharing("SharingRevoked", "SharePoint", 2, 1),
];

pub(super) static SERVICE: &[Kind] = &[
    Kind {
        operation: "AddedToGroup",
        record_type: 14,
        workload: "SharePoint",
        weight: 20,
        variant: 6,
        write: by_operator,
    },
    Kind {
        operation: "SiteCollectionAdminAdded",
        record_type: 14,
        workload: "SharePoint",
        weight: 6,
        variant: 8,
        write: by_operator,
    },
    Kind {
        operation: "SiteCollectionAdminRemoved",
        record_type: 14,
        workload: "OneDrive",
        weight: 6,
        variant: 8,
        write: by_operator,
    },
];

fn write(draft: &mut Draft<'_>, kind: &Kind) {
    let mut caller = Caller::person(draft);
    let anonymous;
    if kind.variant == 5 {
        // Whoever holds an anonymous link has no account, only a hash.
        anonymous =
            format!("urn:spo:anon#{:016x}{:016x}", draft.random.next(), draft.random.next());
        caller.user = &anonymous;
        caller.user_key = &anonymous;
        caller.user_type = 10;
        draft.address = "203.0.113.77";
        body(draft, kind, &caller);
        return;
    }
    body(draft, kind, &caller);
}

/// The service itself tends site administrators and groups.
fn by_operator(draft: &mut Draft<'_>, kind: &Kind) {
    draft.address = "";
    let caller = Caller {
        user: r"Microsoft\\ServiceOperator",
        user_key: "S-1-0-0",
        user_type: 4,
        user_agent: "",
        app: ("", ""),
        browser: ("", ""),
        platform: "Service",
        managed: false,
    };
    body(draft, kind, &caller);
}

fn body(draft: &mut Draft<'_>, kind: &Kind, caller: &Caller<'_>) {
    let place = Place::of_draft(draft, kind.workload);
    shared(draft, kind, caller, &place);
}

/// A sharing record of the kind's variant on a certain file.
pub(crate) fn shared(draft: &mut Draft<'_>, kind: &Kind, caller: &Caller<'_>, place: &Place<'_>) {
    let target = draft.colleague();
    let link = draft.random.guid();
    sharing_head(draft, kind, caller, place);
    match kind.variant {
        // The element with a space in its name is what the service writes; it is not XML.
        0 => {
            put!(draft;
                ",",
                "'EventData':'<Permissions granted>Contribute</Permissions granted><MembersCanShareApplied>False</MembersCanShareApplied>',",
                "'TargetUserOrGroupType':'Member','TargetUserOrGroupName':'", target.upn_lower,
                "'",
            )
        }
        1 => {
            put!(draft;
                ",",
                "'EventData':'<copyRoleAssignments>True</copyRoleAssignments><clearSubScopes>False</clearSubScopes>'",
            )
        }
        2 => {
            let guest = draft.random.percent(25);
            put!(draft;
                ",",
                "'EventData':'<Type>Edit</Type><MembersCanShareApplied>False</MembersCanShareApplied>',",
                "'UniqueSharingId':'", link, "','TargetUserOrGroupType':'",
            );
            if guest {
                put!(draft;
                    "Guest','TargetUserOrGroupName':'kim.", draft.random.below(40),
                    "@fabrikam.com'",
                );
            } else {
                put!(draft; "Member','TargetUserOrGroupName':'", target.upn_lower, "'");
            }
        }
        3..=5 => {
            put!(draft;
                ",",
                "'EventData':'<Type>View</Type><MembersCanShareApplied>False</MembersCanShareApplied>',",
                "'UniqueSharingId':'", link, "'",
            )
        }
        6 => {
            put!(draft;
                ",'EventData':'<Group>Site Members</Group>',",
                "'TargetUserOrGroupType':'SecurityGroup','TargetUserOrGroupName':'", target.alias,
                " Members'",
            )
        }
        7 => {
            put!(draft;
                ",",
                "'EventData':'<SharingLevel>Read</SharingLevel><ExpirationDate>12/31/2030 09:00:00</ExpirationDate>',",
                "'TargetUserOrGroupType':'Member','TargetUserOrGroupName':'", target.upn_lower,
                "'",
            )
        }
        _ => {
            put!(draft;
                ",'ModifiedProperties':[{'Name':'SiteAdmin','NewValue':'", target.upn,
                "','OldValue':''}],'TargetUserOrGroupType':'Member',",
                "'TargetUserOrGroupName':'SHAREPOINT\\\\system'",
            )
        }
    }
    put!(draft;
        ",'SourceFileExtension':'", place.extension, "','SiteUrl':'", place.site_url,
        "','SourceFileName':'", place.stem, ".", place.extension, "','SourceRelativeUrl':'",
        place.folder, "/", place.stem, ".", place.extension, "','ObjectId':'", place.site_url,
        place.folder, "/", place.stem, ".", place.extension, "'}",
    );
}
