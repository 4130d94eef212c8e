//! NATS JetStream: a stream that keeps what it acknowledged.
//!
//! Every message carries the record's key as `Nats-Msg-Id`, so that a stream tells a repeated one
//! within its duplicate window.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::{ConnectOptions, HeaderMap};
use async_trait::async_trait;
use event::Field;
use futures::future::try_join_all;
use serde::Deserialize;

use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, Tls, World, settings,
};

pub const KIND: Kind = Kind {
    name: "nats",
    about: "NATS JetStream, with the record's key as message id",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings: Settings = settings::read(table)?;
        settings.subject_of(&|_| Some("x".to_owned()))?;
        Ok(Box::new(Nats { settings, world, context: None }))
    },
};

/// How long the stream may take to acknowledge.
const ACKNOWLEDGE_MAX: Duration = Duration::from_secs(30);
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Messages on their way at once.
const FLIGHT_MAX: usize = 512;
/// A server takes a megabyte in a message unless it is told otherwise.
const MESSAGE_BYTES_USUAL: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `nats://host:4222`, several separated by commas.
    servers: String,
    /// May hold columns in braces: `audit.{Tenant}.{Workload}`.
    subject: String,
    /// Made with the subjects if it does not exist; without it the stream has to be there.
    stream: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    /// A file of credentials, as `nsc` writes it.
    credentials: Option<std::path::PathBuf>,
    #[serde(default)]
    tls: Tls,
}

impl Settings {
    /// The subject with the columns filled in; characters that mean something there become `_`.
    fn subject_of(
        &self,
        column: &dyn Fn(Field) -> Option<String>,
    ) -> std::result::Result<String, String> {
        super::template::fill(&self.subject, &|field| {
            let text = column(field).filter(|text| !text.is_empty());
            let plain = |c: char| match c {
                '.' | '*' | '>' => '_',
                c if c.is_whitespace() || c.is_control() => '_',
                c => c,
            };
            text.map_or("_".to_owned(), |text| text.chars().map(plain).collect())
        })
        .map_err(|words| format!("subject: {words}"))
    }
}

struct Nats {
    settings: Settings,
    world: World,
    context: Option<jetstream::Context>,
}

#[async_trait]
impl Service for Nats {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let done = self.try_deliver(records).await;
        if matches!(done, Err(Error::Later { .. } | Error::Denied { .. })) {
            self.context = None;
        }
        done
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        self.deliver(std::slice::from_ref(record)).await?;
        Ok("the stream has acknowledged it".to_owned())
    }
}

impl Nats {
    async fn try_deliver(&mut self, records: &[Record]) -> Result<()> {
        let context = match &self.context {
            Some(context) => context.clone(),
            None => {
                let context = self.connect().await?;
                self.context.insert(context).clone()
            }
        };
        for part in records.chunks(FLIGHT_MAX) {
            let mut waiting = Vec::with_capacity(part.len());
            for record in part {
                if record.body.len() >= MESSAGE_BYTES_USUAL
                    && record.body.len() >= context.client().server_info().max_payload
                {
                    return Err(Error::whole(
                        "the message is larger than the server's max_payload",
                    ));
                }
                let column = |field| record.shown(field).map(|text| text.into_owned());
                let subject = self.settings.subject_of(&column).map_err(Error::denied)?;
                let mut headers = HeaderMap::new();
                headers.insert("Nats-Msg-Id", record.id());
                let sent =
                    context.publish_with_headers(subject, headers, record.body.clone()).await;
                waiting.push(sent.map_err(|error| self.judge(&error))?.into_future());
            }
            try_join_all(waiting).await.map_err(|error| self.judge(&error))?;
        }
        Ok(())
    }

    async fn connect(&self) -> Result<jetstream::Context> {
        let settings = &self.settings;
        let mut options = ConnectOptions::new()
            .name("trail365")
            .connection_timeout(CONNECT_MAX)
            .max_reconnects(1)
            .tls_client_config((*settings.tls.config()?).clone());
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            options = options.user_and_password(user.clone(), password.read(&self.world)?);
        }
        if let Some(token) = &settings.token {
            options = options.token(token.read(&self.world)?);
        }
        if let Some(path) = &settings.credentials {
            options = options.credentials_file(path).await.map_err(|error| {
                Error::denied(format!("credentials {}: {error}", path.display()))
            })?;
        }
        let servers: Vec<&str> = settings.servers.split(',').map(str::trim).collect();
        let client = options.connect(servers).await.map_err(|error| {
            let words = format!("nats {}: {error}", settings.servers);
            match error.kind() {
                async_nats::ConnectErrorKind::Authentication
                | async_nats::ConnectErrorKind::AuthorizationViolation => Error::denied(words),
                _ => Error::later(words),
            }
        })?;
        let mut context = jetstream::new(client);
        context.set_timeout(ACKNOWLEDGE_MAX);
        if let Some(stream) = &settings.stream {
            let all = settings
                .subject
                .split('.')
                .map(|token| if token.contains('{') { "*" } else { token })
                .collect::<Vec<_>>()
                .join(".");
            let config = jetstream::stream::Config {
                name: stream.clone(),
                subjects: vec![all],
                ..Default::default()
            };
            context.get_or_create_stream(config).await.map_err(|error| self.judge(&error))?;
        }
        Ok(context)
    }

    fn judge(&self, error: &dyn std::fmt::Display) -> Error {
        Error::later(format!("nats {}: {error}", self.settings.servers))
    }
}
