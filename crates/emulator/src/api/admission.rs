//! May this request enter the feed?
//!
//! Token, tenant, permission, publisher and rate are checked in this order.

use super::audience::Audience;
use super::credentials::{self, Claims};
use super::emulator::{Emulator, lock};
use super::errors::Problem;
use super::faults::{Faults, TenantCondition};
use super::luck::Luck;
use super::message::{Answer, Request};
use super::operation::Operation;
use crate::clock::Millis;
use crate::random::Guid;

/// A feed request that has passed the checks common to all.
pub(super) struct Call<'a> {
    pub(super) now: Millis,
    pub(super) request: &'a Request,
    pub(super) tenant: usize,
    pub(super) claims: Claims,
    pub(super) faults: Faults,
    pub(super) luck: Luck,
    pub(super) feed_url: String,
}

impl Emulator {
    pub(super) fn admit<'a>(
        &self,
        request: &'a Request,
        tenant: &str,
        operation: Operation,
        luck: Luck,
        now: Millis,
    ) -> Result<Call<'a>, Answer> {
        let Some(claims) = self.authenticated(request, Audience::Feed, now) else {
            return Err(denied());
        };
        self.authorized(request, tenant, operation, claims, luck, now)
            .map_err(|problem| Answer::problem(&problem))
    }

    /// The claims of a token that is valid now and meant for this API.
    pub(super) fn authenticated(
        &self,
        request: &Request,
        audience: Audience,
        now: Millis,
    ) -> Option<Claims> {
        let (scheme, token) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = credentials::open(token.trim(), self.options.seed, now)?;
        let own = self.base_url(request.header("host"));
        (Audience::of(&claims.aud, &own) == Some(audience)).then_some(claims)
    }

    fn authorized<'a>(
        &self,
        request: &'a Request,
        tenant: &str,
        operation: Operation,
        claims: Claims,
        luck: Luck,
        now: Millis,
    ) -> Result<Call<'a>, Problem> {
        let faults = self.faults();
        let at = self.check_tenant(tenant, &claims, faults.tenant_condition, operation)?;
        if !claims.roles.iter().any(|role| role == "ActivityFeed.Read") {
            return Err(Problem::PermissionMissing(claims.roles.join(", ")));
        }
        let publisher = request.query("PublisherIdentifier");
        if publisher.as_deref().is_some_and(|text| Guid::parse(text).is_none()) {
            return Err(Problem::ParameterType("PublisherIdentifier", "guid"));
        }
        lock(&self.tenants[at].throttle).admit(&faults, operation, publisher.as_deref(), now)?;
        let base_url = self.base_url(request.header("host"));
        let tenant_id = &self.options.tenants[at].tenant.tenant_id;
        let feed_url = format!("{base_url}/api/v1.0/{tenant_id}/activity/feed");
        if faults.webhook_disabled {
            lock(&self.tenants[at].subscriptions).disable_webhooks();
        }
        Ok(Call { now, request, tenant: at, claims, faults, luck, feed_url })
    }

    fn check_tenant(
        &self,
        tenant: &str,
        claims: &Claims,
        condition: TenantCondition,
        operation: Operation,
    ) -> Result<usize, Problem> {
        let tenant = tenant.to_owned();
        if Guid::parse(&tenant).is_none() {
            return Err(Problem::TenantNotGuid(tenant));
        }
        if !tenant.eq_ignore_ascii_case(&claims.tid) {
            return Err(Problem::TenantMismatch(tenant, claims.tid.clone()));
        }
        match condition {
            TenantCondition::Normal => {
                self.find_tenant(&tenant).ok_or(Problem::TenantUnknown(tenant))
            }
            TenantCondition::Deleted => Err(Problem::TenantUnknown(tenant)),
            TenantCondition::Misconfigured => Err(Problem::TenantMisconfigured(tenant)),
            TenantCondition::AuditingOff => {
                Err(Problem::auditing_off(operation.name(), &tenant, &self.some_guid(0)))
            }
        }
    }
}

pub(super) fn denied() -> Answer {
    Answer::json(401, r#"{"Message":"Authorization has been denied for this request."}"#)
}
