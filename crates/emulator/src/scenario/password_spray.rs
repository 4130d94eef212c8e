//! One address tries one password on many accounts, and one of them opens.

use super::{Seat, Stage, Told, signed_in};
use crate::clock::{MINUTE, SECOND};
use crate::content_type::ContentType::{AzureActiveDirectory, SharePoint};
use crate::random::Guid;
use crate::record::sharepoint::{Caller, Place, file_operation};
use crate::tenant::apps::App;
use crate::tenant::people::DEVICES;

const ADDRESSES: [&str; 2] = ["203.0.113.211", "203.0.113.212"];
const TARGETS_MAX: usize = 120;
const POWERSHELL: App =
    App { id: "1b730954-1685-4b74-9bfd-dac224a7b894", name: "Azure Active Directory PowerShell" };

pub(super) fn play(stage: &mut Stage<'_>) -> Told {
    let people = &stage.tenant.people;
    let count = people.len().min(TARGETS_MAX);
    let victim = stage.employee();
    for (at, person) in people.iter().take(count).enumerate() {
        let seat = seat(person, at, stage.random.guid());
        // Smart lockout answers now and then instead of the password check.
        let error = if at % 17 == 16 {
            ("50053", "IdsLocked")
        } else {
            ("50126", "InvalidUserNameOrPassword")
        };
        stage.record(
            at as i64 * 21 * SECOND,
            AzureActiveDirectory,
            ("UserLoginFailed", 15),
            seat,
            |draft, kind| {
                signed_in(draft, kind, &POWERSHELL, error);
            },
        );
    }
    let opened = seat(victim, 0, stage.random.guid());
    let after = count as i64 * 21 * SECOND + MINUTE;
    stage.record(after, AzureActiveDirectory, ("UserLoggedIn", 15), opened, |draft, kind| {
        signed_in(draft, kind, &POWERSHELL, ("0", ""));
    });
    for at in 0..5 {
        stage.record(
            after + (3 + at) * MINUTE,
            SharePoint,
            ("FileAccessed", 6),
            opened,
            |draft, kind| {
                let place = Place::of_draft(draft, "SharePoint");
                let caller = Caller::person(draft);
                file_operation(draft, kind, &caller, &place, 0, None);
            },
        );
    }
    Told {
        story: format!(
            "Two addresses tried one password on {count} accounts within {} minutes; it fitted {}, whose files were opened afterwards.",
            after / MINUTE,
            victim.upn
        ),
        victims: vec![victim.upn.clone()],
        attacker_addresses: ADDRESSES.map(String::from).to_vec(),
    }
}

fn seat(person: &crate::tenant::people::Person, at: usize, session: Guid) -> Seat<'_> {
    Seat { person, address: ADDRESSES[at % 2], device: &DEVICES[5], session }
}
