//! ExchangeAdmin (1): cmdlets that changed the configuration, run by people.

use super::{Draft, Kind};
use crate::tenant::people::Person;
use crate::text::{comma, put};

const fn human(operation: &'static str, weight: u32, write: fn(&mut Draft<'_>, &Kind)) -> Kind {
    Kind { operation, record_type: 1, workload: "Exchange", weight, variant: 0, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    human("New-InboxRule", 12, inbox_rule),
    human("Set-InboxRule", 6, inbox_rule),
    human("Remove-InboxRule", 3, remove_inbox_rule),
    human("Set-MailboxAutoReplyConfiguration", 10, auto_reply),
    human("Set-MailboxJunkEmailConfiguration", 5, junk_mail),
    human("Set-CalendarProcessing", 4, calendar),
    human("Set-Mailbox", 10, set_mailbox),
    human("Add-MailboxPermission", 4, mailbox_permission),
    human("Remove-MailboxPermission", 2, mailbox_permission),
    human("Add-RecipientPermission", 2, recipient_permission),
    human("New-TransportRule", 1, transport_rule),
    human("Set-TransportRule", 1, transport_rule),
    human("Set-CASMailbox", 2, protocols),
    human("New-DistributionGroup", 2, distribution_group),
    human("Add-DistributionGroupMember", 5, group_member),
    human("Enable-Mailbox", 2, enable_mailbox),
];

/// A cmdlet run by a person. Values must need no escaping.
pub(crate) fn cmdlet(
    draft: &mut Draft<'_>,
    kind: &Kind,
    caller: &Person,
    object: &str,
    parameters: &[(&str, &str)],
) {
    draft.head(kind, "True", &caller.puid, 2);
    put!(draft; ",'ClientIP':'");
    draft.address_with_port();
    put!(draft;
        "','ObjectId':'", object, "','UserId':'", caller.upn,
        "','AppId':'00000002-0000-0ff1-ce00-000000000000',",
        "'AppPoolName':'MSExchangeAdminApiNetCore','ClientAppId':'',",
        "'CorrelationID':'','ExternalAccess':false",
    );
    up_to_parameters(draft);
    for (at, (name, value)) in parameters.iter().enumerate() {
        put!(draft; comma(at), "{'Name':'", name, "','Value':'", value, "'}");
    }
    let request = draft.random.guid();
    put!(draft; "],'RequestId':'", request, "','SessionId':'", draft.session, "'}");
}

fn inbox_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let colleague = draft.colleague();
    let (name, folder) = *draft.random.pick(&[
        ("Newsletters", "Newsletters"),
        ("Build reports", "Builds"),
        ("Travel bookings", "Travel"),
        ("Team lunch", "Social"),
    ]);
    let object = format!(r"{}/{}\\{name}", draft.tenant.organization_path, person.alias);
    let from = colleague.upn.clone();
    cmdlet(
        draft,
        kind,
        person,
        &object,
        &[
            ("AlwaysDeleteOutlookRulesBlob", "False"),
            ("Force", "False"),
            ("From", &from),
            ("Name", name),
            ("MoveToFolder", folder),
            ("StopProcessingRules", "True"),
        ],
    );
}

fn remove_inbox_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let identity = format!(r"{}\\{}", person.alias, draft.random.next());
    cmdlet(
        draft,
        kind,
        person,
        &identity,
        &[("AlwaysDeleteOutlookRulesBlob", "True"), ("Identity", &identity), ("Force", "True")],
    );
}

fn auto_reply(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let state = *draft.random.pick(&["Scheduled", "Disabled", "Enabled"]);
    cmdlet(
        draft,
        kind,
        person,
        &person.alias,
        &[
            ("Identity", &person.alias),
            ("AutoReplyState", state),
            ("ExternalAudience", "Known"),
            ("InternalMessage", "Out of office"),
        ],
    );
}

fn junk_mail(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    cmdlet(
        draft,
        kind,
        person,
        &person.alias,
        &[
            ("Identity", &person.alias),
            ("Enabled", "True"),
            ("TrustedSendersAndDomains", "news@northwindtraders.com;fabrikam.com"),
            ("ContactsTrusted", "True"),
        ],
    );
}

fn calendar(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let room = format!("Room-{}", draft.random.between(101, 499));
    cmdlet(
        draft,
        kind,
        admin,
        &room,
        &[
            ("Identity", &room),
            ("AutomateProcessing", "AutoAccept"),
            ("BookingWindowInDays", "180"),
        ],
    );
}

fn set_mailbox(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    let (name, value) = *draft.random.pick(&[
        ("HiddenFromAddressListsEnabled", "True"),
        ("LitigationHoldEnabled", "True"),
        ("MaxReceiveSize", "150 MB (157,286,400 bytes)"),
        ("Type", "Shared"),
        ("CustomAttribute1", "Contractor"),
    ]);
    cmdlet(draft, kind, admin, &person.alias, &[("Identity", &person.upn), (name, value)]);
}

fn mailbox_permission(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let trustee = draft.colleague();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        &site.mail,
        &[
            ("Identity", &site.mail),
            ("User", &trustee.upn),
            ("AccessRights", "FullAccess"),
            ("InheritanceType", "All"),
            ("AutoMapping", "True"),
        ],
    );
}

fn recipient_permission(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let trustee = draft.colleague();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        &site.mail,
        &[
            ("Identity", &site.mail),
            ("Trustee", &trustee.upn),
            ("AccessRights", "SendAs"),
            ("Confirm", "False"),
        ],
    );
}

fn transport_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    cmdlet(
        draft,
        kind,
        admin,
        "External mail banner",
        &[
            ("Name", "External mail banner"),
            ("FromScope", "NotInOrganization"),
            ("ApplyHtmlDisclaimerLocation", "Prepend"),
            ("ApplyHtmlDisclaimerFallbackAction", "Wrap"),
            ("Mode", "Enforce"),
            ("StopRuleProcessing", "False"),
        ],
    );
}

fn protocols(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    cmdlet(
        draft,
        kind,
        admin,
        &person.alias,
        &[
            ("Identity", &person.upn),
            ("ImapEnabled", "False"),
            ("PopEnabled", "False"),
            ("ActiveSyncEnabled", "True"),
        ],
    );
}

fn distribution_group(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        site.title,
        &[
            ("Name", site.title),
            ("PrimarySmtpAddress", &site.mail),
            ("Type", "Distribution"),
            ("RequireSenderAuthenticationEnabled", "True"),
        ],
    );
}

fn group_member(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(draft, kind, admin, site.title, &[("Identity", &site.mail), ("Member", &person.upn)]);
}

fn enable_mailbox(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    cmdlet(draft, kind, admin, &person.alias, &[("Identity", &person.upn), ("Archive", "True")]);
}

/// Everything from the organization to the beginning of the parameter list.
pub(super) fn up_to_parameters(draft: &mut Draft<'_>) {
    let server = draft.server();
    put!(draft;
        ",'OrganizationName':'", draft.tenant.organization, "','OriginatingServer':'", server,
        "','Parameters':[",
    );
}
