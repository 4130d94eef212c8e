//! A private certificate authority, and a server that it vouches for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

pub struct Authority(TempDir);

impl Authority {
    pub fn new() -> Authority {
        let folder = TempDir::new().expect("a folder");
        write_to(folder.path());
        Authority(folder)
    }

    /// `ca.pem`, `server.pem` or `server.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The `tls` line of an output that trusts it.
    pub fn trusted(&self) -> String {
        format!("tls = {{ ca = \"{}\" }}", self.file("ca.pem").display())
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        let chain = CertificateDer::from_pem_file(self.file("server.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(self.file("server.key")).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .expect("they belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Writes `ca.pem`, and `server.pem` and `server.key` for this machine.
pub fn write_to(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(rcgen::DnType::CommonName, "trail365 test authority");
    let key = KeyPair::generate().expect("a key");
    let ca = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::new(params, key);
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server_key = KeyPair::generate().expect("a key");
    let mut server = CertificateParams::new(names).expect("names");
    server.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    let server = server.signed_by(&server_key, &issuer).expect("a certificate");
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).expect("written");
    };
    write("ca.pem", ca.pem());
    write("server.pem", server.pem());
    write("server.key", server_key.serialize_pem());
}
