//! What does the emulator tell about itself? Everything under `/emulator`.

use serde_json::json;

use super::emulator::{Emulator, lock};
use super::message::{Answer, Request};
use crate::clock::{Millis, to_utc};
use crate::content_type::ContentType;
use crate::scenario::Scenario;

const HELP: &str = "Microsoft 365 Management Activity API and Microsoft Graph, emulated.

GET  /emulator/tenants                      tenants with the ids a client needs
GET  /emulator/log                          requests by operation and status
GET  /emulator/truth                        what was published up to now, and what was planted
GET  /emulator/truth/graph                  how much Graph shows up to now
POST /emulator/play?tenant=ID&scenario=NAME let a scenario happen now
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
            match serde_json::to_string(&json!({"tenants": emulator.truth(to_utc(now))})) {
                Ok(body) => Answer::json(200, body),
                Err(error) => Answer::text(500, &error.to_string()),
            }
        }
        ("GET", ["truth", "graph"]) => {
            let tenants = emulator.graph_truth(to_utc(now));
            Answer::json(200, json!({"tenants": tenants}).to_string())
        }
        ("GET", ["faults"]) => faults(emulator),
        ("POST", ["faults"]) => {
            done(change_faults(emulator, request, now).map(|()| faults(emulator)))
        }
        ("POST", ["play"]) => done(play(emulator, request, now)),
        ("POST", ["subscriptions", "disable"]) => done(disable(emulator, request)),
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

fn change_faults(emulator: &Emulator, request: &Request, now: Millis) -> Result<(), String> {
    let changes = String::from_utf8_lossy(&request.body);
    let faults = emulator.faults().changed(&changes)?;
    emulator.set_faults(faults, to_utc(now)).map_err(|error| error.to_string())
}

fn play(emulator: &Emulator, request: &Request, now: Millis) -> Result<Answer, String> {
    let scenario: Scenario = request.query("scenario").unwrap_or_default().parse()?;
    let tenant = request.query("tenant");
    let story = emulator
        .play(tenant.as_deref(), scenario, to_utc(now))
        .map_err(|error| error.to_string())?;
    serde_json::to_string(&story)
        .map(|body| Answer::json(200, body))
        .map_err(|error| error.to_string())
}

fn disable(emulator: &Emulator, request: &Request) -> Result<Answer, String> {
    let name = request.query("contentType").unwrap_or_default();
    let content_type = ContentType::from_name(&name).ok_or(format!("no content type {name:?}"))?;
    let by = request.query("by").unwrap_or_else(|| "a tenant admin".into());
    let tenant = request.query("tenant");
    let at = emulator.tenant_or_first(tenant.as_deref()).map_err(|error| error.to_string())?;
    let mut subscriptions = lock(&emulator.tenants[at].subscriptions);
    subscriptions.disable(content_type, &by).map_err(|problem| problem.to_string())?;
    Ok(Answer::json(200, "{}"))
}

fn done(result: Result<Answer, String>) -> Answer {
    result.unwrap_or_else(|text| Answer::json(400, json!({"error": text}).to_string()))
}
