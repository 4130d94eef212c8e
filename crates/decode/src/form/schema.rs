//! What does OCSF allow?
//!
//! Read from `data/form/ocsf_schema.tsv`: the classes that are written, with their attributes, and
//! the objects these hold.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::convert::{Object, Type};
use super::quick::Table;
use super::rules::lines;

/// A class or an object.
pub struct Owner {
    pub caption: &'static str,
    pub category_uid: i64,
    pub category: &'static str,
    /// At least one of these must be there, if there are any.
    pub one_of: Vec<&'static str>,
    /// The attributes that must be there without any profile.
    pub required: Vec<&'static str>,
    pub attributes: Table<&'static str, Attribute>,
}

pub struct Attribute {
    /// The name of a type, or of an object.
    pub kind: &'static str,
    pub list: bool,
    pub required: bool,
    /// The profile without which the attribute does not exist.
    pub profile: &'static str,
    pub codes: Vec<(i64, &'static str)>,
}

pub struct Schema {
    owners: Table<&'static str, Owner>,
}

pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut owners: Table<&'static str, Owner> = Table::default();
    for line in lines(include_str!("../../data/form/ocsf_schema.tsv")) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (what, owner) = (cell(), cell());
        if what == "attribute" {
            let (name, kind, required, profile, codes) = (cell(), cell(), cell(), cell(), cell());
            let attribute = Attribute {
                kind: kind.trim_end_matches("[]"),
                list: kind.ends_with("[]"),
                required: required == "r",
                profile,
                codes: codes_of(codes),
            };
            let owner = owners.get_mut(owner).expect("an owner before its attributes");
            if attribute.required && profile.is_empty() {
                owner.required.push(name);
            }
            owner.attributes.insert(name, attribute);
            continue;
        }
        let (_, caption, category_uid, category, one_of) = (cell(), cell(), cell(), cell(), cell());
        owners.insert(
            owner,
            Owner {
                caption,
                category_uid: category_uid.parse().unwrap_or(0),
                category,
                one_of: one_of.split(',').filter(|name| !name.is_empty()).collect(),
                required: Vec::new(),
                attributes: Table::default(),
            },
        );
    }
    Schema { owners }
});

fn codes_of(text: &'static str) -> Vec<(i64, &'static str)> {
    let code = |code: &'static str| {
        let (id, caption) = code.split_once('=').expect("code=caption");
        (id.parse().expect("a code"), caption)
    };
    text.split(';').filter(|code| !code.is_empty()).map(code).collect()
}

impl Schema {
    pub fn class(&self, class_uid: i64) -> Option<&Owner> {
        self.owners.get(class_uid.to_string().as_str())
    }

    /// The caption of an observable's type.
    pub fn observable(&self, type_id: i64) -> Option<&'static str> {
        self.object("observable")?.caption_of("type_id", type_id)
    }

    fn object(&self, name: &str) -> Option<&Owner> {
        // Most attributes are of a plain type.
        if name.ends_with("_t") { None } else { self.owners.get(name) }
    }

    /// Type and listness at the end of a path, from whichever class has it.
    pub fn field(&self, path: &str) -> Option<(Type, bool)> {
        let mut names = path.split('.').map(|name| name.trim_end_matches("[]"));
        let root = names.next()?;
        let is_class = |name: &str| name.bytes().all(|b| b.is_ascii_digit());
        let mut attribute = self
            .owners
            .iter()
            .filter(|(name, _)| is_class(name))
            .find_map(|(_, owner)| owner.attributes.get(root))?;
        for name in names {
            attribute = self.object(attribute.kind)?.attributes.get(name)?;
        }
        Some((type_of(attribute.kind)?, attribute.list))
    }

    /// Takes away the objects that lack what they must have, and gives required codes that nobody
    /// told the code for unknown. Tells whether something was taken away.
    pub fn settle(&self, owner: &Owner, object: &mut Object) -> bool {
        let mut taken = false;
        let mut gone = Vec::new();
        for (name, value) in object.iter_mut() {
            let attribute = owner.attributes.get(name.as_str());
            let Some(inner) = attribute.and_then(|attribute| self.object(attribute.kind)) else {
                continue;
            };
            let keep = match value {
                Json::Object(members) => {
                    taken |= self.settle(inner, members);
                    is_whole(inner, members)
                }
                Json::Array(items) => {
                    items.retain_mut(|item| {
                        let Json::Object(members) = item else { return false };
                        taken |= self.settle(inner, members);
                        let whole = is_whole(inner, members);
                        taken |= !whole;
                        whole
                    });
                    !items.is_empty()
                }
                _ => false,
            };
            if !keep {
                gone.push(name.clone());
            }
        }
        taken |= !gone.is_empty();
        for name in gone {
            object.remove(&name);
        }
        taken
    }

    /// Everything in an event that OCSF does not allow; empty for a sound one.
    pub fn problems(&self, event: &Object) -> Vec<String> {
        let mut problems = Vec::new();
        let number = |name: &str| event.get(name).and_then(Json::as_i64);
        let Some(class) = number("class_uid").and_then(|uid| self.class(uid)) else {
            return vec!["class_uid: no class that is written".to_owned()];
        };
        self.check(class, event, "", &profiles(event), &mut problems);
        let (class_uid, activity_id) = (number("class_uid"), number("activity_id"));
        let type_uid = class_uid.zip(activity_id).map(|(class, activity)| class * 100 + activity);
        if number("type_uid") != type_uid {
            problems.push("type_uid: not class_uid * 100 + activity_id".to_owned());
        }
        if number("category_uid") != Some(class.category_uid) {
            problems.push("category_uid: not that of the class".to_owned());
        }
        problems
    }

    fn check(
        &self,
        owner: &Owner,
        object: &Object,
        path: &str,
        profiles: &[&str],
        problems: &mut Vec<String>,
    ) {
        let exists = |attribute: &Attribute| {
            attribute.profile.is_empty() || profiles.contains(&attribute.profile)
        };
        for (name, attribute) in &owner.attributes {
            if attribute.required && exists(attribute) && !object.contains_key(*name) {
                problems.push(format!("{path}{name}: required"));
            }
        }
        if !owner.has_one(object) {
            problems.push(format!("{path}: none of {}", owner.one_of.join(", ")));
        }
        for (name, value) in object {
            let path = format!("{path}{name}");
            match owner.attributes.get(name.as_str()) {
                Some(attribute) if exists(attribute) => {
                    self.check_attribute(attribute, value, &path, profiles, problems);
                }
                Some(attribute) => {
                    problems.push(format!("{path}: only with profile {}", attribute.profile));
                }
                None => problems.push(format!("{path}: no attribute")),
            }
        }
    }

    fn check_attribute(
        &self,
        attribute: &Attribute,
        value: &Json,
        path: &str,
        profiles: &[&str],
        problems: &mut Vec<String>,
    ) {
        let items = match (attribute.list, value) {
            (true, Json::Array(items)) => items.as_slice(),
            (false, value) => std::slice::from_ref(value),
            (true, _) => return problems.push(format!("{path}: not a list")),
        };
        for item in items {
            if let Some(owner) = self.object(attribute.kind) {
                match item {
                    Json::Object(members) => {
                        self.check(owner, members, &format!("{path}."), profiles, problems);
                    }
                    _ => problems.push(format!("{path}: not an object")),
                }
            } else if !is_of(attribute.kind, item) {
                problems.push(format!("{path}: {item} is no {}", attribute.kind));
            } else if !attribute.codes.is_empty()
                && !attribute.codes.iter().any(|(code, _)| Some(*code) == item.as_i64())
            {
                problems.push(format!("{path}: {item} is no code"));
            }
        }
    }
}

