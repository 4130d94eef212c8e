//! What does the service manager want to know?
//!
//! The protocol of sd_notify(3): without its socket in the environment nothing is sent.

use std::sync::Once;

use sd_notify::NotifyState;

/// The first collectors run.
pub fn ready() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| send(&[NotifyState::Ready]));
}

pub fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// A line that `systemctl status` shows.
pub fn tell(line: &str) {
    send(&[NotifyState::Status(line)]);
}

/// Says at half the time allowed that tasks still get their turn; says it until the process ends.
pub fn keep_the_watchdog_quiet() {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut interval = tokio::time::interval(allowed / 2);
    tokio::spawn(async move {
        loop {
            interval.tick().await;
            send(&[NotifyState::Watchdog]);
        }
    });
}

fn send(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager cannot be told: {error}");
    }
}
