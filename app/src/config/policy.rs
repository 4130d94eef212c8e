//! What may be kept, and for how long?
//!
//! The tables under `[policy]`, each for all tenants or for those it names. Without them everything
//! is kept.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use event::{Field, Filter, Pattern, TenantName, Test};
use policy::{
    AGE_LIMIT_DEFAULT, Act, Actions, Bypass, FieldPath, Hold, Logon, MailboxPolicy, Policy, Preset,
    Retention, Rule, parse_age_limit,
};
use serde::Deserialize;

/// As it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyTables {
    /// Accounts whose access to mailboxes is not kept.
    bypass: Vec<String>,
    rule: Vec<RuleTable>,
    mailbox: Vec<MailboxTable>,
    retention: Vec<RetentionTable>,
    hold: Vec<HoldTable>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    name: String,
    tenants: Option<Vec<String>>,
    filter: String,
    action: String,
    /// For `redact`: paths, or names of members at any depth.
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailboxTable {
    name: String,
    tenants: Option<Vec<String>>,
    #[serde(default)]
    mailboxes: Vec<String>,
    preset: Option<String>,
    audit_enabled: Option<bool>,
    audit_admin: Option<Vec<String>>,
    audit_delegate: Option<Vec<String>>,
    audit_owner: Option<Vec<String>>,
    audit_log_age_limit: Option<String>,
    #[serde(default)]
    consolidate_folder_bind: bool,
}

/// Whose events a retention or a hold is about: what fits all that is said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Selection {
    tenants: Option<Vec<String>>,
    filter: Option<String>,
    mailboxes: Vec<String>,
    users: Vec<String>,
    /// Numbers or names.
    record_types: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct RetentionTable {
    name: String,
    age_limit: Option<String>,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    unknown: toml::Table,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct HoldTable {
    name: String,
    #[serde(flatten)]
    selection: Selection,
    #[serde(flatten)]
    unknown: toml::Table,
}

/// The policy of each tenant; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Of whoever no table names.
    common: Option<Arc<Policy>>,
    by_tenant: HashMap<TenantName, Option<Arc<Policy>>>,
}

impl Policies {
    /// What judges a tenant's records; `None` if all of them are kept as they are.
    pub fn of(&self, tenant: &TenantName) -> Option<&Policy> {
        self.by_tenant.get(tenant).unwrap_or(&self.common).as_deref()
    }
}

impl PolicyTables {
    pub fn policies(&self) -> Result<Policies> {
        let mut policies = Policies { common: self.of(None)?, by_tenant: HashMap::new() };
        for name in self.tenant_names() {
            let tenant = TenantName::new(name).map_err(|error| anyhow!("policy: {error}"))?;
            let policy = self.of(Some(name))?;
            policies.by_tenant.insert(tenant, policy);
        }
        Ok(policies)
    }

    fn tenant_names(&self) -> impl Iterator<Item = &String> {
        let rules = self.rule.iter().map(|table| &table.tenants);
        let mailboxes = self.mailbox.iter().map(|table| &table.tenants);
        let retention = self.retention.iter().map(|table| &table.selection.tenants);
        let holds = self.hold.iter().map(|table| &table.selection.tenants);
        rules.chain(mailboxes).chain(retention).chain(holds).flatten().flatten()
    }

    /// Tables without tenants are for all; `None` asks for those alone.
    fn of(&self, tenant: Option<&String>) -> Result<Option<Arc<Policy>>> {
        let is_for = |tenants: &Option<Vec<String>>| {
            tenants.as_ref().is_none_or(|names| tenant.is_some_and(|name| names.contains(name)))
        };
        let mut policy = Policy {
            bypass: self.bypass.iter().map(|account| Bypass::new(account)).collect(),
            ..Policy::default()
        };
        for table in self.rule.iter().filter(|table| is_for(&table.tenants)) {
            policy.rules.push(in_table("rule", &table.name, rule(table))?);
        }
        for table in self.mailbox.iter().filter(|table| is_for(&table.tenants)) {
            policy.mailboxes.push(in_table("mailbox", &table.name, mailbox(table))?);
        }
        for table in self.retention.iter().filter(|table| is_for(&table.selection.tenants)) {
            policy.retention.push(in_table("retention", &table.name, retention(table))?);
        }
        for table in self.hold.iter().filter(|table| is_for(&table.selection.tenants)) {
            policy.holds.push(in_table("hold", &table.name, hold(table))?);
        }
        let is_idle = policy.keeps_everything() && policy.holds.is_empty();
        Ok((!is_idle).then(|| Arc::new(policy)))
    }
}

