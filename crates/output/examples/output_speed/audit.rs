//! What does a record look like on average?

use bytes::Bytes;
use event::{Cell, Field, Key};
use output::Record;
use serde_json::json;

/// The `n`th record, of a length that is usual for audit records. Its ids are as hard to compress
/// as those of a tenant.
pub fn record(n: u64) -> Record {
    let key = Key { id: n.wrapping_mul(0x9e37_79b9_7f4a_7c15), content: n };
    let id = |salt: u64| {
        let number = (n + 1).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(salt as u32);
        format!("{:08x}-{:04x}-4{:03x}-9000-{:012x}", number as u32, salt, salt, number >> 16)
    };
    let micros = 1_714_521_600_000_000 + n as i64 * 500_000;
    let time = event::time::iso_text(micros);
    let user = format!("user{}@contoso.example", n % 997);
    let address = format!("203.0.{}.{}", n % 113, n % 251);
    let file = format!("Quarterly report {}.xlsx", n % 5_003);
    let operation = ["FileAccessed", "FileDownloaded", "FileModified"][n as usize % 3];
    let site = format!("https://contoso.sharepoint.example/sites/team{}/", n % 61);
    let body = json!({
        "@timestamp": time, "CreationTime": time, "Id": id(1), "Operation": operation,
        "OrganizationId": "7c3ee3ad-6d6c-4d20-8e87-16afc3b5c6d1", "RecordType": 6,
        "UserKey": format!("i:0h.f|membership|{:016x}@live.example", n % 997), "UserType": 0,
        "Version": 1, "Workload": "SharePoint", "ClientIP": address, "UserId": user,
        "CorrelationId": id(7), "EventSource": "SharePoint", "ItemType": "File",
        "ListId": id(11), "ListItemUniqueId": id(13), "Site": id(17), "WebId": id(19),
        "UserAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        "ApplicationId": "08e18876-6177-487e-b8b5-cf950c1e598c", "ApplicationDisplayName": "SharePoint Online",
        "AuthenticationType": "OAuth", "BrowserName": "Chrome", "BrowserVersion": "124.0.0.0",
        "DeviceDisplayName": address, "IsManagedDevice": false, "Platform": "WinDesktop",
        "HighPriorityMediaProcessing": false, "ListBaseType": 1, "ListServerTemplate": 101,
        "SourceFileExtension": "xlsx", "SourceFileName": file, "SiteUrl": site,
        "SourceRelativeUrl": "Shared Documents/Finance/2024",
        "ObjectId": format!("{site}Shared Documents/Finance/2024/{file}"),
    });
    let body = Bytes::from(body.to_string());
    let mut cells = vec![None; Field::COUNT];
    let mut set = |field: Field, cell| cells[field as usize] = Some(cell);
    set(Field::CreationTime, Cell::Time(micros));
    set(Field::IngestTime, Cell::Time(micros + 600_000_000));
    for (field, text) in [
        (Field::Id, id(1)),
        (Field::Tenant, "contoso".to_owned()),
        (Field::RecordTypeName, "SharePointFileOperation".to_owned()),
        (Field::Workload, "SharePoint".to_owned()),
        (Field::Operation, operation.to_owned()),
        (Field::UserId, user),
        (Field::ClientAddress, address),
        (Field::ItemName, file),
    ] {
        set(field, Cell::Text(text.into()));
    }
    set(Field::RecordType, Cell::Int(6));
    Record { key, raw: body.clone(), cells, body, typed: None }
}
