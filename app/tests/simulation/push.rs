//! What becomes of a call to the webhook?

use std::sync::{Arc, Mutex};

use chrono::DateTime;
use emulator::{Emulator, WebhookCall};
use reqwest::header::{HeaderMap, HeaderName};
use source::activity_feed::WebhookWish;
use source::activity_feed::notification::{Call, Expected, read_call};
use trail365::collect::Collector;

use crate::life::Life;
use crate::network::Weather;
use crate::plan::Plan;

const ADDRESS: &str = "https://webhook.example.org/";

pub fn wish(plan: &Plan) -> Option<WebhookWish> {
    plan.webhook.then(|| WebhookWish::new(ADDRESS, None, None).expect("an address"))
}

/// The service makes the calls that are due. They may be lost on the way, and their answers too.
pub fn deliver(
    life: &Life,
    emulator: &Emulator,
    weather: &Arc<Mutex<Weather>>,
    collector: &Collector,
) {
    let now = DateTime::from_timestamp_micros(life.time.now()).expect("a time");
    let weather = *weather.lock().expect("no holder panics");
    for call in emulator.notifications_due(now) {
        let is_lost = life.meets("push lost", weather.refused, &call.body);
        let status =
            if is_lost || !life.does("push", "") { None } else { receive(&call, collector) };
        let is_lost = life.meets("push unanswered", weather.lost, &call.body) || life.is_dead();
        emulator.notified(now, &call, status.filter(|_| !is_lost));
        life.tell(|| format!("push {status:?}: {}", call.body));
    }
}

fn receive(call: &WebhookCall, collector: &Collector) -> Option<u16> {
    let headers: HeaderMap = call
        .headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, value.parse().expect("a value"))
        })
        .collect();
    let expected = Expected { tenant_id: collector.tenant_id(), auth_id: None };
    match read_call(&headers, call.body.as_bytes(), &expected) {
        Ok(Call::Notification { blobs, .. }) => match collector.notified(&blobs) {
            Ok(_) => Some(200),
            Err(_) => Some(503),
        },
        Ok(Call::Validation { .. }) => Some(200),
        Err(refused) => Some(refused.status()),
    }
}
