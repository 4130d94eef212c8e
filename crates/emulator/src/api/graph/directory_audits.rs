//! `auditLogs/directoryAudits`: who changed what in the directory?
//!
//! The same changes as the feed's records of type 8, in Graph's words: the activity without its
//! full stop, values as JSON text.

use serde_json::{Value, json};

use super::Call;
use super::error::GraphError;
use super::filter::Filter;
use super::late::{self, Row, named};
use super::page::{self, Position, Shape};
use crate::clock::{self, Millis};
use crate::publication::Publication;
use crate::random::{Guid, blend};

/// AzureActiveDirectory
const RECORD_TYPE: u16 = 8;

pub(super) fn answer(call: &Call<'_>, id: Option<&str>) -> Result<String, GraphError> {
    let filter = Filter::read(call.option("filter").as_deref())?;
    let publication = call.publication();
    let range = filter.range("activityDateTime");
    let rows = late::rows(&publication, RECORD_TYPE, range, call.now);
    if let Some(id) = id {
        let found = rows.iter().map(|row| audit(&publication, row)).find(|row| row["id"] == id);
        return found.map(|row| row.to_string()).ok_or_else(|| GraphError::not_found(id));
    }
    let shape = Shape {
        path: "auditLogs/directoryAudits".into(),
        time: "activityDateTime",
        page_default: 1_000,
        page_max: 1_000,
    };
    let rows = rows.into_iter().map(|row| (row.0, row)).collect();
    page::answer(call, &shape, rows, |row| {
        let row = audit(&publication, row);
        filter.admits(&row).then(|| row.to_string())
    })
}

/// How many audits can be read by now.
pub(super) fn count(publication: &Publication<'_>, now: Millis) -> u64 {
    late::rows(publication, RECORD_TYPE, (None, None), now).len() as u64
}

fn audit(publication: &Publication<'_>, (position, origin): &Row) -> Value {
    let record = late::record(publication, origin);
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    let activity = text("Operation").trim_end().trim_end_matches('.');
    let details = named(&record["ExtendedProperties"], "additionalDetails");
    let kind = named(&record["ExtendedProperties"], "extendedAuditEventCategory");
    json!({
        "id": id(position, text("InterSystemsId")),
        "category": category(kind),
        "correlationId": text("InterSystemsId"),
        "result": if text("ResultStatus") == "Success" { "success" } else { "failure" },
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": moment(position),
        "loggedByService": if activity == "User registered security info" {
            "Authentication Methods"
        } else {
            "Core Directory"
        },
        "operationType": operation_type(activity),
        "initiatedBy": initiator(&record),
        "targetResources": [target(&record)],
        "additionalDetails": pairs(details),
    })
}

/// `Directory_{correlation id}_{five characters}_{number}`, as the service composes them.
fn id(position: &Position, correlation: &str) -> String {
    let mark = blend(7, position.tie) % 0xF_FFFF;
    format!("Directory_{correlation}_{mark:05X}_{}", position.tie)
}

/// Seven digits behind the second.
fn moment(position: &Position) -> String {
    let millis = clock::with_millis(position.time);
    format!("{}{:04}Z", millis.trim_end_matches('Z'), position.tie % 10_000)
}

fn category(kind: &str) -> &'static str {
    match kind {
        "User" => "UserManagement",
        "Group" => "GroupManagement",
        "Role" => "RoleManagement",
        "Application" | "ServicePrincipal" => "ApplicationManagement",
        "Device" => "Device",
        "Policy" => "Policy",
        _ => "DirectoryManagement",
    }
}

fn operation_type(activity: &str) -> &'static str {
    let assigns = ["Add member", "Add owner", "Add app role", "Add registered", "Add delegated"];
    match activity.split(' ').next().unwrap_or_default() {
        _ if assigns.iter().any(|start| activity.starts_with(start)) => "Assign",
        "Add" => "Add",
        "Delete" => "Delete",
        "Remove" => "Unassign",
        _ => "Update",
    }
}

fn initiator(record: &Value) -> Value {
    let actor = &record["Actor"];
    let name = of_type(actor, 1);
    if name.is_null() {
        let user = json!({
            "id": guid(actor),
            "displayName": null,
            "userPrincipalName": of_type(actor, 5),
            "ipAddress": record["ClientIP"],
        });
        return json!({"user": user, "app": null});
    }
    let app = json!({
        "appId": null,
        "displayName": name,
        "servicePrincipalId": principal(actor),
        "servicePrincipalName": null,
    });
    json!({"user": null, "app": app})
}

fn target(record: &Value) -> Value {
    let target = &record["Target"];
    let kind = target[2]["ID"].as_str().unwrap_or("Other");
    let properties = record["ModifiedProperties"].as_array().map_or(&[][..], Vec::as_slice);
    let properties: Vec<Value> = properties
        .iter()
        .map(|property| {
            json!({
                "displayName": property["Name"],
                "oldValue": json_text(&property["OldValue"]),
                "newValue": json_text(&property["NewValue"]),
            })
        })
        .collect();
    json!({
        "id": guid(target),
        "displayName": of_type(target, 1),
        "type": kind,
        "userPrincipalName": of_type(target, 5),
        "groupType": (kind == "Group").then_some("unifiedGroups"),
        "modifiedProperties": properties,
    })
}

/// The feed writes values as indented JSON or plain text, Graph as JSON text without blanks.
fn json_text(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() {
        return Value::Null;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(parsed) if text.starts_with(['[', '{']) => parsed.to_string().into(),
        _ => value.to_string().into(),
    }
}

fn pairs(details: &str) -> Vec<Value> {
    let details: Value = serde_json::from_str(details).unwrap_or_default();
    let pair = |(key, value): (&String, &Value)| json!({"key": key, "value": value});
    details.as_object().map(|it| it.iter().map(pair).collect()).unwrap_or_default()
}

/// The identity of this type in an Actor or Target list: 1 a name, 5 a UPN.
fn of_type(list: &Value, number: u64) -> Value {
    let found = list.as_array().and_then(|list| list.iter().find(|it| it["Type"] == number));
    found.map(|it| it["ID"].clone()).unwrap_or_default()
}

fn guid(list: &Value) -> Value {
    let is_guid = |it: &&Value| it["ID"].as_str().and_then(Guid::parse).is_some();
    let found = list.as_array().and_then(|list| list.iter().find(is_guid));
    found.map(|it| it["ID"].clone()).unwrap_or_default()
}

/// The object id behind `ServicePrincipal_`.
fn principal(list: &Value) -> Value {
    let id = |it: &Value| Some(it["ID"].as_str()?.strip_prefix("ServicePrincipal_")?.to_owned());
    list.as_array().and_then(|list| list.iter().find_map(id)).map_or(Value::Null, Value::from)
}
