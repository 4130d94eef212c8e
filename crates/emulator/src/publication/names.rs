//! What are blobs and pages called?

use super::{Blob, BlobKey};
use crate::api::Problem;
use crate::clock::{self, Millis};
use crate::content_type::ContentType;
use crate::random::blend;

impl Blob {
    /// The id the API hands out: time and nine digits, twice, then content type and region. The
    /// digits hold the key; to a client the id is opaque.
    pub(crate) fn content_id(&self) -> String {
        let stamp = clock::compact(self.created);
        format!(
            "{stamp}{:09}${stamp}{:09}${}$emea{:04}",
            self.key.slice,
            self.key.part,
            self.key.content_type.in_content_id(),
            self.key.slice % 9_000
        )
    }
}

/// Reads the key out of a content id; None when it does not have the shape of one.
pub(crate) fn parse_content_id(text: &str) -> Option<BlobKey> {
    let mut pieces = text.split('$');
    let (first, second, _, name) = (pieces.next()?, pieces.next()?, pieces.next()?, pieces.next()?);
    let digits = |piece: &str| piece.len() == 23 && piece.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(second) || pieces.count() != 1 {
        return None;
    }
    let content_type =
        ContentType::ALL.into_iter().find(|it| it.name().replace('.', "_") == name)?;
    Some(BlobKey {
        content_type,
        slice: first[14..].parse().ok()?,
        part: second[14..].parse().ok()?,
    })
}

/// A page link's token: date and hour, `R`, two numbers, and a check against typing.
pub(crate) fn page_token(time: Millis, first: u64, second: u32) -> String {
    let check = page_check(first, second);
    format!("{}R{first:09}{second:07}{check:03}", &clock::compact(time)[..10])
}

pub(crate) fn read_page_token(text: &str) -> Result<(u64, u32), Problem> {
    parse_page_token(text).ok_or_else(|| Problem::NextPage(text.to_owned()))
}

pub(super) fn parse_page_token(text: &str) -> Option<(u64, u32)> {
    let (date, rest) = text.split_once('R')?;
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 10 || rest.len() != 19 || !numeric(date) || !numeric(rest) {
        return None;
    }
    let (first, second) = (rest[..9].parse().ok()?, rest[9..16].parse().ok()?);
    (rest[16..].parse::<u64>().ok()? == page_check(first, second)).then_some((first, second))
}

fn page_check(first: u64, second: u32) -> u64 {
    blend(first, u64::from(second)) % 1_000
}
