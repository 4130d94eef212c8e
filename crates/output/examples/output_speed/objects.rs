//! Objects of Parquet, in a folder and in object stores.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use output::Service;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use crate::stores::{self, Objects};
use crate::{Batches, Pair};

struct Parquet {
    kind: &'static str,
    settings: String,
    store: Arc<dyn ObjectStore>,
    /// Whose files are synced.
    local: Option<PathBuf>,
    /// What our service wrote, with the names of the plain client's objects.
    columns: Vec<(Path, RecordBatch)>,
    _receiver: Receiver,
}

#[allow(dead_code)]
enum Receiver {
    Folder(TempDir),
    Server(Objects),
}

pub async fn folder() -> Box<dyn Pair> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().to_owned();
    let store = Arc::new(LocalFileSystem::new_with_prefix(&path).expect("a store"));
    let settings = format!("path = '{}'", path.display());
    let _receiver = Receiver::Folder(folder);
    let columns = Vec::new();
    Box::new(Parquet { kind: "folder", settings, store, local: Some(path), columns, _receiver })
}

pub async fn s3() -> Box<dyn Pair> {
    served(stores::moto().await)
}

pub async fn azure_blob() -> Box<dyn Pair> {
    served(stores::azurite().await)
}

fn served(server: Objects) -> Box<dyn Pair> {
    Box::new(Parquet {
        kind: server.kind,
        settings: server.settings.to_string(),
        store: server.store.clone(),
        local: None,
        columns: Vec::new(),
        _receiver: Receiver::Server(server),
    })
}

#[async_trait]
impl Pair for Parquet {
    fn plain_client(&self) -> &'static str {
        "parquet of the same columns in memory, object_store"
    }

    async fn ours(&mut self, round: u32) -> Box<dyn Service> {
        crate::open(self.kind, &format!("{}\nprefix = 'ours{round}'", self.settings))
    }

    async fn prepare(&mut self, round: u32, _: &Batches) {
        self.columns.clear();
        let ours = Path::from(format!("ours{round}"));
        let objects: Vec<_> = self.store.list(Some(&ours)).try_collect().await.expect("listed");
        for object in objects {
            let bytes = self.store.get(&object.location).await.expect("there");
            let bytes = bytes.bytes().await.expect("read");
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("Parquet");
            let reader = reader.with_batch_size(1 << 20).build().expect("a reader");
            let name = object.location.as_ref().replace("ours", "plain");
            let batches = reader.map(|batch| (Path::from(name.clone()), batch.expect("columns")));
            self.columns.extend(batches);
        }
    }

    async fn plain(&mut self, _: &Batches) {
        let zstd = Compression::ZSTD(ZstdLevel::try_new(3).expect("a level"));
        let properties = WriterProperties::builder().set_compression(zstd).build();
        for (path, columns) in &self.columns {
            let properties = Some(properties.clone());
            let writer = ArrowWriter::try_new(Vec::new(), columns.schema(), properties);
            let mut writer = writer.expect("a writer");
            writer.write(columns).expect("written");
            let bytes = writer.into_inner().expect("finished");
            self.store.put(path, bytes.into()).await.expect("taken");
            if let Some(folder) = &self.local {
                let file = std::fs::File::open(folder.join(path.as_ref())).expect("there");
                tokio::task::block_in_place(|| file.sync_all()).expect("kept");
            }
        }
    }
}
