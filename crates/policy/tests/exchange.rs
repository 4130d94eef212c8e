//! Do the commands and the comparison say what Exchange should do?

use event::{Pattern, time};
use expect_test::{Expect, expect};
use policy::{
    Actions, Bypass, EXPORT_BYTES_MAX, MailboxPolicy, Policy, Preset, powershell, verify,
};

fn policy() -> Policy {
    let board = MailboxPolicy {
        mailboxes: vec![Pattern::wildcard("board@contoso.example"), Pattern::wildcard("ceo-*")],
        audit_owner: Actions::parse(&["HardDelete", "MailboxLogin", "SendAs"]).unwrap(),
        audit_delegate: Actions::NONE,
        audit_log_age_limit: Some(365 * time::DAY),
        ..MailboxPolicy::new("board", Preset::ExchangeOnline)
    };
    let scanners = MailboxPolicy {
        mailboxes: vec![Pattern::wildcard("scan?@contoso.example")],
        audit_enabled: false,
        ..MailboxPolicy::new("scanners", Preset::ExchangeOnline)
    };
    let rest = MailboxPolicy {
        mailboxes: vec![Pattern::wildcard("*@contoso.example")],
        ..MailboxPolicy::new("rest", Preset::ExchangeOnline)
    };
    Policy {
        mailboxes: vec![board, scanners, rest],
        bypass: vec![Bypass::new("svc@contoso.example")],
        ..Policy::default()
    }
}

