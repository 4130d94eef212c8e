//! A file of a line a record.

use std::fs::File;
use std::io::Write;

use async_trait::async_trait;
use output::Service;
use tempfile::TempDir;

use crate::{Batches, Pair};

struct Lines {
    folder: TempDir,
    plain: Option<File>,
}

pub async fn file() -> Box<dyn Pair> {
    Box::new(Lines { folder: TempDir::new().expect("a folder"), plain: None })
}

#[async_trait]
impl Pair for Lines {
    fn plain_client(&self) -> &'static str {
        "std::fs, sync_data after each batch"
    }

    async fn ours(&mut self, round: u32) -> Box<dyn Service> {
        let path = self.folder.path().join(format!("ours{round}.ndjson"));
        crate::open("file", &format!("path = '{}'", path.display()))
    }

    async fn prepare(&mut self, round: u32, _: &Batches) {
        let path = self.folder.path().join(format!("plain{round}.ndjson"));
        self.plain = Some(File::create(path).expect("a file"));
    }

    async fn plain(&mut self, batches: &Batches) {
        let file = self.plain.as_mut().expect("prepared");
        tokio::task::block_in_place(|| {
            for batch in batches {
                let mut lines = Vec::new();
                for record in batch {
                    lines.extend_from_slice(&record.body);
                    lines.push(b'\n');
                }
                file.write_all(&lines).expect("written");
                file.sync_data().expect("kept");
            }
        });
    }
}
