//! An event in the Elastic Common Schema.
//!
//! What `data/form/ecs.tsv` names goes to ECS fields; every other member of the record goes, under
//! its own name, to `o365.audit`, as Elastic's o365 integration has it. Three things are otherwise
//! than there: nothing is lost (two elements of one name become a list), the number of the record
//! type is kept beside its name, and the owner of a mailbox is `user.target`, not `user`.

use std::sync::LazyLock;

use event::{Event, Field, Value, resolve};
use serde_json::Value as Json;

use super::classes;
use super::convert::{Object, Type, entry, gather, text_of};
use super::kind::{self, Kind};
use super::quick::Table;
use super::rest::{self, Lists, Rest, inner};
use super::rules::{Rules, append, code, lines};
use super::{link, peer, user_agent};

/// The ECS version whose fields are written.
pub const ECS_VERSION: &str = "8.11.0";

/// A field of ECS: its name, type, and whether it is a list.
type Fields = Table<&'static str, (Type, bool)>;

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    lines(include_str!("../../data/form/ecs_fields.tsv"))
        .map(|line| {
            let mut cells = line.split('\t');
            let (name, kind) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
            (name, (type_of(kind), cells.next() == Some("array")))
        })
        .collect()
});

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../data/form/ecs.tsv"), &field));

fn field(path: &str) -> Option<(Type, bool)> {
    match path.rsplit_once('.') {
        Some((point, "lat" | "lon")) if FIELDS.contains_key(point) => Some((Type::Float, false)),
        _ => FIELDS.get(path).copied(),
    }
}

/// Is this a field of ECS?
pub fn is_ecs_field(path: &str) -> bool {
    field(path).is_some()
}

fn type_of(name: &str) -> Type {
    match name {
        "date" => Type::Date,
        "ip" => Type::Ip,
        "long" => Type::Integer,
        "float" => Type::Float,
        "object" | "nested" | "flattened" | "geo_point" => Type::Json,
        _ => Type::Text,
    }
}

/// The event as a nested ECS document.
pub fn ecs(event: &Event) -> Object {
    let (mut document, rest, record_type) = build(event);
    let mut audit = rest::tree(&rest, Lists::Folded);
    if let Some(id) = record_type {
        audit.insert(RECORD_TYPE.to_owned(), id.into());
    }
    if !audit.is_empty() {
        let mut o365 = Object::new();
        o365.insert("audit".to_owned(), Json::Object(audit));
        document.insert("o365".to_owned(), Json::Object(o365));
    }
    document
}

/// Appends the same document as JSON, without building what stands under `o365.audit`.
pub fn write_ecs(event: &Event, out: &mut Vec<u8>) {
    let (document, rest, record_type) = build(event);
    rest::write_json(&Json::Object(document), out);
    if rest.is_empty() && record_type.is_none() {
        return;
    }
    // The document is never empty, it tells its version.
    out.pop();
    out.extend_from_slice(br#","o365":{"audit":"#);
    rest::write(&rest, Lists::Folded, out);
    if let Some(id) = record_type {
        out.pop();
        let comma = if rest.is_empty() { "" } else { "," };
        out.extend_from_slice(format!("{comma}\"{RECORD_TYPE}\":{id}}}").as_bytes());
    }
    out.extend_from_slice(b"}}");
}

const RECORD_TYPE: &str = "RecordType";

/// The document without `o365.audit`, what stands there, and the number of the record's type where
/// that does not say it.
fn build<'e, 'a>(event: &'e Event<'a>) -> (Object, Rest<'e, 'a>, Option<i64>) {
    let kind = kind::of(event);
    let mut document = Object::new();
    let mut located = RULES.locate(&event.body);
    RULES.fill(kind, event, &mut located, &mut document, &|_| true);
    complete(event, kind, &mut document);
    let rest = rest::untold(&event.body, |value| located.is_moved(value));
    let is_told = !kind.is_audit() || rest.iter().any(|(key, _)| *key == RECORD_TYPE);
    let record_type = event.int(Field::RecordType).filter(|_| !is_told);
    (document, rest, record_type)
}

/// The same document with dotted names, one level deep. A list of objects stays a list.
pub fn flattened(document: &Object) -> Object {
    let mut flat = Object::new();
    let mut path = String::new();
    for (name, value) in document {
        flatten(name, value, &mut path, &mut flat);
    }
    flat
}

fn flatten(name: &str, value: &Json, path: &mut String, flat: &mut Object) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                flatten(name, value, path, flat);
            }
        }
        value => gather(flat, path, value.clone()),
    }
    path.truncate(length);
}

