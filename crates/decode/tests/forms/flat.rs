//! Dotted names.

use decode::form::{Object, Style, flat};
use event::Event;

use crate::shared::{TRACE, check_told, decode, envelope};

/// What holds for any record.
pub fn holds(event: &Event) {
    for style in [Style::Elastic, Style::LogMan] {
        let flat: Object = flat(event, style).into_iter().collect();
        check_told(event, &flat, "flat");
    }
}

#[test]
fn dotted_names_hold_the_whole_record() {
    let envelope = envelope(TRACE);
    let event = decode(&envelope);
    let names: Vec<String> =
        flat(&event, Style::LogMan).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"o365.message.MessageId".to_owned()), "{names:?}");
    assert_eq!(names.len(), 11, "{names:?}");
    assert!(flat(&event, Style::Elastic).iter().all(|(name, _)| name.starts_with("o365.audit.")));
}