impl Owner {
    /// Does the attribute exist, perhaps with one of these profiles?
    pub fn has(&self, name: &str, profiles: &[&str]) -> bool {
        self.attributes.get(name).is_some_and(|attribute| {
            attribute.profile.is_empty() || profiles.contains(&attribute.profile)
        })
    }

    /// Is one of the attributes there of which there must be one?
    pub fn has_one(&self, object: &Object) -> bool {
        self.one_of.is_empty() || self.one_of.iter().any(|name| object.contains_key(*name))
    }

    pub fn caption_of(&self, name: &str, code: i64) -> Option<&'static str> {
        let codes = &self.attributes.get(name)?.codes;
        codes.iter().find(|(known, _)| *known == code).map(|(_, caption)| *caption)
    }
}

fn profiles(event: &Object) -> Vec<&str> {
    let told = event.get("metadata").and_then(|metadata| metadata.get("profiles")?.as_array());
    told.into_iter().flatten().filter_map(Json::as_str).collect()
}

fn is_whole(owner: &Owner, object: &mut Object) -> bool {
    if !owner.has_one(object) {
        return false;
    }
    for name in &owner.required {
        if object.contains_key(*name) {
            continue;
        }
        let attribute = &owner.attributes[name];
        if attribute.kind != "integer_t" || !attribute.codes.iter().any(|(code, _)| *code == 0) {
            return false;
        }
        object.insert((*name).to_owned(), 0.into());
    }
    true
}

fn type_of(kind: &str) -> Option<Type> {
    Some(match kind {
        "integer_t" | "long_t" => Type::Integer,
        "float_t" => Type::Float,
        "boolean_t" => Type::Boolean,
        "timestamp_t" => Type::Millis,
        "ip_t" => Type::Ip,
        "email_t" => Type::Email,
        "port_t" => Type::Port,
        "json_t" | "object" => Type::Json,
        kind if kind.ends_with("_t") => Type::Text,
        _ => return None,
    })
}

fn is_of(kind: &str, value: &Json) -> bool {
    match type_of(kind) {
        Some(Type::Json) if kind == "object" => value.is_object(),
        Some(Type::Json) => true,
        Some(Type::Integer | Type::Millis) => value.is_i64() || value.is_u64(),
        Some(Type::Port) => value.as_u64().is_some_and(|port| port <= 65535),
        Some(Type::Float) => value.is_number(),
        Some(Type::Boolean) => value.is_boolean(),
        Some(Type::Ip) => value.as_str().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok()),
        Some(Type::Email) => value.as_str().is_some_and(super::convert::is_email),
        Some(Type::Text | Type::Date) => value.is_string(),
        // OCSF has no such types.
        Some(Type::DateMillis | Type::Ipv4 | Type::Ipv6) | None => false,
    }
}
