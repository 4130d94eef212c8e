//! Objects in S3, Azure Blob Storage or a folder: Parquet, or a line a record.
//!
//! A batch becomes one object for each tenant and day in it, in folders as Hive names them
//! (`tenant=contoso/date=2026-01-24/`). An object is named by the key of its first record, so that a
//! batch delivered again takes the place of its first try: each record is there once.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use event::Field;
use flate2::write::GzEncoder;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Certificate, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use serde::Deserialize;

use super::{ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX, parquet};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, Tls, World, settings,
};

/// Many small objects are a burden to whoever reads them.
const LIMITS: Limits =
    Limits { records: 100_000, bytes: 64 << 20, linger: std::time::Duration::from_secs(60) };
const ZSTD_LEVEL: i32 = 3;

pub const S3: Kind = Kind {
    name: "s3",
    about: "Amazon S3 and its like: partitioned Parquet, or a line a record",
    takes: Takes::Parquet,
    guarantee: Guarantee::Once,
    limits: LIMITS,
    open: |table, world| {
        let (common, settings) = split::<S3Settings>(table)?;
        Objects::open(common, world, Box::new(settings))
    },
};

pub const AZURE_BLOB: Kind = Kind {
    name: "azure_blob",
    about: "Azure Blob Storage and Data Lake: partitioned Parquet, or a line a record",
    takes: Takes::Parquet,
    guarantee: Guarantee::Once,
    limits: LIMITS,
    open: |table, world| {
        let (common, settings) = split::<AzureSettings>(table)?;
        Objects::open(common, world, Box::new(settings))
    },
};

pub const FOLDER: Kind = Kind {
    name: "folder",
    about: "a local folder of partitioned Parquet, or of a line a record",
    takes: Takes::Parquet,
    guarantee: Guarantee::Once,
    limits: LIMITS,
    open: |table, world| {
        let (common, settings) = split::<FolderSettings>(table)?;
        Objects::open(common, world, Box::new(settings))
    },
};

/// What all three have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    /// Before every object's name.
    #[serde(default)]
    prefix: String,
    /// Of files of lines; Parquet is compressed inside.
    #[serde(default)]
    compression: Compression,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compression {
    None,
    #[default]
    Gzip,
    Zstd,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct S3Settings {
    bucket: String,
    region: Option<String>,
    /// Of a service other than Amazon's.
    endpoint: Option<String>,
    /// Without a key the machine's own identity is asked for.
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    #[serde(default)]
    tls: Tls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AzureSettings {
    account: String,
    container: String,
    endpoint: Option<String>,
    access_key: Option<Secret>,
    /// A shared access signature, as a query.
    sas: Option<Secret>,
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    #[serde(default)]
    tls: Tls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderSettings {
    path: PathBuf,
}

trait Place: Send + Sync {
    fn connect(&self, world: &World) -> Result<Arc<dyn ObjectStore>>;
    /// For messages.
    fn name(&self) -> String;
    /// Makes an object that was put outlast a cut of power; services see to it themselves.
    fn sync(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }
}

fn split<T: serde::de::DeserializeOwned>(
    table: toml::Table,
) -> std::result::Result<(Common, T), String> {
    let (common, own) =
        table.into_iter().partition(|(key, _)| matches!(key.as_str(), "prefix" | "compression"));
    Ok((settings::read(common)?, settings::read(own)?))
}

impl Place for S3Settings {
    fn connect(&self, world: &World) -> Result<Arc<dyn ObjectStore>> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_client_options(client(&self.tls)?)
            .with_retry(NO_RETRIES);
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(is_loopback(endpoint));
        }
        if let (Some(id), Some(secret)) = (&self.access_key_id, &self.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret.read(world)?);
        }
        let store = builder.build().map_err(|error| Error::denied(format!("s3: {error}")))?;
        Ok(Arc::new(store))
    }

    fn name(&self) -> String {
        format!("s3 bucket {}", self.bucket)
    }
}

impl Place for AzureSettings {
    fn connect(&self, world: &World) -> Result<Arc<dyn ObjectStore>> {
        let mut builder = MicrosoftAzureBuilder::from_env()
            .with_account(&self.account)
            .with_container_name(&self.container)
            .with_client_options(client(&self.tls)?)
            .with_retry(NO_RETRIES);
        if let Some(endpoint) = &self.endpoint {
            builder =
                builder.with_endpoint(endpoint.clone()).with_allow_http(is_loopback(endpoint));
        }
        if let Some(key) = &self.access_key {
            builder = builder.with_access_key(key.read(world)?);
        }
        if let Some(sas) = &self.sas {
            let sas = sas.read(world)?;
            let pairs = url::form_urlencoded::parse(sas.trim_start_matches('?').as_bytes());
            builder = builder.with_sas_authorization(pairs.into_owned().collect::<Vec<_>>());
        }
        if let (Some(tenant), Some(id), Some(secret)) =
            (&self.tenant_id, &self.client_id, &self.client_secret)
        {
            builder = builder.with_client_secret_authorization(id, secret.read(world)?, tenant);
        }
        let store = builder.build().map_err(|error| Error::denied(format!("azure: {error}")))?;
        Ok(Arc::new(store))
    }

    fn name(&self) -> String {
        format!("azure container {} of {}", self.container, self.account)
    }
}

