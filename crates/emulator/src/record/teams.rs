//! MicrosoftTeams (25): chats, channels, teams, meetings.

use super::{Draft, Kind};
use crate::tenant::people::Person;
use crate::text::{At, Base64, put};

const fn teams(
    operation: &'static str,
    weight: u32,
    variant: usize,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type: 25, workload: "MicrosoftTeams", weight, variant, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    teams("MessageSent", 200, 0, message),
    teams("MessageRead", 60, 0, message),
    teams("MessageEdited", 12, 0, message),
    teams("MessageDeleted", 6, 0, message),
    teams("ReactedToMessage", 40, 0, message),
    teams("ChatCreated", 40, 1, chat),
    teams("ChatRetrieved", 30, 1, chat),
    teams("MeetingDetail", 60, 2, meeting),
    teams("MeetingParticipantDetail", 80, 2, meeting),
    teams("TeamsSessionStarted", 90, 0, session),
    teams("MemberAdded", 12, 0, member),
    teams("MemberRemoved", 6, 0, member),
    teams("MemberRoleChanged", 3, 0, member),
    teams("TeamCreated", 2, 0, team),
    teams("TeamSettingChanged", 3, 1, team),
    teams("ChannelAdded", 6, 2, team),
    teams("TabAdded", 5, 3, team),
    teams("AppInstalled", 4, 4, team),
];

pub(super) static SERVICE: &[Kind] = &[
    teams("MemberAdded", 60, 1, member),
    teams("TeamCreated", 6, 5, team),
    teams("AppInstalled", 20, 6, team),
    teams("SubscribedToMessages", 50, 1, message),
];

const SYNC: &str = "Microsoft Teams Sync";

fn teams_head(draft: &mut Draft<'_>, kind: &Kind, program: Option<&str>) {
    match program {
        Some(name) => {
            draft.head(kind, "", "", 5);
            put!(draft; ",'UserId':'", name, "'");
        }
        None => {
            let person = draft.person;
            let key = person.object_id.to_string();
            let token = draft.random.next();
            put!(draft;
                "{'AppAccessContext':{'IssuedAtTime':'", At(draft.time - 1_800_000),
                "','UniqueTokenId':'", Base64(token), Base64(token >> 4), "AA'},",
            );
            draft.common(kind, "", &key, 0);
            put!(draft; ",'ClientIP':'", draft.address, "','UserId':'", person.upn_lower, "'");
        }
    }
}

fn extra_properties(draft: &mut Draft<'_>) {
    let office = &draft.tenant.offices[draft.person.office];
    put!(draft;
        ",'ExtraProperties':[{'Key':'TimeZone','Value':'", office.time_zone,
        "'},{'Key':'OsName','Value':'",
        if draft.device.platform == "MacOSX" { "macos" } else { "windows" },
        "'},{'Key':'OsVersion','Value':'10'},{'Key':'Country','Value':'", office.country,
        "'},{'Key':'ClientName','Value':'skypeteams'},{'Key':'ClientVersion',",
        "'Value':'49/25060205120'},{'Key':'ClientUtcOffsetSeconds','Value':'",
        if office.utc_offset_hours < 0 { "-" } else { "" },
        office.utc_offset_hours.unsigned_abs() * 3_600, "'}]",
    );
}

fn chat_thread(draft: &mut Draft<'_>, other: &Person) {
    put!(draft; "19:", draft.person.object_id, "_", other.object_id, "@unq.gbl.spaces");
}

fn message(draft: &mut Draft<'_>, kind: &Kind) {
    let program = (kind.variant == 1).then_some("Compliance Archive");
    teams_head(draft, kind, program);
    let other = draft.colleague();
    let number = draft.random.between(1_600_000_000_000, 1_790_000_000_000);
    if draft.random.percent(60) {
        put!(draft; ",'ChatThreadId':'");
        chat_thread(draft, other);
        put!(draft; "','CommunicationType':'OneOnOne'");
    } else {
        let site = draft.random.pick(&draft.tenant.places.sites);
        put!(draft;
            ",'AADGroupId':'", site.group, "','ChannelGuid':'", site.team,
            "','ChannelName':'General','ChannelType':'Standard',",
            "'CommunicationType':'Channel','TeamGuid':'", site.team, "','TeamName':'", site.title,
            "'",
        );
    }
    extra_properties(draft);
    let size = draft.random.between(20, 4_000);
    put!(draft;
        ",'MessageId':'", number, "','MessageSizeInBytes':", size, ",'MessageVersion':'", number,
        "','ResourceTenantId':'", draft.tenant.id, "','ItemName':'", number, "'}",
    );
}

