//! Are the hosts reached: name, connection, TLS, proxy?
//!
//! Each host was asked once. Only when that failed is the way looked at step by step, to say which
//! step it was.

use std::time::Duration;

use source::service::{Credential, HostProbe, Settings};
use tokio::net::{TcpStream, lookup_host};

use super::report::Items;

/// How long a name or a connection is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// The variables that name a proxy for https.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// True when the host was reached.
pub async fn check(host: &HostProbe, what: &str, settings: &Settings, items: &mut Items) -> bool {
    let check = format!("network {what}");
    let why = match &host.reached {
        Ok(reached) => {
            let through =
                proxy(settings).map_or(String::new(), |proxy| format!(" through {proxy}"));
            let took = reached.took.as_millis();
            items.ok(&check, format!("{} answers in {took} ms{through}", host.origin));
            return true;
        }
        Err(why) => why,
    };
    let (step, fix) = blame(host, settings).await;
    items.wrong(&check, format!("{} is out of reach, {step}: {why}", host.origin), fix);
    false
}

/// Which step failed, and what to do about it.
async fn blame(host: &HostProbe, settings: &Settings) -> (&'static str, String) {
    let origin = &host.origin;
    let (name, port) = name_and_port(origin);
    if let Credential::ManagedIdentity { .. } = &settings.credential
        && origin.starts_with("http://169.254.")
    {
        let fix = "managed identities are where Azure runs trail365: on the virtual machine's or \
                   service's page > Identity switch it on, or choose another credential";
        return ("managed identity", fix.to_owned());
    }
    if let Some(proxy) = proxy(settings) {
        let fix = format!(
            "curl -sv -x {proxy} {origin}/ shows the way; let the proxy pass {name}:{port}, and \
             correct proxy, no_proxy or HTTPS_PROXY"
        );
        return ("proxy", fix);
    }
    let Ok(Ok(mut addresses)) =
        tokio::time::timeout(WAIT, lookup_host((name.as_str(), port))).await
    else {
        let fix = format!(
            "getent hosts {name} must answer: correct the resolver (/etc/resolv.conf) or the \
             address in the configuration; behind a proxy set proxy = \"http://HOST:PORT\""
        );
        return ("DNS", fix);
    };
    let Some(address) = addresses.next() else {
        return ("DNS", format!("getent hosts {name} must answer"));
    };
    match tokio::time::timeout(WAIT, TcpStream::connect(address)).await {
        Ok(Ok(_)) if origin.starts_with("https") => (
            "TLS",
            format!(
                "openssl s_client -connect {name}:{port} -servername {name} shows who answers; if a \
                 proxy opens TLS, name its certificate authority: ca = \"corp-ca.pem\""
            ),
        ),
        Ok(Ok(_)) => ("HTTP", format!("curl -sv {origin}/ shows what answers there")),
        _ => (
            "TCP",
            format!(
                "allow outbound TCP {port} to {name} in the firewall, or set proxy = \
                 \"http://HOST:PORT\"; curl -sv {origin}/ shows the way"
            ),
        ),
    }
}

/// The proxy in use, its password left out.
pub fn proxy(settings: &Settings) -> Option<String> {
    if settings.cloud.is_loopback() {
        return None;
    }
    if let Some(proxy) = &settings.proxy {
        return Some(proxy.url().to_string());
    }
    let named = PROXY_VARIABLES.iter().find_map(|name| std::env::var(name).ok())?;
    Some(without_user(&named))
}

fn without_user(proxy: &str) -> String {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// An origin such as `https://host:port`; the port may be left out.
fn name_and_port(origin: &str) -> (String, u16) {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("https", origin));
    let usual = if scheme == "http" { 80 } else { 443 };
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(usual)),
        _ => (rest, usual),
    };
    (name.trim_matches(['[', ']']).to_owned(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_and_proxies_are_read() {
        let check = |origin: &str, name: &str, port: u16| {
            assert_eq!(name_and_port(origin), (name.to_owned(), port));
        };
        check("https://manage.office.com", "manage.office.com", 443);
        check("http://127.0.0.1:8366", "127.0.0.1", 8366);
        check("http://[::1]:80", "::1", 80);
        check("https://[fe80::1]", "fe80::1", 443);
        assert_eq!(without_user("http://ann:hunter2@p.example.org:1"), "http://p.example.org:1");
        assert_eq!(without_user("ann:hunt@er2@p:1"), "http://p:1");
    }
}
