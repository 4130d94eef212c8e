//! What are the parts of a URL?
//!
//! Audit records hold URLs as people see them, with blanks and letters that a strict reader
//! refuses, and some hold them without a scheme. So this splits and judges nothing.

/// The parts of a URL, as they stand in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Link<'t> {
    pub scheme: Option<&'t str>,
    pub username: Option<&'t str>,
    pub domain: &'t str,
    pub port: Option<u16>,
    pub path: Option<&'t str>,
    pub query: Option<&'t str>,
    pub fragment: Option<&'t str>,
}

/// The parts; `None` where no host can be told.
pub fn parse(text: &str) -> Option<Link<'_>> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, text.strip_prefix("//").unwrap_or(text)),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    let (domain, port) = match host.rsplit_once(':') {
        Some((domain, port)) if !domain.ends_with(':') => (domain, port.parse().ok()),
        _ => (host, None),
    };
    // Without a scheme only a name with a dot is a host; else any word would be one.
    if domain.is_empty() || (scheme.is_none() && !(domain.contains('.') && is_host(domain))) {
        return None;
    }
    let (rest, fragment) = split(rest, '#');
    let (path, query) = split(rest, '?');
    Some(Link {
        scheme,
        username: userinfo.map(|info| info.split(':').next().unwrap_or(info)),
        domain: domain.trim_start_matches('[').trim_end_matches(']'),
        port: port.or(match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => Some(443),
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => Some(80),
            _ => None,
        }),
        path: (!path.is_empty()).then_some(path),
        query,
        fragment,
    })
}

impl Link<'_> {
    /// What follows the last dot of the last name of the path.
    pub fn extension(&self) -> Option<&str> {
        let (_, name) = self.path?.rsplit_once('/')?;
        let (stem, extension) = name.rsplit_once('.')?;
        let fits = (1..=16).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric());
        (fits && !stem.is_empty()).then_some(extension)
    }

    /// Subdomain, registered domain and top level: `("mail", "contoso.co.uk", "co.uk")`. Told by
    /// the usual second levels, since the public suffix list is not at hand.
    pub fn levels(&self) -> Option<(&str, &str, &str)> {
        let domain = self.domain;
        if domain.parse::<std::net::IpAddr>().is_ok() {
            return None;
        }
        let mut dots: Vec<usize> = domain.match_indices('.').map(|(at, _)| at).collect();
        let mut top = dots.pop()?;
        if domain.len() - top == 3
            && let Some(second) = dots.last().copied()
            && SECOND_LEVELS.contains(&&domain[second + 1..top])
        {
            top = second;
            dots.pop();
        }
        let registered = dots.last().map_or(0, |at| at + 1);
        Some((&domain[..registered.saturating_sub(1)], &domain[registered..], &domain[top + 1..]))
    }
}

const SECOND_LEVELS: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gob", "gov", "ltd", "mil", "ne", "net", "nom", "or", "org",
    "plc", "sch",
];

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn is_host(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_parts() {
        for (text, expected) in [
            (
                "https://contoso.example/sites/a b/Plan 2.xlsx?web=1#x",
                "https contoso.example 443 /sites/a b/Plan 2.xlsx web=1 x xlsx",
            ),
            ("http://ann:pw@mail.contoso.co.uk:8080", "http mail.contoso.co.uk 8080 - - - -"),
            ("portal.contoso.example/a", "- portal.contoso.example - /a - - -"),
            ("//portal.contoso.example/a", "- portal.contoso.example - /a - - -"),
            ("https://[2001:db8::1]/a", "https 2001:db8::1 443 /a - - -"),
            ("Unknown (Unknown)", "none"),
            ("", "none"),
        ] {
            let shown = parse(text).map_or("none".to_owned(), |link| {
                let port = link.port.map(|port| port.to_string());
                [
                    link.scheme,
                    Some(link.domain),
                    port.as_deref(),
                    link.path,
                    link.query,
                    link.fragment,
                    link.extension(),
                ]
                .map(|part| part.unwrap_or("-"))
                .join(" ")
            });
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn domains_have_levels() {
        for (domain, levels) in [
            ("a.b.contoso.co.uk", Some(("a.b", "contoso.co.uk", "co.uk"))),
            ("contoso.example", Some(("", "contoso.example", "example"))),
            ("co.uk", Some(("", "co.uk", "uk"))),
            ("localhost", None),
            ("192.0.2.7", None),
        ] {
            assert_eq!(Link { domain, ..Link::default() }.levels(), levels, "{domain}");
        }
    }
}