fn chat(draft: &mut Draft<'_>, kind: &Kind) {
    teams_head(draft, kind, None);
    let other = draft.colleague();
    let foreign = draft.random.percent(8);
    put!(draft; ",'ChatThreadId':'");
    chat_thread(draft, other);
    put!(draft; "','CommunicationType':'OneOnOne'");
    extra_properties(draft);
    put!(draft;
        ",'Members':[{'OrganizationId':'", draft.tenant.id, "','DisplayName':'",
        draft.person.display, "','UPN':'", draft.person.upn_lower, "'},",
    );
    if foreign {
        put!(draft;
            "{'OrganizationId':'8c2e4a60-1b3d-4f57-9a68-d0e1f2a3b4c5',",
            "'DisplayName':'Kim Fabrikam','UPN':'kim@fabrikam.com'}",
        );
    } else {
        put!(draft;
            "{'OrganizationId':'", draft.tenant.id, "','DisplayName':'", other.display,
            "','UPN':'", other.upn_lower, "'}",
        );
    }
    put!(draft;
        "],'ParticipantInfo':{'HasForeignTenantUsers':", foreign,
        ",'HasGuestUsers':false,'HasOtherGuestUsers':false,",
        "'HasUnauthenticatedUsers':false,'ParticipatingDomains':[",
        if foreign { "\"fabrikam.com\"" } else { "" },
        "],'ParticipatingSIPDomains':[],'ParticipatingTenantIds':['", draft.tenant.id,
        "']},'ResourceTenantId':'", draft.tenant.id, "','ItemName':'",
    );
    chat_thread(draft, other);
    put!(draft; "'}");
}

fn meeting(draft: &mut Draft<'_>, kind: &Kind) {
    teams_head(draft, kind, None);
    let (a, b) = (draft.random.next(), draft.random.guid());
    let minutes = draft.random.between(5, 90) as i64;
    let start = draft.time - minutes * crate::clock::MINUTE;
    extra_properties(draft);
    put!(draft;
        ",'ChatThreadId':'19:meeting_", Base64(a >> 4), Base64(a >> 7),
        "@thread.v2','CommunicationType':'GroupCall','DeviceInformation':'Windows',",
        "'JoinTime':'", At(start), "','LeaveTime':'", At(draft.time),
        "','MeetingDetailId':'", b, "','Organizer':{'UserObjectId':'", draft.person.object_id,
        "'},'ResourceTenantId':'", draft.tenant.id, "'}",
    );
}

fn session(draft: &mut Draft<'_>, kind: &Kind) {
    teams_head(draft, kind, None);
    extra_properties(draft);
    put!(draft; ",'ObjectId':'Unknown (Unknown)'}");
}

fn member(draft: &mut Draft<'_>, kind: &Kind) {
    let program = (kind.variant == 1).then_some(SYNC);
    teams_head(draft, kind, program);
    let site = draft.random.pick(&draft.tenant.places.sites);
    let member = draft.colleague();
    let role = draft.random.between(1, 2);
    put!(draft;
        ",'AADGroupId':'", site.group,
        "','CommunicationType':'Team','ExtraProperties':[],'Members':[{'DisplayName':'",
        member.display, "','Role':", role, ",'UPN':'", member.upn, "'}],'TeamGuid':'", site.team,
        "','ItemName':'", site.title, "','TeamName':'", site.title, "'}",
    );
}

fn team(draft: &mut Draft<'_>, kind: &Kind) {
    let program = match kind.variant {
        5 => Some("Application"),
        6 => Some(SYNC),
        _ => None,
    };
    teams_head(draft, kind, program);
    let site = draft.random.pick(&draft.tenant.places.sites);
    put!(draft;
        ",'AADGroupId':'", site.group, "','TeamGuid':'", site.team, "','TeamName':'", site.title,
        "'",
    );
    match kind.variant {
        1 => {
            put!(draft;
                ",'Name':'Allow guests to create channels','NewValue':'False','OldValue':'True'",
            )
        }
        2 => {
            put!(draft;
                ",'ChannelGuid':'", site.team,
                "','ChannelName':'Planning','ChannelType':'Standard'",
            )
        }
        3 => {
            put!(draft; ",'AddOnName':'Planner','TabType':'Extension','ChannelName':'General'")
        }
        4 | 6 => {
            put!(draft;
                ",'AddOnName':'Polls','AddOnGuid':'2b876f4d-6f80-4d1e-9d0d-3f4e5a6b7c8d',",
                "'AddonType':4,'OperationScope':'Team'",
            )
        }
        _ => {}
    }
    put!(draft; "}");
}
