//! What the examples share.

/// Records of about 1.3 kB, one a line.
pub fn invented() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..5000 {
        text.push_str(&format!(
            concat!(
                r#"{{"CreationTime":"2026-01-24T06:{:02}:{:02}","Id":"7b1f0a52-0000-4aaa-8bbb-{:012x}","#,
                r#""Operation":"MailItemsAccessed","OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","#,
                r#""RecordType":50,"ResultStatus":"Succeeded","UserKey":"10032000ABCDEF01","UserType":0,"Version":1,"#,
                r#""Workload":"Exchange","UserId":"ann{}@contoso.example","AppId":"00000002-0000-0ff1-ce00-000000000000","#,
                r#""ClientAppId":"","ClientIPAddress":"203.0.113.{}","ClientInfoString":"Client=OWA;Mozilla/5.0 (Windows NT 10.0; Win64; x64)","#,
                r#""ExternalAccess":false,"InternalLogonType":0,"LogonType":0,"LogonUserSid":"S-1-5-21-1-2-3-1104","#,
                r#""MailboxGuid":"3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5","MailboxOwnerSid":"S-1-5-21-1-2-3-1104","#,
                r#""MailboxOwnerUPN":"ann{}@contoso.example","#,
                r#""OperationProperties":[{{"Name":"MailAccessType","Value":"Bind"}},{{"Name":"IsThrottled","Value":"False"}}],"#,
                r#""OrganizationName":"contoso.example","OriginatingServer":"VI1PR01MB0001 (15.20.4200.000)\r\n","#,
                r#""SessionId":"9a4ed2ac-6767-4d4d-9a9a-{:012x}","#,
                r#""Folders":[{{"FolderItems":[{{"InternetMessageId":"<{}@contoso.example>","SizeInBytes":4711}}],"#,
                r#""Id":"LgAAAAB0000000000000000000000000000000000001","Path":"\\Inbox"}}],"OperationCount":1}}"#,
                "\n"
            ),
            n / 60 % 60, n % 60, n, n % 97, n % 250, n % 97, n / 7, n
        ));
    }
    text.into_bytes()
}
