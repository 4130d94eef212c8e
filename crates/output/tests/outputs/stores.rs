//! Object stores of a test, each in a folder of its own, on a free port of this machine.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;

use crate::part::{self, Part};

/// The key that Azurite has for its account devstoreaccount1 (its README).
pub const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A service that keeps objects, and how an output reaches it.
pub struct Objects {
    pub kind: &'static str,
    pub settings: toml::Table,
    command: Box<dyn Fn() -> Command + Send>,
    pub part: Part,
    port: u16,
    pub store: Arc<dyn ObjectStore>,
    _folder: tempfile::TempDir,
}

impl Objects {
    /// Azurite writes its index down every few seconds, and when it ends.
    pub fn end(&mut self) {
        self.part.terminate();
    }

    pub async fn restart(&mut self) {
        self.part = Part::start(&mut (self.command)());
        part::listening(self.port).await;
    }
}

fn tools() -> PathBuf {
    let cache = std::env::var("XDG_CACHE_HOME")
        .unwrap_or_else(|_| format!("{}/.cache", std::env::var("HOME").unwrap_or_default()));
    PathBuf::from(cache).join("trail365/parts")
}

pub fn tool(path: &str) -> PathBuf {
    let path = tools().join(path);
    assert!(path.is_file(), "{} is not installed: scripts/install-parts", path.display());
    path
}

/// Azure Blob Storage.
pub async fn azurite() -> Objects {
    let folder = tempfile::tempdir().unwrap();
    let port = part::free_port();
    let (program, location) = (tool("node_modules/.bin/azurite-blob"), folder.path().to_owned());
    let command = move || {
        let mut command = Command::new(&program);
        command.args(["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobPort"]);
        command.arg(port.to_string()).arg("--location").arg(&location);
        command
    };
    let part = Part::start(&mut command());
    part::listening(port).await;
    let endpoint = format!("http://127.0.0.1:{port}/devstoreaccount1");
    let container = |name: &str| {
        let builder = MicrosoftAzureBuilder::new()
            .with_account("devstoreaccount1")
            .with_container_name(name)
            .with_access_key(AZURITE_KEY)
            .with_endpoint(endpoint.clone())
            .with_allow_http(true);
        builder.build().unwrap()
    };
    make_container(&endpoint, "audit").await;
    std::fs::write(folder.path().join("key"), AZURITE_KEY).unwrap();
    let key = folder.path().join("key").display().to_string();
    let settings = format!(
        "account = 'devstoreaccount1'\ncontainer = 'audit'\nendpoint = '{endpoint}'\ncompression = 'none'\naccess_key = 'file:{key}'"
    );
    Objects {
        kind: "azure_blob",
        settings: toml::from_str(&settings).unwrap(),
        command: Box::new(command),
        part,
        port,
        store: Arc::new(container("audit")),
        _folder: folder,
    }
}

/// The library has no call that makes a container, so this signs one by hand, as "Authorize with
/// Shared Key" of the Blob service's reference has it.
async fn make_container(endpoint: &str, name: &str) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    let date = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let signed = format!(
        "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-08-06\n/devstoreaccount1/devstoreaccount1/{name}\nrestype:container"
    );
    let key = STANDARD.decode(AZURITE_KEY).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(signed.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let answer = reqwest::Client::new()
        .put(format!("{endpoint}/{name}?restype=container"))
        .header("x-ms-date", date)
        .header("x-ms-version", "2021-08-06")
        .header("authorization", format!("SharedKey devstoreaccount1:{signature}"))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// Amazon S3. It keeps its objects in memory.
pub async fn moto() -> Objects {
    let folder = tempfile::tempdir().unwrap();
    let port = part::free_port();
    let program = tool("venv/bin/moto_server");
    let command = move || {
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p"]).arg(port.to_string());
        command
    };
    let part = Part::start(&mut command());
    part::listening(port).await;
    let endpoint = format!("http://127.0.0.1:{port}");
    let made = reqwest::Client::new().put(format!("{endpoint}/audit")).send().await.unwrap();
    assert!(made.status().is_success());
    std::fs::write(folder.path().join("key"), "secret").unwrap();
    let key = folder.path().join("key").display().to_string();
    let settings = format!(
        "bucket = 'audit'\nregion = 'us-east-1'\nendpoint = '{endpoint}'\ncompression = 'none'\naccess_key_id = 'AKIA'\nsecret_access_key = 'file:{key}'"
    );
    let store = AmazonS3Builder::new()
        .with_bucket_name("audit")
        .with_region("us-east-1")
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_access_key_id("AKIA")
        .with_secret_access_key("secret")
        .build()
        .unwrap();
    Objects {
        kind: "s3",
        settings: toml::from_str(&settings).unwrap(),
        command: Box::new(command),
        part,
        port,
        store: Arc::new(store),
        _folder: folder,
    }
}