fn in_table<T>(kind: &str, name: &str, read: Result<T>) -> Result<T> {
    if name.trim().is_empty() {
        bail!("policy.{kind}: a name is needed, since what it does is told under it");
    }
    read.map_err(|error| anyhow!("policy.{kind} {name}: {error:#}"))
}

fn rule(table: &RuleTable) -> Result<Rule> {
    let is_redacting = table.action == "redact";
    if is_redacting == table.fields.is_empty() {
        bail!("fields goes with action = \"redact\", and that needs some");
    }
    let act = match table.action.as_str() {
        "keep" => Act::Keep,
        "drop" => Act::Drop,
        "redact" => {
            let paths = table.fields.iter().map(|path| FieldPath::parse(path));
            Act::Redact(paths.collect::<Result<_, _>>().map_err(|words| anyhow!(words))?)
        }
        other => bail!("action {other:?}; use keep, drop or redact"),
    };
    Ok(Rule { name: table.name.clone(), filter: query(&table.filter)?, act })
}

fn query(text: &str) -> Result<Filter> {
    search::query::parse(text).map_err(|error| anyhow!("filter {text:?}: {error}"))
}

fn mailbox(table: &MailboxTable) -> Result<MailboxPolicy> {
    let preset = match &table.preset {
        Some(name) => Preset::named(name).map_err(|words| anyhow!(words))?,
        None => Preset::default(),
    };
    let actions = |names: &Option<Vec<String>>, logon| match names {
        Some(names) => actions(names, preset.actions(logon)),
        None => Ok(preset.actions(logon)),
    };
    let age_limit = table.audit_log_age_limit.as_deref().map(parse_age_limit).transpose();
    Ok(MailboxPolicy {
        mailboxes: table.mailboxes.iter().map(|text| Pattern::wildcard(text)).collect(),
        audit_enabled: table.audit_enabled.unwrap_or(true),
        audit_admin: actions(&table.audit_admin, Logon::Admin)?,
        audit_delegate: actions(&table.audit_delegate, Logon::Delegate)?,
        audit_owner: actions(&table.audit_owner, Logon::Owner)?,
        audit_log_age_limit: age_limit.map_err(|words| anyhow!(words))?,
        consolidate_folder_bind: table.consolidate_folder_bind,
        ..MailboxPolicy::new(&table.name, preset)
    })
}

