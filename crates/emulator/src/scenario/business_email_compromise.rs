//! Somebody reads a mailbox, hides the answers with an inbox rule, and sends a false invoice.

use super::{SECOND_FACTOR, Seat, Stage, Told, signed_in};
use crate::clock::{HOUR, MINUTE, SECOND};
use crate::content_type::ContentType::{AzureActiveDirectory, Exchange};
use crate::record::exchange_admin::cmdlet;
use crate::record::mailbox::{Access, Message, mail_bound, moved, numbers, searched, sent};
use crate::tenant::apps;

const ADDRESS: &str = "203.0.113.201";
const SECOND_ADDRESS: &str = "2001:db8:bad:1::2f";
/// What phishing kits that sit between user and service leave behind.
const PROXIED: &str = "Client=OWA;Action=ViaProxy";

pub(super) fn play(stage: &mut Stage<'_>) -> Told {
    let victim = stage.employee();
    let seat = stage.attacker(victim, ADDRESS);
    for (at, error) in
        [("50126", "InvalidUserNameOrPassword"), SECOND_FACTOR].into_iter().enumerate()
    {
        stage.record(
            at as i64 * 40 * SECOND,
            AzureActiveDirectory,
            ("UserLoginFailed", 15),
            seat,
            |draft, kind| {
                signed_in(draft, kind, &apps::ONE_OUTLOOK_WEB, error);
            },
        );
    }
    stage.record(2 * MINUTE, AzureActiveDirectory, ("UserLoggedIn", 15), seat, |draft, kind| {
        signed_in(draft, kind, &apps::ONE_OUTLOOK_WEB, ("0", ""));
    });
    read_mail(stage, seat, 6 * MINUTE, 14);
    stage.record(
        30 * MINUTE,
        Exchange,
        ("SearchQueryInitiatedExchange", 2),
        seat,
        |draft, kind| {
            searched(draft, kind, &proxied(seat), "invoice OR payment OR bank");
        },
    );
    make_rule(stage, seat);
    send_invoice(stage, seat);
    forward_outside(stage, seat);
    let later = Seat { address: SECOND_ADDRESS, ..seat };
    stage.record(5 * HOUR, AzureActiveDirectory, ("UserLoggedIn", 15), later, |draft, kind| {
        signed_in(draft, kind, &apps::ONE_OUTLOOK_WEB, ("0", ""));
    });
    read_mail(stage, later, 5 * HOUR + 3 * MINUTE, 6);
    Told {
        story: format!(
            "An intruder signed in as {} from {ADDRESS}, read the mailbox, hid answers about payments with an inbox rule named \".\", sent a false invoice and erased it, and came back from {SECOND_ADDRESS}.",
            victim.upn
        ),
        victims: vec![victim.upn.clone()],
        attacker_addresses: vec![ADDRESS.into(), SECOND_ADDRESS.into()],
    }
}

fn proxied<'a>(seat: Seat<'a>) -> Access<'a> {
    Access {
        owner: seat.person,
        logon_type: 0,
        client_info: [PROXIED, "", ""],
        client_app: apps::ONE_OUTLOOK_WEB.id,
    }
}

fn read_mail<'a>(stage: &mut Stage<'a>, seat: Seat<'a>, from: i64, records: u64) {
    let first = stage.random.next();
    for at in 0..records {
        let (inbox, sent_items) = (numbers(first ^ at, 4), numbers(first ^ (at << 8), 2));
        stage.record(
            from + at as i64 * 95 * SECOND,
            Exchange,
            ("MailItemsAccessed", 50),
            seat,
            |draft, kind| {
                mail_bound(
                    draft,
                    kind,
                    &proxied(seat),
                    &[(r"\\Inbox", &inbox), (r"\\Sent Items", &sent_items)],
                    false,
                );
            },
        );
    }
}

fn make_rule<'a>(stage: &mut Stage<'a>, seat: Seat<'a>) {
    let object = format!(r"{}/{}\\.", stage.tenant.organization_path, seat.person.alias);
    stage.record(34 * MINUTE, Exchange, ("New-InboxRule", 1), seat, |draft, kind| {
        cmdlet(
            draft,
            kind,
            seat.person,
            &object,
            &[
                ("AlwaysDeleteOutlookRulesBlob", "False"),
                ("Force", "False"),
                ("SubjectOrBodyContainsWords", "invoice;payment;bank;wire"),
                ("MoveToFolder", "RSS Feeds"),
                ("MarkAsRead", "True"),
                ("Name", "."),
                ("StopProcessingRules", "True"),
            ],
        );
    });
}

fn send_invoice<'a>(stage: &mut Stage<'a>, seat: Seat<'a>) {
    let number = stage.random.next();
    let message = |folder| Message {
        subject: "Re: Invoice 20417 - new bank details",
        number,
        folder,
        attachments: "Invoice 20417.pdf (88410b)",
    };
    stage.record(41 * MINUTE, Exchange, ("Send", 2), seat, |draft, kind| {
        sent(draft, kind, &proxied(seat), &message(r"\\Drafts"));
    });
    stage.record(42 * MINUTE, Exchange, ("SoftDelete", 3), seat, |draft, kind| {
        moved(draft, kind, &proxied(seat), &[message(r"\\Sent Items")], "");
    });
    stage.record(43 * MINUTE, Exchange, ("HardDelete", 3), seat, |draft, kind| {
        moved(draft, kind, &proxied(seat), &[message(r"\\Recoverable Items\\Deletions")], "");
    });
}

fn forward_outside<'a>(stage: &mut Stage<'a>, seat: Seat<'a>) {
    stage.record(55 * MINUTE, Exchange, ("Set-Mailbox", 1), seat, |draft, kind| {
        cmdlet(
            draft,
            kind,
            seat.person,
            &seat.person.alias,
            &[
                ("Identity", &seat.person.upn),
                ("ForwardingSmtpAddress", "smtp:archive.mailbox@proseware.com"),
                ("DeliverToMailboxAndForward", "True"),
            ],
        );
    });
}
