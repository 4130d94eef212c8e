//! Does a result arrive by mail, whole, through a real server, and what is said where it cannot?

#[path = "../../crates/output/tests/outputs/authority.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod authority;
mod common;
#[path = "common/mail.rs"]
mod mail;
#[path = "../../crates/output/tests/outputs/part.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod part;

use std::io::Read;

use common::daemon::{Daemon, eventually};
use common::jobs::{await_state, create, files, run, said, show, stored};
use common::{Folder, Server, request};
use mail::{LOGIN, MailServer, header, parts};
use serde_json::{Value, json};

const SOC: &str = "soc@contoso.example";

fn login() -> String {
    format!("--login={LOGIN}")
}

/// The bytes that are kept.
fn result(folder: &Folder, id: &str) -> Vec<u8> {
    std::fs::read(&files(folder, id)[0]).expect("a result")
}

/// The only delivery of a job, once nothing waits.
fn delivery(folder: &Folder, id: &str) -> (String, String) {
    let delivery = show(folder, id)["deliveries"][0].take();
    let text = |name: &str| delivery[name].as_str().expect("a text").to_owned();
    (text("state"), text("words"))
}

#[test]
fn a_mail_arrives_whole_over_each_kind_of_tls() {
    for (tls, format) in [("starttls", "xml"), ("tls", "csv"), ("none", "json")] {
        let folder = stored(2_000);
        let server = MailServer::start(tls, &[&login()]);
        folder.write("trail365.toml", &server.settings(&folder, &[]));
        let to = format!("{SOC},ann@contoso.example");
        let query = "workload:Exchange";
        let name = "Wer las die Post? Größe ✓";
        let id = create(
            &folder,
            &[query, "--format", format, "--mail-to", &to, "--name", name, "--wait"],
        );
        let mails = server.mails();
        assert_eq!(mails.len(), 2, "{}", show(&folder, &id));
        for (mail, to) in mails.iter().zip([SOC, "ann@contoso.example"]) {
            assert_eq!(header(mail, "X-Recipients").as_deref(), Some(to));
            assert_eq!(header(mail, "To").as_deref(), Some(to));
            assert_eq!(header(mail, "From").as_deref(), Some("trail365 <audit@contoso.example>"));
            let message_id = header(mail, "Message-ID").expect("an id");
            assert!(message_id.contains(&id) && message_id.ends_with("@contoso.example>"));
            let (text, attachment) = parts(&folder, mail);
            let (file, bytes) = attachment.expect("an attachment");
            assert_eq!(file, format!("SearchResult.{format}"));
            assert!(bytes == result(&folder, &id), "every byte of the {format}");
            let entries = format!("{} entries.", show(&folder, &id)["done"]);
            for words in [query, name, entries.as_str(), "No gap is known", &id] {
                assert!(text.contains(words), "{text}\nshould say {words}");
            }
        }
        assert_eq!(delivery(&folder, &id).0, "done");
    }
}

#[test]
fn no_name_of_a_job_adds_a_header() {
    let folder = stored(200);
    let server = MailServer::start("starttls", &[&login()]);
    folder.write("trail365.toml", &server.settings(&folder, &[]));
    let name = "=?utf-8?q?a=0D=0ABcc:_mallory@fabrikam.example?= \"; x=\"";
    create(&folder, &["--mail-to", SOC, "--name", name, "--wait"]);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(header(&mails[0], "X-Recipients").as_deref(), Some(SOC));
    assert_eq!(header(&mails[0], "Bcc"), None);
    let refused = |arguments: &[&str], words: &str| {
        let (code, told) = said(&folder, &[&["job", "create"], arguments].concat());
        assert!(code == Some(2) && told.contains(words), "{told}\nshould say {words}");
    };
    refused(&["--name", "a\r\nBcc: mallory@fabrikam.example"], "without line breaks");
    refused(&["--mail-to", "a@contoso.example\r\nRCPT TO:<b@fabrikam.example>"], "no mail address");
    refused(&["--mail-to", "everybody"], "\"everybody\" is no mail address");
}

/// What becomes of a mail that cannot be sent is told in the job; the job itself is done.
fn refused(server: &MailServer, changes: &[(&str, &str)], to: &str, words: &str) {
    let folder = stored(200);
    folder.write("trail365.toml", &server.settings(&folder, changes));
    let id = create(&folder, &["--mail-to", to]);
    run(&folder);
    assert_eq!(show(&folder, &id)["state"], "done");
    let (state, told) = delivery(&folder, &id);
    assert_eq!(state, "failed", "{told}");
    assert!(told.contains(words), "{told}\nshould say {words}");
    assert!(!told.contains("pa55"), "{told}");
    assert!(server.mails().is_empty());
}

#[test]
fn what_is_refused_for_good_is_told_at_once() {
    let server = MailServer::start("starttls", &[&login(), "--refuse=gone@contoso.example"]);
    refused(&server, &[("username", "'eve'")], SOC, "look at mail.username and mail.password");
    refused(&server, &[("ca", "'/dev/null'")], SOC, "is not trusted");
    refused(&server, &[], "gone@contoso.example", "no such mailbox");
    let plain = MailServer::start("none", &[&login()]);
    refused(&plain, &[("tls", "'starttls'")], SOC, "STARTTLS");
}

