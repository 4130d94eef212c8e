//! Beyond loopback: is the page served with TLS and a token, and only so?

mod common;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use common::Folder;

#[tokio::test]
async fn tls_and_a_token_are_needed() {
    let folder = Folder::new();
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = folder.write("certificate.pem", &certified.cert.pem());
    let key = folder.write("key.pem", &certified.signing_key.serialize_pem());
    let token = folder.write("token", "t0ken");
    folder.write(
        "trail365.toml",
        &format!(
            "[serve]\nlisten = \"0.0.0.0:0\"\ntoken = \"file:{token}\"\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n"
        ),
    );
    let mut child =
        folder.command(&["serve"]).stdout(Stdio::piped()).spawn().expect("trail365 starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("the server's address");
    let port = line.trim().trim_end_matches('/').rsplit(':').next().expect("a port").to_owned();

    let client = reqwest::Client::builder()
        .add_root_certificate(
            reqwest::Certificate::from_pem(certified.cert.pem().as_bytes()).expect("PEM"),
        )
        .build()
        .expect("a client");
    let url = format!("https://localhost:{port}/api/v1/status");
    for (token, status) in [(None, 401), (Some("wrong"), 401), (Some("t0ken"), 200)] {
        let request = client.get(&url);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.expect("an answer over TLS");
        assert_eq!(answer.status().as_u16(), status, "{token:?}");
    }
    // The page itself holds nothing secret; it asks for the token.
    let page = client.get(format!("https://localhost:{port}/")).send().await.expect("the page");
    assert_eq!(page.status().as_u16(), 200);
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
}
