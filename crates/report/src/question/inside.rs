//! Is it the tenant's own?

use event::{Address, Event, Field};

use super::layout::cell;
use crate::{Ask, Cell};

/// From the tenant's own networks or not; `None` where nobody said which they are, or where the
/// record has no address.
pub fn is_inside(ask: &Ask, event: &Event) -> Option<bool> {
    is_own(ask, event.text(Field::ClientAddress)?)
}

fn is_own(ask: &Ask, address: &str) -> Option<bool> {
    if ask.networks.is_empty() {
        return None;
    }
    let address = Address::parse(address)?;
    Some(ask.networks.iter().any(|network| network.contains(address.ip)))
}

/// Whether an address is the tenant's own, in a word.
pub fn whence(ask: &Ask, address: &str) -> Cell {
    match is_own(ask, address) {
        None => Cell::Empty,
        Some(true) => cell("inside"),
        Some(false) => cell("outside"),
    }
}
