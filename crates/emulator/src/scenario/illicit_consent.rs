//! A user lets a harmless-looking application read the mail, and it does.

use super::{Seat, Stage, Told, signed_in};
use crate::clock::{HOUR, MINUTE, SECOND};
use crate::content_type::ContentType::{AzureActiveDirectory, Exchange};
use crate::record::directory::{By, consented, principal_made};
use crate::record::mailbox::{Access, mail_bound, numbers};
use crate::tenant::apps::App;
use crate::tenant::people::DEVICES;

const ADDRESS: &str = "203.0.113.221";
const APP: App = App { id: "9b3f6a1c-2d75-4e08-b1c4-7a5d9e0f8b66", name: "Dccument Viewer Pro" };
const SCOPE: &str =
    " offline_access Mail.Read Mail.Send Contacts.Read Files.Read.All User.Read openid profile";

pub(super) fn play(stage: &mut Stage<'_>) -> Told {
    let victim = stage.employee();
    let session = stage.random.guid();
    let office = &stage.tenant.offices[victim.office];
    let own =
        Seat { person: victim, address: &office.addresses[0], device: victim.device, session };
    stage.record(0, AzureActiveDirectory, ("UserLoggedIn", 15), own, |draft, kind| {
        signed_in(draft, kind, &APP, ("0", ""));
    });
    stage.record(
        20 * SECOND,
        AzureActiveDirectory,
        ("Add service principal.", 8),
        own,
        |draft, kind| {
            principal_made(draft, kind, By::Person(victim), &APP);
        },
    );
    for operation in [
        "Add delegated permission grant.",
        "Add app role assignment grant to user.",
        "Consent to application.",
    ] {
        stage.record(21 * SECOND, AzureActiveDirectory, (operation, 8), own, |draft, kind| {
            consented(draft, kind, &APP, SCOPE);
        });
    }
    read_through_graph(stage, victim);
    Told {
        story: format!(
            "{} consented to the application \"{}\" with Mail.Read and Mail.Send; for hours it then read the mailbox through Graph from {ADDRESS}.",
            victim.upn, APP.name
        ),
        victims: vec![victim.upn.clone()],
        attacker_addresses: vec![ADDRESS.into()],
    }
}

fn read_through_graph<'a>(stage: &mut Stage<'a>, victim: &'a crate::tenant::people::Person) {
    let seat = Seat {
        person: victim,
        address: ADDRESS,
        device: &DEVICES[5],
        session: stage.random.guid(),
    };
    let access = Access {
        owner: victim,
        logon_type: 0,
        client_info: ["Client=REST;Client=RESTSystem;;", "", ""],
        client_app: APP.id,
    };
    let first = stage.random.next();
    for at in 0..24 {
        let messages = numbers(first ^ at, 8);
        let after = 10 * MINUTE + at as i64 * 4 * HOUR / 24;
        stage.record(after, Exchange, ("MailItemsAccessed", 50), seat, |draft, kind| {
            mail_bound(draft, kind, &access, &[(r"\\Inbox", &messages)], false);
        });
    }
}
