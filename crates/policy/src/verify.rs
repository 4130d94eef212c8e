//! Does a tenant do what the policy says?
//!
//! Compares what Exchange has of each mailbox, and which accounts it passes over, with the policy.

use serde::Serialize;

use crate::action::{Actions, Logon};
use crate::export::{Export, Row};
use crate::retention::age_limit_text;
use crate::{EXPORT_BYPASSES, EXPORT_MAILBOXES, MailboxPolicy, Policy};

/// What a tenant's export says beside the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many mailboxes and how many accounts were compared.
    pub mailboxes: usize,
    pub accounts: usize,
    pub differences: Vec<Difference>,
    /// Mailboxes that no block of the policy fits.
    pub under_no_block: Vec<String>,
    /// Accounts that Exchange passes over and the policy does not.
    pub unwanted_bypasses: Vec<String>,
    /// Properties that no object of the export has.
    pub missing_columns: Vec<String>,
    /// What could not be compared, and why.
    pub unreadable: Vec<Unreadable>,
    /// Lists with actions that this version does not know: policy keeps their records.
    pub unknown_actions: Vec<Difference>,
}

/// A property of a mailbox or an account that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The mailbox or the account.
    pub of: String,
    pub property: &'static str,
    pub wanted: String,
    pub found: String,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    pub place: String,
    pub why: String,
}

impl Verification {
    /// Is the tenant as the policy wants it, as far as the export tells?
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.unwanted_bypasses.is_empty()
    }

    /// Was everything told that was to be compared?
    pub fn is_complete(&self) -> bool {
        self.missing_columns.is_empty() && self.unreadable.is_empty()
    }

    fn differs(&mut self, of: &str, property: &'static str, wanted: String, found: String) {
        self.differences.push(Difference { of: of.to_owned(), property, wanted, found });
    }

    fn unreadable(&mut self, place: String, why: String) {
        self.unreadable.push(Unreadable { place, why });
    }
}

/// Compares an export of Get-Mailbox or Get-MailboxAuditBypassAssociation with the policy.
pub fn verify(policy: &Policy, export: &[u8]) -> Result<Verification, String> {
    let export = Export::read(export)?;
    let is_known = |row: &Row| is_account(row) || is_mailbox(row);
    if !export.rows.iter().any(is_known) {
        return Err(format!(
            "this is no export of mailboxes or bypassed accounts that can be read; make one \
             with\n  {EXPORT_MAILBOXES}\nor\n  {EXPORT_BYPASSES}"
        ));
    }
    let mut verification = Verification::default();
    for row in &export.rows {
        if is_account(row) {
            compare_account(policy, row, &mut verification);
        } else if is_mailbox(row) {
            compare_mailbox(policy, row, &mut verification);
        } else {
            let why = "has no property of mailbox auditing".to_owned();
            verification.unreadable(row.place.clone(), why);
        }
    }
    verification.missing_columns = missing_columns(policy, &export.rows);
    verification.unreadable.extend(export.unreadable);
    Ok(verification)
}

const ENABLED: &str = "AuditEnabled";
const AGE_LIMIT: &str = "AuditLogAgeLimit";
const BYPASS: &str = "AuditBypassEnabled";
const PRINCIPAL: &str = "UserPrincipalName";

fn is_account(row: &Row) -> bool {
    row.cell(BYPASS).is_some()
}

fn is_mailbox(row: &Row) -> bool {
    let lists = Logon::ALL.map(Logon::property);
    lists.iter().chain(&[ENABLED, AGE_LIMIT]).any(|name| row.cell(name).is_some())
}

fn missing_columns(policy: &Policy, rows: &[Row]) -> Vec<String> {
    let mailboxes: Vec<&Row> = rows.iter().filter(|row| !is_account(row)).collect();
    if mailboxes.is_empty() || policy.mailboxes.is_empty() {
        return Vec::new();
    }
    let mut needed = vec![PRINCIPAL, ENABLED];
    needed.extend(Logon::ALL.map(Logon::property));
    if policy.mailboxes.iter().any(|block| block.audit_log_age_limit.is_some()) {
        needed.push(AGE_LIMIT);
    }
    let is_missing = |name: &&str| mailboxes.iter().all(|row| row.cell(name).is_none());
    needed.into_iter().filter(is_missing).map(str::to_owned).collect()
}

