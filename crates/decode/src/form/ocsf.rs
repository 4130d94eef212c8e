//! An event in the Open Cybersecurity Schema Framework.
//!
//! The class follows from the operation (`data/form/classes.tsv`), the attributes from
//! `data/form/ocsf.tsv`, and what neither names stands in `unmapped` under its own name. An event
//! that lacks what its class requires becomes a base event (class 0), and everything it says is in
//! `unmapped`: an event is sound or it is plain, but it is never refused.

use std::sync::LazyLock;

use event::{Event, Field, Value, resolve};
use serde_json::Value as Json;

use super::classes;
use super::convert::{Object, entry};
use super::kind::{self, Kind};
use super::quick::Table;
use super::rest::{self, Lists, Rest};
use super::rules::{Rules, code, lines};
use super::schema::{Owner, SCHEMA};

/// The version of OCSF that the readers of the events know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OcsfVersion {
    /// Changes of users are account_change (3001) or user_access (3005), changes of roles
    /// entity_management (3004).
    V1_4,
    /// Changes of users are user_management (3007), changes of roles role_management (3008).
    #[default]
    V1_9,
}

impl OcsfVersion {
    pub const ALL: [OcsfVersion; 2] = [OcsfVersion::V1_4, OcsfVersion::V1_9];

    /// As `metadata.version` has it.
    pub const fn name(self) -> &'static str {
        match self {
            OcsfVersion::V1_4 => "1.4.0",
            OcsfVersion::V1_9 => "1.9.0",
        }
    }

    /// The version that knows what this one knows: everything before 1.9 is written as 1.4.
    pub fn named(name: &str) -> Option<OcsfVersion> {
        let mut numbers = name.split('.').map(|number| number.parse::<u32>().ok());
        match (numbers.next()??, numbers.next().flatten()) {
            (1, Some(minor)) if minor >= 9 => Some(OcsfVersion::V1_9),
            (1, _) => Some(OcsfVersion::V1_4),
            _ => None,
        }
    }
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::read(include_str!("../../data/form/ocsf.tsv"), &|path| SCHEMA.field(path))
});

/// Class and activity by class and activity, -1 for any.
static OLDER: LazyLock<Table<(i64, i64), (i64, i64)>> = LazyLock::new(|| {
    lines(include_str!("../../data/form/ocsf_older.tsv"))
        .map(|line| {
            let numbers: Vec<i64> = line.split('\t').map(|n| n.parse().unwrap_or(-1)).collect();
            let [class, activity, older_class, older_activity] = numbers[..] else {
                panic!("four numbers: {line}");
            };
            ((class, activity), (older_class, older_activity))
        })
        .collect()
});

/// The event as an OCSF object.
pub fn ocsf(event: &Event, version: OcsfVersion) -> Object {
    let (mut object, rest) = mapped(event, version);
    if !rest.is_empty() {
        let unmapped = rest::tree(&rest, Lists::AsSent);
        object.insert("unmapped".to_owned(), Json::Object(unmapped));
    }
    object
}

/// Appends the same object as JSON, without building what stands under `unmapped`.
pub fn write_ocsf(event: &Event, version: OcsfVersion, out: &mut Vec<u8>) {
    let (object, rest) = mapped(event, version);
    rest::write_json(&Json::Object(object), out);
    if rest.is_empty() {
        return;
    }
    // The object is never empty, it tells its class.
    out.pop();
    out.extend_from_slice(br#","unmapped":"#);
    rest::write(&rest, Lists::AsSent, out);
    out.push(b'}');
}

fn mapped<'e, 'a>(event: &'e Event<'a>, version: OcsfVersion) -> (Object, Rest<'e, 'a>) {
    if event.is_quarantined() {
        return (unreadable(event, version), Vec::new());
    }
    let kind = kind::of(event);
    let class = classes::of(event, kind);
    let (class_uid, activity_id) = match version {
        OcsfVersion::V1_9 => (class.class_uid, class.activity_id),
        OcsfVersion::V1_4 => older(class.class_uid, class.activity_id),
    };
    let owner = SCHEMA.class(class_uid);
    owner
        .and_then(|owner| build(event, kind, version, owner, class_uid, activity_id))
        .unwrap_or_else(|| {
            let base = SCHEMA.class(0).expect("a base event");
            build(event, kind, version, base, 0, 99).expect("a base event requires nothing more")
        })
}

/// The same, with the record as text in `raw_data`.
pub fn ocsf_with_raw_data(event: &Event, version: OcsfVersion) -> Object {
    let mut object = ocsf(event, version);
    let raw = String::from_utf8_lossy(event.raw).into_owned();
    object.insert("raw_data_size".to_owned(), event.raw.len().into());
    object.insert("raw_data".to_owned(), raw.into());
    object
}

/// What OCSF does not allow of an event; empty for a sound one. One line for each problem.
pub fn ocsf_problems(event: &Object) -> Vec<String> {
    SCHEMA.problems(event)
}

/// The name of a class that is written: `ocsf_class_name(3002)` is `Authentication`.
pub fn ocsf_class_name(class_uid: i64) -> Option<&'static str> {
    SCHEMA.class(class_uid).map(|class| class.caption)
}

