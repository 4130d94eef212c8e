//! Which API is a token for?
//!
//! Feed and Graph share the emulator's address, so a client with addresses of its own says
//! `{base}` for the feed and `{base}/graph` for Graph, under which Graph is served as well.

/// Where Graph is served besides the root: the audience `{base}/graph` names it.
pub(super) const GRAPH_PREFIX: &str = "graph";

/// Resources of the Management Activity API in all clouds; the reference lists the first four.
const FEED: [&str; 5] = [
    "https://manage.office.com",
    "https://manage-gcc.office.com",
    "https://manage.office365.us",
    "https://manage.protection.apps.mil",
    "https://manage.office365.cn",
];

/// Roots of Graph in all clouds.
const GRAPH: [&str; 4] = [
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
];

/// Tokens for these are given out too, but nothing here takes them.
const OTHER: [&str; 1] = ["https://outlook.office365.com"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    Feed,
    Graph,
    Other,
}

impl Audience {
    /// The API behind a resource without its last slash; `base_url` is where the emulator is.
    pub(super) fn of(resource: &str, base_url: &str) -> Option<Audience> {
        let among = |known: &[&str]| known.iter().any(|one| one.eq_ignore_ascii_case(resource));
        let own_graph = resource
            .strip_prefix(base_url)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|rest| rest == GRAPH_PREFIX);
        if among(&FEED) || resource == base_url {
            Some(Audience::Feed)
        } else if among(&GRAPH) || own_graph {
            Some(Audience::Graph)
        } else {
            among(&OTHER).then_some(Audience::Other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_name_an_api() {
        let check = |resource: &str, expected: Option<Audience>| {
            assert_eq!(Audience::of(resource, "http://emulator.test"), expected, "{resource}");
        };
        check("https://manage.office.com", Some(Audience::Feed));
        check("https://manage.office365.us", Some(Audience::Feed));
        check("http://emulator.test", Some(Audience::Feed));
        check("https://graph.microsoft.com", Some(Audience::Graph));
        check("https://dod-graph.microsoft.us", Some(Audience::Graph));
        check("http://emulator.test/graph", Some(Audience::Graph));
        check("https://outlook.office365.com", Some(Audience::Other));
        check("http://emulator.testgraph", None);
        check("http://emulator.test/graph/v1.0", None);
        check("https://graph.microsoft.com.attacker.invalid", None);
    }
}
