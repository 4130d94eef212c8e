//! What comes next in this stream of text?
//!
//! A [`Text`] is a window on a stream: the unread part of what has arrived. A format looks at it,
//! asks for [`more`](Text::more) while the record in front is incomplete, and takes the record as a
//! slice of the window, without a copy. A stream that fails has ended, and what had arrived before
//! is still read; the failure is told afterwards.

use std::io::{self, Read};

use bytes::Bytes;

/// The unread part of a stream.
pub(crate) struct Text {
    source: Box<dyn Read + Send>,
    window: Bytes,
    /// Where in the window the unread part starts.
    at: usize,
    ended: bool,
    failure: Option<io::Error>,
}

#[cfg(test)]
thread_local! {
    /// The most that any stream of this thread held at once.
    pub(crate) static LONGEST_WINDOW: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// What is asked of the source at once. Small enough to stay in the cache until it has been split.
const CHUNK_BYTES: usize = 1 << 20;

impl Text {
    pub fn new(source: Box<dyn Read + Send>) -> Text {
        Text { source, window: Bytes::new(), at: 0, ended: false, failure: None }
    }

    /// A window on bytes that are all there.
    pub fn of(window: Bytes) -> Text {
        Text { source: Box::new(io::empty()), window, at: 0, ended: true, failure: None }
    }

    pub fn unread(&self) -> &[u8] {
        &self.window[self.at..]
    }

    /// The unread part, sharing its memory.
    pub fn share(&self) -> Bytes {
        self.window.slice(self.at..)
    }

    /// Makes the unread part longer. False when the stream has ended.
    ///
    /// The unread part is moved to a new window, so a record that spans windows is copied once for
    /// each; windows grow with it, which keeps the sum of the copies below twice its length.
    pub fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let unread = &self.window[self.at..];
        let wanted = CHUNK_BYTES.max(unread.len());
        let mut window = Vec::with_capacity(unread.len() + wanted);
        window.extend_from_slice(unread);
        let outcome = (&mut self.source).take(wanted as u64).read_to_end(&mut window);
        let grown = window.len() > unread.len();
        self.ended = match outcome {
            Ok(length) => length < wanted,
            Err(error) => {
                self.failure = Some(error);
                true
            }
        };
        #[cfg(test)]
        LONGEST_WINDOW.set(LONGEST_WINDOW.get().max(window.len()));
        self.window = window.into();
        self.at = 0;
        grown
    }

    /// True when nothing comes after the unread part.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The next `length` bytes, which are read now.
    pub fn take(&mut self, length: usize) -> Bytes {
        let taken = self.window.slice(self.at..self.at + length);
        self.at += length;
        taken
    }

    pub fn skip(&mut self, length: usize) {
        debug_assert!(self.at + length <= self.window.len());
        self.at += length;
    }

    /// What ended the stream before its end.
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}