fn older(class_uid: i64, activity_id: i64) -> (i64, i64) {
    let find = |activity| OLDER.get(&(class_uid, activity)).copied();
    find(activity_id).or_else(|| find(-1)).unwrap_or((class_uid, activity_id))
}

/// The profile that says what was allowed and what was blocked.
const PROFILE: &str = "security_control";
const PROFILES: &[&str] = &[PROFILE];

/// The object without `unmapped`, and what stands there. `None` where the class requires what the
/// record does not say.
fn build<'e, 'a>(
    event: &'e Event<'a>,
    kind: Kind,
    version: OcsfVersion,
    owner: &Owner,
    class_uid: i64,
    activity_id: i64,
) -> Option<(Object, Rest<'e, 'a>)> {
    let mut object = Object::new();
    let mut located = RULES.locate(&event.body);
    RULES
        .fill(kind, event, &mut located, &mut object, &|target| owner.has(target.root(), PROFILES));
    complete(event, kind, owner, class_uid, &mut object);
    class_attributes(event, kind, owner, class_uid, activity_id, &mut object);
    outcome(event, kind, owner, &mut object);
    metadata(version, owner, &mut object);
    let taken = SCHEMA.settle(owner, &mut object);
    let is_whole = owner.required.iter().all(|name| object.contains_key(*name));
    if !is_whole || !owner.has_one(&object) {
        return None;
    }
    observables(&mut object);
    // Where an object was taken away, what had moved into it is told here.
    let rest = rest::untold(&event.body, |value| !taken && located.is_moved(value));
    Some((object, rest))
}

/// What a class requires and a record says in its own way, or not at all.
fn complete(event: &Event, kind: Kind, owner: &Owner, class_uid: i64, object: &mut Object) {
    let address = event.text(Field::ClientIP).and_then(event::Address::parse);
    if let Some(port) = address.and_then(|address| address.port)
        && let Some(Json::Object(endpoint)) = object.get_mut("src_endpoint")
    {
        endpoint.insert("port".to_owned(), port.into());
    }
    let requires = |name: &str| owner.attributes.get(name).is_some_and(|a| a.required);
    if let Some(name) = text_at(object, &["actor", "user", "name"])
        && let Some((_, domain)) = name.split_once('@')
    {
        set(object, &["actor", "user", "domain"], domain);
    }
    if class_uid == 3002 && !object.contains_key("user") {
        let user = object.get("actor").and_then(|actor| actor.get("user")).cloned();
        if let Some(user) = user {
            object.insert("user".to_owned(), user);
        }
    }
    if class_uid == 3002 && !object.contains_key("service") && !object.contains_key("dst_endpoint")
    {
        let workload = event.text(Field::Workload).unwrap_or("Microsoft 365");
        set(object, &["service", "name"], workload);
    }
    if requires("src_endpoint") && !object.contains_key("src_endpoint") {
        set(object, &["src_endpoint", "name"], "unknown");
    }
    if owner.has("direction_id", &[]) && !object.contains_key("direction_id") {
        object.insert("direction_id".to_owned(), 0.into());
    }
    if let Some(direction) = object.get("direction_id").and_then(Json::as_i64) {
        caption(owner, object, "direction_id", "direction", direction);
    }
    if let Some(Json::Object(request)) =
        object.get_mut("api").and_then(|api| api.get_mut("request"))
    {
        let uid = event.text(Field::Id).unwrap_or("unknown");
        request.insert("uid".to_owned(), uid.into());
    }
    for finding in ["finding_info", "finding_info_list"] {
        let info = match object.get_mut(finding) {
            Some(Json::Array(items)) => items.first_mut(),
            info => info,
        };
        let Some(Json::Object(info)) = info else { continue };
        // A policy of Microsoft 365 is a rule.
        if let Some(Json::Object(analytic)) = info.get_mut("analytic") {
            analytic.insert("type_id".to_owned(), 1.into());
            analytic.insert("type".to_owned(), "Rule".into());
        }
    }
    if matches!(kind, Kind::Family("Graph directory audit")) {
        targets(event, "targetResources", object, owner);
    }
    if matches!(kind, Kind::Family("Entra diagnostic settings" | "Other diagnostic settings")) {
        targets(event, "properties.targetResources", object, owner);
    }
    if owner.has("is_alert", &[]) && class_uid / 1000 == 2 {
        object.insert("is_alert".to_owned(), true.into());
    }
    if owner.has("entity", &[]) && !object.contains_key("entity") {
        let name = event.text(Field::ItemName).or(event.text(Field::ObjectId));
        if let Some(name) = name {
            set(object, &["entity", "name"], name);
        }
    }
}

