//! Does Microsoft Graph give the logs that are configured?

use event::time;
use source::graph::{Graph, Log, Window};

use super::report::Items;
use crate::portal::Portal;

/// Asks each log for its last minutes, which shows what a role alone does not: licences.
pub async fn check(graph: &Graph, logs: &[Log], portal: &Portal, now: i64, items: &mut Items) {
    let window = Window::new(now - 10 * time::MINUTE, now).expect("minutes are a window");
    for &log in logs {
        match graph.list(log, window).next_page().await {
            Ok(_) => items.ok(&format!("log {log}"), "can be listed"),
            Err(error) => {
                let fix = format!("{}; or leave it out of graph_logs", portal.permissions());
                items.wrong(&format!("log {log}"), error.to_string(), fix);
            }
        }
    }
}
