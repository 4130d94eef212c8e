//! How many tenants may be on the network at once?
//!
//! Hundreds of tenants in one process share its sockets, memory and the way out. They wait for each
//! other in the order of asking; how much one tenant can ask for at once is bounded by its own
//! limits, so none can keep the others out. Sign-ins are few and do not count.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on requests under way, for all the tenants whose settings hold a clone of it. An open
/// blob counts until it is dropped, so whoever reads one must not wait for another answer meanwhile.
#[derive(Clone)]
pub struct Connections(Arc<Semaphore>);

/// One request under way, until it is dropped.
pub(crate) struct Connection(#[expect(dead_code)] OwnedSemaphorePermit);

impl Connections {
    pub fn up_to(max: usize) -> Connections {
        Connections(Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// It is waited for after the tenant's budget: a tenant that may not ask takes no place.
    pub(crate) async fn one(&self) -> Connection {
        Connection(self.0.clone().acquire_owned().await.expect("never closed"))
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Connections({} free)", self.0.available_permits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_feed::{BlobRef, ContentType};
    use crate::scripted::*;
    use crate::service::Settings;

    #[tokio::test]
    async fn tenants_share_connections_and_take_turns() {
        let connections = Connections::up_to(1);
        let tenant = || {
            let settings = Settings { connections: Some(connections.clone()), ..settings() };
            set_with(settings, |seen| (!seen.is_sign_in()).then(|| reply(200, "[]")))
        };
        let (first, second) = (tenant(), tenant());
        let blob = BlobRef {
            content_type: ContentType::Exchange,
            content_id: "a".into(),
            uri: format!("https://manage.office.com/api/v1.0/{TENANT}/activity/feed/audit/a"),
            created: None,
            expires: None,
        };
        let download = first.feed.fetch(&blob).await.unwrap();
        second.feed.sign_in().await.unwrap();
        let mut listing = Box::pin(second.feed.subscriptions());
        let mut again = Box::pin(first.feed.fetch(&blob));
        for _ in 0..10 {
            assert!(futures::poll!(&mut listing).is_pending());
            assert!(futures::poll!(&mut again).is_pending());
        }
        drop(download);
        assert!(futures::poll!(&mut again).is_pending());
        listing.await.unwrap();
        again.await.unwrap();
    }
}
