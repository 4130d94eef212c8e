//! Somebody who is about to leave takes the team's documents home.

use super::{Seat, Stage, Told, signed_in};
use crate::clock::{MINUTE, SECOND};
use crate::content_type::ContentType::{AzureActiveDirectory, SharePoint};
use crate::record::sharepoint::{Caller, Place, file_operation};
use crate::record::sharing::shared;
use crate::tenant::apps;

const FILES: i64 = 160;

pub(super) fn play(stage: &mut Stage<'_>) -> Told {
    let person = stage.employee();
    let session = stage.random.guid();
    let seat = Seat { person, address: &person.home_address, device: person.device, session };
    stage.record(0, AzureActiveDirectory, ("UserLoggedIn", 15), seat, |draft, kind| {
        signed_in(draft, kind, &apps::SHAREPOINT_ONLINE, ("0", ""));
    });
    for at in 0..FILES {
        stage.record(
            2 * MINUTE + at * 5 * SECOND,
            SharePoint,
            ("FileDownloaded", 6),
            seat,
            |draft, kind| {
                let place = Place::of_draft(draft, "SharePoint");
                let caller = Caller::person(draft);
                file_operation(draft, kind, &caller, &place, 0, None);
            },
        );
    }
    stage.record(20 * MINUTE, SharePoint, ("AnonymousLinkCreated", 14), seat, |draft, kind| {
        let place = Place::of_draft(draft, "OneDrive");
        let caller = Caller::person(draft);
        shared(draft, kind, &caller, &place);
    });
    Told {
        story: format!(
            "{} downloaded {FILES} files from team sites in {} minutes, from home, and made an anonymous link.",
            person.upn,
            FILES * 5 / 60
        ),
        victims: vec![person.upn.clone()],
        attacker_addresses: vec![person.home_address.clone()],
    }
}
