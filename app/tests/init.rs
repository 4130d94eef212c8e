//! Does init write a configuration that works, and say how the app is registered?

mod common;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use common::Folder;

const TENANT: &str = "0e9b3178-9678-47dd-a509-37222ca96b42";
const CLIENT: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

/// Runs init with these lines as its standard input.
fn init(folder: &Folder, arguments: &[&str], input: &str) -> (String, Output) {
    let arguments = [&["init"], arguments].concat();
    let mut command = folder.command(&arguments);
    command.env_remove("TRAIL365_DATA").env_remove("AZURE_FEDERATED_TOKEN_FILE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("trail365 starts");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output)
}

fn written(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("trail365.toml")).expect("a configuration")
}

#[test]
fn answers_make_a_configuration() {
    // Name, cloud, tenant id, then what the credential needs; the rest is as offered.
    let check = |answers: &[&str], lines: &[&str], steps: &[&str]| {
        let folder = Folder::new();
        let input = format!("\n\n{TENANT}\n{}\n", answers.join("\n"));
        let (said, output) = init(&folder, &[], &input);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let config = written(&folder);
        for line in lines {
            assert!(config.contains(line), "{config}\nshould have {line}");
        }
        for step in steps {
            assert!(said.contains(step), "{said}\nshould say {step}");
        }
        assert!(said.trim_end().ends_with("Then: trail365 check"), "{said}");
        // What was written is read: any command refuses a faulty one.
        let status = folder.command(&["status"]).output().unwrap();
        assert_ne!(status.status.code(), Some(2), "{status:?}");
    };
    let tenant = format!("tenant_id = \"{TENANT}\"");
    let client = format!("client_id = \"{CLIENT}\"");
    let credentials_page = format!(
        "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/{CLIENT}"
    );
    check(
        &["", CLIENT, ""],
        &[
            "name = \"contoso\"",
            &tenant,
            &client,
            "client_secret = \"env:CONTOSO_SECRET\"",
            "cloud = \"commercial\"",
            "data_dir = \"./trail365-data\"",
            "\"DLP.All\"",
        ],
        &[
            "Name of the tenant here [contoso]: ",
            "New registration",
            "Office 365 Management APIs > Application permissions: ActivityFeed.Read, ActivityFeed.ReadDlp",
            &credentials_page,
            "its Value, not its Secret ID, goes to env:CONTOSO_SECRET",
            "Set-AdminAuditLogConfig",
        ],
    );
    check(
        &["certificate", CLIENT, "", ""],
        &["certificate = \"file:cert.pem\"", "key = \"file:key.pem\""],
        &["Upload certificate"],
    );
    check(
        &["managed-identity", ""],
        &["managed_identity = true"],
        &[
            "Identity: switch it on",
            "New-MgServicePrincipalAppRoleAssignment",
            "ActivityFeed.ReadDlp",
        ],
    );
    check(
        &["managed-identity", CLIENT],
        &[&format!("managed_identity = \"{CLIENT}\"")],
        &[&format!("appId eq '{CLIENT}'")],
    );
    check(
        &["federated-token", CLIENT, "file:/var/run/token"],
        &["federated_token = \"file:/var/run/token\""],
        &["Federated credentials > Add credential", "file:/var/run/token"],
    );
    check(
        &[
            "secret",
            CLIENT,
            "file:secret",
            "Audit.Exchange, Audit.General",
            "SignIns,ServiceIssues,ServiceMessages",
            "yes",
            "/srv/trail365",
            "https://hooks.example.org/m365",
            "",
        ],
        &[
            "content_types = [\"Audit.Exchange\", \"Audit.General\"]",
            "graph_logs = [\"Graph.SignIns\", \"Graph.ServiceIssues\", \"Graph.ServiceMessages\"]",
            "data_dir = \"/srv/trail365\"",
            "[webhook]\naddress = \"https://hooks.example.org/m365\"\nlisten = \"127.0.0.1:8443\"",
        ],
        &[
            "Application permissions: ActivityFeed.Read\n",
            "Microsoft Graph > Application permissions: AuditLog.Read.All, ServiceHealth.Read.All, ServiceMessage.Read.All, AuditLogsQuery.Read.All",
        ],
    );
}

#[test]
fn wrong_answers_are_asked_for_again() {
    let folder = Folder::new();
    let input = format!(
        "Contoso GmbH\nfabrikam\nmars\ngcc-high\nfabrikam.onmicrosoft.com\n{TENANT}\npassword\n\n{CLIENT}\nhunter2\n\nAudit.Mail\nAudit.Exchange\nMessageTrace\nSignIns\nmaybe\nno\n\nhttp://hooks.example.org\nnone\n"
    );
    let (said, output) = init(&folder, &[], &input);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!said.contains("hunter2"), "{said}");
    for words in [
        "cloud \"mars\" is unknown",
        "is no GUID",
        "write secret, certificate,",
        "secrets are not written here",
        "content type \"Audit.Mail\" is unknown",
        "Graph.MessageTrace is not offered in cloud gcc-high",
        "write yes or no",
        "https addresses only",
        "https://portal.azure.us/#view/",
    ] {
        assert!(said.contains(words), "{said}\nshould say {words}");
    }
    assert!(written(&folder).contains("client_secret = \"env:FABRIKAM_SECRET\""));
}

