//! What does an inbox rule or a forwarding do?
//!
//! Rules come as cmdlets (New-InboxRule and its kin, with Parameters), from Outlook as
//! UpdateInboxRules (with OperationProperties), and as forwarding of a whole mailbox (Set-Mailbox) or
//! of the organisation (transport rules). One reading makes them comparable.

mod suspicion;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use event::{Event, Value, resolve};

use super::bounded::Words;
use super::layout::cut;
use super::told;

/// One change of a rule or of a forwarding.
#[derive(Debug, Default)]
pub struct Rule {
    pub name: String,
    pub conditions: Words,
    pub actions: Words,
    /// Addresses that mail is sent on to.
    pub targets: Vec<String>,
    /// Of these, the ones outside of the tenant's domains.
    pub outside: Vec<String>,
    /// What is suspicious about it, in words.
    pub traits: Words,
}

/// Parameters that send mail on: of inbox rules, of a mailbox, of transport rules.
const SENDS_ON: &[&str] = &[
    "ForwardTo",
    "RedirectTo",
    "ForwardAsAttachmentTo",
    "ForwardingSmtpAddress",
    "ForwardingAddress",
    "RedirectMessageTo",
    "BlindCopyTo",
    "CopyTo",
    "AddToRecipients",
    "JournalEmailAddress",
];
const ACTIONS: &[&str] = &[
    "DeleteMessage",
    "SoftDeleteMessage",
    "MoveToFolder",
    "CopyToFolder",
    "MarkAsRead",
    "DeliverToMailboxAndForward",
    "AutoForwardEnabled",
    "StopProcessingRules",
    "SendTextMessageNotificationTo",
];
/// Names of parameters that are neither a condition nor an action.
const NEITHER: &[&str] = &[
    "Name",
    "Identity",
    "Mailbox",
    "Force",
    "AlwaysDeleteOutlookRulesBlob",
    "Confirm",
    "Enabled",
    "Priority",
    "Mode",
    "StopRuleProcessing",
    "Comments",
    "DomainController",
    "ErrorAction",
    "WarningAction",
    "RuleErrorAction",
    "SenderAddressLocation",
    "ValidateRuleOnly",
];
impl Rule {
    /// `domains` are the tenant's own; where none are known, nothing is called outside.
    pub fn of(event: &Event, domains: &BTreeSet<String>) -> Rule {
        let mut rule = Rule::default();
        rule.take_parameters(&event.body);
        rule.take_outlook(&event.body);
        rule.targets.sort();
        rule.targets.dedup();
        rule.outside = rule.targets.iter().filter(|it| is_outside(it, domains)).cloned().collect();
        rule.traits = suspicion::of(&rule);
        rule
    }

    fn take_parameters(&mut self, body: &Value) {
        for name in ["Parameters", "CmdletParameters"] {
            each_pair(body.get(name), &mut |name, value| self.take_parameter(name, value));
        }
        if self.name.is_empty() {
            let named = told::text(body, &["ObjectId", "ObjectModified"]).unwrap_or_default();
            self.name = last_part(&named);
        }
    }

    fn take_parameter(&mut self, name: &str, value: &str) {
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let off = value.is_empty() || ["False", "$false", "$null"].contains(&value);
        if name.eq_ignore_ascii_case("Name") {
            self.name = cut(value);
        } else if name.eq_ignore_ascii_case("Identity") && self.name.is_empty() {
            self.name = last_part(value);
        } else if is(SENDS_ON) {
            if off {
                self.actions.add(&format!("{name} taken away"));
            } else {
                self.targets.extend(addresses(value));
                self.actions.add(&format!("{name}: {value}"));
            }
        } else if is(ACTIONS) {
            if !off {
                let value = if value.eq_ignore_ascii_case("true") { "" } else { value };
                self.actions.add(format!("{name}: {value}").trim_end_matches(": "));
            }
        } else if !is(NEITHER) && !off {
            self.conditions.add(&format!("{name}: {value}"));
        }
    }

