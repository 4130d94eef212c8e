//! With what did somebody sign in?

/// The user agent in a few plain words: `Chrome on Windows`.
pub fn family(user_agent: &str) -> String {
    let agent = user_agent.to_lowercase();
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    match (named(PROGRAMS), named(SYSTEMS)) {
        _ if agent.trim().is_empty() => "no user agent".to_owned(),
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, Some(system)) => format!("other program on {system}"),
        (None, None) => "other program".to_owned(),
    }
}

/// What tells a program, in the order asked: browsers name the ones they descend from.
const PROGRAMS: &[(&str, &str)] = &[
    ("bav2ropc", "basic authentication (BAV2ROPC)"),
    ("cbainprod", "basic authentication (CBAInPROD)"),
    ("powershell", "PowerShell"),
    ("python", "Python"),
    ("aiohttp", "Python"),
    ("curl/", "curl"),
    ("wget", "wget"),
    ("go-http-client", "Go program"),
    ("axios", "Node.js program"),
    ("node-fetch", "Node.js program"),
    ("undici", "Node.js program"),
    ("okhttp", "Java or Android program"),
    ("java/", "Java program"),
    ("azurecli", "Azure CLI"),
    ("azure-cli", "Azure CLI"),
    ("postman", "Postman"),
    ("headlesschrome", "Chrome without a screen"),
    ("electron", "Electron program"),
    ("outlook", "Outlook"),
    ("teams", "Teams"),
    ("microsoft office", "Office"),
    ("msal", "program with Microsoft's sign-in library"),
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("firefox/", "Firefox"),
    ("chrome/", "Chrome"),
    ("crios", "Chrome"),
    ("trident", "Internet Explorer"),
    ("safari", "Safari"),
    ("dalvik", "Android program"),
    ("cfnetwork", "Apple program"),
];

/// Android calls itself Linux as well, and an iPhone Mac OS.
const SYSTEMS: &[(&str, &str)] = &[
    ("android", "Android"),
    ("iphone", "iOS"),
    ("ipad", "iOS"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("macintosh", "macOS"),
    ("cros", "ChromeOS"),
    ("linux", "Linux"),
];

/// Protocols that know no second factor, as clientAppUsed names them (MicrosoftDocs/entra-docs,
/// concept-conditional-access-conditions.md), and user agents that stand for them.
pub fn is_legacy(protocol: &str, user_agent: &str) -> bool {
    let agent = user_agent.to_lowercase();
    let protocol = protocol.trim().to_lowercase();
    LEGACY.contains(&protocol.as_str())
        || protocol.starts_with("other clients")
        || agent.contains("bav2ropc")
        || agent.contains("cbainprod")
}

const LEGACY: &[&str] = &[
    "exchange activesync",
    "imap",
    "imap4",
    "pop",
    "pop3",
    "smtp",
    "authenticated smtp",
    "mapi over http",
    "autodiscover",
    "exchange online powershell",
    "exchange web services",
    "offline address book",
    "outlook anywhere (rpc over http)",
    "outlook service",
    "reporting web services",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_in_plain_words() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        for (agent, expected) in [
            ("", "no user agent"),
            (edge, "Edge on Windows"),
            (
                "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
                "Safari on iOS",
            ),
            ("python-requests/2.32.4", "Python"),
            ("BAV2ROPC", "basic authentication (BAV2ROPC)"),
            ("Something/1", "other program"),
        ] {
            assert_eq!(family(agent), expected, "{agent}");
        }
    }

    #[test]
    fn legacy_protocols() {
        for (protocol, agent, legacy) in [
            ("IMAP4", "", true),
            ("Other clients; IMAP", "", true),
            ("Browser", "BAV2ROPC", true),
            ("Browser", "Mozilla/5.0", false),
            ("OAuth2:Token", "", false),
        ] {
            assert_eq!(is_legacy(protocol, agent), legacy, "{protocol} {agent}");
        }
    }
}