/// What follows from what the rules filled.
fn complete(event: &Event, kind: Kind, document: &mut Object) {
    put(document, "ecs.version", ECS_VERSION);
    if event.is_quarantined() {
        return unreadable(event, document);
    }
    if kind.is_audit() {
        put(document, "event.module", "o365");
        put(document, "event.dataset", "o365.audit");
    }
    classify(event, kind, document);
    outcome(event, kind, document);
    addresses(document);
    details(event, kind, document);
    users(document);
    organization(kind, document);
    links(document);
    agent(document);
    related(document);
}

fn unreadable(event: &Event, document: &mut Object) {
    put(document, "event.kind", "pipeline_error");
    put(document, "error.message", event.text(Field::Quarantine).unwrap_or("unreadable"));
    if let Some(text) = event.body.as_text() {
        put(document, "event.original", &text);
    }
}

fn classify(event: &Event, kind: Kind, document: &mut Object) {
    let class = classes::of(event, kind);
    put(document, "event.kind", class.kind);
    let directory = matches!(kind, Kind::Family("Graph directory audit"))
        || (matches!(kind, Kind::Family("Entra diagnostic settings"))
            && !class.category.contains(&"authentication"));
    let mut category = Vec::new();
    let mut types = Vec::new();
    if kind.is_audit() {
        // Elastic's o365 integration begins both lists so and adds what it knows.
        category.push("web");
        types.push("info");
    }
    if directory {
        category.push("iam");
    } else {
        category.extend(&class.category);
    }
    types.extend(class.types.iter().filter(|name| !directory || IAM_TYPES.contains(name)));
    if event.int(Field::RecordType) == Some(40) {
        let told = text_at(&event.body, "Category");
        category.extend(code("alert-category", told.as_deref().unwrap_or("")));
    }
    for (path, words) in [("event.category", category), ("event.type", types)] {
        for word in words {
            add(document, path, word.into());
        }
    }
}

/// The types that ECS expects beside the category iam.
const IAM_TYPES: &[&str] = &["admin", "change", "creation", "deletion", "group", "info", "user"];

fn outcome(event: &Event, kind: Kind, document: &mut Object) {
    let status = event.text(Field::ResultStatus);
    let outcome = match kind {
        Kind::Audit(11 | 13 | 33 | 63 | 99 | 100 | 107) => Some(dlp_outcome(event)),
        // RecordType 15 says Success of failed sign-ins too; the error number tells.
        Kind::Audit(9 | 15) if failed_sign_in(event) => Some("failure"),
        Kind::Audit(_) => code("outcome", status.unwrap_or("")),
        Kind::Family("Message trace") => status.and_then(|status| code("delivery", status)),
        Kind::Family("Graph sign-in") => status.map(number_outcome),
        Kind::Family("Entra diagnostic settings" | "Other diagnostic settings") => {
            let result = text_at(&event.body, "properties.result");
            match (result, status) {
                (Some(result), _) => code("outcome", &result),
                (None, Some(status)) if status.parse::<i64>().is_ok() => {
                    Some(number_outcome(status))
                }
                // A risk's state is no outcome.
                (None, status) => status
                    .filter(|_| text_at(&event.body, "properties.riskState").is_none())
                    .and_then(|status| code("outcome", status)),
            }
        }
        Kind::Family(
            "Graph directory audit" | "Exchange mailbox audit log" | "Exchange admin audit log",
        ) => status.and_then(|status| code("outcome", status)),
        Kind::Family(_) => None,
    };
    if let Some(outcome) = outcome {
        put(document, "event.outcome", outcome);
    }
    // Of several rules of data loss prevention the gravest counts.
    let mut gravest: Option<i64> = None;
    resolve(&event.body, "PolicyDetails.Rules.Severity", &mut |value| {
        let severity = value.as_text().and_then(|text| code("severity", &text)?.parse().ok());
        gravest = gravest.max(severity);
        false
    });
    if let Some(gravest) = gravest {
        put_json(document, "event.severity", gravest.into());
    }
}

