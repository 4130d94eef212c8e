//! ExchangeItem (2), ExchangeItemGroup (3), ExchangeItemAggregated (50): what happened to mail.

use super::{Draft, Kind};
use crate::tenant::people::Person;
use crate::text::{At, Base64, Hex, comma, put};

const fn item(operation: &'static str, weight: u32, write: fn(&mut Draft<'_>, &Kind)) -> Kind {
    Kind { operation, record_type: 2, workload: "Exchange", weight, variant: 0, write }
}

const fn group(operation: &'static str, weight: u32, variant: usize) -> Kind {
    Kind { operation, record_type: 3, workload: "Exchange", weight, variant, write: item_group }
}

pub(super) static PEOPLE: &[Kind] = &[
    Kind {
        operation: "MailItemsAccessed",
        record_type: 50,
        workload: "Exchange",
        weight: 420,
        variant: 0,
        write: own_mail,
    },
    item("Send", 150, send),
    item("Update", 60, update),
    item("Create", 50, create),
    item("SendAs", 6, send_as),
    item("SendOnBehalf", 4, send_as),
    item("ModifyFolderPermissions", 6, folder_permissions),
    item("UpdateInboxRules", 8, update_inbox_rules),
    item("UpdateCalendarDelegation", 4, folder_permissions),
    item("MailboxLogin", 6, mailbox_login),
    item("SearchQueryInitiatedExchange", 4, mail_search),
    group("MoveToDeletedItems", 90, 0),
    group("SoftDelete", 60, 1),
    group("HardDelete", 45, 2),
    group("Move", 20, 3),
];

pub(super) static SERVICE: &[Kind] = &[
    item("Create", 20, group_welcome),
    Kind {
        operation: "MailItemsAccessed",
        record_type: 50,
        workload: "Exchange",
        weight: 70,
        variant: 0,
        write: service_reads,
    },
    Kind {
        operation: "MailItemsAccessed",
        record_type: 50,
        workload: "Exchange",
        weight: 12,
        variant: 1,
        write: service_reads,
    },
];

/// A folder name may be in the mailbox owner's language.
const FOLDERS: [&str; 8] = [
    r"\\Inbox",
    r"\\Sent Items",
    r"\\Drafts",
    r"\\Calendar",
    r"\\Archive",
    r"\\Deleted Items",
    r"\\Indbakke",
    r"\\Inbox\\Clients",
];

const SUBJECTS: [&str; 12] = [
    "Weekly status",
    "Re: Budget Q3",
    "Agenda for Thursday",
    "Re: Offer to Fabrikam",
    "Fw: Travel plans",
    "Lunch?",
    "Minutes of the steering group",
    "Re: Contract draft v2",
    "Northwind onboarding",
    "Timesheet reminder",
    "Re: Re: Printer on the 3rd floor",
    "Møde om roadmap",
];

/// How somebody reached a mailbox.
pub(crate) struct Access<'a> {
    pub(crate) owner: &'a Person,
    /// 0 owner, 1 administrator, 2 delegate.
    pub(crate) logon_type: u64,
    /// Three pieces, since the middle one is often the browser's name for itself.
    pub(crate) client_info: [&'a str; 3],
    /// Empty for none.
    pub(crate) client_app: &'a str,
}

