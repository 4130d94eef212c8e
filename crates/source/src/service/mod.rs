//! How is one of Microsoft's services asked?
//!
//! A [`Service`] is one API of a tenant's cloud: it holds the token, the request budget and the
//! connections, and brings each call to its answer or to an [`Error`] that says what to do next.

mod assertion;
pub(crate) mod budget;
pub(crate) mod call;
mod certificate;
mod claims;
mod cloud;
mod connections;
mod counters;
mod credential;
pub(crate) mod error;
mod managed_identity;
pub(crate) mod pace;
mod probe;
pub(crate) mod refusal;
pub(crate) mod retry;
mod secret;
mod service_clock;
mod settings;
mod sign_in;
mod token;
pub(crate) mod transport;
pub(crate) mod turns;
pub(crate) mod world;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub use certificate::certificate_expires;
pub use claims::Claims;
pub(crate) use cloud::is_loopback;
pub use cloud::{Api, Cloud};
pub use connections::Connections;
pub use counters::Counts;
pub use credential::Credential;
pub use error::{Error, Kind};
pub use managed_identity::IdentityEndpoint;
pub use probe::{CLOCK_SKEW_MAX, HostProbe, Probe, Reached};
pub use secret::{Secret, SecretText};
pub use settings::{
    DOWNLOADS_MAX, Guid, Proxy, REQUESTS_PER_MINUTE, Settings, Timeouts, TokenEndpoint,
};
pub use transport::{Body, HttpTransport, Interruption, Method, Request, Response, Transport};
pub use turns::Priority;
pub use world::{BoxFuture, Clock, MachineClock, Random, World};

use budget::Budget;
use counters::Counters;
use pace::Pace;
use refusal::Refusal;
use token::Tokens;

/// Answers read whole at the same time: one for each content type and some.
pub(crate) const CONTROLS_MAX: usize = 8;

/// One API, asked for one tenant.
pub(crate) struct Service {
    pub settings: Arc<Settings>,
    pub world: World,
    pub counters: Arc<Counters>,
    api: Api,
    budget: Budget,
    tokens: Tokens,
    controls: Semaphore,
    /// Answers whose bodies are read piece by piece.
    pub downloads: Pace,
    read_refusal: fn(u16, &[u8]) -> Refusal,
}

impl Service {
    /// `read_refusal` knows what this API's refusals mean.
    pub fn new(
        settings: Settings,
        api: Api,
        requests_per_minute: u32,
        read_refusal: fn(u16, &[u8]) -> Refusal,
        world: World,
    ) -> Service {
        let settings = Arc::new(settings);
        let counters = Arc::new(Counters::default());
        Service {
            budget: Budget::new(requests_per_minute, world.clock.clone()),
            tokens: Tokens::new(settings.clone(), api, world.clone(), counters.clone()),
            controls: Semaphore::new(CONTROLS_MAX),
            downloads: Pace::up_to(settings.downloads_max),
            settings,
            world,
            counters,
            api,
            read_refusal,
        }
    }

    /// Gets a token, which shows that tenant, app and credential fit together.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.tokens.current().await.map(drop)
    }

    /// What the current token says; `None` when it cannot be read.
    pub async fn claims(&self) -> Result<Option<Claims>, Error> {
        let token = self.tokens.current().await?;
        let text = token.header.to_str().unwrap_or_default();
        Ok(Claims::read(text.trim_start_matches("Bearer ")))
    }

    /// Whether the sign-in host and the API's can be reached, and what time they have.
    pub async fn probe(&self) -> Probe {
        let cloud = &self.settings.cloud;
        let root = cloud.root(self.api).unwrap_or(cloud.login());
        probe::probe(&self.settings, root, &self.world).await
    }

    /// What was asked for so far.
    pub fn counts(&self) -> Counts {
        self.counters.snapshot()
    }
}
