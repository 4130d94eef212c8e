//! How is one of Microsoft's services asked?
//!
//! A [`Service`] is one API of a tenant's cloud: it holds the token, the request budget and the
//! connections, and brings each call to its answer or to an [`Error`] that says what to do next.

mod assertion;
pub(crate) mod budget;
pub(crate) mod call;
mod cloud;
mod counters;
pub(crate) mod error;
pub(crate) mod refusal;
pub(crate) mod retry;
mod secret;
mod settings;
mod sign_in;
mod token;
pub(crate) mod transport;
pub(crate) mod world;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub use cloud::{Api, Cloud};
pub use counters::Counts;
pub use error::{Error, Kind};
pub use secret::{Secret, SecretText};
pub use settings::{
    Credential, DOWNLOADS_MAX, Guid, Proxy, REQUESTS_PER_MINUTE, Settings, Timeouts, TokenEndpoint,
};
pub use transport::{Body, HttpTransport, Interruption, Method, Request, Response, Transport};
pub use world::{BoxFuture, Clock, MachineClock, Random, World};

use budget::Budget;
use counters::Counters;
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

    /// What was asked for so far.
    pub fn counts(&self) -> Counts {
        self.counters.snapshot()
    }
}
