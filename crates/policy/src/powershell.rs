//! Which commands bring a tenant to this policy?
//!
//! A script for Exchange Online PowerShell. Every text of the policy stands in it quoted, or in a
//! comment of one line, so that none can become a command.

use std::fmt::Write;

use event::Pattern;

use crate::action::{Actions, Logon};
use crate::retention::age_limit_text;
use crate::{MailboxPolicy, Policy, Preset};

/// Exports mailboxes as [`crate::verify`] reads them.
pub const EXPORT_MAILBOXES: &str = "Get-Mailbox -ResultSize Unlimited | Select-Object \
    UserPrincipalName, Name, ExchangeGuid, AuditEnabled, AuditLogAgeLimit, \
    @{n='DefaultAuditSet';e={$_.DefaultAuditSet -join ','}}, \
    @{n='AuditAdmin';e={$_.AuditAdmin -join ','}}, \
    @{n='AuditDelegate';e={$_.AuditDelegate -join ','}}, \
    @{n='AuditOwner';e={$_.AuditOwner -join ','}} | \
    Export-Csv mailboxes.csv -NoTypeInformation -Encoding UTF8";

/// Exports the accounts that auditing passes over, with the names that a policy has for them.
pub const EXPORT_BYPASSES: &str = "Get-MailboxAuditBypassAssociation -ResultSize Unlimited | \
    Where-Object AuditBypassEnabled | Select-Object Name, \
    @{n='UserPrincipalName';e={(Get-User -Identity \"$($_.Guid)\").UserPrincipalName}}, \
    AuditBypassEnabled | Export-Csv bypasses.csv -NoTypeInformation -Encoding UTF8";

/// What Test-Fit looks at of a mailbox and of an account.
const OF_MAILBOX: &str = "@($_.UserPrincipalName, $_.ExchangeGuid, $_.Name, $_.SamAccountName)";
const OF_ACCOUNT: &str = "@($_.UserPrincipalName, $_.DisplayName, $_.Name, $_.Sid)";

/// Does any of the names fit any of the patterns?
const TEST_FIT: &str = r#"function Test-Fit($Names, $Patterns) {
    foreach ($pattern in $Patterns) {
        foreach ($name in $Names) { if ("$name" -like $pattern) { return $true } }
    }
    return $false
}
"#;

/// The commands that bring a tenant of Exchange Online to the policy.
pub fn powershell(policy: &Policy) -> String {
    let mut script = Script(String::new());
    script.comment("Brings mailbox auditing to the policy: read it before it is run,");
    script.comment("in Exchange Online PowerShell.");
    script.comment("To verify it afterwards, export what Exchange has:");
    script.comment(EXPORT_MAILBOXES);
    script.comment(EXPORT_BYPASSES);
    script.line("");
    script.comment("Switched off here, it would be off for all mailboxes.");
    script.line("Set-OrganizationConfig -AuditDisabled $false");
    script.line("");
    script.0.push_str(TEST_FIT);
    mailboxes(policy, &mut script);
    bypass(policy, &mut script);
    script.0
}

