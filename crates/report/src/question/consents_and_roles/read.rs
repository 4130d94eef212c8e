//! What does a change of the directory say, whichever log tells it?
//!
//! The unified audit log has Target and ModifiedProperties, Graph has targetResources, the portal's
//! downloads number their columns, and Exchange's cmdlets have Parameters.

use event::{Event, Field};

use super::change::{is_risky, lasts};
use crate::question::bounded::Words;
use crate::question::told;

/// Where changed properties stand, with the word for the new value.
const PROPERTIES: &[&str] = &[
    "ModifiedProperties",
    "targetResources.modifiedProperties",
    "properties.targetResources.modifiedProperties",
];

/// The new value of a changed property, or the old one where it was taken away.
pub fn property(event: &Event, names: &[&str]) -> Option<String> {
    for side in ["NewValue", "OldValue"] {
        for list in PROPERTIES {
            for name in names {
                let found = told::text(&event.body, &[&format!("{list}.{name}.{side}")]);
                if let Some(text) = found.map(|text| plain(&text)).filter(|text| !text.is_empty()) {
                    return Some(text);
                }
            }
        }
    }
    None
}

/// Graph quotes its texts, and the audit log writes a value as a list of one.
fn plain(text: &str) -> String {
    let brackets = |c: char| c.is_whitespace() || "[]\"".contains(c);
    match text.contains("=>") || text.contains("Scope:") {
        true => text.to_owned(),
        false => text.trim_matches(brackets).to_owned(),
    }
}

/// What was granted: delegated scopes, or an application role.
pub fn permissions(event: &Event) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |texts: &str| {
        let words = texts.split([' ', ',']).map(|word| word.trim_matches(['"', '[', ']', ' ']));
        for word in words.filter(|word| !word.is_empty()) {
            if !all.iter().any(|known| known == word) {
                all.push(word.to_owned());
            }
        }
    };
    if let Some(scope) = property(event, &["DelegatedPermissionGrant.Scope", "AppRole.Value"]) {
        add(&scope);
    }
    if let Some(text) = property(event, &["ConsentAction.Permissions"]) {
        // Before and after stand in one text: `[] => [[..., Scope:  Mail.Read ...]]`.
        let after = text.split_once("=>").map_or(text.as_str(), |(_, after)| after);
        for scope in after.split("Scope:").skip(1) {
            let end = scope.find([',', ']', ';']).unwrap_or(scope.len());
            add(&scope[..end]);
        }
    }
    all
}

/// The risky ones. Staying signed in is no risk by itself, but keeps the others alive.
pub fn risky(permissions: &[String]) -> Words {
    let risky = || permissions.iter().filter(|it| is_risky(it));
    match risky().all(|it| lasts(it)) {
        true => Words::default(),
        false => risky().collect(),
    }
}

/// Who consented for whom.
pub fn consent_kind(event: &Event) -> &'static str {
    let says = |names: &[&str], word: &str| {
        property(event, names).is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let principal = property(event, &["ConsentAction.Permissions"]).unwrap_or_default();
    if says(&["ConsentContext.IsAdminConsent", "ConsentContext.OnBehalfOfAll"], "true")
        || says(&["DelegatedPermissionGrant.ConsentType"], "AllPrincipals")
        || principal.contains("ConsentType: AllPrincipals")
    {
        "administrator, for all"
    } else if operation(event).contains("to service principal") {
        "application"
    } else if says(&["ConsentContext.IsAdminConsent"], "false")
        || says(&["DelegatedPermissionGrant.ConsentType"], "Principal")
        || operation(event).contains("to user")
    {
        "user"
    } else {
        "not told"
    }
}

fn operation<'e>(event: &'e Event) -> &'e str {
    event.text(Field::Operation).unwrap_or_default()
}

