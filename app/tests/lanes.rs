//! Two lanes bring records through one pipeline. What does the failure of one cost the other?

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use event::{Envelope, Provenance, TenantName, time};
use futures::future::BoxFuture;
use object_store::{ObjectStore, path::Path};
use source::service::MachineClock;
use store::{
    Chunk, Disk, KnownBlob, Lane, MachineDisk, Moment, Options, Store, StoredBlob, Window,
};
use trail365::config::Policies;
use trail365::pipeline::{Intake, Routing, decode};

/// This machine's disk, whose ledger refuses while `is_full`.
#[derive(Clone, Debug, Default)]
struct FullDisk {
    is_full: Arc<AtomicBool>,
}

impl Disk for FullDisk {
    fn files(&self) -> Arc<dyn ObjectStore> {
        MachineDisk.files()
    }

    fn sync(&self, location: &Path) -> BoxFuture<'static, object_store::Result<()>> {
        MachineDisk.sync(location)
    }

    fn ledger(&self, _: Moment) -> io::Result<()> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    fn now(&self) -> i64 {
        MachineDisk.now()
    }
}

fn envelope() -> Envelope {
    let provenance =
        Provenance { source: "activity-feed", content_type: "", origin: "b1".to_owned() };
    let record = r#"{"Id":"1","RecordType":2,"CreationTime":"2026-03-01T00:00:00"}"#;
    Envelope::record(&Arc::new(provenance), 1, Bytes::from(record))
}

#[tokio::test]
async fn a_blob_whose_rows_another_lane_lost_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    let disk = FullDisk::default();
    let store = Store::within(&options, Arc::new(disk.clone())).unwrap();
    let tenant = TenantName::new("contoso").unwrap();
    let routing = Routing::one(tenant.clone(), Policies::default());
    let ledger = store.ledger().unwrap();
    let blob = KnownBlob {
        content_type: "Audit.General".to_owned(),
        content_id: "b1".to_owned(),
        uri: "http://127.0.0.1/b1".to_owned(),
        created: Some(0),
        expires: Some(time::DAY),
        attempts: 0,
    };
    let window = Window { start: 0, stop: time::DAY };
    ledger
        .note_listing(&tenant, "Audit.General", Some(window), std::slice::from_ref(&blob), 1)
        .unwrap();
    let waiting = || ledger.blobs_to_fetch(&tenant, Lane::Feed, 10, 0).unwrap();
    let stored = StoredBlob { content_id: "b1".to_owned(), records: 1 };

    let (intake, _writing) = Intake::start(store.clone(), Arc::new(MachineClock), Chunk::Small);
    let mark = intake.mark();
    intake.rows(decode(&[envelope()], &routing, 0)).await.unwrap();
    // The other lane commits, is told of the failure, and the rows of this one are gone.
    disk.is_full.store(true, Ordering::SeqCst);
    intake.commit().await.unwrap_err();
    disk.is_full.store(false, Ordering::SeqCst);
    intake.blob(tenant.clone(), stored.clone(), mark).await.unwrap();
    intake.commit().await.unwrap();
    assert_eq!(waiting(), [blob]);
    assert!(store.table(&tenant).await.unwrap().is_none_or(|table| table.records() == 0));

    // Fetched again, it is stored.
    let mark = intake.mark();
    intake.rows(decode(&[envelope()], &routing, 0)).await.unwrap();
    intake.blob(tenant.clone(), stored, mark).await.unwrap();
    intake.commit().await.unwrap();
    assert_eq!(waiting(), []);
    assert_eq!(store.table(&tenant).await.unwrap().unwrap().records(), 1);
}
