//! S3 and Azure Blob Storage, received by moto and Azurite.

use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use output::{Error, Guarantee, Service};

use crate::contract::{self, Arrived, Receiver};
use crate::records::records;
use crate::stores::{Objects, azurite, moto};
use crate::world;

#[async_trait]
impl Receiver for Objects {
    fn service(&self) -> Box<dyn Service> {
        let kind = output::service::find(self.kind).unwrap();
        (kind.open)(self.settings.clone(), world(Some("decoded"))).unwrap()
    }

    async fn kill(&mut self) {
        self.end();
    }

    async fn restart(&mut self) {
        Objects::restart(self).await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        let mut objects: Vec<_> = self.store.list(None).try_collect().await.unwrap();
        objects.sort_by(|a, b| a.location.cmp(&b.location));
        let mut arrived = Vec::new();
        for object in objects {
            let bytes = self.store.get(&object.location).await.unwrap().bytes().await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let bodies = text.lines().map(|line| serde_json::from_str(line).unwrap());
            arrived.extend(bodies.map(|body: serde_json::Value| Arrived::of_json(&body)));
        }
        arrived.sort_by_key(|arrived| arrived.n);
        arrived
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_blob_storage_keeps_the_contract() {
    contract::arrives_in_order(&mut azurite().await).await;
    contract::survives_kills(&mut azurite().await, Guarantee::Once, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract() {
    contract::arrives_in_order(&mut moto().await).await;
    // The receiver forgets what it has when it is killed; the sender is killed all the same.
    contract::survives_sender_kills(&mut moto().await, Guarantee::Once, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_apart() {
    let mut receiver = moto().await;
    receiver.settings.insert("bucket".to_owned(), "absent".into());
    let error = receiver.service().deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
    receiver.part.kill();
    let error = receiver.service().deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Later { .. }), "{error:?}");
}