fn number_outcome(number: &str) -> &'static str {
    if number == "0" { "success" } else { "failure" }
}

fn failed_sign_in(event: &Event) -> bool {
    let number = text_at(&event.body, "ErrorNumber").filter(|text| text != "0");
    number.is_some() || text_at(&event.body, "LogonError").is_some()
}

/// As Elastic's o365 integration has it: what was blocked has failed, unless the block was undone
/// or an exception granted.
fn dlp_outcome(event: &Event) -> &'static str {
    let mut blocked = false;
    resolve(&event.body, "PolicyDetails.Rules.Actions", &mut |actions| {
        let items = match actions {
            Value::List(items) => items.as_slice(),
            action => std::slice::from_ref(action),
        };
        blocked |= items.iter().any(|action| {
            action.as_text().is_some_and(|text| text.eq_ignore_ascii_case("BlockAccess"))
        });
        blocked
    });
    let operation = event.text(Field::Operation).unwrap_or("");
    if !blocked || operation.eq_ignore_ascii_case("DlpRuleUndo") {
        return "success";
    }
    let excepted = match event.body.get("ExceptionInfo") {
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::List(items)) => !items.is_empty(),
        Some(value) => !super::convert::is_missing(value),
        None => false,
    };
    match excepted && !operation.eq_ignore_ascii_case("DlpInfo") {
        true => "success",
        false => "failure",
    }
}

fn addresses(document: &mut Object) {
    for side in ["client", "server"] {
        let Some(text) = get_text(document, &[side, "address"]) else { continue };
        let peer = peer::parse(&text);
        let Some(Json::Object(document)) = document.get_mut(side) else { continue };
        if let Some(ip) = &peer.ip {
            put(document, "ip", ip);
        }
        if let Some(port) = peer.port {
            put_json(document, "port", port.into());
        }
        if let Some(domain) = peer.domain {
            put(document, "domain", domain);
        }
    }
    for (from, to) in [
        ("client.address", "source.address"),
        ("client.ip", "source.ip"),
        ("client.port", "source.port"),
        ("client.domain", "source.domain"),
        ("server.ip", "destination.ip"),
        ("source.ip", "source.address"),
    ] {
        copy(document, from, to);
    }
    if let Some(ip) = get_text(document, &["source", "ip"]) {
        put(document, "network.type", if ip.contains(':') { "ipv6" } else { "ipv4" });
    }
}

const USERS: [&str; 4] = ["user", "user.target", "source.user", "destination.user"];

fn users(document: &mut Object) {
    // An id that is an address gives address, name and domain; so does an address alone.
    for path in USERS {
        let Some(user) = object_at(document, path) else { continue };
        let id = user.get("id").and_then(text_of).filter(|id| id.contains('@'));
        if let Some(id) = id {
            put(user, "email", &id);
        }
        let email = user.get("email").and_then(text_of);
        if let Some((name, domain)) = email.as_deref().and_then(|email| email.split_once('@'))
            && !name.is_empty()
            && !domain.is_empty()
        {
            put(user, "name", name);
            put(user, "domain", domain);
        }
    }
    copy(document, "user.id", "user.name");
}

/// Elastic's o365 integration calls the tenant the host.
fn organization(kind: Kind, document: &mut Object) {
    if kind.is_audit() {
        copy(document, "organization.id", "host.id");
        copy(document, "organization.name", "host.name");
        copy(document, "user.domain", "host.name");
    }
}