impl<'a> Access<'a> {
    /// The owner at work, with one of the usual clients.
    fn own(draft: &mut Draft<'a>) -> Access<'a> {
        let (client_info, client_app) = match draft.random.below(10) {
            0..=5 => (
                ["Client=OWA;", draft.device.user_agent, ";"],
                "9199bf20-a13f-4107-85dc-02114787ef48",
            ),
            6 | 7 => ([OUTLOOK, "", ""], "d3590ed6-52b3-4102-aeff-aad2292ab01c"),
            8 => (
                ["Client=REST;Client=RESTSystem;;", "", ""],
                "27922004-5251-4030-b22d-91ecd9a37ea4",
            ),
            _ => (
                ["Client=Microsoft.Exchange.ActiveSync;Mail/1.0", "", ""],
                "f8d98a96-0999-43f5-8af3-69971c7bb423",
            ),
        };
        Access { owner: draft.person, logon_type: 0, client_info, client_app }
    }
}

/// Desktop Outlook, the one client that synchronises whole folders.
const OUTLOOK: &str = "Client=MSExchangeRPC";

/// Everything up to and including SessionId.
fn mailbox_head(draft: &mut Draft<'_>, kind: &Kind, access: &Access<'_>) {
    let actor = draft.person;
    put!(draft; "{");
    app_access_context(draft, access);
    draft.common(kind, "Succeeded", &actor.puid, 0);
    // Aggregated records carry ClientIPAddress alone.
    if kind.record_type != 50 {
        put!(draft; ",'ClientIP':'", draft.address, "'");
    }
    put!(draft; ",'UserId':'", actor.upn, "','AppId':'00000002-0000-0ff1-ce00-000000000000'");
    if !access.client_app.is_empty() {
        put!(draft; ",'ClientAppId':'", access.client_app, "'");
    }
    put!(draft;
        ",'ClientIPAddress':'", draft.address, "','ClientInfoString':'", access.client_info[0],
        access.client_info[1], access.client_info[2],
        "','ExternalAccess':false,'InternalLogonType':0,'LogonType':", access.logon_type,
        ",'LogonUserSid':'", actor.sid, "','MailboxGuid':'", access.owner.mailbox,
        "','MailboxOwnerSid':'", access.owner.sid, "','MailboxOwnerUPN':'", access.owner.upn, "'",
    );
    let server = draft.server();
    // The line break belongs to the value: mailbox records end OriginatingServer with CRLF.
    put!(draft;
        ",'OrganizationName':'", draft.tenant.organization, "','OriginatingServer':'", server,
        "\\r\\n','SessionId':'", draft.session, "'",
    );
}

/// Clients that bring an access token leave its marks in the record; the session is that of the sign-in.
fn app_access_context(draft: &mut Draft<'_>, access: &Access<'_>) {
    if access.client_app.is_empty() || access.client_info[0] == OUTLOOK {
        return;
    }
    let (token, age) = (draft.random.next(), draft.random.below(3_600_000) as i64);
    put!(draft;
        "'AppAccessContext':{'AADSessionId':'", draft.session,
        "','APIId':'00000002-0000-0ff1-ce00-000000000000','ClientAppId':'", access.client_app,
        "','IssuedAtTime':'", At(draft.time - age), "','UniqueTokenId':'", Base64(token),
        Base64(token >> 4), "AA'},",
    );
}

fn folder_id(draft: &mut Draft<'_>, owner: &Person, folder: u64) {
    let base = owner.index.wrapping_mul(0x9E37_79B9_97F4_A7C1);
    put!(draft;
        "LgAAAAB", Base64(base), Base64(base.rotate_left(13)), "AQB", Base64(base.rotate_left(29)),
        Base64(folder.wrapping_mul(0x5851_F42D_4C95_7F2D)), "AAAAAAEMAAAB",
    );
}

fn folder(draft: &mut Draft<'_>, owner: &Person, path: &str) {
    put!(draft; "{'Id':'");
    folder_id(draft, owner, path.len() as u64);
    put!(draft; "','Path':'", path, "'}");
}

fn item_id(draft: &mut Draft<'_>) {
    let (a, b) = (draft.random.next(), draft.random.next());
    put!(draft;
        "RgAAAAB", Base64(a), Base64(a.rotate_left(17)), "BwB", Base64(b),
        Base64(b.rotate_left(17)), "AAAAAAEMAAB", Base64(a ^ b), "AAJ",
    );
}

fn message_id(draft: &mut Draft<'_>, number: u64) {
    let server = draft.server();
    let host = server.split(' ').next().unwrap_or("AM9PR01MB0001");
    put!(draft;
        "<", host, Hex(number), Hex(number.rotate_left(23) ^ 0x365), "@", host,
        ".eurprd01.prod.outlook.com>",
    );
}

fn own_mail(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    if access.client_info[0] == OUTLOOK && draft.random.percent(40) {
        mail_synced(draft, kind, &access, r"\\Inbox");
    } else {
        let count = [1, 1, 1, 1, 2, 2, 3, 5][draft.random.below(8) as usize];
        let first = draft.random.next();
        mail_bound(draft, kind, &access, &[(r"\\Inbox", &numbers(first, count))], false);
    }
}

pub(crate) fn numbers(first: u64, count: u64) -> Vec<u64> {
    (0..count).map(|at| first.wrapping_add(at.wrapping_mul(0x0001_0000_0001))).collect()
}

/// MailItemsAccessed of type Bind: single messages were read.
pub(crate) fn mail_bound(
    draft: &mut Draft<'_>,
    kind: &Kind,
    access: &Access<'_>,
    folders: &[(&str, &Vec<u64>)],
    throttled: bool,
) {
    mailbox_head(draft, kind, access);
    put!(draft;
        ",'OperationProperties':[{'Name':'MailAccessType',",
        "'Value':'Bind'},{'Name':'IsThrottled','Value':'",
        if throttled { "True" } else { "False" }, "'}],'Folders':[",
    );
    let mut count = 0;
    for (at, (path, messages)) in folders.iter().enumerate() {
        put!(draft; comma(at), "{'FolderItems':[");
        for (position, number) in messages.iter().enumerate() {
            put!(draft; comma(position), "{'Id':'");
            item_id(draft);
            put!(draft; "','InternetMessageId':'");
            message_id(draft, *number);
            put!(draft; "','SizeInBytes':", 9_000 + number % 90_000, "}");
            count += 1;
        }
        put!(draft; "],'Id':'");
        folder_id(draft, access.owner, path.len() as u64);
        put!(draft; "','Path':'", path, "'}");
    }
    put!(draft; "],'OperationCount':", count as u64, "}");
}

/// MailItemsAccessed of type Sync: a desktop client took a whole folder.
pub(crate) fn mail_synced(draft: &mut Draft<'_>, kind: &Kind, access: &Access<'_>, path: &str) {
    mailbox_head(draft, kind, access);
    put!(draft;
        ",'OperationProperties':[{'Name':'MailAccessType',",
        "'Value':'Sync'},{'Name':'IsThrottled','Value':'False'}],'Item':{'Id':'",
    );
    folder_id(draft, access.owner, path.len() as u64);
    put!(draft; "','ParentFolder':{'Id':'");
    folder_id(draft, access.owner, path.len() as u64);
    put!(draft;
        "','Name':'", path.trim_start_matches('\\'), "','Path':'", path, "'}},'OperationCount':1}",
    );
}

/// A record about one message.
pub(crate) struct Message<'a> {
    pub(crate) subject: &'a str,
    /// Ties the records of one message together.
    pub(crate) number: u64,
    pub(crate) folder: &'a str,
    pub(crate) attachments: &'a str,
}