fn compare_mailbox(policy: &Policy, row: &Row, verification: &mut Verification) {
    let mut names = names(row, &[PRINCIPAL, "ExchangeGuid", "Name", "SamAccountName"]);
    if row.text(PRINCIPAL).is_none() {
        // Most people's address is their principal name.
        names.extend(row.text("PrimarySmtpAddress").or(row.text("WindowsEmailAddress")));
    }
    let Some(mailbox) = names.first() else {
        return verification.unreadable(row.place.clone(), "names no mailbox".to_owned());
    };
    verification.mailboxes += 1;
    match policy.mailboxes.iter().find(|block| block.fits(&names)) {
        Some(block) => compare_block(block, mailbox, row, verification),
        None => verification.under_no_block.push((*mailbox).to_owned()),
    }
}

fn compare_block(block: &MailboxPolicy, mailbox: &str, row: &Row, verification: &mut Verification) {
    let truth = |on: bool| if on { "True" } else { "False" }.to_owned();
    match row.cell(ENABLED).map(|cell| cell.truth()) {
        Some(Ok(found)) if found != block.audit_enabled => {
            verification.differs(mailbox, ENABLED, truth(block.audit_enabled), truth(found));
        }
        Some(Err(why)) => tell(verification, row, mailbox, ENABLED, why),
        Some(Ok(_)) | None => {}
    }
    if !block.audit_enabled {
        return;
    }
    for logon in Logon::ALL {
        compare_list(block, logon, mailbox, row, verification);
    }
    let (Some(wanted), Some(cell)) = (block.audit_log_age_limit, row.cell(AGE_LIMIT)) else {
        return;
    };
    match cell.span() {
        Ok(found) if found == wanted => {}
        Ok(found) => {
            let [wanted, found] = [wanted, found].map(age_limit_text);
            verification.differs(mailbox, AGE_LIMIT, wanted, found);
        }
        Err(why) => tell(verification, row, mailbox, AGE_LIMIT, why),
    }
}

fn compare_list(
    block: &MailboxPolicy,
    logon: Logon,
    mailbox: &str,
    row: &Row,
    verification: &mut Verification,
) {
    if block.follows_default(logon) && has_default(row, logon) {
        return;
    }
    let Some(cell) = row.cell(logon.property()) else {
        return;
    };
    let (found, unknown) = match cell.actions() {
        Ok(read) => read,
        Err(why) => return tell(verification, row, mailbox, logon.property(), why),
    };
    let wanted: Actions = block.wanted(logon);
    if found != wanted {
        let (wanted, found) = (wanted.to_string(), found.to_string());
        verification.differs(mailbox, logon.property(), wanted, found);
    }
    if !unknown.is_empty() {
        verification.unknown_actions.push(Difference {
            of: mailbox.to_owned(),
            property: logon.property(),
            wanted: wanted.to_string(),
            found: unknown.join(", "),
        });
    }
}

/// Does the mailbox follow Microsoft's list for this logon?
fn has_default(row: &Row, logon: Logon) -> bool {
    let followed = row.cell("DefaultAuditSet").and_then(|cell| cell.names().ok());
    followed.is_some_and(|names| names.iter().any(|name| name.eq_ignore_ascii_case(logon.name())))
}

fn compare_account(policy: &Policy, row: &Row, verification: &mut Verification) {
    let mut names = names(row, &[PRINCIPAL, "Name", "DisplayName", "Sid", "Guid", "Identity"]);
    // `contoso.example/Users/svc` is the account svc.
    let short = row.text("Identity").and_then(|identity| identity.rsplit(['/', '\\']).next());
    names.extend(short);
    let Some(account) = names.first() else {
        return verification.unreadable(row.place.clone(), "names no account".to_owned());
    };
    let enabled = match row.cell(BYPASS).map(|cell| cell.truth()) {
        Some(Ok(enabled)) => enabled,
        Some(Err(why)) => return tell(verification, row, account, BYPASS, why),
        None => return,
    };
    verification.accounts += 1;
    let wanted = policy.bypass.iter().any(|bypass| bypass.fits(&names));
    match (wanted, enabled) {
        (false, true) => verification.unwanted_bypasses.push((*account).to_owned()),
        (true, false) => verification.differs(account, BYPASS, "True".into(), "False".into()),
        _ => {}
    }
}

fn names<'r>(row: &'r Row, properties: &[&str]) -> Vec<&'r str> {
    properties.iter().filter_map(|property| row.text(property)).collect()
}

fn tell(verification: &mut Verification, row: &Row, of: &str, property: &str, why: &str) {
    let is_list = Logon::ALL.iter().any(|logon| logon.property() == property);
    let way_out = match is_list {
        true => "; export it with -join, as the script of commands shows",
        false => "",
    };
    verification.unreadable(row.place.clone(), format!("{of}: {property} {why}{way_out}"));
}