/// The application concerned. A grant's target is the resource, and the client stands among the
/// properties, by its object id where its name is left out.
pub fn application(event: &Event) -> String {
    let operation = operation(event).to_lowercase();
    if operation.contains("permission grant") || operation.contains("permissiongrant") {
        let names = ["ServicePrincipal.DisplayName", "ServicePrincipal.ObjectID"];
        if let Some(name) = names.iter().find_map(|name| property(event, &[name])) {
            return name;
        }
    }
    if operation.contains("to service principal")
        && let Some(name) = property(event, &["ServicePrincipal.DisplayName"])
    {
        return name;
    }
    target(event)
}

/// Object id and name of the service principal that a record is about, where it has both.
pub fn principal(event: &Event) -> Option<(String, String)> {
    let targets = told::elements(&event.body, "Target");
    let id = targets.iter().find_map(|it| {
        let id = told::text(it, &["ID"])?;
        id.strip_prefix("ServicePrincipal_").map(str::to_owned)
    });
    if let Some(id) = id {
        let named = targets.iter().find(|it| told::number(it, &["Type"]) == Some(1))?;
        return Some((id, told::text(named, &["ID"])?));
    }
    let targets = told::elements(&event.body, "targetResources");
    let is_principal = |it: &&event::Value| {
        told::text(it, &["type"]).is_some_and(|kind| kind == "ServicePrincipal")
    };
    let target = targets.iter().find(is_principal)?;
    Some((told::text(target, &["id"])?, told::text(target, &["displayName"])?))
}

/// What or who was changed, by its name where there is one.
pub fn target(event: &Event) -> String {
    let of_type = |number: i64| {
        let targets = told::elements(&event.body, "Target");
        let found = targets.iter().find(|it| told::number(it, &["Type"]) == Some(number))?;
        told::text(found, &["ID"])
    };
    let named = ["Target1DisplayName", "targetResources.displayName"];
    let portal = ["Target1UserPrincipalName", "targetResources.userPrincipalName"];
    // 5 is a user principal name, 1 a display name.
    of_type(5)
        .or_else(|| of_type(1))
        .or_else(|| told::text(&event.body, &portal))
        .or_else(|| told::text(&event.body, &named))
        .unwrap_or_else(|| told::column(event, Field::ObjectId))
}

/// The role that somebody got or lost.
pub fn role(event: &Event) -> String {
    let named = property(event, &["Role.DisplayName", "RoleDefinition.DisplayName"]);
    named
        .or_else(|| {
            // PIM has the role and the member as two targets.
            let targets = event.body.get("targetResources")?;
            let event::Value::List(targets) = targets else { return None };
            let role = targets
                .iter()
                .find(|it| told::text(it, &["type"]).is_some_and(|kind| kind == "Role"))?;
            told::text(role, &["displayName"])
        })
        .unwrap_or_default()
}

/// Who got or lost it: with PIM the member is the target that is a user.
pub fn member(event: &Event) -> String {
    let targets = told::elements(&event.body, "targetResources");
    let is_user = |it: &&event::Value| told::text(it, &["type"]).is_some_and(|kind| kind == "User");
    match targets.iter().find(is_user) {
        Some(user) => {
            told::text(user, &["userPrincipalName", "displayName", "id"]).unwrap_or_default()
        }
        None => target(event),
    }
}

/// The names of what was changed.
pub fn changed(event: &Event) -> Words {
    let mut names = Words::default();
    for list in PROPERTIES {
        for name in ["Name", "displayName"] {
            for name in told::texts(&event.body, &format!("{list}.{name}")) {
                if !name.starts_with("TargetId.") && name != "Included Updated Properties" {
                    names.add(&name);
                }
            }
        }
    }
    names
}

/// Parameters of a cmdlet, as `Name: value`.
pub fn parameters(event: &Event) -> Words {
    let mut all = Words::default();
    for list in ["Parameters", "CmdletParameters"] {
        for pair in told::elements(&event.body, list) {
            let name = told::text(pair, &["Name"]).unwrap_or_default();
            let value = told::text(pair, &["Value"]).unwrap_or_default();
            all.add(&format!("{name}: {value}"));
        }
    }
    if all.is_empty() {
        all.add(&told::text(&event.body, &["Parameters", "NonPIIParameters"]).unwrap_or_default());
    }
    all
}