fn put_item(draft: &mut Draft<'_>, owner: &Person, message: &Message<'_>) {
    put!(draft; ",'Item':{");
    if !message.attachments.is_empty() {
        put!(draft; "'Attachments':'", message.attachments, "',");
    }
    put!(draft; "'Id':'");
    item_id(draft);
    put!(draft; "','InternetMessageId':'");
    message_id(draft, message.number);
    put!(draft; "','IsRecord':false,'ParentFolder':");
    folder(draft, owner, message.folder);
    put!(draft;
        ",'SizeInBytes':", 2_000 + message.number % 400_000, ",'Subject':'", message.subject, "'}",
    );
}

fn some_message<'a>(draft: &mut Draft<'_>, folder: &'a str) -> Message<'a> {
    let subject: &str = SUBJECTS[draft.random.below(SUBJECTS.len() as u64) as usize];
    Message {
        subject,
        number: draft.random.next(),
        folder,
        attachments: match draft.random.below(12) {
            0 => "Offer v2.docx (48213b)",
            1 => "image001.png (2214b); Budget Q3.xlsx (91822b)",
            _ => "",
        },
    }
}

pub(crate) fn sent(draft: &mut Draft<'_>, kind: &Kind, access: &Access<'_>, message: &Message<'_>) {
    mailbox_head(draft, kind, access);
    put_item(draft, access.owner, message);
    put!(draft; ",'SaveToSentItems':true}");
}

fn send(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    let message = some_message(draft, r"\\Drafts");
    sent(draft, kind, &access, &message);
}

fn send_as(draft: &mut Draft<'_>, kind: &Kind) {
    let owner = draft.colleague();
    let access = Access {
        owner,
        logon_type: 2,
        client_info: ["Client=OWA;", draft.device.user_agent, ";"],
        client_app: "",
    };
    mailbox_head(draft, kind, &access);
    let message = some_message(draft, r"\\Drafts");
    put_item(draft, owner, &message);
    let prefix = if kind.operation == "SendAs" { "SendAs" } else { "SendOnBehalfOf" };
    put!(draft;
        ",'", prefix, "UserMailboxGuid':'", owner.mailbox, "','", prefix, "UserSmtp':'",
        owner.upn_lower, "'}",
    );
}

