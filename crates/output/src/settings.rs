//! How are settings read, and secrets found?

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};

use crate::{Error, Result};

/// What a service needs of the world around it.
#[derive(Clone)]
pub struct World {
    /// Reads the secret that a reference (`env:NAME`, `file:PATH`) names.
    pub secret: fn(&str) -> std::result::Result<String, String>,
    /// The name of the format that bodies are in; `None` for columns.
    pub format: Option<&'static str>,
    /// What a file in that format begins with, without a line break.
    pub header: Option<String>,
}

impl World {
    /// For a service that takes columns.
    pub const fn with_secrets(secret: fn(&str) -> std::result::Result<String, String>) -> World {
        World { secret, format: None, header: None }
    }
}

/// A reference to a secret, never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Read at each connection, so that a secret rotates without a restart.
    pub fn read(&self, world: &World) -> Result<String> {
        (world.secret)(&self.0).map_err(Error::denied)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Secret, D::Error> {
        let text = String::deserialize(from)?;
        match text.split_once(':') {
            Some(("env" | "file", place)) if !place.is_empty() => Ok(Secret(text)),
            // The text may be the secret itself, so it is not repeated.
            _ => Err(D::Error::custom(
                "secrets are not written here: name a place instead, env:NAME for an environment variable or file:PATH for a file",
            )),
        }
    }
}

/// Settings of one service; an unknown key is an error.
pub(crate) fn read<T: DeserializeOwned>(table: toml::Table) -> std::result::Result<T, String> {
    toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}
