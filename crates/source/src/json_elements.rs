//! Where does one JSON element end and the next begin?
//!
//! A [`Splitter`] cuts a stream of bytes into the elements of a JSON array, or into objects that
//! follow each other with or without white space (NDJSON), while the stream is still arriving. It
//! looks at strings, escapes and nesting and at nothing else: whether an element is good JSON is for
//! the decoder to say, so that one strange record never costs its neighbours.
//!
//! An element that lies in one chunk is a slice of it; only one that crosses chunks is copied. What
//! is held back between chunks never exceeds the limit given for one element.

use bytes::Bytes;
use memchr::{memchr, memchr2};

/// One element, its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    Whole(Bytes),
    /// Longer than the limit: its first bytes, and how long it was.
    TooLong {
        start: Bytes,
        length: u64,
    },
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What stood after the last element that was handed out: the beginning of an element when the
    /// stream was cut, or a last bare word that only the end of the stream could end.
    pub rest: Option<Element>,
    /// The stream ended inside an element or before the array's closing bracket.
    pub cut: bool,
}

/// Cuts a stream into elements: [`push`](Splitter::push) a chunk, take elements with
/// [`next_element`](Splitter::next_element) until there is none, push the next, and at the end ask
/// [`finish`](Splitter::finish).
///
/// A bracket at the outermost level opens an array whose elements are wanted; several arrays may
/// follow each other. Bare text at the outermost level is one element for each line of it.
#[derive(Debug)]
pub struct Splitter {
    length_max: usize,
    chunk: Bytes,
    /// Where in the chunk scanning goes on.
    at: usize,
    /// Where in the chunk the open element starts or continues.
    start: usize,
    /// What earlier chunks held of the open element, up to the limit.
    held: Vec<u8>,
    /// Length of that part, counted beyond the limit too.
    held_length: u64,
    state: State,
    in_array: bool,
    /// Bytes seen before this chunk.
    passed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before an element or after one.
    Between,
    /// Within brackets or braces, this many deep.
    Nested(u64),
    /// Within a string, this many brackets deep; zero for a string that is itself the element.
    Text(u64),
    /// As `Text`, just after a backslash.
    Escape(u64),
    /// Within a number, a word or anything else without brackets and quotes.
    Bare,
}

impl Splitter {
    /// A splitter that holds at most `length_max` bytes of one element.
    pub fn new(length_max: usize) -> Splitter {
        Splitter {
            length_max,
            chunk: Bytes::new(),
            at: 0,
            start: 0,
            held: Vec::new(),
            held_length: 0,
            state: State::Between,
            in_array: false,
            passed: 0,
        }
    }

    /// Adds the next bytes of the stream.
    ///
    /// # Panics
    /// When the chunk before has not been taken to its end: its elements would be lost.
    pub fn push(&mut self, chunk: Bytes) {
        assert!(self.at == self.chunk.len(), "elements of the chunk before were not taken");
        self.passed += self.chunk.len() as u64;
        self.chunk = chunk;
        self.at = 0;
        self.start = 0;
    }

    /// The next element that ends in the current chunk, or `None` when another chunk is needed.
    pub fn next_element(&mut self) -> Option<Element> {
        while self.at < self.chunk.len() {
            match self.state {
                State::Between => self.skip_separators(),
                State::Nested(depth) => self.scan_nested(depth),
                State::Text(depth) => self.scan_text(depth),
                State::Escape(depth) => {
                    self.at += 1;
                    self.state = State::Text(depth);
                    continue;
                }
                State::Bare => self.scan_bare(),
            }
            if self.state == State::Between && (self.start < self.at || self.held_length > 0) {
                return Some(self.take());
            }
        }
        self.hold();
        None
    }

    /// Ends the stream.
    pub fn finish(mut self) -> End {
        debug_assert!(self.at == self.chunk.len());
        let bare = self.state == State::Bare;
        let open = self.state != State::Between;
        End { rest: open.then(|| self.take()), cut: self.in_array || (open && !bare) }
    }