fn update(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    mailbox_head(draft, kind, &access);
    let path = *draft.random.pick(&FOLDERS);
    let message = some_message(draft, path);
    put_item(draft, access.owner, &message);
    // Names only: mailbox records list changed properties as plain strings.
    let changed = *draft.random.pick(&[
        "\"RecipientCollection\"",
        "\"AllAttachmentsHidden\",\"MapiSubject\"",
        "\"AppointmentStartTime\",\"AppointmentEndTime\"",
    ]);
    put!(draft; ",'ModifiedProperties':[", changed, "]}");
}

fn create(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    mailbox_head(draft, kind, &access);
    let path = *draft.random.pick(&[r"\\Calendar", r"\\Drafts", r"\\Contacts"]);
    let message = some_message(draft, path);
    put_item(draft, access.owner, &message);
    put!(draft; "}");
}

fn item_group(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    let count = [1, 1, 1, 1, 2, 3, 6][draft.random.below(7) as usize];
    let messages: Vec<Message<'_>> =
        (0..count).map(|_| some_message(draft, FROM_TO[kind.variant].0)).collect();
    moved(draft, kind, &access, &messages, FROM_TO[kind.variant].1);
}

/// From which folder to which, by variant; no destination for deletions.
const FROM_TO: [(&str, &str); 4] = [
    (r"\\Inbox", r"\\Deleted Items"),
    (r"\\Deleted Items", ""),
    (r"\\Recoverable Items\\Deletions", ""),
    (r"\\Inbox", r"\\Archive"),
];

