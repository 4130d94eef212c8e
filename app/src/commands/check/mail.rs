//! Could a result be mailed?

use super::report::Items;
use crate::config::{Mail, MailTls};
use crate::mail::{self, Failure};

/// Connects, encrypts and signs in; no mail is sent.
pub async fn check(settings: Option<&Mail>, items: &mut Items) {
    let Some(settings) = settings else { return };
    let server = format!("{}:{}", settings.server, settings.port());
    let manner = match (settings.tls, &settings.username) {
        (MailTls::None, None) => "in the clear, without signing in",
        (MailTls::None, Some(_)) => "in the clear, signed in",
        (_, None) => "encrypted, without signing in",
        (_, Some(_)) => "encrypted, signed in",
    };
    match mail::probe(settings).await {
        Ok(()) => items.ok("mail", format!("{server} answers, {manner}; no mail was sent")),
        Err(Failure::Later(words)) => {
            let fix = format!(
                "nc -vz {} {}; look at mail.server, mail.port and mail.tls",
                settings.server,
                settings.port()
            );
            items.wrong("mail", format!("{server}: {words}"), fix);
        }
        Err(failure) => {
            let fix =
                "correct it in the table [mail] of the configuration; docs/jobs.md names every key";
            items.wrong("mail", format!("{server}: {}", failure.words()), fix);
        }
    }
}
