//! Can the credential be read, and until when is it good?

use event::time;
use source::service::{Credential, Secret, Settings, certificate_expires};

use super::report::Items;
use crate::portal::Portal;

/// A certificate that expires sooner is worth a word.
const EXPIRES_SOON: i64 = 30 * time::DAY;

const KEY: &str = "certificate's key";

/// False when signing in is of no use.
pub fn check(settings: &Settings, portal: &Portal, now: i64, items: &mut Items) -> bool {
    match &settings.credential {
        Credential::Secret(secret) => readable("client secret", secret, items),
        Credential::FederatedToken { file } => readable("federated token", file, items),
        Credential::Certificate { certificate, key } => {
            let has_key = readable(KEY, key, items);
            certificate_good(certificate, portal, now, items) && has_key
        }
        Credential::ManagedIdentity { client_id, .. } => {
            match client_id {
                Some(id) => items.ok("credential", format!("managed identity {id}")),
                None => items.ok("credential", "the system-assigned managed identity"),
            }
            true
        }
    }
}

fn readable(what: &str, secret: &Secret, items: &mut Items) -> bool {
    let check = if what == KEY { "credential key" } else { "credential" };
    match secret.read() {
        Ok(_) => items.ok(check, format!("the {what} is there: {secret}")),
        Err(why) => {
            items.wrong(check, format!("the {what} cannot be read: {why}"), put(secret));
            return false;
        }
    }
    true
}

/// How a secret gets to its place.
fn put(secret: &Secret) -> String {
    let reference = secret.to_string();
    match reference.split_once(':') {
        Some(("env", name)) => format!(
            "export {name}=... before trail365 starts; for a service: systemctl edit trail365, \
             then [Service] EnvironmentFile=FILE with the line {name}=..."
        ),
        Some(("file", path)) => format!(
            "put it into {path} and let the user that runs trail365 read it, and nobody else: \
             chown USER {path} && chmod 400 {path}"
        ),
        _ => "give it env:NAME or file:PATH in the configuration".to_owned(),
    }
}

fn certificate_good(certificate: &Secret, portal: &Portal, now: i64, items: &mut Items) -> bool {
    let text = match certificate.read() {
        Ok(text) => text,
        Err(why) => {
            let words = format!("the certificate cannot be read: {why}");
            items.wrong("credential", words, put(certificate));
            return false;
        }
    };
    let renew = || {
        format!(
            "make a new one: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=trail365 \
             -keyout key.pem -out cert.pem; upload cert.pem: {} > Certificates > Upload certificate",
            portal.credentials()
        )
    };
    match certificate_expires(text.expose()) {
        Err(why) => {
            items.wrong("credential", format!("{certificate}: {why}"), renew());
            return false;
        }
        Ok(expires) if expires <= now => {
            let words = format!("the certificate expired on {}", time::day_text(expires));
            items.wrong("credential", words, renew());
        }
        Ok(expires) if expires - now < EXPIRES_SOON => {
            let words = format!("the certificate expires soon, on {}", time::day_text(expires));
            items.warn("credential", words, renew());
        }
        Ok(expires) => items.ok(
            "credential",
            format!("the certificate is there and good until {}", time::day_text(expires)),
        ),
    }
    true
}