pub(crate) fn moved(
    draft: &mut Draft<'_>,
    kind: &Kind,
    access: &Access<'_>,
    messages: &[Message<'_>],
    destination: &str,
) {
    mailbox_head(draft, kind, access);
    put!(draft; ",'AffectedItems':[");
    for (at, message) in messages.iter().enumerate() {
        put!(draft; comma(at), "{");
        if !message.attachments.is_empty() {
            put!(draft; "'Attachments':'", message.attachments, "',");
        }
        put!(draft; "'Id':'");
        item_id(draft);
        put!(draft; "','InternetMessageId':'");
        message_id(draft, message.number);
        put!(draft; "','ParentFolder':");
        folder(draft, access.owner, message.folder);
        put!(draft; ",'Subject':'", message.subject, "'}");
    }
    put!(draft; "],'CrossMailboxOperation':false");
    if !destination.is_empty() {
        put!(draft; ",'DestFolder':");
        folder(draft, access.owner, destination);
    }
    put!(draft; ",'Folder':");
    folder(draft, access.owner, messages.first().map_or(r"\\Inbox", |message| message.folder));
    put!(draft; "}");
}

fn folder_permissions(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    mailbox_head(draft, kind, &access);
    let member = draft.colleague();
    put!(draft; ",'Item':{'Id':'");
    folder_id(draft, access.owner, 10);
    put!(draft; "','ParentFolder':{'Id':'");
    folder_id(draft, access.owner, 10);
    put!(draft;
        "','MemberRights':'ReadAny, Visible, FreeBusySimple, FreeBusyDetailed',", "'MemberSid':'",
        member.sid, "','MemberUpn':'", member.upn, "','Name':'Calendar','Path':'\\\\Calendar'}}}",
    );
}

fn update_inbox_rules(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access {
        owner: draft.person,
        logon_type: 0,
        client_info: [OUTLOOK, "", ""],
        client_app: "",
    };
    mailbox_head(draft, kind, &access);
    let rule = draft.random.next() >> 2;
    put!(draft;
        ",'ClientProcessName':'OUTLOOK.EXE','ClientVersion':'16.0.18925.20184',",
        "'OperationProperties':[{'Name':'RuleOperation',",
        "'Value':'AddMailboxRule'},{'Name':'RuleId','Value':'", rule,
        "'},{'Name':'RuleState','Value':'Enabled'},{'Name':'RuleCondition',",
        "'Value':'{(SubString IgnoreCase(SubjectProperty)=newsletter)}'},{'Name':'RuleName'},{'Name':'RuleProvider',",
        "'Value':'RuleOrganizer'},{'Name':'RuleActions',",
        "'Value':'[{\\'ActionType\\':\\'Move\\',",
        "\\'FolderId\\':\\'Newsletters\\'}]'}],'Item':{'Id':'",
    );
    folder_id(draft, access.owner, 7);
    put!(draft; "','ParentFolder':{'Id':'");
    folder_id(draft, access.owner, 7);
    put!(draft; "','Name':'Inbox','Path':'\\\\Inbox'}}}");
}

pub(crate) fn logged_in(draft: &mut Draft<'_>, kind: &Kind, access: &Access<'_>) {
    mailbox_head(draft, kind, access);
    put!(draft; "}");
}

fn mailbox_login(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access {
        owner: draft.person,
        logon_type: 0,
        client_info: ["Client=POP3/IMAP4;Protocol=IMAP4", "", ""],
        client_app: "f8d98a96-0999-43f5-8af3-69971c7bb423",
    };
    logged_in(draft, kind, &access);
}

fn mail_search(draft: &mut Draft<'_>, kind: &Kind) {
    let access = Access::own(draft);
    let word = *draft.random.pick(&SUBJECTS);
    searched(draft, kind, &access, word);
}

pub(crate) fn searched(draft: &mut Draft<'_>, kind: &Kind, access: &Access<'_>, query: &str) {
    mailbox_head(draft, kind, access);
    put!(draft; ",'QueryText':'", query, "','QuerySource':'Mailbox','ScopeId':'Own'}");
}

/// The service welcomes the members of a new group, under the SID of the local system.
fn group_welcome(draft: &mut Draft<'_>, kind: &Kind) {
    let site = draft.random.pick(&draft.tenant.places.sites);
    let server = draft.server();
    draft.head(kind, "Succeeded", "S-1-5-18", 2);
    put!(draft;
        ",'ClientIP':'::1','UserId':'S-1-5-18','ClientIPAddress':'::1',",
        "'ClientInfoString':'Client=WebServices;Action=ConfigureGroupMailbox',",
        "'ExternalAccess':true,'InternalLogonType':1,'LogonType':1,",
        "'LogonUserSid':'S-1-5-18','MailboxGuid':'", site.group,
        "','MailboxOwnerMasterAccountSid':'S-1-5-10','MailboxOwnerSid':'", draft.person.sid,
        "','MailboxOwnerUPN':'", site.mail, "','OrganizationName':'", draft.tenant.organization,
        "','OriginatingServer':'", server, "\\r\\n'",
    );
    let message = Message {
        subject: "Your new group is ready",
        number: draft.random.next(),
        folder: r"\\Inbox",
        attachments: "welcome_calendar.png (702b); welcome_files.png (655b)",
    };
    let owner = draft.person;
    put_item(draft, owner, &message);
    put!(draft; "}");
}

/// Compliance and search programs read mailboxes under the name of a service.
fn service_reads(draft: &mut Draft<'_>, kind: &Kind) {
    let owner = draft.person;
    let server = draft.server();
    draft.address = draft.service_address();
    // Variant 1 is an application of the customer's that appears by its object id alone.
    let (user, app, user_type) = if kind.variant == 0 {
        (
            r"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Search)",
            "00000002-0000-0ff1-ce00-000000000000",
            3,
        )
    } else {
        ("e4927b18-5d6f-4a83-8e02-9b1c3d5f7a45", "e4927b18-5d6f-4a83-8e02-9b1c3d5f7a44", 5)
    };
    draft.head(kind, "Succeeded", user, user_type);
    let number = draft.random.next();
    put!(draft;
        ",'UserId':'", user, "','AppId':'", app, "','ClientAppId':'", app, "','ClientIPAddress':'",
        draft.address, "','ClientInfoString':'Client=REST;Client=RESTSystem;;',",
        "'ExternalAccess':false,'InternalLogonType':0,'LogonType':1,",
        "'LogonUserSid':'S-1-5-18','MailboxGuid':'", owner.mailbox, "','MailboxOwnerSid':'",
        owner.sid, "','MailboxOwnerUPN':'", owner.upn,
        "','OperationProperties':[{'Name':'MailAccessType',",
        "'Value':'Bind'},{'Name':'IsThrottled','Value':'False'}],'OrganizationName':'",
        draft.tenant.organization, "','OriginatingServer':'", server,
        "\\r\\n','Folders':[{'FolderItems':[{'InternetMessageId':'",
    );
    message_id(draft, number);
    put!(draft; "'}],'Id':'");
    folder_id(draft, owner, 7);
    put!(draft; "','Path':'\\\\Inbox'}],'OperationCount':1}");
}