#[test]
fn the_script_sets_each_block_and_each_bypass() {
    let script = powershell(&policy());
    let commands: Vec<&str> = script
        .lines()
        .skip_while(|line| !line.starts_with("# Each mailbox"))
        .filter(|line| !line.is_empty())
        .collect();
    expect![[r##"
        # Each mailbox is set by the first block that fits it.
        $rest = @(Get-Mailbox -ResultSize Unlimited)
        # mailbox board
        $fits, $rest = @($rest).Where({ Test-Fit @($_.UserPrincipalName, $_.ExchangeGuid, $_.Name, $_.SamAccountName) @('board@contoso.example', 'ceo-*') }, 'Split')
        # AuditOwner cannot hold SendAs: left out.
        foreach ($mailbox in $fits) {
            $identity = "$($mailbox.Guid)"
            Set-Mailbox -Identity $identity -AuditEnabled $true -AuditLogAgeLimit '365.00:00:00'
            Set-Mailbox -Identity $identity -DefaultAuditSet Admin
            Set-Mailbox -Identity $identity -AuditDelegate None
            Set-Mailbox -Identity $identity -AuditOwner HardDelete,MailboxLogin
        }
        # mailbox scanners
        $fits, $rest = @($rest).Where({ Test-Fit @($_.UserPrincipalName, $_.ExchangeGuid, $_.Name, $_.SamAccountName) @('scan?@contoso.example') }, 'Split')
        foreach ($mailbox in $fits) {
            $identity = "$($mailbox.Guid)"
            Set-Mailbox -Identity $identity -AuditEnabled $false
        }
        # mailbox rest
        $fits, $rest = @($rest).Where({ Test-Fit @($_.UserPrincipalName, $_.ExchangeGuid, $_.Name, $_.SamAccountName) @('*@contoso.example') }, 'Split')
        foreach ($mailbox in $fits) {
            $identity = "$($mailbox.Guid)"
            Set-Mailbox -Identity $identity -AuditEnabled $true
            Set-Mailbox -Identity $identity -DefaultAuditSet Admin,Delegate,Owner
        }
        foreach ($mailbox in $rest) {
            Write-Warning "$($mailbox.UserPrincipalName): no block fits"
        }
        # These accounts, and no others, are passed over.
        $bypassed = @(Get-User -ResultSize Unlimited |
            Where-Object { Test-Fit @($_.UserPrincipalName, $_.DisplayName, $_.Name, $_.Sid) @('svc@contoso.example') } |
            ForEach-Object { "$($_.Guid)" })
        foreach ($account in $bypassed) {
            Set-MailboxAuditBypassAssociation -AuditBypassEnabled $true -Identity $account
        }
        Get-MailboxAuditBypassAssociation -ResultSize Unlimited |
            Where-Object { $_.AuditBypassEnabled -and "$($_.Guid)" -notin $bypassed } |
            ForEach-Object { Set-MailboxAuditBypassAssociation -AuditBypassEnabled $false -Identity "$($_.Guid)" }"##]].assert_eq(&commands.join("\n"));
    assert!(script.find("-AuditDisabled $false").unwrap() < script.find("Set-Mailbox ").unwrap());
}

#[test]
fn no_text_breaks_out_of_its_quotes() {
    for (pattern, quoted) in [
        ("o'hara@contoso.example", "'o''hara@contoso.example'"),
        ("a’; Remove-Mailbox x; ‘", "'a’’; Remove-Mailbox x; ‘‘'"),
        ("$(Get-Date)`n\"", "'$(Get-Date)``n\"'"),
        ("[a-z]*", "'`[a-z`]*'"),
        (r"\*\?", "'`*`?'"),
        (r"NORTH\erik", r"'NORTH\erik'"),
        (r"NORTH\\erik", r"'NORTH\erik'"),
        ("a\nb", "'a?b'"),
    ] {
        let block = MailboxPolicy {
            mailboxes: vec![Pattern::wildcard(pattern)],
            ..MailboxPolicy::new("x\nRemove-Mailbox y\r\u{2028}z", Preset::Everything)
        };
        let script = powershell(&Policy { mailboxes: vec![block], ..Policy::default() });
        assert!(script.contains(&format!("@({quoted})")), "{pattern}: {script}");
        assert!(script.contains("# mailbox x Remove-Mailbox y  z\n"), "{script}");
    }
}

#[test]
fn blocks_that_exchange_cannot_take_say_so() {
    let script = |preset| {
        let mailboxes = vec![MailboxPolicy::new("m", preset)];
        powershell(&Policy { mailboxes, ..Policy::default() })
    };
    assert!(script(Preset::GroupMailbox).contains("there is nothing to set"));
    assert!(!script(Preset::GroupMailbox).contains("Set-Mailbox "));
    assert!(script(Preset::ExchangeServer).contains("Exchange Management Shell"));
    assert!(script(Preset::ExchangeServer).contains("-AuditOwner None"));
    assert!(!script(Preset::Everything).contains("left out"));
    assert!(!script(Preset::Everything).contains("SendAs,SendOnBehalf -AuditOwner"));
}

fn check(export: &[u8], expected: Expect) {
    let told = match verify(&policy(), export) {
        Ok(verification) => serde_json::to_value(verification).map_or_else(
            |error| error.to_string(),
            |told| {
                let said = told.as_object().unwrap().iter();
                let said = said.filter(|(_, value)| **value != serde_json::json!([]));
                said.map(|(name, value)| format!("{name}: {value}\n")).collect()
            },
        ),
        Err(error) => error,
    };
    expected.assert_eq(&told);
}

const HEADER: &str = "UserPrincipalName,AuditEnabled,AuditLogAgeLimit,DefaultAuditSet,AuditAdmin,AuditDelegate,AuditOwner";

#[test]
fn a_csv_is_compared_block_by_block() {
    let rows = [
        // As it should be.
        r#"board@contoso.example,True,365.00:00:00,Admin,x,,"MailboxLogin, HardDelete""#,
        r#"scan1@contoso.example,False,90.00:00:00,,,,"#,
        r#"ann@contoso.example,TRUE,90.00:00:00,"Admin,Delegate,Owner",,,"#,
        // And as it should not.
        r#"ceo-eve@contoso.example,False,90.00:00:00,,Update,"Update,Send","HardDelete;SendLater""#,
        r#"eve@fabrikam.example,True,90.00:00:00,,,,"#,
        r#"bob@contoso.example,perhaps,90.00:00:00,"Admin,Delegate",,,{HardDelete...}"#,
        r#",True,,,,,"#,
        r#"cut@contoso.example,True"#,
    ];
    let csv = format!("#TYPE Selected.System.Object\r\n{HEADER}\r\n{}\r\n", rows.join("\r\n"));
    check(
        csv.as_bytes(),
        expect![[r#"
            accounts: 0
            differences: [{"found":"False","of":"ceo-eve@contoso.example","property":"AuditEnabled","wanted":"True"},{"found":"Update","of":"ceo-eve@contoso.example","property":"AuditAdmin","wanted":"ApplyRecord, Create, HardDelete, MailItemsAccessed, MoveToDeletedItems, Send, SendAs, SendOnBehalf, SoftDelete, Update, UpdateCalendarDelegation, UpdateFolderPermissions, UpdateInboxRules"},{"found":"Send, Update","of":"ceo-eve@contoso.example","property":"AuditDelegate","wanted":"None"},{"found":"HardDelete","of":"ceo-eve@contoso.example","property":"AuditOwner","wanted":"HardDelete, MailboxLogin"},{"found":"90.00:00:00","of":"ceo-eve@contoso.example","property":"AuditLogAgeLimit","wanted":"365.00:00:00"}]
            mailboxes: 6
            under_no_block: ["eve@fabrikam.example"]
            unknown_actions: [{"found":"SendLater","of":"ceo-eve@contoso.example","property":"AuditOwner","wanted":"HardDelete, MailboxLogin"}]
            unreadable: [{"place":"line 7","why":"bob@contoso.example: AuditEnabled is neither True nor False"},{"place":"line 7","why":"bob@contoso.example: AuditOwner was cut short by the display; export it with -join, as the script of commands shows"},{"place":"line 8","why":"names no mailbox"},{"place":"line 9","why":"has 2 cells where the header has 7"}]
        "#]],
    );
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(csv.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(verify(&policy(), &utf16), verify(&policy(), csv.as_bytes()));
    for delimiter in [";", "\t", "|"] {
        let row = ["ann@contoso.example", "False"].join(delimiter);
        let csv = format!("UserPrincipalName{delimiter}AuditEnabled\n{row}\n");
        let differences = verify(&policy(), csv.as_bytes()).unwrap().differences;
        assert_eq!(differences.len(), 1, "{csv}");
    }
}

#[test]
fn json_and_lists_on_the_screen_are_compared_too() {
    check(
        br#"[{"UserPrincipalName":"board@contoso.example","AuditEnabled":true,"AuditLogAgeLimit":{"Ticks":315360000000000,"Days":365},
              "DefaultAuditSet":["Admin"],"AuditAdmin":[],"AuditDelegate":{"value":[],"Count":0},"AuditOwner":["HardDelete","MailboxLogin","AddFolderPermissions"]},
             {"UserPrincipalName":"ceo-1@contoso.example","AuditEnabled":true,"AuditLogAgeLimit":"365.00:00:00","DefaultAuditSet":"Admin","AuditDelegate":null,"AuditOwner":[1,32]},
             7]"#,
        expect![[r#"
            accounts: 0
            mailboxes: 2
            unreadable: [{"place":"object 2","why":"ceo-1@contoso.example: AuditOwner holds numbers where the names of actions belong; export it with -join, as the script of commands shows"},{"place":"object 3","why":"is no object"}]
        "#]],
    );
    check(
        b"\r\n\r\nUserPrincipalName : ceo-1@contoso.example\r\nAuditEnabled      : True\r\nAuditOwner        : {HardDelete,\r\n                    SendAs}\r\nDefaultAuditSet   : {Admin}\r\n\r\nUserPrincipalName : scan2@contoso.example\r\nAuditEnabled      : True\r\n\r\n",
        expect![[r#"
            accounts: 0
            differences: [{"found":"HardDelete, SendAs","of":"ceo-1@contoso.example","property":"AuditOwner","wanted":"HardDelete, MailboxLogin"},{"found":"True","of":"scan2@contoso.example","property":"AuditEnabled","wanted":"False"}]
            mailboxes: 2
            missing_columns: ["AuditAdmin","AuditDelegate","AuditLogAgeLimit"]
        "#]],
    );
    check(
        b"{\"UserPrincipalName\":\"scan1@contoso.example\",\"AuditEnabled\":true}\n{broken",
        expect![[r#"
            accounts: 0
            differences: [{"found":"True","of":"scan1@contoso.example","property":"AuditEnabled","wanted":"False"}]
            mailboxes: 1
            missing_columns: ["AuditAdmin","AuditDelegate","AuditOwner","AuditLogAgeLimit"]
            unreadable: [{"place":"what follows object 1","why":"is no JSON, nor is what follows it read: key must be a string at line 2 column 2"}]
        "#]],
    );
}

#[test]
fn bypassed_accounts_are_compared() {
    check(
        b"Name,UserPrincipalName,AuditBypassEnabled\nsvc,svc@contoso.example,True\neve,eve@contoso.example,True\nann,ann@contoso.example,False\n",
        expect![[r#"
            accounts: 3
            mailboxes: 0
            unwanted_bypasses: ["eve@contoso.example"]
        "#]],
    );
    check(
        br#"[{"Name":"svc","Identity":"contoso.example/Users/svc@contoso.example","AuditBypassEnabled":false},{"AuditBypassEnabled":true},{"Name":"x","AuditBypassEnabled":"yes"}]"#,
        expect![[r#"
            accounts: 1
            differences: [{"found":"False","of":"svc","property":"AuditBypassEnabled","wanted":"True"}]
            mailboxes: 0
            unreadable: [{"place":"object 2","why":"names no account"},{"place":"object 3","why":"x: AuditBypassEnabled is neither True nor False"}]
        "#]],
    );
}

#[test]
fn what_is_no_export_says_how_to_make_one() {
    for bytes in [b"a,b\n1,2\n".as_slice(), b"[]", b"{\"a\":1}", b"Name : x\n", b"\x00\xff\xfe"] {
        let error = verify(&policy(), bytes).unwrap_err();
        assert!(error.contains("Get-Mailbox -ResultSize"), "{error}");
    }
    assert_eq!(verify(&policy(), b" \r\n").unwrap_err(), "the export is empty");
    assert_eq!(verify(&policy(), b"\xff\xfe").unwrap_err(), "the export is empty");
    let large = vec![b' '; EXPORT_BYTES_MAX + 1];
    assert!(verify(&policy(), &large).unwrap_err().contains("export some mailboxes at a time"));
}

#[test]
fn a_tenant_after_its_script_agrees() {
    let csv = format!(
        "{HEADER}\nboard@contoso.example,True,365.00:00:00,Admin,,,\"HardDelete,MailboxLogin\"\nann@contoso.example,True,90.00:00:00,\"Admin,Delegate,Owner\",,,\n"
    );
    let verification = verify(&policy(), csv.as_bytes()).unwrap();
    assert!(verification.agrees() && verification.is_complete(), "{verification:?}");
    assert_eq!(verification.mailboxes, 2);
}