/// What a directory audit acted on: the attribute that its class has for it.
fn targets(event: &Event, path: &str, object: &mut Object, owner: &Owner) {
    let mut first = true;
    resolve(&event.body, path, &mut |value| {
        let items = match value {
            Value::List(items) => items.as_slice(),
            item => std::slice::from_ref(item),
        };
        for item in items {
            let text = |name: &str| {
                let value = item.get(name).filter(|value| !super::convert::is_missing(value));
                value.and_then(Value::as_text).map(|text| text.into_owned())
            };
            let (id, name, principal) =
                (text("id"), text("displayName"), text("userPrincipalName"));
            let what = text("type").unwrap_or_default();
            let is_class = |attribute: &str| owner.has(attribute, &[]);
            let attribute = match what.as_str() {
                "Group" if is_class("group") => "group",
                "User" if is_class("user") => "user",
                "Role" if is_class("iam_role") => "iam_role",
                _ if first && is_class("entity") => "entity",
                _ if first && is_class("user") && !is_class("group") => "user",
                _ if first && is_class("iam_role") => "iam_role",
                _ => continue,
            };
            first = false;
            if let Some(id) = &id {
                set(object, &[attribute, "uid"], id);
            }
            if attribute == "user" {
                let name_of = principal.as_ref().or(name.as_ref());
                if let Some(name) = name_of {
                    set(object, &["user", "name"], name);
                }
                if let Some(principal) = principal.filter(|text| super::convert::is_email(text)) {
                    set(object, &["user", "email_addr"], &principal);
                }
                if let Some(name) = &name {
                    set(object, &["user", "full_name"], name);
                }
            } else if let Some(name) = name.or(principal) {
                set(object, &[attribute, "name"], &name);
            }
            if attribute == "entity" && !what.is_empty() {
                set(object, &["entity", "type"], &what);
            }
        }
        false
    });
}

fn class_attributes(
    event: &Event,
    kind: Kind,
    owner: &Owner,
    class_uid: i64,
    activity_id: i64,
    object: &mut Object,
) {
    let activity = match (activity_id, event.text(Field::Operation)) {
        (99, Some(operation)) => operation,
        _ => owner.caption_of("activity_id", activity_id).unwrap_or("Other"),
    };
    let type_name = format!("{}: {}", owner.caption, activity);
    let time = [Field::CreationTime, Field::IngestTime].into_iter().find_map(|f| event.time(f));
    for (name, value) in [
        ("activity_id", activity_id.into()),
        ("activity_name", activity.into()),
        ("category_uid", owner.category_uid.into()),
        ("category_name", owner.category.into()),
        ("class_uid", class_uid.into()),
        ("class_name", owner.caption.into()),
        ("type_uid", (class_uid * 100 + activity_id).into()),
        ("type_name", type_name.into()),
        ("time", time.unwrap_or(0).div_euclid(1000).into()),
    ] {
        object.insert(name.to_owned(), value);
    }
    // A message trace weighs nothing by itself, as in ocsf/examples.
    let default = if kind == Kind::Family("Message trace") { 0 } else { 1 };
    let mut severity = object.get("severity_id").and_then(Json::as_i64).unwrap_or(default);
    // Of several rules of data loss prevention the gravest counts.
    resolve(&event.body, "PolicyDetails.Rules.Severity", &mut |value| {
        let found = value.as_text().and_then(|text| code("severity", &text)?.parse().ok());
        severity = severity.max(found.unwrap_or(0));
        false
    });
    object.insert("severity_id".to_owned(), severity.into());
    caption(owner, object, "severity_id", "severity", severity);
}

fn outcome(event: &Event, kind: Kind, owner: &Owner, object: &mut Object) {
    let told = event.text(Field::ResultStatus);
    let status = match object.get("status_id").and_then(Json::as_i64) {
        Some(status) => status,
        // The states of a finding are other codes than the outcomes of an act.
        None if owner.category_uid == 2 => 0,
        None => status_of(event, kind, told),
    };
    object.insert("status_id".to_owned(), status.into());
    match told {
        Some(told) if status == 99 => {
            object.insert("status".to_owned(), told.into());
        }
        _ => caption(owner, object, "status_id", "status", status),
    }
    let is_graph = matches!(kind, Kind::Family("Graph sign-in" | "Graph directory audit"));
    if is_graph && status == 2 {
        object.insert("severity_id".to_owned(), 2.into());
        caption(owner, object, "severity_id", "severity", 2);
    }
    for (id, name) in [("action_id", "action"), ("disposition_id", "disposition")] {
        if let Some(code) = object.get(id).and_then(Json::as_i64) {
            caption(owner, object, id, name, code);
        }
    }
}

