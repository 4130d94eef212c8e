//! Whom does an output trust, and as whom does it sign in?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;

use crate::{Error, Result};

/// The `tls` table of an output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// A PEM file of certificate authorities to trust besides the machine's.
    pub ca: Option<PathBuf>,
    /// PEM files of a client certificate and its key.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

impl Tls {
    /// For protocols of their own; `reqwest` and brokers' clients have their own builders.
    pub fn config(&self) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for authority in self.authorities()? {
            roots.add(authority).map_err(|error| self.ca_error(&error))?;
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::denied(format!("TLS: {error}")))?
        .with_root_certificates(roots);
        let config = match self.client()? {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| Error::denied(format!("tls.certificate: {error}")))?,
            None => builder.with_no_client_auth(),
        };
        Ok(Arc::new(config))
    }

    /// The authorities of `ca`; none if it is not set.
    pub fn authorities(&self) -> Result<Vec<CertificateDer<'static>>> {
        let Some(path) = &self.ca else {
            return Ok(Vec::new());
        };
        certificates(path).map_err(|error| self.ca_error(&error))
    }

    /// A client for HTTP that trusts and signs in as told.
    pub fn http(&self) -> Result<reqwest::Client> {
        let config = self.config()?;
        reqwest::Client::builder()
            .tls_backend_preconfigured((*config).clone())
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(crate::service::CONNECT_SECONDS_MAX)
            .timeout(crate::service::ANSWER_SECONDS_MAX)
            .build()
            .map_err(|error| Error::denied(format!("HTTP client: {error}")))
    }

    fn client(&self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        match (&self.certificate, &self.key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let chain = certificates(certificate);
                let key = PrivateKeyDer::from_pem_file(key);
                match (chain, key) {
                    (Ok(chain), Ok(key)) => Ok(Some((chain, key))),
                    (Err(error), _) => Err(Error::denied(format!(
                        "tls.certificate {}: {error}",
                        certificate.display()
                    ))),
                    (_, Err(error)) => Err(Error::denied(format!("tls.key: {error}"))),
                }
            }
            _ => Err(Error::denied("tls: certificate and key go together")),
        }
    }

    fn ca_error(&self, error: &dyn std::fmt::Display) -> Error {
        let path = self.ca.as_deref().unwrap_or(Path::new(""));
        Error::denied(format!("tls.ca {}: {error}", path.display()))
    }
}

fn certificates(
    path: &Path,
) -> std::result::Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}
