//! Does the client do right with whatever the network brings?

mod audit_queries;
mod listings;
mod refusals;
mod windows;

use std::sync::Arc;

use event::{Envelope, Payload};

use super::*;
use crate::scripted::*;
use crate::service::world::tests::HastyClock;

/// A client in a world of its own.
struct Scene {
    graph: Graph,
    network: Arc<Scripted>,
    clock: Arc<HastyClock>,
}

fn scene(script: impl FnMut(&Seen) -> Option<Reply> + Send + 'static) -> Scene {
    let (world, network, clock) = world(script);
    Scene { graph: Graph::within(settings(), world).unwrap(), network, clock }
}

impl Scene {
    /// Method and address of each call, readable.
    fn lines(&self) -> Vec<String> {
        let line = |seen: &Seen| {
            let path = seen.url.path().trim_start_matches('/');
            let query = seen.url.query().unwrap_or_default();
            let query = query.replace("%20", " ").replace("%27", "'");
            format!("{} {path}?{query}", seen.method).trim_end_matches('?').to_owned()
        };
        self.network.calls().iter().map(line).collect()
    }
}

/// The hour that ended so many hours before the scene's time.
fn hour(hours_ago: i64) -> Window {
    let end = event::time::parse(NOW).unwrap() - hours_ago * 3_600_000_000;
    Window::new(end - 3_600_000_000, end).unwrap()
}

/// A page with these rows and this address of the next.
fn page(rows: &str, next: &str) -> Reply {
    let link = match next {
        "" => String::new(),
        next => format!(r#""@odata.nextLink":"{next}","#),
    };
    let context = r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","#;
    reply(200, format!(r#"{{{context}{link}"value":[{rows}]}}"#))
}

fn denied(code: &str) -> Reply {
    let inner = r#""innerError":{"request-id":"r","client-request-id":"c"}"#;
    reply(403, format!(r#"{{"error":{{"code":"{code}","message":"No.",{inner}}}}}"#))
}

/// `1:{"a":1}` for a record, with what stood around it.
fn show(envelope: &Envelope) -> String {
    let text = String::from_utf8_lossy(envelope.bytes());
    let position = envelope.position;
    match (&envelope.payload, &envelope.wrapper) {
        (Payload::Record(_), None) => format!("{position}:{text}"),
        (Payload::Record(_), Some(wrapper)) => format!("{position}:{text} in {wrapper}"),
        (Payload::Broken { reason, .. }, _) => format!("{position}:broken {text} ({reason})"),
    }
}