#[test]
fn what_is_too_large_is_packed_or_linked() {
    let folder = stored(2_000);
    let server = MailServer::start("starttls", &[&login()]);
    let changes =
        [("attachment_bytes_max", "100000"), ("link", "'https://trail365.contoso.example/'")];
    folder.write("trail365.toml", &server.settings(&folder, &changes));
    let few = create(&folder, &["operation:UserLoggedIn", "--mail-to", SOC, "--wait"]);
    let all = create(&folder, &["--format", "json", "--mail-to", SOC, "--wait"]);
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    let (_, attachment) = parts(&folder, &mails[0]);
    let (name, bytes) = attachment.expect("an attachment");
    let content = match name.as_str() {
        "SearchResult.csv" => bytes,
        "SearchResult.csv.gz" => {
            let mut content = Vec::new();
            let mut decoder = flate2::read::GzDecoder::new(&bytes[..]);
            decoder.read_to_end(&mut content).expect("gzip");
            content
        }
        other => panic!("{other} is attached"),
    };
    assert!(content == result(&folder, &few));
    let (text, attachment) = parts(&folder, &mails[1]);
    assert!(attachment.is_none());
    let link = format!("https://trail365.contoso.example/api/v1/jobs/{all}/result");
    assert!(text.contains(&link), "{text}");
    assert!(delivery(&folder, &all).1.starts_with("too large to attach"));
}

#[test]
fn a_server_that_takes_less_than_we_believe_gets_a_link() {
    let folder = stored(2_000);
    let server = MailServer::start("tls", &[&login(), "--size=50000"]);
    let link = [("link", "'https://trail365.contoso.example'")];
    folder.write("trail365.toml", &server.settings(&folder, &link));
    let id = create(&folder, &["--format", "parquet", "--mail-to", SOC, "--wait"]);
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{}", show(&folder, &id));
    let (text, attachment) = parts(&folder, &mails[0]);
    assert!(attachment.is_none() && text.contains(".example/api/v1/jobs/"), "{text}");
}

#[test]
fn a_server_that_was_down_gets_it_later() {
    let folder = stored(200);
    let mut server = MailServer::new("starttls", &[&login()]);
    folder.write("trail365.toml", &server.settings(&folder, &[]));
    let id = create(&folder, &["--mail-to", SOC]);
    let worker = Daemon::run(&mut folder.command(&["job", "run"]));
    await_state(&folder, &id, &["done"]);
    eventually("a failed try", || {
        let (state, words) = delivery(&folder, &id);
        (state == "waiting" && !words.is_empty()).then_some(())
    });
    // Another worker goes on where the first was.
    drop(worker);
    server.begin();
    let _worker = Daemon::run(&mut folder.command(&["job", "run"]));
    eventually("the mail", || (delivery(&folder, &id).0 == "done").then_some(()));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_scheduled_report_arrives_as_a_page() {
    let folder = stored(1_000);
    let server = MailServer::start("starttls", &[&login()]);
    let schedule = format!(
        "[[schedule]]\nname = 'the week'\nreport = 'overview'\nlast = '3650d'\nevery = 'week'\nto = ['{SOC}']\n"
    );
    folder.write("trail365.toml", &(server.settings(&folder, &[]) + &schedule));
    run(&folder);
    let queue = rusqlite::Connection::open(folder.path("data/jobs.sqlite")).expect("a queue");
    queue.execute("update schedule set last = 0", []).expect("a schedule");
    run(&folder);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(header(&mails[0], "Subject").as_deref(), Some("trail365: the week"));
    let (text, attachment) = parts(&folder, &mails[0]);
    assert!(text.contains("report overview"), "{text}");
    let (name, page) = attachment.expect("an attachment");
    assert_eq!(name, "overview.html");
    assert!(String::from_utf8(page).is_ok_and(|page| page.contains("</html>")));
}

#[test]
fn check_signs_in_and_sends_nothing() {
    let folder = Folder::new();
    let server = MailServer::start("starttls", &[&login()]);
    let tenant = "[[tenant]]\nname = 'contoso'\ntenant_id = '0e9b3178-9678-47dd-a509-37222ca96b42'\nclient_id = '50842eb7-edc8-4019-85dd-5a5c1f2bb085'\nclient_secret = 'env:NONE'\ncloud = 'custom'\nlogin_url = 'http://127.0.0.1:9'\napi_url = 'http://127.0.0.1:9'\n";
    let check = |settings: &str| {
        folder.write("trail365.toml", &format!("{settings}{tenant}"));
        let (_, told) = said(&folder, &["check", "--format", "json"]);
        let lines = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().find(|line| line["check"] == "mail").expect("a line about mail")
    };
    let good = server.settings(&folder, &[]);
    let item = check(&good);
    assert_eq!(item["state"], "ok", "{item}");
    let item = check(&server.settings(&folder, &[("username", "'eve'")]));
    assert_eq!(item["state"], "wrong", "{item}");
    assert!(item["words"].as_str().is_some_and(|words| words.contains("mail.password")), "{item}");
    drop(server);
    assert_eq!(check(&good)["state"], "wrong");
}

#[test]
fn programs_send_to_whom_the_configuration_names() {
    let folder = stored(200);
    let mail = MailServer::start("starttls", &[&login()]);
    let recipients = [("recipients", "['*@contoso.example']")];
    folder.write("trail365.toml", &mail.settings(&folder, &recipients));
    let server = Server::start(&folder);
    let ask = |to: &str| {
        let (address, body) = (server.address(), json!({"format": "csv", "mail_to": [to]}));
        let body = body.to_string();
        let answer = request(
            address,
            &format!(
                "POST /api/v1/jobs HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        answer.lines().next().unwrap_or_default().to_owned()
    };
    assert!(ask("mallory@fabrikam.example").contains("400"));
    assert!(ask(SOC).contains("201"));
    eventually("the mail", || (mail.mails().len() == 1).then_some(()));
}
