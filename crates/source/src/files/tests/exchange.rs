//! The audit logs of mailboxes and of administrators, in each form that they are handed out.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

const MAILBOX_XML: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<SearchResults>
  <Event MailboxGuid="3f0c2a51" Owner="NORTH\erik" LastAccessed="2026-03-04T09:15:42.2187500+01:00" Operation="MoveToDeletedItems"
    OperationResult="Succeeded" LogonType="Delegate" FolderPathName="\Inbox &amp; more" LogonUserDN="Ida Holm" Weather="&sunny; &#233;">
    <SourceItems>
      <Item Id="AB34" Subject="a > b" FolderPathName="\Inbox" />
      <Item Id="AB35" Subject="" FolderPathName="\Inbox" />
    </SourceItems>
    <SourceFolders />
  </Event>
  <Event MailboxGuid="3f0c2a52" LastAccessed="2026-03-04T09:15:43+01:00" Operation="FolderBind" LogonType="Admin" />
</SearchResults>
"#;

#[test]
fn mailbox_audit_xml() {
    check(
        MAILBOX_XML,
        expect![[r#"
        mailbox-audit
        1 {"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42.2187500+01:00","Operation":"MoveToDeletedItems","OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox & more","LogonUserDN":"Ida Holm","Weather":"&sunny; &#233;","SourceItems":[{"Id":"AB34","Subject":"a > b","FolderPathName":"\\Inbox"},{"Id":"AB35","Subject":"","FolderPathName":"\\Inbox"}],"SourceFolders":[]}
        2 {"MailboxGuid":"3f0c2a52","LastAccessed":"2026-03-04T09:15:43+01:00","Operation":"FolderBind","LogonType":"Admin"}
    "#]],
    );
    check(
        MAILBOX_XML.replace(['\n', '\r'], " "),
        expect![[r#"
        mailbox-audit
        1 {"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42.2187500+01:00","Operation":"MoveToDeletedItems","OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox & more","LogonUserDN":"Ida Holm","Weather":"&sunny; &#233;","SourceItems":[{"Id":"AB34","Subject":"a > b","FolderPathName":"\\Inbox"},{"Id":"AB35","Subject":"","FolderPathName":"\\Inbox"}],"SourceFolders":[]}
        2 {"MailboxGuid":"3f0c2a52","LastAccessed":"2026-03-04T09:15:43+01:00","Operation":"FolderBind","LogonType":"Admin"}
    "#]],
    );
    // Microsoft's own example: an entry without its list, an item without its name.
    check(
        r#"<Event MailboxGuid="3f0c2a51"
  LastAccessed="2026-03-04T09:15:42-07:00"
  Operation="HardDelete" LogonType="Admin">
<SourceItems>
<ItemId="AB34"
   Subject="Notes" FolderPathName="\Deletions" />
</SourceItems>
</Event>"#,
        expect![[r#"
            mailbox-audit
            1 {"MailboxGuid":"3f0c2a51","LastAccessed":"2026-03-04T09:15:42-07:00","Operation":"HardDelete","LogonType":"Admin","SourceItems":[{"Id":"AB34","Subject":"Notes","FolderPathName":"\\Deletions"}]} in {"Mended":"an element's name had run into its first attribute"}
        "#]],
    );
}

/// An entry, and what it becomes.
fn entry(number: u32) -> (String, String) {
    (
        format!(
            r#"<Event MailboxGuid="{number}" LastAccessed="2026-03-04T09:15:42Z" Operation="Send" LogonType="Admin"><SourceItems><Item Id="{number}"/></SourceItems></Event>"#
        ),
        format!(
            r#"{{"MailboxGuid":"{number}","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{{"Id":"{number}"}}]}}"#
        ),
    )
}

fn list(entries: &[&str]) -> String {
    format!("<SearchResults>{}</SearchResults>", entries.join("\n"))
}

#[test]
fn damaged_xml_costs_the_entry_that_is_damaged() {
    let [(one, first), (two, _), (three, third)] = [1, 2, 3].map(entry);
    for (damaged, reason) in [
        (two.replace("</Event>", ""), "its end is missing, up to the next element"),
        (
            two.replace("\"2\" ", "\"2 "),
            "no XML: syntax error: attribute value not closed: `\"` not found before end of input",
        ),
        (
            two.replace("</SourceItems>", ""),
            "no XML: ill-formed document: expected `</SourceItems>`, but `</Event>` was found",
        ),
        ("words <b>bold</b> & more".to_owned(), "no element of an export"),
        (
            two.replace("<Item ", "<{ItemX=\"1\" "),
            r#"no XML: "{ItemX=\"1\"" is no name of an element"#,
        ),
    ] {
        let expected =
            format!("mailbox-audit\n1 {first}\n2 broken, {reason}: {damaged}\n3 {third}\n");
        assert_eq!(show(list(&[&one, &damaged, &three])), expected, "{damaged}");
    }
}

/// Parts of two tags are missing, and what is left of them ends before the second entry does.
#[test]
fn an_entry_is_read_to_its_end() {
    let [(one, first), (two, _), (three, third)] = [1, 2, 3].map(entry);
    let damaged = two
        .replacen("LogonType=\"Admin\"><SourceItems>", "LogonType=\"tems>\n", 1)
        .replace("<Item Id=\"2\"/></SourceItems></Event>", "<2\" />");
    let damaged = format!("{damaged}{}", one.strip_prefix('<').unwrap());
    assert_eq!(
        show(list(&[&one, &damaged, &three])),
        format!(
            "mailbox-audit\n1 {first}\n2 broken, more stands behind its end: {damaged}\n3 {third}\n"
        )
    );
}

#[test]
fn xml_that_ends_too_early() {
    let [(one, _), (two, _)] = [1, 2].map(entry);
    check(
        list(&[&one]).replace("><Event", ""),
        expect![[r#"
        error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
    "#]],
    );
    let whole = list(&[&one, &two]);
    check(
        &whole[..whole.len() - 30],
        expect![[r#"
        mailbox-audit
        1 {"MailboxGuid":"1","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"1"}]}
        2 broken, the file ends inside this element: <Event MailboxGuid="2" LastAccessed="2026-03-04T09:15:42Z" Operation="Send" LogonType="Admin"><SourceItems><Item Id="2"/></Source
        error: export: it ends before the closing tag of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        &whole[..whole.len() - 3],
        expect![[r#"
        mailbox-audit
        1 {"MailboxGuid":"1","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"1"}]}
        2 {"MailboxGuid":"2","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"2"}]}
        3 broken, no element of an export: </SearchResul
        error: export: it ends before the closing tag of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        whole.clone() + &whole,
        expect![[r#"
        mailbox-audit
        1 {"MailboxGuid":"1","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"1"}]}
        2 {"MailboxGuid":"2","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"2"}]}
        3 {"MailboxGuid":"1","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"1"}]}
        4 {"MailboxGuid":"2","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Send","LogonType":"Admin","SourceItems":[{"Id":"2"}]}
    "#]],
    );
}

#[test]
fn mailbox_audit_csv() {
    let header = r#""Operation","OperationResult","LogonType","FolderPathName","SourceItems","LastAccessed","Identity","IsValid""#;
    let row =
        r#""HardDelete","Succeeded","Admin","\Inbox, old","","3/4/2026 9:15:42 AM","RgAB","True""#;
    check(
        format!("{header}\r\n{row}\r\n"),
        expect![[r#"
        mailbox-audit
        1 {"Operation":"HardDelete","OperationResult":"Succeeded","LogonType":"Admin","FolderPathName":"\\Inbox, old","SourceItems":"","LastAccessed":"3/4/2026 9:15:42 AM","Identity":"RgAB","IsValid":"True"}
    "#]],
    );
    check(
        format!(
            "\u{feff}#TYPE Microsoft.Exchange.Management.SystemConfigurationTasks.MailboxAuditLogEvent\r\n{header}\r\n{row}\r\n{header}\r\n{row}"
        ),
        expect![[r#"
            mailbox-audit
            1 {"Operation":"HardDelete","OperationResult":"Succeeded","LogonType":"Admin","FolderPathName":"\\Inbox, old","SourceItems":"","LastAccessed":"3/4/2026 9:15:42 AM","Identity":"RgAB","IsValid":"True"}
            2 {"Operation":"HardDelete","OperationResult":"Succeeded","LogonType":"Admin","FolderPathName":"\\Inbox, old","SourceItems":"","LastAccessed":"3/4/2026 9:15:42 AM","Identity":"RgAB","IsValid":"True"}
        "#]],
    );
    // As Excel saves it in another country, in its own code page.
    check(
        b"Operation;LastAccessed;LogonType;FolderPathName\r\nHardDelete;04.03.2026 09:15:42;Admin;\\Entw\xfcrfe\r\nSend;04.03.2026 09:15:43;Owner;\r\n".as_slice(),
        expect![[r#"
            mailbox-audit
            1 {"Operation":"HardDelete","LastAccessed":"04.03.2026 09:15:42","LogonType":"Admin","FolderPathName":"\\Entwürfe"} in {"Mended":"no UTF-8, read as Windows-1252"}
            2 {"Operation":"Send","LastAccessed":"04.03.2026 09:15:43","LogonType":"Owner","FolderPathName":""}
        "#]],
    );
}

#[test]
fn mailbox_audit_list() {
    check(
        "\r\n\
        PS C:\\> Search-MailboxAuditLog erik -ShowDetails\r\n\
        \r\n\
        RunspaceId       : 56d5e2ad-1111-4222-8333-0123456789ab\r\n\
        Operation        : HardDelete\r\n\
        LogonType        : Delegate\r\n\
        FolderPathName   : \\Inbox: old\r\n\
        ClientInfoString : Client=MSExchangeRPC;Protocol=MAPI/HTTP and\r\n\
        \x20                  more words\r\n\
        SourceItems      : {RgAAAABpzKxWQ4jXQpXk9l0aS8KcBwDU0e4T5Z3tSZ0f\r\n\
        \x20                  abcdef}\r\n\
        ItemSubject      :\r\n\
        LastAccessed     : 3/4/2026 9:15:42 AM\r\n\
        \r\n\
        \r\n\
        RunspaceId       : 56d5e2ad-1111-4222-8333-0123456789ab\r\n\
        Operation        : Send\r\n\
        LogonType        : Owner\r\n\
        LastAccessed     : 3/4/2026 9:15:43 AM\r\n\
        \r\n",
        expect![[r#"
            mailbox-audit
            1 broken, no lines of the form `Name : value`: PS C:\> Search-MailboxAuditLog erik -ShowDetails
            2 {"RunspaceId":"56d5e2ad-1111-4222-8333-0123456789ab","Operation":"HardDelete","LogonType":"Delegate","FolderPathName":"\\Inbox: old","ClientInfoString":"Client=MSExchangeRPC;Protocol=MAPI/HTTP and more words","SourceItems":"{RgAAAABpzKxWQ4jXQpXk9l0aS8KcBwDU0e4T5Z3tSZ0fabcdef}","ItemSubject":"","LastAccessed":"3/4/2026 9:15:42 AM"}
            3 {"RunspaceId":"56d5e2ad-1111-4222-8333-0123456789ab","Operation":"Send","LogonType":"Owner","LastAccessed":"3/4/2026 9:15:43 AM"}
        "#]],
    );
    let utf16: Vec<u8> =
        "Operation    : Send\r\nLogonType    : Owner\r\nLastAccessed : 3/4/2026 9:15:43 AM\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
    check(
        [&[0xff, 0xfe][..], &utf16].concat(),
        expect![[r#"
        mailbox-audit
        1 {"Operation":"Send","LogonType":"Owner","LastAccessed":"3/4/2026 9:15:43 AM"}
    "#]],
    );
}

#[test]
fn admin_audit() {
    check(
        r#"<?xml version="1.0" encoding="utf-8"?>
<SearchResults>
  <Event Caller="north.example/Users/ida" Cmdlet="Add-MailboxPermission" ObjectModified="north.example/Users/erik"
    RunDate="2026-03-04T10:02:11+01:00" Succeeded="true" Error="None" OriginatingServer="MBX01 (15.02.1544.009)">
    <CmdletParameters>
      <Parameter Name="Identity" Value="erik" />
      <Parameter Name="AccessRights" Value="FullAccess" />
    </CmdletParameters>
    <ModifiedProperties>
      <Property Name="Rights" OldValue="" NewValue="FullAccess" />
    </ModifiedProperties>
  </Event>
</SearchResults>"#,
        expect![[r#"
            admin-audit
            1 {"Caller":"north.example/Users/ida","Cmdlet":"Add-MailboxPermission","ObjectModified":"north.example/Users/erik","RunDate":"2026-03-04T10:02:11+01:00","Succeeded":"true","Error":"None","OriginatingServer":"MBX01 (15.02.1544.009)","CmdletParameters":[{"Name":"Identity","Value":"erik"},{"Name":"AccessRights","Value":"FullAccess"}],"ModifiedProperties":[{"Name":"Rights","OldValue":"","NewValue":"FullAccess"}]}
        "#]],
    );
    check(
        "ObjectModified,CmdletName,CmdletParameters,ModifiedProperties,Caller,Succeeded,RunDate\n\
         erik,Add-MailboxPermission,Identity AccessRights,,ida,True,3/4/2026 9:02:11 AM\n",
        expect![[r#"
            admin-audit
            1 {"ObjectModified":"erik","CmdletName":"Add-MailboxPermission","CmdletParameters":"Identity AccessRights","ModifiedProperties":"","Caller":"ida","Succeeded":"True","RunDate":"3/4/2026 9:02:11 AM"}
        "#]],
    );
    check(
        "ObjectModified   : north.example/Users/erik\n\
         CmdletName       : Add-MailboxPermission\n\
         CmdletParameters : {Identity, AccessRights}\n\
         RunDate          : 3/4/2026 9:02:11 AM\n",
        expect![[r#"
            admin-audit
            1 {"ObjectModified":"north.example/Users/erik","CmdletName":"Add-MailboxPermission","CmdletParameters":"{Identity, AccessRights}","RunDate":"3/4/2026 9:02:11 AM"}
        "#]],
    );
    check(
        r#"[{"CmdletName":"Set-Mailbox","CmdletParameters":[{"Name":"Identity","Value":"erik"}],"RunDate":"\/Date(1772614931000)\/"}]"#,
        expect![[r#"
            admin-audit
            1 {"CmdletName":"Set-Mailbox","CmdletParameters":[{"Name":"Identity","Value":"erik"}],"RunDate":"\/Date(1772614931000)\/"}
        "#]],
    );
}