    /// Moves to the first byte of an element. `start` follows, so that nothing is left open.
    fn skip_separators(&mut self) {
        while let Some(&byte) = self.chunk.get(self.at) {
            self.start = self.at;
            self.at += 1;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | RECORD_SEPARATOR => {}
                b'[' if !self.in_array => self.in_array = true,
                b']' if self.in_array => self.in_array = false,
                b'{' | b'[' => return self.state = State::Nested(1),
                b'"' => return self.state = State::Text(0),
                _ if self.is_byte_order_mark(byte) => {}
                // The byte is looked at again there: it may be all there is of this element.
                _ => {
                    self.at -= 1;
                    return self.state = State::Bare;
                }
            }
        }
        self.start = self.at;
    }

    /// Exports by PowerShell and Excel start with the mark U+FEFF in UTF-8.
    fn is_byte_order_mark(&self, byte: u8) -> bool {
        let position = self.passed + self.at as u64 - 1;
        BYTE_ORDER_MARK.get(position as usize) == Some(&byte)
    }

    fn scan_nested(&mut self, mut depth: u64) {
        let chunk = &self.chunk[..];
        let mut at = self.at;
        while at < chunk.len() {
            match STRUCTURE[chunk[at] as usize] {
                PLAIN => at += 1,
                QUOTE => {
                    // Most strings are short and end in this chunk: stay in this loop for them.
                    match end_of_text(&chunk[at + 1..]) {
                        Some(length) => at += 1 + length,
                        None => {
                            self.at = at + 1;
                            return self.state = State::Text(depth);
                        }
                    }
                }
                OPEN => {
                    depth += 1;
                    at += 1;
                }
                _ => {
                    depth -= 1;
                    at += 1;
                    if depth == 0 {
                        self.at = at;
                        return self.state = State::Between;
                    }
                }
            }
        }
        self.at = at;
        self.state = State::Nested(depth);
    }

    /// Goes to the end of a string that began in an earlier chunk, or that is itself an element.
    fn scan_text(&mut self, depth: u64) {
        let rest = &self.chunk[self.at..];
        if let Some(length) = end_of_text(rest) {
            self.at += length;
            self.state = match depth {
                0 => State::Between,
                _ => State::Nested(depth),
            };
            return;
        }
        self.at = self.chunk.len();
        self.state = match ends_in_escape(rest) {
            true => State::Escape(depth),
            false => State::Text(depth),
        };
    }

    fn scan_bare(&mut self) {
        let rest = &self.chunk[self.at..];
        // The first byte belongs to the element whatever it is, or a stray `}` would never end.
        let first = usize::from(self.held_length == 0 && self.at == self.start);
        let end = match self.in_array {
            true => rest[first..].iter().position(|&byte| ends_bare(byte)),
            false => memchr(b'\n', &rest[first..]),
        };
        match end {
            Some(length) => {
                self.at += first + length;
                self.state = State::Between;
            }
            None => self.at = self.chunk.len(),
        }
    }

    /// The open element, which has just ended, from what is held and the current chunk.
    fn take(&mut self) -> Element {
        let length = self.held_length + (self.at - self.start) as u64;
        let here = self.chunk.slice(self.start..self.at);
        self.start = self.at;
        let bytes = if self.held_length == 0 {
            here.slice(..here.len().min(self.length_max))
        } else {
            self.hold_up_to_limit(&here);
            Bytes::from(std::mem::take(&mut self.held))
        };
        self.held_length = 0;
        match length > self.length_max as u64 {
            true => Element::TooLong { start: bytes, length },
            false => Element::Whole(bytes),
        }
    }

    /// Keeps what the chunk holds of the open element.
    fn hold(&mut self) {
        let here = self.chunk.slice(self.start..);
        self.held_length += here.len() as u64;
        self.hold_up_to_limit(&here);
        self.start = self.chunk.len();
    }

    fn hold_up_to_limit(&mut self, bytes: &[u8]) {
        let room = self.length_max - self.held.len();
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// RFC 7464 puts this before each element of a JSON text sequence.
const RECORD_SEPARATOR: u8 = 0x1e;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

const PLAIN: u8 = 0;
const QUOTE: u8 = 1;
const OPEN: u8 = 2;
const CLOSE: u8 = 3;

/// What each byte means outside a string.
static STRUCTURE: [u8; 256] = {
    let mut table = [PLAIN; 256];
    table[b'"' as usize] = QUOTE;
    table[b'{' as usize] = OPEN;
    table[b'[' as usize] = OPEN;
    table[b'}' as usize] = CLOSE;
    table[b']' as usize] = CLOSE;
    table
};

fn ends_bare(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'"' | RECORD_SEPARATOR
    )
}