fn mailboxes(policy: &Policy, script: &mut Script) {
    script.line("");
    if policy.mailboxes.is_empty() {
        return script.comment("The policy has no block for mailboxes: they stay as they are.");
    }
    script.comment("Each mailbox is set by the first block that fits it.");
    script.line("$rest = @(Get-Mailbox -ResultSize Unlimited)");
    for block in &policy.mailboxes {
        script.line("");
        script.comment(&format!("mailbox {}", block.name));
        script.line(&choose(block));
        match block.preset {
            Preset::GroupMailbox => script.comment(
                "Microsoft fixes what is logged of group mailboxes: there is nothing to set.",
            ),
            Preset::ExchangeServer => {
                script.comment("Mailboxes of Exchange Server: for the Exchange Management Shell.");
                set(block, script);
            }
            Preset::ExchangeOnline | Preset::Everything => set(block, script),
        }
    }
    script.line("");
    script.line("foreach ($mailbox in $rest) {");
    script.line(r#"    Write-Warning "$($mailbox.UserPrincipalName): no block fits""#);
    script.line("}");
}

/// Parts the mailboxes of a block from the rest.
fn choose(block: &MailboxPolicy) -> String {
    if block.mailboxes.is_empty() {
        return "$fits, $rest = @($rest), @()".to_owned();
    }
    format!(
        "$fits, $rest = @($rest).Where({{ Test-Fit {OF_MAILBOX} {} }}, 'Split')",
        likes(block.mailboxes.iter())
    )
}

fn set(block: &MailboxPolicy, script: &mut Script) {
    for logon in Logon::ALL {
        let refused = block.actions(logon).without(block.preset.accepts(logon));
        // Who wants everything wants what there is.
        if !refused.is_empty() && block.preset != Preset::Everything {
            script.comment(&format!("{} cannot hold {refused}: left out.", logon.property()));
        }
    }
    script.line("foreach ($mailbox in $fits) {");
    script.line(r#"    $identity = "$($mailbox.Guid)""#);
    let mut command =
        format!("    Set-Mailbox -Identity $identity -AuditEnabled ${}", block.audit_enabled);
    if let Some(limit) = block.audit_log_age_limit {
        let _ = write!(command, " -AuditLogAgeLimit {}", quoted(&age_limit_text(limit)));
    }
    script.line(&command);
    if block.audit_enabled {
        let (default, own): (Vec<Logon>, Vec<Logon>) =
            Logon::ALL.into_iter().partition(|logon| block.follows_default(*logon));
        if !default.is_empty() {
            let names: Vec<&str> = default.into_iter().map(Logon::name).collect();
            script.line(&format!(
                "    Set-Mailbox -Identity $identity -DefaultAuditSet {}",
                names.join(",")
            ));
        }
        for logon in own {
            let list = names(block.wanted(logon));
            script
                .line(&format!("    Set-Mailbox -Identity $identity -{} {list}", logon.property()));
        }
    }
    script.line("}");
}

fn bypass(policy: &Policy, script: &mut Script) {
    script.line("");
    if policy.bypass.is_empty() {
        script.comment("Nobody is passed over.");
        script.line("$bypassed = @()");
    } else {
        script.comment("These accounts, and no others, are passed over.");
        let patterns = likes(policy.bypass.iter().map(|bypass| &bypass.account));
        script.line("$bypassed = @(Get-User -ResultSize Unlimited |");
        script.line(&format!("    Where-Object {{ Test-Fit {OF_ACCOUNT} {patterns} }} |"));
        script.line(r#"    ForEach-Object { "$($_.Guid)" })"#);
        script.line("foreach ($account in $bypassed) {");
        script.line(&format!("    {SET_BYPASS} $true -Identity $account"));
        script.line("}");
    }
    script.line("Get-MailboxAuditBypassAssociation -ResultSize Unlimited |");
    let unwanted = r#"$_.AuditBypassEnabled -and "$($_.Guid)" -notin $bypassed"#;
    script.line(&format!("    Where-Object {{ {unwanted} }} |"));
    script.line(&format!("    ForEach-Object {{ {SET_BYPASS} $false -Identity \"$($_.Guid)\" }}"));
}

const SET_BYPASS: &str = "Set-MailboxAuditBypassAssociation -AuditBypassEnabled";

fn names(actions: Actions) -> String {
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    if names.is_empty() { "None".to_owned() } else { names.join(",") }
}

/// A list of patterns of `-like`, which has the wildcards of ours and some more.
fn likes<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> String {
    let patterns: Vec<String> = patterns.map(|pattern| quoted(&like(pattern.source()))).collect();
    format!("@({})", patterns.join(", "))
}

fn like(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some('*' | '?')) => {
                out.push('`');
                out.extend(chars.next());
            }
            '\\' if chars.peek() == Some(&'\\') => out.extend(chars.next()),
            '[' | ']' | '`' => {
                out.push('`');
                out.push(c);
            }
            // No account has one, and a script should not either.
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

/// A text that PowerShell takes as it is. It takes four curved quotes for straight ones.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
    out
}

struct Script(String);

impl Script {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A comment ends with its line, so the text must not end the line.
    fn comment(&mut self, text: &str) {
        let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let text: String = text.chars().map(|c| if ends(c) { ' ' } else { c }).collect();
        self.line(&format!("# {text}"));
    }
}
