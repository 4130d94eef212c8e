//! What does the emulator tell about itself? Everything under `/emulator`.

use serde_json::json;

use super::emulator::{Answer, Emulator, Request};
use crate::clock::Millis;
use crate::content_type::ContentType;

const HELP: &str = "Microsoft 365 Management Activity API, emulated.

GET  /emulator/tenants                      tenants with the ids a client needs
GET  /emulator/log                          requests by operation and status
GET  /emulator/truth                        what was published up to now, and what was planted
GET  /emulator/faults                       faults
POST /emulator/faults                       change some, as JSON
POST /emulator/subscriptions/disable?tenant=ID&contentType=TYPE&by=a%20service%20admin
";

pub(super) fn answer(emulator: &Emulator, request: &Request, path: &[&str], now: Millis) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", []) => Answer::text(200, HELP),
        ("GET", ["tenants"]) => Answer::json(200, tenants(emulator)),
        ("GET", ["log"]) => Answer::json(200, log(emulator)),
        ("GET", ["truth"]) => {
            match serde_json::to_string(&json!({"tenants": emulator.truth_at(now)})) {
                Ok(body) => Answer::json(200, body),
                Err(error) => Answer::text(500, &error.to_string()),
            }
        }
        ("GET", ["faults"]) => faults(emulator),
        ("POST", ["faults"]) => {
            let changes = String::from_utf8_lossy(&request.body);
            match emulator.change_faults(&changes, now) {
                Ok(()) => faults(emulator),
                Err(text) => Answer::json(400, json!({"error": text}).to_string()),
            }
        }
        ("POST", ["subscriptions", "disable"]) => disable(emulator, request),
        _ => Answer::text(404, HELP),
    }
}

fn tenants(emulator: &Emulator) -> String {
    let tenants: Vec<_> = emulator
        .setups()
        .iter()
        .map(|setup| {
            json!({
                "name": setup.name,
                "tenant_id": setup.tenant.tenant_id,
                "domain": setup.tenant.domain,
                "client_id": setup.client_id,
                "users": setup.tenant.users,
                "rate": setup.tenant.rate,
            })
        })
        .collect();
    json!({"tenants": tenants}).to_string()
}

fn log(emulator: &Emulator) -> String {
    let log = emulator.request_log();
    json!({
        "operations": log.operations,
        "total": log.operations.values().map(|totals| totals.total).sum::<u64>(),
        "missing_publisher_identifier": log.missing_publisher_identifier(),
    })
    .to_string()
}

fn faults(emulator: &Emulator) -> Answer {
    match serde_json::to_string(&emulator.faults()) {
        Ok(body) => Answer::json(200, body),
        Err(error) => Answer::text(500, &error.to_string()),
    }
}

fn disable(emulator: &Emulator, request: &Request) -> Answer {
    let content_type = request.query("contentType").and_then(|name| ContentType::from_name(&name));
    let Some(content_type) = content_type else {
        return Answer::json(
            400,
            json!({"error": "contentType is missing or not valid"}).to_string(),
        );
    };
    let by = request.query("by").unwrap_or_else(|| "a tenant admin".into());
    match emulator.disable_subscription(request.query("tenant").as_deref(), content_type, &by) {
        Ok(()) => Answer::json(200, "{}"),
        Err(text) => Answer::json(400, json!({"error": text}).to_string()),
    }
}