impl Place for FolderSettings {
    fn connect(&self, _: &World) -> Result<Arc<dyn ObjectStore>> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::denied(format!("folder {}: {error}", self.path.display()))
        };
        std::fs::create_dir_all(&self.path).map_err(|error| failed(&error))?;
        let store = LocalFileSystem::new_with_prefix(&self.path).map_err(|error| failed(&error))?;
        Ok(Arc::new(store))
    }

    fn name(&self) -> String {
        format!("folder {}", self.path.display())
    }

    fn sync(&self, object: &Path) -> std::io::Result<()> {
        let file = self.path.join(object.as_ref());
        // The file, and the folders that hold its name.
        for path in file.ancestors().take_while(|path| path.starts_with(&self.path)) {
            std::fs::File::open(path)?.sync_all()?;
        }
        Ok(())
    }
}

/// The pump has its own patience.
const NO_RETRIES: RetryConfig = RetryConfig {
    backoff: object_store::BackoffConfig {
        init_backoff: std::time::Duration::from_millis(100),
        max_backoff: std::time::Duration::from_millis(100),
        base: 2.0,
    },
    max_retries: 0,
    retry_timeout: ANSWER_SECONDS_MAX,
};

fn client(tls: &Tls) -> Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_timeout(ANSWER_SECONDS_MAX)
        .with_connect_timeout(CONNECT_SECONDS_MAX);
    for authority in tls.authorities()? {
        let certificate = Certificate::from_der(&authority)
            .map_err(|error| Error::denied(format!("tls.ca: {error}")))?;
        options = options.with_root_certificate(certificate);
    }
    Ok(options)
}

/// Plain http goes to this machine only.
fn is_loopback(endpoint: &str) -> bool {
    let url = url::Url::parse(endpoint).ok();
    url.as_ref().and_then(url::Url::host).is_some_and(|host| match host {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    })
}

struct Objects {
    common: Common,
    world: World,
    place: Box<dyn Place>,
    store: Option<Arc<dyn ObjectStore>>,
}

impl Objects {
    fn open(
        common: Common,
        world: World,
        place: Box<dyn Place>,
    ) -> std::result::Result<Box<dyn Service>, String> {
        Path::parse(&common.prefix).map_err(|error| format!("prefix: {error}"))?;
        Ok(Box::new(Objects { common, world, place, store: None }))
    }
}

#[async_trait]
impl Service for Objects {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let done = self.put(records).await.map(|_| ());
        if done.is_err() {
            // Keys may have changed since they were read.
            self.store = None;
        }
        done
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        let paths = self.put(std::slice::from_ref(record)).await?;
        let names: Vec<&str> = paths.iter().map(Path::as_ref).collect();
        Ok(format!("{} has {} now", self.place.name(), names.join(" and ")))
    }
}

impl Objects {
    /// The names of the objects written.
    async fn put(&mut self, records: &[Record]) -> Result<Vec<Path>> {
        let store = match &self.store {
            Some(store) => store.clone(),
            None => {
                let store = self.place.connect(&self.world)?;
                self.store.insert(store).clone()
            }
        };
        let mut groups: BTreeMap<(&str, i64), Vec<&Record>> = BTreeMap::new();
        for record in records {
            let tenant = record.text(Field::Tenant).unwrap_or("unknown");
            let day = record.time().div_euclid(event::time::DAY);
            groups.entry((tenant, day)).or_default().push(record);
        }
        let mut paths = Vec::new();
        for ((tenant, _), records) in &groups {
            let path = self.path(tenant, records[0])?;
            let bytes = self.encode(records)?;
            store.put(&path, bytes.into()).await.map_err(|error| self.judge(&error))?;
            tokio::task::block_in_place(|| self.place.sync(&path))
                .map_err(|error| Error::later(format!("{}: {error}", self.place.name())))?;
            paths.push(path);
        }
        Ok(paths)
    }

    fn path(&self, tenant: &str, first: &Record) -> Result<Path> {
        let ending = match (self.world.format, self.common.compression) {
            (None, _) => "parquet".to_owned(),
            (Some(format), compression) => {
                let lines = if format == "csv" { "csv" } else { "ndjson" };
                match compression {
                    Compression::None => lines.to_owned(),
                    Compression::Gzip => format!("{lines}.gz"),
                    Compression::Zstd => format!("{lines}.zst"),
                }
            }
        };
        let prefix = Path::parse(&self.common.prefix)
            .map_err(|error| Error::denied(format!("prefix: {error}")))?;
        let (name, day) = (format!("{}.{ending}", first.id()), event::time::day_text(first.time()));
        Ok(prefix.join(format!("tenant={tenant}")).join(format!("date={day}")).join(name))
    }

    fn encode(&self, records: &[&Record]) -> Result<Bytes> {
        if self.world.format.is_none() {
            return parquet::encode(records).map_err(|error| Error::whole(error.to_string()));
        }
        let mut lines = Vec::with_capacity(records.iter().map(|it| it.body.len() + 1).sum());
        let header = self.world.header.iter().map(|header| header.as_bytes());
        for line in header.chain(records.iter().map(|record| &record.body[..])) {
            lines.extend_from_slice(line);
            lines.push(b'\n');
        }
        let packed = match self.common.compression {
            Compression::None => Ok(lines),
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&lines).and_then(|()| encoder.finish())
            }
            Compression::Zstd => zstd::encode_all(&lines[..], ZSTD_LEVEL),
        };
        Ok(packed.map_err(|error| Error::later(error.to_string()))?.into())
    }

    fn judge(&self, error: &object_store::Error) -> Error {
        use object_store::Error as Cause;
        let words = format!("{}: {error}", self.place.name());
        match error {
            Cause::NotFound { .. }
            | Cause::PermissionDenied { .. }
            | Cause::Unauthenticated { .. }
            | Cause::UnknownConfigurationKey { .. } => Error::denied(words),
            _ => Error::later(words),
        }
    }
}
