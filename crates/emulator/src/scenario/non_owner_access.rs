//! An administrator gives himself a director's mailbox, reads it, and tidies up.

use super::{Seat, Stage, Told, signed_in};
use crate::clock::{HOUR, MINUTE};
use crate::content_type::ContentType::{AzureActiveDirectory, Exchange};
use crate::record::exchange_admin::cmdlet;
use crate::record::mailbox::{Access, Message, logged_in, mail_bound, numbers, sent};
use crate::tenant::apps;

pub(super) fn play(stage: &mut Stage<'_>) -> Told {
    let admin = stage.administrator();
    let owner = stage.employee();
    let session = stage.random.guid();
    let seat = Seat { person: admin, address: &admin.home_address, device: admin.device, session };
    let access = Access {
        owner,
        logon_type: 2,
        client_info: ["Client=OWA;", admin.device.user_agent, ";"],
        client_app: apps::ONE_OUTLOOK_WEB.id,
    };
    stage.record(0, AzureActiveDirectory, ("UserLoggedIn", 15), seat, |draft, kind| {
        signed_in(draft, kind, &apps::EXCHANGE_ONLINE, ("0", ""));
    });
    let permission = [
        ("Identity", owner.upn.as_str()),
        ("User", admin.upn.as_str()),
        ("AccessRights", "FullAccess"),
        ("InheritanceType", "All"),
        ("AutoMapping", "False"),
    ];
    stage.record(3 * MINUTE, Exchange, ("Add-MailboxPermission", 1), seat, |draft, kind| {
        cmdlet(draft, kind, admin, &owner.alias, &permission);
    });
    stage.record(20 * MINUTE, Exchange, ("MailboxLogin", 2), seat, |draft, kind| {
        logged_in(draft, kind, &access)
    });
    let first = stage.random.next();
    for at in 0..18_u64 {
        let messages = numbers(first ^ at, 5);
        let path = if at % 3 == 0 { r"\\Inbox\\Board" } else { r"\\Inbox" };
        stage.record(
            21 * MINUTE + at as i64 * 2 * MINUTE,
            Exchange,
            ("MailItemsAccessed", 50),
            seat,
            |draft, kind| {
                mail_bound(draft, kind, &access, &[(path, &messages)], false);
            },
        );
    }
    stage.record(70 * MINUTE, Exchange, ("SendAs", 2), seat, |draft, kind| {
        let message = Message {
            subject: "Approve the transfer today",
            number: first,
            folder: r"\\Drafts",
            attachments: "",
        };
        sent(draft, kind, &access, &message);
    });
    stage.record(2 * HOUR, Exchange, ("Remove-MailboxPermission", 1), seat, |draft, kind| {
        cmdlet(draft, kind, admin, &owner.alias, &permission[..3]);
    });
    Told {
        story: format!(
            "Administrator {} gave himself full access to the mailbox of {}, read it, sent a message as its owner and took the permission away again.",
            admin.upn, owner.upn
        ),
        victims: vec![owner.upn.clone()],
        attacker_addresses: vec![admin.home_address.clone()],
    }
}
