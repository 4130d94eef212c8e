//! S3 and Azure Blob Storage, received by moto and Azurite.

use std::process::Command;

use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use output::{Error, Guarantee, Service};

use crate::authority::Authority;
use crate::contract::{self, Arrived, Receiver};
use crate::part::{self, Part};
use crate::records::records;
use crate::stores::{AZURITE_KEY, Objects, azurite, moto, tool};
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
async fn azure_is_trusted_by_its_authority() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let port = part::free_port();
    let mut command = Command::new(tool("node_modules/.bin/azurite-blob"));
    command.args(["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobPort"]);
    command.arg(port.to_string()).arg("--location").arg(folder.path());
    command.arg("--cert").arg(authority.file("server.pem"));
    let _part = Part::start(command.arg("--key").arg(authority.file("server.key")));
    part::listening(port).await;
    std::fs::write(folder.path().join("key"), AZURITE_KEY).unwrap();
    let settings = format!(
        "account = 'devstoreaccount1'\ncontainer = 'audit'\nendpoint = 'https://127.0.0.1:{port}/devstoreaccount1'\naccess_key = 'file:{}'",
        folder.path().join("key").display()
    );
    let deliver = async |settings: &str| {
        let kind = output::service::find("azure_blob").unwrap();
        let table = toml::from_str(settings).unwrap();
        let mut service = (kind.open)(table, world(Some("decoded"))).unwrap();
        service.deliver(&records(1)).await.unwrap_err().to_string()
    };
    // Whoever is trusted is asked, and says that there is no such container.
    let trusting = deliver(&format!("{settings}\n{}", authority.trusted())).await;
    assert!(trusting.contains("ContainerNotFound"), "{trusting}");
    let doubting = deliver(&settings).await;
    assert!(!doubting.contains("ContainerNotFound"), "{doubting}");
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
