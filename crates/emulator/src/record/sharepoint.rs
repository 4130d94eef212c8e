//! SharePoint (4), SharePointFileOperation (6), SharePointListOperation (36),
//! SharePointFieldOperation (56): pages, files and lists in SharePoint and OneDrive.

use super::{Draft, Kind};
use crate::random::Guid;
use crate::text::{At, Base64, put};

const APP_KEY: &str = "i:0i.t|00000003-0000-0ff1-ce00-000000000000|app@sharepoint";

const fn file(
    operation: &'static str,
    workload: &'static str,
    weight: u32,
    variant: usize,
) -> Kind {
    Kind { operation, record_type: 6, workload, weight, variant, write: person_file }
}

const fn background(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    variant: usize,
) -> Kind {
    Kind { operation, record_type, workload, weight, variant, write: app_file }
}

const fn other(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type, workload, weight, variant: 0, write }
}

/// Variants of file operations: 0 plain, 1 with a destination, 2 with a size.
pub(super) static PEOPLE: &[Kind] = &[
    file("FileAccessed", "SharePoint", 200, 0),
    file("FileAccessed", "OneDrive", 120, 0),
    file("FileAccessedExtended", "SharePoint", 40, 0),
    file("FileModified", "SharePoint", 70, 0),
    file("FileModified", "OneDrive", 60, 0),
    file("FileModifiedExtended", "SharePoint", 60, 2),
    file("FilePreviewed", "SharePoint", 70, 0),
    file("FilePreviewed", "OneDrive", 40, 0),
    file("FileDownloaded", "SharePoint", 40, 0),
    file("FileDownloaded", "OneDrive", 25, 0),
    file("FileSyncDownloadedFull", "OneDrive", 60, 2),
    file("FileSyncUploadedFull", "OneDrive", 50, 2),
    file("FileUploaded", "SharePoint", 40, 0),
    file("FileUploaded", "OneDrive", 35, 0),
    file("FileRenamed", "SharePoint", 10, 1),
    file("FileMoved", "SharePoint", 8, 1),
    file("FileCopied", "SharePoint", 6, 1),
    file("FileDeleted", "OneDrive", 8, 0),
    file("FileRecycled", "SharePoint", 10, 0),
    file("FileCheckedOut", "SharePoint", 3, 0),
    file("FileCheckedIn", "SharePoint", 3, 0),
    file("FileVersionsAllDeleted", "SharePoint", 1, 0),
    other("PageViewed", 4, "SharePoint", 110, page),
    other("PageViewed", 4, "OneDrive", 40, page),
    other("PageViewedExtended", 4, "SharePoint", 20, page),
    other("ClientViewSignaled", 4, "SharePoint", 20, page),
    other("SearchQueryPerformed", 4, "SharePoint", 15, search_query),
    other("ListViewed", 36, "SharePoint", 40, list),
    other("ListUpdated", 36, "OneDrive", 20, list),
    other("ListItemViewed", 36, "SharePoint", 15, list),
    other("ListItemCreated", 36, "OneDrive", 10, list),
    other("CommentCreated", 37, "SharePoint", 6, comment),
    other("FolderCreated", 6, "SharePoint", 6, folder),
    other("FolderModified", 6, "OneDrive", 25, folder),
    other("SiteCollectionCreated", 4, "SharePoint", 1, site_created),
    other("GroupAdded", 4, "SharePoint", 2, group_added),
];

pub(super) static SERVICE: &[Kind] = &[
    background("FileAccessed", 6, "SharePoint", 220, 0),
    background("FileAccessed", 6, "OneDrive", 120, 1),
    background("FileModified", 6, "SharePoint", 120, 0),
    background("FileModifiedExtended", 6, "OneDrive", 80, 1),
    background("FilePreviewed", 6, "OneDrive", 90, 2),
    background("FileDownloaded", 6, "SharePoint", 30, 3),
    background("FileMalwareDetected", 6, "SharePoint", 1, 4),
    other("ListColumnCreated", 56, "OneDrive", 40, column),
    other("ListColumnUpdated", 56, "SharePoint", 30, column),
    other("ListCreated", 36, "OneDrive", 25, app_list),
    other("ListUpdated", 36, "SharePoint", 60, app_list),
    other("PermissionLevelAdded", 4, "SharePoint", 8, permission_level),
];