/// What rules by member cannot say: lists of objects.
fn details(event: &Event, kind: Kind, document: &mut Object) {
    match kind {
        Kind::Audit(2 | 3 | 50) => {
            for path in ["Item.Attachments", "AffectedItems.Attachments"] {
                resolve(&event.body, path, &mut |value| {
                    for (name, size) in value.as_text().iter().flat_map(|text| attachments(text)) {
                        add_attachment(document, Some(name), size.map(Json::from), None, None);
                    }
                    false
                });
            }
        }
        Kind::Audit(28) => each_object(&event.body, "AttachmentData", &mut |item| {
            let text = |name| item.get(name).and_then(Value::as_text);
            add_attachment(
                document,
                text("FileName").as_deref(),
                item.get("FileSize").and_then(Value::as_int).map(Json::from),
                text("FileType").as_deref(),
                text("SHA256").as_deref(),
            );
        }),
        Kind::Audit(64) => each_object(&event.body, "Data.Entities.Files", &mut |item| {
            let mut hash = None;
            resolve(item, "FileHashes", &mut |hashes| {
                each_item(hashes, &mut |found| {
                    let algorithm = found.get("Algorithm").and_then(Value::as_text);
                    if algorithm.is_some_and(|name| name.eq_ignore_ascii_case("SHA256")) {
                        hash = found.get("Value").and_then(Value::as_text).map(|v| v.into_owned());
                    }
                });
                true
            });
            let name = item.get("Name").and_then(Value::as_text);
            add_attachment(document, name.as_deref(), None, None, hash.as_deref());
        }),
        Kind::Family("Graph directory audit") => targets(event, "targetResources", true, document),
        Kind::Family("Entra diagnostic settings") => {
            targets(event, "properties.targetResources", false, document);
        }
        _ => {}
    }
}

/// What a directory audit acted on. Where no user acted, the one acted on is the user concerned.
fn targets(event: &Event, path: &str, lends_user: bool, document: &mut Object) {
    let acted = get(document, "user.id").is_some() || get(document, "user.email").is_some();
    each_object(&event.body, path, &mut |target| {
        let text = |name: &str| {
            let value = target.get(name).filter(|value| !super::convert::is_missing(value));
            value.and_then(Value::as_text)
        };
        let (id, name) = (text("id"), text("displayName"));
        let mut set = |field: &str, value: Option<&str>| {
            if let Some(value) = value {
                put(document, field, value);
            }
        };
        match text("type").as_deref() {
            Some("User") => {
                let principal = text("userPrincipalName");
                set("user.target.id", id.as_deref());
                set("user.target.full_name", name.as_deref());
                set("user.target.email", principal.as_deref());
                set("user.email", principal.as_deref().filter(|_| lends_user && !acted));
            }
            Some("Group") => {
                set("group.id", id.as_deref());
                set("group.name", name.as_deref());
            }
            // A device without a name is told by the rest of the record only.
            Some("Device") if name.is_some() => {
                set("host.id", id.as_deref());
                set("host.name", name.as_deref());
            }
            _ => {}
        }
    });
}

/// `invoice.pdf (48211b); plan.docx (9b)`: names, perhaps with a path, and sizes in bytes.
fn attachments(text: &str) -> impl Iterator<Item = (&str, Option<u64>)> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(|part| {
        let sized = part
            .rsplit_once(" (")
            .and_then(|(name, size)| Some((name, size.strip_suffix("b)")?.parse::<u64>().ok()?)));
        let (name, size) = sized.map_or((part, None), |(name, size)| (name, Some(size)));
        (name.rsplit(['\\', '/']).next().unwrap_or(name), size)
    })
}

fn add_attachment(
    document: &mut Object,
    name: Option<&str>,
    size: Option<Json>,
    mime_type: Option<&str>,
    sha256: Option<&str>,
) {
    let mut file = Object::new();
    if let Some(name) = name {
        put(&mut file, "name", name);
        if let Some((stem, extension)) = name.rsplit_once('.')
            && !stem.is_empty()
        {
            put(&mut file, "extension", extension);
        }
    }
    if let Some(size) = size {
        file.insert("size".to_owned(), size);
    }
    if let Some(mime_type) = mime_type {
        put(&mut file, "mime_type", mime_type);
    }
    if let Some(sha256) = sha256 {
        put(&mut file, "hash.sha256", sha256);
    }
    if file.is_empty() {
        return;
    }
    let mut attachment = Object::new();
    attachment.insert("file".to_owned(), Json::Object(file));
    at(document, "email.attachments", |place| match place {
        Json::Array(items) => items.push(Json::Object(attachment)),
        place => *place = Json::Array(vec![Json::Object(attachment)]),
    });
}

