//! A real mail server on loopback, and what it got.

use std::collections::BTreeMap;
use std::process::Command;

use crate::authority::Authority;
use crate::common::Folder;
use crate::common::parts::python;
use crate::part::{Part, free_port};

pub const LOGIN: &str = "audit:pa55 word";

pub struct MailServer {
    part: Option<Part>,
    port: u16,
    tls: &'static str,
    arguments: Vec<String>,
    authority: Authority,
    mails: tempfile::TempDir,
}

impl MailServer {
    /// Not yet listening. `tls` is starttls, tls or none.
    pub fn new(tls: &'static str, more: &[&str]) -> MailServer {
        let (authority, mails) = (Authority::new(), tempfile::tempdir().expect("a folder"));
        let port = free_port();
        let path = |name: &str| authority.file(name).display().to_string();
        let mut arguments = vec![
            concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/serve-mail").to_owned(),
            format!("--port={port}"),
            format!("--folder={}", mails.path().display()),
            format!("--tls={tls}"),
            format!("--certificate={}", path("server.pem")),
            format!("--key={}", path("server.key")),
        ];
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        MailServer { part: None, port, tls, arguments, authority, mails }
    }

    pub fn start(tls: &'static str, more: &[&str]) -> MailServer {
        let mut server = MailServer::new(tls, more);
        server.begin();
        server
    }

    pub fn begin(&mut self) {
        self.part = Some(Part::start(Command::new(python()).args(&self.arguments)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(crate::part::listening(self.port));
    }

    /// The table `[mail]` for it, with some keys changed or added.
    pub fn settings(&self, folder: &Folder, changes: &[(&str, &str)]) -> String {
        let quoted = |text: &str| format!("'{text}'");
        let password = folder.write("password", "pa55 word\n");
        let ca = self.authority.file("ca.pem").display().to_string();
        let mut settings = BTreeMap::from([
            ("server", quoted("localhost")),
            ("port", self.port.to_string()),
            ("tls", quoted(self.tls)),
            ("ca", quoted(&ca)),
            ("username", quoted("audit")),
            ("password", quoted(&format!("file:{password}"))),
            ("from", quoted("trail365 <audit@contoso.example>")),
        ]);
        settings.extend(changes.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
        lines.fold("[mail]\n".to_owned(), |text, line| text + &line)
    }

    /// All mails that arrived, in order, as they were sent.
    pub fn mails(&self) -> Vec<String> {
        let mut files: Vec<_> = std::fs::read_dir(self.mails.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
    }
}

/// A header of a mail, its lines joined.
pub fn header(mail: &str, name: &str) -> Option<String> {
    let head = mail.split("\r\n\r\n").next()?.replace("\r\n ", " ");
    let prefix = format!("{name}: ");
    head.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
}

/// What Python's own mail library reads: the text, and the name and bytes of the attachment.
pub fn parts(folder: &Folder, mail: &str) -> (String, Option<(String, Vec<u8>)>) {
    let source = folder.write("mail.eml", mail);
    let target = folder.path("attachment");
    let _ = std::fs::remove_file(&target);
    let program = "import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
for part in mail.iter_attachments():
    open(sys.argv[2], 'wb').write(part.get_payload(decode=True))
    print(part.get_filename())
    break
else:
    print()
print(mail.get_body().get_content())";
    let output = Command::new(python()).args(["-c", program, &source, &target]).output();
    let output = output.expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).expect("text");
    let (name, text) = told.split_once('\n').expect("a name and a text");
    let attachment = std::fs::read(&target).ok().map(|bytes| (name.to_owned(), bytes));
    (text.to_owned(), attachment)
}