/// A file somewhere in the tenant.
pub(crate) struct Place<'a> {
    /// Ends with a slash.
    pub(crate) site_url: &'a str,
    pub(crate) site: Guid,
    pub(crate) web: Guid,
    pub(crate) list: Guid,
    pub(crate) folder: &'a str,
    pub(crate) stem: &'a str,
    pub(crate) extension: &'a str,
    pub(crate) item: Guid,
}

impl<'a> Place<'a> {
    /// A file of the person's team or own drive, as the workload says.
    pub(crate) fn of_draft(draft: &mut Draft<'a>, workload: &str) -> Place<'a> {
        let places = &draft.tenant.places;
        let name = &places.names[draft.random.below(places.names.len() as u64) as usize];
        if workload == "OneDrive" {
            let person = draft.person;
            return Place {
                site_url: &person.drive,
                site: person.drive_site,
                web: Guid::of(person.index, 1),
                list: person.drive_list,
                folder: "Documents",
                stem: &name.stem,
                extension: name.extension,
                item: Guid::of(person.index, 100 + draft.random.below(60)),
            };
        }
        // People work mostly in the site of their own team.
        let count = places.sites.len() as u64;
        let home = draft.person.index % count;
        let at = if draft.random.percent(70) { home } else { draft.random.below(count) };
        let site = &places.sites[at as usize];
        Place {
            site_url: &site.url,
            site: site.site,
            web: site.web,
            list: site.list,
            folder: name.folder,
            stem: &name.stem,
            extension: name.extension,
            item: Guid::of(at, draft.random.below(400)),
        }
    }
}

/// Who asks for the file: a person's browser, or a program.
pub(crate) struct Caller<'a> {
    pub(crate) user: &'a str,
    pub(crate) user_key: &'a str,
    pub(crate) user_type: u64,
    pub(crate) user_agent: &'a str,
    /// Id and display name; empty for none.
    pub(crate) app: (&'a str, &'a str),
    pub(crate) browser: (&'a str, &'a str),
    pub(crate) platform: &'a str,
    pub(crate) managed: bool,
}