#[test]
fn flags_answer_and_files_are_left_alone() {
    let folder = Folder::new();
    let flags = ["--tenant-id", TENANT, "--client-id", CLIENT, "--name", "a1"];
    let (_, output) = init(&folder, &flags, "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(written(&folder).contains("env:A1_SECRET"));
    let (_, output) = init(&folder, &flags, "");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("not written, since it exists; --force"), "{told}");
    let (_, output) = init(&folder, &[&["--force", "--cloud", "dod"], &flags[..]].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(written(&folder).contains("cloud = \"dod\""));

    let (_, output) = init(&folder, &["--force", "--tenant-id", "x"], "");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("--tenant-id: tenant id \"x\" is no GUID"), "{told}");
    let (_, output) = init(&folder, &["--force"], "");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("Directory (tenant) ID: no answer; give it with --tenant-id"), "{told}");
    let (template, _) = init(&folder, &["--print"], "");
    assert!(template.contains("managed_identity") && template.contains("tenants.d"));
}

/// The scripts of each kind of credential.
fn scripts(shell: &str) -> Vec<(&'static str, String)> {
    let folder = Folder::new();
    let kinds = ["secret", "certificate", "managed-identity", "federated-token"];
    let script = |kind: &'static str| {
        let flags = [
            "--script",
            shell,
            "--credential",
            kind,
            "--tenant-id",
            TENANT,
            "--graph-logs",
            "SignIns",
            "--audit-queries",
            "yes",
        ];
        let (script, output) = init(&folder, &flags, "");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!script.contains('@') || !script.contains("@CLOUD@"), "{script}");
        assert!(!std::path::Path::new(&folder.path("trail365.toml")).exists());
        (kind, script)
    };
    kinds.map(script).into()
}

#[test]
fn the_powershell_script_has_every_step() {
    for (kind, script) in scripts("powershell") {
        for words in [
            &format!("Connect-MgGraph -Environment Global -TenantId '{TENANT}'") as &str,
            "Grant 'c5393580-f805-4401-95e8-94b7a6ef2fc2' 'ActivityFeed.Read'\n",
            "Grant 'c5393580-f805-4401-95e8-94b7a6ef2fc2' 'ActivityFeed.ReadDlp'\n",
            "Grant '00000003-0000-0000-c000-000000000000' 'AuditLog.Read.All'\n",
            "Grant '00000003-0000-0000-c000-000000000000' 'AuditLogsQuery.Read.All'\n",
            "tenant_id = ",
        ] {
            assert!(script.contains(words), "{kind}: {script}\nshould have {words}");
        }
    }
}

/// Answers as the Azure CLI would of a tenant in which nothing is registered yet.
const AZURE: &str = r#"#!/usr/bin/env bash
echo "$*" >>"$AZURE_LOG"
case "$*" in
    "cloud show"*) echo https://graph.microsoft.com/ ;;
    "account show"*) echo 0e9b3178-9678-47dd-a509-37222ca96b42 ;;
    "ad app create"*) echo 50842eb7-edc8-4019-85dd-5a5c1f2bb085 ;;
    "ad sp show"*appRoles*) echo role-id ;;
    "ad sp show"*"--query appId"*) echo 50842eb7-edc8-4019-85dd-5a5c1f2bb085 ;;
    "ad sp show --id 50842eb7"*) exit 3 ;;
    "ad sp show"*|"ad sp create"*) echo principal-id ;;
    "ad app credential reset"*password*) echo hunter2 ;;
esac
"#;

#[test]
fn the_bash_script_registers_the_app() {
    for (kind, script) in scripts("bash") {
        let folder = Folder::new();
        let azure = folder.write("az", AZURE);
        let script = folder.write("register.sh", &script);
        assert!(Command::new("chmod").args(["+x", &azure]).status().unwrap().success());
        let path = format!("{}:{}", folder.path(""), std::env::var("PATH").unwrap());
        folder.write("cert.pem", "there already");
        let output = Command::new("bash")
            .arg(&script)
            .current_dir(folder.path(""))
            .env("PATH", path)
            .env("AZURE_LOG", folder.path("log"))
            .envs([("IDENTITY", "identity-id"), ("ISSUER", "https://issuer"), ("SUBJECT", "me")])
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{kind}: {output:?}");
        assert!(said.contains(&format!("tenant_id = \"{TENANT}\"")), "{kind}: {said}");
        assert!(said.contains(&format!("= \"{CLIENT}\"")), "{kind}: {said}");
        assert!(!said.contains("hunter2"), "a secret is shown: {said}");
        let asked = std::fs::read_to_string(folder.path("log")).unwrap();
        let grants = asked.lines().filter(|line| line.starts_with("rest --method POST"));
        assert_eq!(grants.count(), 4, "{kind}: {asked}");
        let calls: &[&str] = match kind {
            "secret" => &["ad app create", "=Role", "credential reset"],
            "certificate" => &["ad app create", "--cert @cert.pem"],
            "federated-token" => &["federated-credential create", "\"subject\":\"me\""],
            _ => &["servicePrincipals/identity-id/appRoleAssignments"],
        };
        for call in calls {
            assert!(asked.contains(call), "{kind}: {asked}\nshould ask for {call}");
        }
        if kind == "secret" {
            let secret = std::fs::read_to_string(folder.path("trail365-secret")).unwrap();
            assert_eq!(secret.trim(), "hunter2");
        }
    }
}