/// How many bytes up to and with the quote that ends the string, which began before `bytes`.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// True if the last byte of an unfinished string is a backslash that escapes the next byte.
fn ends_in_escape(bytes: &[u8]) -> bool {
    let backslashes = bytes.iter().rev().take_while(|&&b| b == b'\\').count();
    backslashes % 2 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    /// Splits `text` cut into chunks of these sizes in turn.
    fn split(text: &[u8], sizes: &[usize], length_max: usize) -> (Vec<Element>, End) {
        let mut splitter = Splitter::new(length_max);
        let mut elements = Vec::new();
        let mut rest = Bytes::copy_from_slice(text);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            splitter.push(rest.split_to((*size).min(rest.len())));
            while let Some(element) = splitter.next_element() {
                elements.push(element);
            }
            assert!(splitter.held.len() <= length_max);
        }
        (elements, splitter.finish())
    }

    /// Elements and end in one line: `{"a":1} | [2] ...cut`.
    fn show((elements, end): (Vec<Element>, End)) -> String {
        let text = |element: &Element| match element {
            Element::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Element::TooLong { start, length } => {
                format!("{}<{length}>", String::from_utf8_lossy(start))
            }
        };
        let mut line = elements.iter().map(text).collect::<Vec<_>>().join(" | ");
        if let Some(rest) = &end.rest {
            line += &format!(" rest {}", text(rest));
        }
        if end.cut {
            line += " cut";
        }
        line
    }

    #[test]
    fn elements_of_arrays_and_of_streams() {
        let check = |text: &str, expected: &str| {
            for size in 1..=text.len().max(1) {
                let shown = show(split(text.as_bytes(), &[size], 100));
                assert_eq!(shown, expected, "{text:?} in chunks of {size}");
            }
        };
        check("", "");
        check(" \r\n", "");
        check("[]", "");
        check("[ ]\n", "");
        check(r#"[{"a":1},{"b":[2,{}]}]"#, r#"{"a":1} | {"b":[2,{}]}"#);
        check("\u{feff}[{},\n {}]", "{} | {}");
        check(r#"[1, "x", null ,[2],true]"#, r#"1 | "x" | null | [2] | true"#);
        check("{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}", r#"{"a":1} | {"b":2} | {"c":3}"#);
        check("{}{}\u{1e}{},{}", "{} | {} | {} | {}");
        check("[{}][{}]", "{} | {}");
        check(r#"[{"a":"}]\"{\\"},{}]"#, r#"{"a":"}]\"{\\"} | {}"#);
        check(r#"[{"\\\\":"\\\""}]"#, r#"{"\\\\":"\\\""}"#);
        check("not json\n{}\n<p>\n", "not json | {} | <p>");
        check("true\n17", "true rest 17");
        check("}\n{}", "} | {}");
        check("[}]", "}");
        check(r#"[{"a":1},{"b":"#, r#"{"a":1} rest {"b": cut"#);
        check(r#"[{"a":1}"#, r#"{"a":1} cut"#);
        check(r#"[{"a":1},"#, r#"{"a":1} cut"#);
        check(r#"[{"a":"x\"#, r#" rest {"a":"x\ cut"#);
        check("[12", " rest 12 cut");
        check("[", " cut");
    }

    #[test]
    fn an_element_over_the_limit_is_cut_and_measured_and_its_neighbours_stay() {
        let check = |text: &str, expected: &str| {
            for size in 1..=text.len() {
                assert_eq!(
                    show(split(text.as_bytes(), &[size], 8)),
                    expected,
                    "{text:?} by {size}"
                );
            }
        };
        check(
            r#"[{"a":12},{"a":1},{"b":"long text"},{}]"#,
            r#"{"a":12} | {"a":1} | {"b":"lo<17> | {}"#,
        );
        check("[123456789]", "12345678<9>");
        check(r#"["123456789"#, r#" rest "1234567<10> cut"#);
    }

    #[test]
    fn an_element_within_one_chunk_is_not_copied() {
        let chunk = Bytes::from_static(br#"[{"a":1}, {"b":2}]"#);
        let mut splitter = Splitter::new(100);
        splitter.push(chunk.clone());
        let Some(Element::Whole(first)) = splitter.next_element() else {
            panic!("an element");
        };
        assert_eq!(first.as_ptr(), chunk[1..].as_ptr());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            r#"[a-z{}\[\]",\\ \n\u{1}é]{0,12}"#.prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((r#"[a-z"\\{\]]{0,6}"#, inner), 0..5)
                    .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn whole(elements: Vec<Element>) -> Vec<String> {
        let text = |element| match element {
            Element::Whole(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Element::TooLong { .. } => panic!("no limit was set"),
        };
        elements.into_iter().map(text).collect()
    }

    proptest! {
        /// serde_json, which reads the whole text at once, is the model.
        #[test]
        fn agrees_with_serde_json(
            values in prop::collection::vec(json(), 0..8),
            pretty: bool,
            sizes in prop::collection::vec(1usize..40, 1..6),
        ) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&values).unwrap(),
                false => serde_json::to_string(&values).unwrap(),
            };
            let expected: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
            let expected: Vec<&str> = expected.into_iter().map(RawValue::get).collect();
            let (elements, end) = split(text.as_bytes(), &sizes, usize::MAX);
            prop_assert_eq!(whole(elements), expected);
            prop_assert_eq!(end, End { rest: None, cut: false });
        }

        #[test]
        fn any_cut_is_noticed_and_keeps_the_whole_elements(
            values in prop::collection::vec(json(), 1..6),
            cut in any::<prop::sample::Index>(),
            sizes in prop::collection::vec(1usize..40, 1..4),
        ) {
            let text = serde_json::to_string(&values).unwrap();
            let cut = cut.index(text.len() - 1) + 1;
            let expected: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
            let (elements, end) = split(&text.as_bytes()[..cut], &sizes, usize::MAX);
            prop_assert_eq!(end.cut, cut < text.len());
            for (element, model) in whole(elements).iter().zip(expected) {
                prop_assert_eq!(element, model.get());
            }
        }

        #[test]
        fn any_bytes_are_survived(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(br#"[]{}",\ 1"#.as_slice())], 0..200),
            sizes in prop::collection::vec(1usize..20, 1..4),
        ) {
            let chunked = show(split(&bytes, &sizes, 16));
            prop_assert_eq!(chunked, show(split(&bytes, &[200], 16)));
        }
    }
}