fn links(document: &mut Object) {
    let Some(text) = get_text(document, &["url", "original"]) else { return };
    let Some(link) = link::parse(&text) else { return };
    if link.scheme.is_some() {
        put(document, "url.full", &text);
    }
    for (name, part) in [
        ("scheme", link.scheme),
        ("username", link.username),
        ("domain", Some(link.domain)),
        ("path", link.path),
        ("query", link.query),
        ("fragment", link.fragment),
        ("extension", link.extension()),
    ] {
        if let Some(part) = part {
            put(document, &format!("url.{name}"), part);
        }
    }
    if let Some(port) = link.port {
        put_json(document, "url.port", port.into());
    }
    if let Some((subdomain, registered, top)) = link.levels() {
        if !subdomain.is_empty() {
            put(document, "url.subdomain", subdomain);
        }
        put(document, "url.registered_domain", registered);
        put(document, "url.top_level_domain", top);
    }
}

fn agent(document: &mut Object) {
    let Some(text) = get_text(document, &["user_agent", "original"]) else { return };
    let agent = user_agent::parse(&text);
    put(document, "user_agent.name", agent.name);
    put(document, "user_agent.device.name", agent.device);
    if let Some(version) = agent.version {
        put(document, "user_agent.version", version);
    }
    put(document, "user_agent.os.name", agent.system.unwrap_or("Other"));
    if let Some(system) = agent.system {
        let full = match &agent.system_version {
            Some(version) => {
                put(document, "user_agent.os.version", version);
                format!("{system} {version}")
            }
            None => system.to_owned(),
        };
        put(document, "user_agent.os.full", &full);
    }
}

fn related(document: &mut Object) {
    for (from, to) in [
        ("user.name", "related.user"),
        ("user.target.name", "related.user"),
        ("source.user.name", "related.user"),
        ("destination.user.name", "related.user"),
        ("client.ip", "related.ip"),
        ("source.ip", "related.ip"),
        ("server.ip", "related.ip"),
        ("destination.ip", "related.ip"),
        ("file.hash.sha256", "related.hash"),
    ] {
        if let Some(value) = get(document, from).cloned() {
            add(document, to, value);
        }
    }
}

fn each_object(body: &Value, path: &str, visit: &mut dyn FnMut(&Value)) {
    resolve(body, path, &mut |value| {
        each_item(value, visit);
        false
    });
}

fn each_item(value: &Value, visit: &mut dyn FnMut(&Value)) {
    match value {
        Value::List(items) => items.iter().for_each(visit),
        Value::Text(text) => {
            if let Some(inner) = inner(text) {
                each_item(&inner, visit);
            }
        }
        value => visit(value),
    }
}

fn text_at(body: &Value, path: &str) -> Option<String> {
    let mut text = None;
    resolve(body, path, &mut |value| {
        if !super::convert::is_missing(value) {
            text = value.as_text().map(|found| found.into_owned());
        }
        text.is_some()
    });
    text
}

fn get<'d>(document: &'d Object, path: &str) -> Option<&'d Json> {
    let mut names = path.split('.');
    let mut value = document.get(names.next()?)?;
    for name in names {
        value = value.as_object()?.get(name)?;
    }
    Some(value)
}

fn object_at<'d>(document: &'d mut Object, path: &str) -> Option<&'d mut Object> {
    let mut object = document;
    for name in path.split('.') {
        object = object.get_mut(name)?.as_object_mut()?;
    }
    Some(object)
}

fn get_text(document: &Object, path: &[&str; 2]) -> Option<String> {
    document.get(path[0])?.as_object()?.get(path[1])?.as_str().map(str::to_owned)
}

fn copy(document: &mut Object, from: &str, to: &str) {
    if let Some(value) = get(document, from).cloned() {
        put_json(document, to, value);
    }
}

fn put(document: &mut Object, path: &str, text: &str) {
    put_json(document, path, text.into());
}

/// Fills a field, unless something stands there.
fn put_json(document: &mut Object, path: &str, value: Json) {
    at(document, path, |place| {
        if place.is_null() {
            *place = value;
        }
    });
}

/// Adds to a list, what stands there already excepted.
fn add(document: &mut Object, path: &str, value: Json) {
    at(document, path, |place| append(place, value, true));
}

fn at(document: &mut Object, path: &str, set: impl FnOnce(&mut Json)) {
    let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut object = document;
    for name in above.split('.').filter(|name| !name.is_empty()) {
        match entry(object, name, || Json::Object(Object::new())) {
            Json::Object(inner) => object = inner,
            _ => return,
        }
    }
    set(entry(object, last, || Json::Null));
}
