//! A body that is made while it is sent.

use std::fmt;
use std::sync::Arc;

/// A body too large to hold: each call of [`Chunks::iter`] makes it anew, piece by piece.
#[derive(Clone)]
pub struct Chunks(Arc<dyn Fn() -> ChunkIterator + Send + Sync>);

type ChunkIterator = Box<dyn Iterator<Item = Vec<u8>> + Send>;

impl Chunks {
    pub(super) fn new<I>(make: impl Fn() -> I + Send + Sync + 'static) -> Chunks
    where
        I: Iterator<Item = Vec<u8>> + Send + 'static,
    {
        Chunks(Arc::new(move || Box::new(make())))
    }

    pub fn iter(&self) -> impl Iterator<Item = Vec<u8>> + Send + use<> {
        (self.0)()
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Chunks")
    }
}
