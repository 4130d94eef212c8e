//! How is hostile text shown on one line?
//!
//! Subjects, file names and user agents are written by attackers. What could move the cursor,
//! turn the direction of reading or begin another line is written as a visible escape.

use std::borrow::Cow;

/// Appends the text with every character that is not safe on one line escaped visibly.
pub fn write_printable(text: &str, out: &mut String) {
    // Most texts are plain ASCII and go through in one piece.
    if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        out.push_str(text);
        return;
    }
    text.chars().for_each(|c| push_printable(c, out));
}

/// The text with every character that is not safe on one line escaped visibly.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    write_printable(text, &mut shown);
    Cow::Owned(shown)
}

/// Appends one character, escaped where it is not safe.
pub fn push_printable(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_unsafe(c) => {
            out.push_str("\\u{");
            out.push_str(&format!("{:x}", u32::from(c)));
            out.push('}');
        }
        c => out.push(c),
    }
}

/// C0, DEL, C1; marks, embeddings, overrides and isolates of direction; line and paragraph
/// separators; and what is invisible without joining letters.
pub fn is_unsafe(c: char) -> bool {
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

    #[test]
    fn unsafe_characters_become_visible() {
        for (text, shown) in [
            ("plain, (text) ~", "plain, (text) ~"),
            ("Größe 日本 👩\u{200d}👧", "Größe 日本 👩\u{200d}👧"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("x\u{7f}\u{9b}y", "x\\u{7f}\\u{9b}y"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("\u{2066}\u{2069}\u{2028}\u{feff}", "\\u{2066}\\u{2069}\\u{2028}\\u{feff}"),
        ] {
            let mut out = String::new();
            write_printable(text, &mut out);
            assert_eq!(out, shown);
        }
    }
}