fn status_of(event: &Event, kind: Kind, told: Option<&str>) -> i64 {
    let failed = |name| {
        let value = event.body.get(name).filter(|value| !super::convert::is_missing(value));
        value.is_some_and(|value| value.as_text().is_some_and(|text| text != "0"))
    };
    let table = match kind {
        // RecordType 15 says Success of failed sign-ins too; the error number tells.
        Kind::Audit(9 | 15) if failed("ErrorNumber") || failed("LogonError") => return 2,
        Kind::Family("Message trace") => "trace-status",
        Kind::Family("Graph sign-in" | "Entra diagnostic settings")
            if told.is_some_and(|told| told.bytes().all(|b| b.is_ascii_digit())) =>
        {
            return if told == Some("0") { 1 } else { 2 };
        }
        Kind::Family("Service health issue" | "Service health overview" | "Service message") => {
            return 0;
        }
        _ => "status",
    };
    told.and_then(|told| code(table, told)?.parse().ok()).unwrap_or(0)
}

fn metadata(version: OcsfVersion, owner: &Owner, object: &mut Object) {
    set(object, &["metadata", "version"], version.name());
    let controlled = object.keys().any(|name| {
        owner.attributes.get(name.as_str()).is_some_and(|attribute| attribute.profile == PROFILE)
    });
    if controlled && let Some(Json::Object(metadata)) = object.get_mut("metadata") {
        metadata.insert("profiles".to_owned(), Json::Array(vec![PROFILE.into()]));
    }
}

/// Where people pivot: path, observable type_id and its caption.
const OBSERVABLES: &[(&[&str], i64)] = &[
    (&["actor", "user", "name"], 4),
    (&["actor", "user", "email_addr"], 5),
    (&["user", "name"], 4),
    (&["user", "email_addr"], 5),
    (&["src_endpoint", "ip"], 2),
    (&["dst_endpoint", "ip"], 2),
    (&["file", "name"], 7),
    (&["file", "url", "url_string"], 6),
    (&["email", "from"], 5),
    (&["http_request", "user_agent"], 16),
];

fn observables(object: &mut Object) {
    let mut found = Vec::new();
    for (path, type_id) in OBSERVABLES {
        let Some(value) = text_at(object, path) else { continue };
        let mut observable = Object::new();
        observable.insert("name".to_owned(), path.join(".").into());
        observable.insert("type_id".to_owned(), (*type_id).into());
        if let Some(caption) = SCHEMA.observable(*type_id) {
            observable.insert("type".to_owned(), caption.into());
        }
        observable.insert("value".to_owned(), value.into());
        found.push(Json::Object(observable));
    }
    if !found.is_empty() {
        object.insert("observables".to_owned(), Json::Array(found));
    }
}

fn unreadable(event: &Event, version: OcsfVersion) -> Object {
    let base = SCHEMA.class(0).expect("a base event");
    let mut object = Object::new();
    class_attributes(event, Kind::Audit(-1), base, 0, 0, &mut object);
    object.insert("activity_name".to_owned(), "Unknown".into());
    object.insert("status_id".to_owned(), 0.into());
    set(&mut object, &["metadata", "product", "name"], "Microsoft 365");
    set(&mut object, &["metadata", "product", "vendor_name"], "Microsoft");
    metadata(version, base, &mut object);
    let reason = event.text(Field::Quarantine).unwrap_or("unreadable");
    object.insert("message".to_owned(), reason.into());
    if let Some(text) = event.body.as_text() {
        object.insert("raw_data".to_owned(), text.into_owned().into());
    }
    object
}

fn caption(owner: &Owner, object: &mut Object, id: &str, name: &str, code: i64) {
    if let Some(caption) = owner.caption_of(id, code) {
        object.insert(name.to_owned(), caption.into());
    }
}

fn text_at(object: &Object, path: &[&str]) -> Option<String> {
    let (last, above) = path.split_last()?;
    let mut object = object;
    for name in above {
        object = object.get(*name)?.as_object()?;
    }
    object.get(*last)?.as_str().map(str::to_owned)
}

/// Fills an attribute, unless something stands there.
fn set(object: &mut Object, path: &[&str], text: &str) {
    let Some((last, above)) = path.split_last() else { return };
    let mut object = object;
    for name in above {
        match entry(object, name, || Json::Object(Object::new())) {
            Json::Object(inner) => object = inner,
            _ => return,
        }
    }
    entry(object, last, || text.into());
}