impl<'a> Caller<'a> {
    pub(crate) fn person(draft: &Draft<'a>) -> Caller<'a> {
        let (person, device) = (draft.person, draft.device);
        Caller {
            user: &person.upn_lower,
            user_key: &person.membership,
            user_type: 0,
            user_agent: device.user_agent,
            app: ("", ""),
            browser: (device.browser, device.browser_version),
            platform: device.platform,
            managed: device.managed,
        }
    }

    fn sync_client(draft: &Draft<'a>) -> Caller<'a> {
        Caller {
            user_agent: "Microsoft SkyDriveSync 25.105.0601.0002 ship; Windows NT 10.0 (26100)",
            app: ("ab9b8c07-8f02-4f72-87fa-80105867a763", "OneDrive SyncEngine"),
            browser: ("", ""),
            ..Caller::person(draft)
        }
    }

    fn program(app: (&'static str, &'static str), user_agent: &'static str) -> Caller<'static> {
        Caller {
            user: "app@sharepoint",
            user_key: APP_KEY,
            user_type: 5,
            user_agent,
            app,
            browser: ("", ""),
            platform: "Service",
            managed: false,
        }
    }
}

/// Everything up to and including WebId, which all SharePoint records share.
fn site_head(
    draft: &mut Draft<'_>,
    kind: &Kind,
    caller: &Caller<'_>,
    place: &Place<'_>,
    item_type: &str,
) {
    put!(draft; "{'AppAccessContext':{'AADSessionId':'", draft.session, "',");
    if !caller.app.0.is_empty() {
        put!(draft; "'ClientAppId':'", caller.app.0, "','ClientAppName':'", caller.app.1, "',");
    }
    let (correlation, token) = (draft.random.guid(), draft.random.next());
    put!(draft;
        "'CorrelationId':'", correlation, "','UniqueTokenId':'", Base64(token),
        Base64(token >> 3), "AA'},'CreationTime':'", At(draft.time), "','Id':'",
        draft.id, "','Operation':'", kind.operation, "','OrganizationId':'", draft.tenant.id,
        "','RecordType':", u64::from(kind.record_type), ",'UserKey':'", caller.user_key,
        "','UserType':", caller.user_type, ",'Version':1,'Workload':'", kind.workload,
        "','ClientIP':'", draft.address, "','UserId':'", caller.user, "'",
    );
    if !caller.app.0.is_empty() {
        put!(draft; ",'ApplicationId':'", caller.app.0, "'");
    }
    put!(draft;
        ",'AuthenticationType':'",
        if caller.app.0.is_empty() { "FormsCookieAuth" } else { "OAuth" }, "','BrowserName':'",
        caller.browser.0, "','BrowserVersion':'", caller.browser.1, "','CorrelationId':'",
        correlation, "','EventSource':'SharePoint','GeoLocation':'EUR','IsManagedDevice':",
        caller.managed, ",'ItemType':'", item_type, "','ListId':'", place.list,
        "','ListItemUniqueId':'", place.item, "','Platform':'", caller.platform, "','Site':'",
        place.site, "','UserAgent':'", caller.user_agent, "','WebId':'", place.web, "'",
    );
}

/// A file operation. `size_bytes` 0 leaves FileSizeBytes out.
pub(crate) fn file_operation(
    draft: &mut Draft<'_>,
    kind: &Kind,
    caller: &Caller<'_>,
    place: &Place<'_>,
    size_bytes: u64,
    destination: Option<(&str, &str)>,
) {
    site_head(draft, kind, caller, place, "File");
    put!(draft; ",'DeviceDisplayName':'", draft.address, "'");
    if size_bytes > 0 {
        put!(draft; ",'FileSizeBytes':", size_bytes);
    }
    put!(draft; ",'HighPriorityMediaProcessing':false,'ListBaseType':1,'ListServerTemplate':101");
    if !caller.app.1.is_empty() {
        put!(draft; ",'ApplicationDisplayName':'", caller.app.1, "'");
    }
    if kind.operation.starts_with("FileSync") {
        let machine = Guid::of(draft.person.index, 78);
        put!(draft;
            ",'FileSyncBytesCommitted':'", size_bytes, "','MachineDomainInfo':'", draft.tenant.id,
            "','MachineId':'", machine, "'",
        );
    }
    if let Some((folder, stem)) = destination {
        put!(draft;
            ",'DestinationRelativeUrl':'", folder, "','DestinationFileName':'", stem, ".",
            place.extension, "','DestinationFileExtension':'", place.extension, "'",
        );
    }
    put!(draft;
        ",'SourceRelativeUrl':'", place.folder, "','SourceFileName':'", place.stem, ".",
        place.extension, "','SourceFileExtension':'", place.extension, "','SiteUrl':'",
        place.site_url, "','ObjectId':'", place.site_url, place.folder, "/", place.stem, ".",
        place.extension, "'}",
    );
}

fn person_file(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = if kind.operation.starts_with("FileSync") {
        Caller::sync_client(draft)
    } else {
        Caller::person(draft)
    };
    let size = if kind.variant == 2 { draft.random.between(900, 9_000_000) } else { 0 };
    let destination = (kind.variant == 1).then_some(("Shared Documents/Archive", place.stem));
    file_operation(draft, kind, &caller, &place, size, destination);
}

/// Id, name and user agent of the programs behind app@sharepoint, by variant.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 Search Service", "MS Search Robot 16.0"),
    (
        "944f0bd1-117b-4b1c-af26-804ed95e767e",
        "Media Analysis and Transformation Service",
        "ODMTADocCache/1.0",
    ),
    (
        "4345a7b9-9a63-4910-a426-35363201d503",
        "O365 Suite UX",
        "OneDriveMpc-Transform_Thumbnail/1.0",
    ),
    (
        "e4927b18-5d6f-4a83-8e02-9b1c3d5f7a44",
        "Backup Vault",
        "BackupVault/6.2 (+https://backup.contoso.com)",
    ),
    ("d3590ed6-52b3-4102-aeff-aad2292ab01c", "Advanced Threat Protection", "MS Scanner ATP"),
];

fn program(draft: &mut Draft<'_>, variant: usize) -> Caller<'static> {
    let (id, name, user_agent) = PROGRAMS[variant];
    // Internal programs often have no address at all.
    draft.address = if draft.random.percent(30) { "" } else { draft.service_address() };
    Caller::program((id, name), user_agent)
}

fn app_file(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = program(draft, kind.variant);
    if kind.operation == "FileMalwareDetected" {
        site_head(draft, kind, &caller, &place, "File");
        put!(draft;
            ",'SourceFileExtension':'zip','VirusInfo':'Trojan_Script_Sample_Gen#',",
            "'VirusVendor':'Advanced Threat Protection','SiteUrl':'", place.site_url,
            "','SourceRelativeUrl':'", place.folder, "','SourceFileName':'setup.zip','ObjectId':'",
            place.site_url, place.folder, "/setup.zip'}",
        );
        return;
    }
    let size = if kind.variant == 1 { draft.random.between(900, 9_000_000) } else { 0 };
    file_operation(draft, kind, &caller, &place, size, None);
}

fn page(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    site_head(draft, kind, &caller, &place, "Page");
    let page = if kind.workload == "OneDrive" {
        "_layouts/15/onedrive.aspx"
    } else {
        "SitePages/Home.aspx"
    };
    put!(draft;
        ",'CustomUniqueId':", draft.random.percent(50), ",'SiteUrl':'", place.site_url,
        "','ObjectId':'", place.site_url, page, "'}",
    );
}

fn search_query(draft: &mut Draft<'_>, kind: &Kind) {
    let mut place = Place::of_draft(draft, kind.workload);
    place.site_url = &draft.tenant.places.root;
    let caller = Caller::person(draft);
    let text = place.stem;
    site_head(draft, kind, &caller, &place, "Web");
    put!(draft;
        ",'EventData':'<SearchQuery>", text,
        "</SearchQuery><Source>SharePoint Home</Source>','ObjectId':'", place.site_url, "'}",
    );
}

fn list_tail(draft: &mut Draft<'_>, place: &Place<'_>) {
    let items = draft.random.below(400);
    put!(draft;
        ",'FromApp':false,'IsDocLib':true,'ItemCount':", items,
        ",'ListBaseTemplateType':'101','ListBaseType':'DocumentLibrary',",
        "'ListColor':'','ListIcon':'','ListTitle':'", place.list,
        "','TemplateTypeId':'','ObjectId':'", place.site_url, place.list, "'}",
    );
}

fn list(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    site_head(
        draft,
        kind,
        &caller,
        &place,
        if kind.operation.starts_with("ListItem") { "ListItem" } else { "List" },
    );
    put!(draft; ",'DoNotDistributeEvent':true");
    list_tail(draft, &place);
}

fn app_list(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = program(draft, 1);
    site_head(draft, kind, &caller, &place, "List");
    list_tail(draft, &place);
}

fn column(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = program(draft, 1);
    site_head(draft, kind, &caller, &place, "Field");
    put!(draft; ",'DoNotDistributeEvent':true,'ApplicationDisplayName':'", caller.app.1, "'");
    list_tail(draft, &place);
}

fn folder(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    site_head(draft, kind, &caller, &place, "Folder");
    put!(draft;
        ",'SourceFileExtension':'','SiteUrl':'", place.site_url, "','SourceFileName':'",
        place.stem, "','SourceRelativeUrl':'", place.folder, "','ObjectId':'", place.site_url,
        place.folder, "/", place.stem, "'}",
    );
}

fn comment(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    site_head(draft, kind, &caller, &place, "File");
    let number = draft.random.below(40);
    put!(draft;
        ",'CommentId':'", number, "','SiteUrl':'", place.site_url, "','SourceFileName':'", place.stem,
        ".", place.extension, "','ObjectId':'", place.site_url, place.folder, "/", place.stem, ".",
        place.extension, "'}",
    );
}

fn permission_level(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = program(draft, 0);
    site_head(draft, kind, &caller, &place, "Web");
    put!(draft;
        ",",
        "'EventData':'<PermissionLevel>System.LimitedView</PermissionLevel><BasePermissions>ViewListItems, OpenItems, Open, ViewPages</BasePermissions>',",
        "'ObjectId':'", place.site_url, "'}",
    );
}

fn site_created(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    site_head(draft, kind, &caller, &place, "Site");
    put!(draft;
        ",",
        "'EventData':'<SiteCreationSource>SharePoint Home</SiteCreationSource><TenantSettings.ShowCreateSiteCommand>True</TenantSettings.ShowCreateSiteCommand>',",
        "'ObjectId':'", place.site_url, "'}",
    );
}

fn group_added(draft: &mut Draft<'_>, kind: &Kind) {
    let place = Place::of_draft(draft, kind.workload);
    let caller = Caller::person(draft);
    let link = draft.random.guid();
    site_head(draft, kind, &caller, &place, "Site");
    put!(draft;
        ",'ModifiedProperties':[{'Name':'Name','NewValue':'SharingLinks.", place.item,
        ".OrganizationEdit.", link, "'}],'ObjectId':'", place.site_url, "'}",
    );
}

/// The beginning of a sharing record; the family of its own shares it.
pub(super) fn sharing_head(
    draft: &mut Draft<'_>,
    kind: &Kind,
    caller: &Caller<'_>,
    place: &Place<'_>,
) {
    site_head(draft, kind, caller, place, "File");
}