    /// RuleActions is JSON text, RuleCondition a text of its own form.
    fn take_outlook(&mut self, body: &Value) {
        let at = |name: &str| told::text(body, &[&format!("OperationProperties.{name}")]);
        let Some(operation) = at("RuleOperation") else { return };
        self.name = at("RuleName").unwrap_or_default();
        if let Some(condition) = at("RuleCondition") {
            self.conditions.add(&condition);
        }
        for path in ["ActionType", "Actions.ActionType"] {
            for action in told::texts(body, &format!("OperationProperties.RuleActions.{path}")) {
                self.actions.add(&action);
            }
        }
        for recipient in told::texts(body, "OperationProperties.RuleActions.Recipients") {
            self.targets.extend(addresses(&recipient));
        }
        for folder in told::texts(body, "OperationProperties.RuleActions.FolderId") {
            self.actions.add(&format!("MoveToFolder: {folder}"));
        }
        for target in told::texts(body, "OperationProperties.RuleActions.ForwardTo") {
            self.targets.extend(addresses(&target));
        }
        if self.actions.is_empty() {
            self.actions.add(&at("RuleActions").unwrap_or(operation));
        }
    }
}

/// The pairs of a list of Name and Value, of an object, or of a command line.
fn each_pair(list: Option<&Value>, visit: &mut dyn FnMut(&str, &str)) {
    match list {
        Some(Value::List(items)) => {
            for item in items {
                let name = item.get("Name").and_then(Value::as_text).unwrap_or_default();
                let value = item.get("Value").map(scalar).unwrap_or_default();
                if !name.is_empty() {
                    visit(&name, value.trim());
                }
            }
        }
        Some(Value::Object(members)) => match members.as_slice() {
            [(name, inner @ (Value::List(_) | Value::Object(_)))] if name == "Parameter" => {
                each_pair(Some(inner), visit);
            }
            members => {
                members.iter().for_each(|(name, value)| visit(name, scalar(value).trim()));
            }
        },
        Some(line @ Value::Text(_)) => {
            for name in
                SENDS_ON.iter().chain(ACTIONS).chain(&["Name", "Identity"]).chain(LINE_CONDITIONS)
            {
                resolve(line, name, &mut |value| {
                    visit(name, scalar(value).trim());
                    true
                });
            }
        }
        _ => {}
    }
}

/// Conditions looked for in a command line, whose parameters can only be asked for by name.
const LINE_CONDITIONS: &[&str] = &[
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "BodyContainsWords",
    "From",
    "FromAddressContainsWords",
    "SentTo",
    "HeaderContainsWords",
];

fn scalar(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(scalar).collect::<Vec<_>>().join(";"),
        value => value.as_text().map(|text| cut(&text)).unwrap_or_default(),
    }
}

/// What stands behind the last separator: `contoso.example/ann\Travel` is the rule `Travel`.
fn last_part(identity: &str) -> String {
    cut(identity.rsplit(['\\', '/']).next().unwrap_or(identity))
}

/// Addresses in a text such as `smtp:x@fabrikam.example` or `"Xi" [SMTP:x@fabrikam.example];ann`.
fn addresses(text: &str) -> Vec<String> {
    let part = |part: &str| {
        let bare = part.trim_matches(|c: char| "\"'<>[]() ".contains(c));
        let bare = bare.split_once("SMTP:").or_else(|| bare.split_once("smtp:"));
        let bare = bare.map_or(part, |(_, address)| address);
        event::fold(bare.trim_matches(|c: char| "\"'<>[]() ".contains(c)))
    };
    text.split([';', ',']).map(part).filter(|address| !address.is_empty()).collect()
}

fn is_outside(address: &str, domains: &BTreeSet<String>) -> bool {
    !domains.is_empty() && told::domain(address).is_some_and(|domain| !domains.contains(&domain))
}
