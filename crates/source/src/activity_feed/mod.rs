//! What has the Office 365 Management Activity API to give?
//!
//! An [`ActivityFeed`] is the client for one tenant: it signs in, starts subscriptions, lists what
//! became available in a [`Window`], and downloads each blob as a stream of envelopes. It keeps
//! nothing: which window is next and which blob is new is for the caller's ledger to know.
//!
//! Facts about the service come from the Management Activity API reference.

mod blob;
mod content_type;
mod delivery;
mod listing;
pub mod notification;
mod pages;
mod refusal;
mod subscription;
mod webhook;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub use blob::{BlobStream, RECORD_BYTES_MAX, SOURCE};
pub use content_type::ContentType;
pub use delivery::{Deliveries, Delivery};
pub use listing::{BlobRef, Listing, Page};
pub use pages::PAGES_MAX;
pub use subscription::{Ensured, START_PAUSE, Status, Subscription, Webhook, find};
pub use webhook::{EnsuredWebhook, Found, WebhookWish};
pub use window::{SPAN_MAX, SPAN_MIN, Window, earliest, windows};

use crate::service::{
    Api, Claims, Counts, Error, HttpTransport, Kind, Priority, Probe, Service, Settings, World,
};

/// The client for one tenant. Clones share everything, the request budget and the token included.
#[derive(Clone)]
pub struct ActivityFeed(Arc<Inner>, Priority);

struct Inner {
    service: Service,
    /// When this client last asked for each content type to be started.
    starts: Mutex<HashMap<ContentType, i64>>,
}

impl ActivityFeed {
    /// A client on this machine's clock and network.
    pub fn new(settings: Settings) -> Result<ActivityFeed, Error> {
        let transport = HttpTransport::new(&settings).map_err(|words| {
            Error::new(Kind::Misconfigured, &settings.tenant, "prepare the network", words)
        })?;
        let world = World::of_this_machine(Arc::new(transport));
        Ok(ActivityFeed::within(settings, world))
    }

    /// A client in the world given.
    pub fn within(settings: Settings, world: World) -> ActivityFeed {
        let per_minute = settings.requests_per_minute;
        let service = Service::new(settings, Api::ActivityFeed, per_minute, refusal::read, world);
        ActivityFeed(Arc::new(Inner { service, starts: Mutex::default() }), Priority::Fresh)
    }

    /// The same client, whose requests have this priority over the other clones'.
    pub fn at(&self, priority: Priority) -> ActivityFeed {
        ActivityFeed(self.0.clone(), priority)
    }

    /// Downloads that the service bears at once, as far as is known now: from 1 to
    /// [`Settings::downloads_max`].
    pub fn downloads_at_once(&self) -> usize {
        self.0.service.downloads.limit()
    }

    /// Gets a token, which shows that tenant, app and credential fit together.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.0.service.sign_in().await
    }

    /// What the current token says, signed in for if need be; `None` when it cannot be read, which
    /// is no fault of it.
    pub async fn claims(&self) -> Result<Option<Claims>, Error> {
        self.0.service.claims().await
    }

    /// Asks the sign-in host and the API's host for nothing, to see whether they can be reached and
    /// what time they have.
    pub async fn probe(&self) -> Probe {
        self.0.service.probe().await
    }

    /// What was asked for so far.
    pub fn counts(&self) -> Counts {
        self.0.service.counts()
    }

    /// An address of the tenant's feed with the publisher and these parameters.
    fn url(&self, path: &[&str], parameters: &[(&str, &str)]) -> url::Url {
        let settings = &self.0.service.settings;
        let tenant_id = settings.tenant_id.as_str();
        let mut url = settings.cloud.feed_url(tenant_id, path.iter().copied());
        url.query_pairs_mut().extend_pairs(parameters);
        self.with_publisher(url)
    }

    /// Every call names its publisher: those that do not share one pool of requests with all others
    /// (Management Activity API reference). A link handed out by the service may already do so.
    fn with_publisher(&self, mut url: url::Url) -> url::Url {
        const PUBLISHER: &str = "PublisherIdentifier";
        if !url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case(PUBLISHER)) {
            let publisher = self.0.service.settings.publisher_identifier.as_str();
            url.query_pairs_mut().append_pair(PUBLISHER, publisher);
        }
        url
    }

    fn error(&self, kind: Kind, operation: &str, words: impl Into<String>) -> Error {
        Error::new(kind, &self.0.service.settings.tenant, operation, words)
    }
}
