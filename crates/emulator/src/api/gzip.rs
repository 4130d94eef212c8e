//! Bodies are compressed for clients that accept it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::chunks::Chunks;
use super::message::{Answer, Request};

/// Bodies below this size are not worth compressing.
const BYTES_MIN: usize = 512;
/// So many bytes in the middle are overwritten when compression shall lie.
const DAMAGE_BYTES: usize = 24;
/// Audit records shrink to about this part; tells where to cut a body made while it is sent.
const SHRINKS_TO_ONE_IN: usize = 8;

pub(super) fn compressed(request: &Request, mut answer: Answer) -> Answer {
    let accepted = request.header("accept-encoding").is_some_and(|value| value.contains("gzip"));
    if !accepted {
        return answer;
    }
    if let Some(chunks) = answer.stream.take() {
        answer.stream = Some(Chunks::new(move || Compressed::of(chunks.iter())));
        answer.cut_at = answer.cut_at.map(|at| at / SHRINKS_TO_ONE_IN);
        return marked(answer);
    }
    if answer.body.len() < BYTES_MIN {
        return answer;
    }
    let buffer = Vec::with_capacity(answer.body.len() / SHRINKS_TO_ONE_IN);
    let mut encoder = GzEncoder::new(buffer, Compression::fast());
    // Writing into memory cannot fail.
    if encoder.write_all(&answer.body).is_ok()
        && let Ok(body) = encoder.finish()
    {
        answer.cut_at = answer.cut_at.map(|at| at * body.len() / answer.body.len());
        answer.body = body;
        if answer.gzip_lies {
            damage(&mut answer.body);
        }
        return marked(answer);
    }
    answer
}

fn marked(mut answer: Answer) -> Answer {
    answer.headers.push(("Content-Encoding", "gzip".into()));
    answer.headers.push(("Vary", "Accept-Encoding".into()));
    answer
}

fn damage(body: &mut [u8]) {
    let middle = body.len() / 2;
    let end = body.len().min(middle + DAMAGE_BYTES);
    for byte in &mut body[middle..end] {
        *byte = !*byte;
    }
}

struct Compressed<I> {
    plain: I,
    /// None at the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl<I: Iterator<Item = Vec<u8>>> Compressed<I> {
    fn of(plain: I) -> Compressed<I> {
        let encoder = Some(GzEncoder::new(Vec::new(), Compression::fast()));
        Compressed { plain, encoder }
    }
}

impl<I: Iterator<Item = Vec<u8>>> Iterator for Compressed<I> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let encoder = self.encoder.as_mut()?;
            let Some(chunk) = self.plain.next() else {
                return self.encoder.take()?.finish().ok();
            };
            encoder.write_all(&chunk).ok()?;
            let ready = std::mem::take(encoder.get_mut());
            if !ready.is_empty() {
                return Some(ready);
            }
        }
    }
}
