//! How is hostile text shown on one line?
//!
//! The rule is that of the readable line of an event: what could move the cursor, turn the
//! direction of reading, begin another line or hide is written as a visible escape.

use std::borrow::Cow;

/// The text with every character that is not safe on one line escaped visibly.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_unsafe(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// C0, DEL, C1; marks, embeddings, overrides and isolates of direction; line and paragraph
/// separators; and what is invisible without joining letters.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever decoding shows visibly, a report does, in the same way.
    #[test]
    fn the_rule_is_that_of_the_readable_line() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = format!("a{c}b");
            let mut expected = String::new();
            decode::write_printable(&text, &mut expected);
            assert_eq!(printable(&text), expected, "{:x}", u32::from(c));
        }
    }
}