/// A list of actions, or changes to the preset's: `+Copy`, `-MessageBind`.
fn actions(names: &[String], preset: Actions) -> Result<Actions> {
    let parse = |names: &[&str]| Actions::parse(names).map_err(|words| anyhow!(words));
    let signed = |sign: char| -> Vec<&str> {
        names.iter().filter_map(|name| name.strip_prefix(sign)).collect()
    };
    let (added, removed) = (signed('+'), signed('-'));
    match added.len() + removed.len() {
        0 => parse(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        changes if changes == names.len() => {
            Ok(preset.union(parse(&added)?).without(parse(&removed)?))
        }
        _ => bail!("a list of actions names them, or begins each with + or -; not both"),
    }
}

fn retention(table: &RetentionTable) -> Result<Retention> {
    refuse_unknown(&table.unknown, &["name", "age_limit"])?;
    let age_limit = match &table.age_limit {
        Some(text) => parse_age_limit(text).map_err(|words| anyhow!(words))?,
        None => AGE_LIMIT_DEFAULT,
    };
    Ok(Retention { name: table.name.clone(), filter: table.selection.filter()?, age_limit })
}

fn hold(table: &HoldTable) -> Result<Hold> {
    refuse_unknown(&table.unknown, &["name"])?;
    Ok(Hold { name: table.name.clone(), filter: table.selection.filter()? })
}

fn refuse_unknown(unknown: &toml::Table, own: &[&str]) -> Result<()> {
    let Some(key) = unknown.keys().next() else { return Ok(()) };
    let selection = ["tenants", "filter", "mailboxes", "users", "record_types"];
    let known = own.iter().chain(&selection);
    let nearest = known.min_by_key(|name| strsim::damerau_levenshtein(key, name));
    let nearest = nearest.expect("some names are known");
    bail!("unknown field `{key}`; did you mean `{nearest}`?")
}

impl Selection {
    fn filter(&self) -> Result<Filter> {
        let any = |field: Field, texts: &[String]| {
            let fits =
                |text: &String| Filter::field(field.name(), Test::Matches(Pattern::wildcard(text)));
            match texts {
                [] => Filter::All,
                texts => Filter::Or(texts.iter().map(fits).collect()),
            }
        };
        let text = self.filter.as_deref().map_or(Ok(Filter::All), query)?;
        Ok(Filter::all([
            text,
            any(Field::MailboxOwnerUPN, &self.mailboxes),
            any(Field::UserId, &self.users),
            any(Field::RecordType, &self.record_types),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(text: &str) -> Result<Policies> {
        toml::from_str::<PolicyTables>(text)?.policies()
    }

    #[test]
    fn a_policy_is_read_whole() {
        let text = r#"
            bypass = ["svc@contoso.example"]
            [[rule]]
            name = "no-sync"
            filter = "operation:FileSyncDownloadedFull"
            action = "drop"
            [[rule]]
            name = "no-subjects"
            tenants = ["fabrikam"]
            filter = "workload:Exchange"
            action = "redact"
            fields = ["Subject", "Item.Attachments"]
            [[mailbox]]
            name = "board"
            mailboxes = ["*@board.contoso.example"]
            audit_owner = ["+MailboxLogin", "-Update"]
            audit_delegate = ["SendAs"]
            audit_log_age_limit = "180.00:00:00"
            consolidate_folder_bind = true
            [[retention]]
            name = "a-year"
            age_limit = "365d"
            [[hold]]
            name = "case-7"
            users = ["ann@contoso.example"]
        "#;
        let policies = policies(text).unwrap();
        let common = policies.of(&TenantName::new("contoso").unwrap()).unwrap();
        let fabrikam = policies.of(&TenantName::new("fabrikam").unwrap()).unwrap();
        assert_eq!((common.rules.len(), fabrikam.rules.len()), (1, 2));
        let board = &common.mailboxes[0];
        assert_eq!(board.audit_delegate.to_string(), "SendAs");
        let owner = board.audit_owner.to_string();
        assert!(owner.contains("MailboxLogin") && !owner.contains("Update,"), "{owner}");
        assert_eq!(common.retention[0].age_limit, 365 * event::time::DAY);
        assert!(common.expires_whole(0, 400 * event::time::DAY).is_none(), "there is a hold");
    }

    #[test]
    fn nothing_said_keeps_everything() {
        assert!(policies("").unwrap().of(&TenantName::new("contoso").unwrap()).is_none());
    }

    #[test]
    fn slips_are_named() {
        for (text, words) in [
            ("[[rule]]\nname='a'\nfilter='x:('\naction='drop'", "policy.rule a: filter"),
            ("[[rule]]\nname='a'\nfilter=''\naction='shred'", "use keep, drop or redact"),
            ("[[rule]]\nname='a'\nfilter=''\naction='redact'", "needs some"),
            ("[[mailbox]]\nname='m'\naudit_owner=['Erase']", "\"Erase\" is none of Exchange's"),
            ("[[mailbox]]\nname='m'\naudit_owner=['Copy','+Send']", "not both"),
            ("[[mailbox]]\nname='m'\npreset='exchange'", "preset \"exchange\" is unknown"),
            ("[[retention]]\nname='r'\nage_limit='soon'", "policy.retention r: age limit \"soon\""),
            ("[[retention]]\nname='r'\nmailbxes=['a']", "did you mean `mailboxes`?"),
            ("[[hold]]\nname=''", "policy.hold: a name is needed"),
        ] {
            let error = policies(text).map(|_| ()).unwrap_err();
            assert!(format!("{error:#}").contains(words), "{text}\n{error:#}\nshould say {words}");
        }
    }
}
