//! Where tokens are asked for: the two token endpoints and the two hosts of managed identities.

use super::emulator::Emulator;
use super::managed_identity::{self, IdentityRequest};
use super::message::{Answer, Request};
use super::token::{self, TokenRequest, Version};
use crate::clock::Millis;

impl Emulator {
    pub(super) fn token(
        &self,
        request: &Request,
        tenant: &str,
        version: Version,
        now: Millis,
    ) -> Answer {
        if request.method != "POST" {
            return Answer::text(405, "POST a form here.\n");
        }
        let faults = self.faults();
        let base_url = self.base_url(request.header("host"));
        let token_request = TokenRequest {
            version,
            tenant,
            url: format!("{base_url}{}", request.path()),
            base_url: &base_url,
            body: &request.body,
            now,
            lifetime_seconds: faults.token_lifetime_seconds,
            fault: faults.token_error,
            key: self.options.seed,
            number: self.next_number(),
        };
        let (status, body) = token::answer(&token_request, &self.options.tenants);
        let mut answer = Answer::json(status, body);
        answer.headers.push(("Cache-Control", "no-store".into()));
        answer
    }

    pub(super) fn managed_identity(&self, request: &Request, host: &str, now: Millis) -> Answer {
        let faults = self.faults();
        let asked = IdentityRequest {
            request,
            base_url: &self.base_url(request.header("host")),
            now,
            lifetime_seconds: faults.token_lifetime_seconds,
            fault: faults.token_error,
            key: self.options.seed,
        };
        match host {
            "msi" => {
                let secret = &self.options.identity_header;
                managed_identity::app_service(&asked, &self.options.tenants, secret)
            }
            _ => managed_identity::metadata_service(&asked, &self.options.tenants),
        }
    }
}
