//! Which tenants are collected now?
//!
//! Each tenant has a task of its own, so that one's failure touches no other. The configuration is
//! read again when it changes: tenants come, go and change without a restart.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::join_all;
use store::{Lane, Store};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinHandle};

use super::push::{self, Receiver};
use super::{Collector, Pass, Share};
use crate::config::{Config, Policies, Tenant, Webhook};
use crate::forward::{Board, Forwarding};
use crate::retain;

/// How often the configuration is looked at.
const RELOAD: Duration = Duration::from_secs(5);
/// How long a task may take to come to its end when it is asked to.
/// Container platforms wait ten seconds before they kill.
const STOP_MAX: Duration = Duration::from_secs(8);

/// All tenants, and where their configuration is.
pub struct Fleet {
    config_file: Option<PathBuf>,
    config: Config,
    store: Store,
    share: Share,
    running: HashMap<String, Running>,
    /// Told of each pass.
    witness: Arc<dyn Witness>,
    receiver: Arc<Receiver>,
    forwarding: Forwarding,
    retaining: Option<AbortHandle>,
}

/// Whoever wants to know how collecting goes.
pub trait Witness: Send + Sync + 'static {
    /// It looks for new content every `poll`.
    fn started(&self, collector: &Arc<Collector>, poll: Duration);
    /// `lane` is `None` if the pass was over all of them.
    fn passed(&self, collector: &Collector, lane: Option<Lane>, pass: &Result<Pass>);
    fn stopped(&self, collector: &Collector);
}

struct Running {
    tenant: Tenant,
    collector: Arc<Collector>,
    tasks: Vec<JoinHandle<()>>,
}

impl Fleet {
    pub fn new(
        config_file: Option<PathBuf>,
        config: Config,
        store: Store,
        witness: Arc<dyn Witness>,
        board: Board,
    ) -> Fleet {
        Fleet {
            config_file,
            config,
            forwarding: Forwarding::new(store.clone(), board),
            store,
            share: Share::default(),
            running: HashMap::new(),
            witness,
            receiver: Arc::default(),
            retaining: None,
        }
    }

    /// One pass over every tenant.
    pub async fn once(&self) -> Result<Vec<(Arc<Collector>, Result<Pass>)>> {
        if self.config.tenant.is_empty() {
            bail!("no tenant is configured; `trail365 init` writes a configuration to fill in");
        }
        let collectors = self.config.tenant.iter().map(|tenant| self.collector(tenant));
        let collectors = collectors.collect::<Result<Vec<_>>>()?;
        let passes = collectors.into_iter().map(|collector| async move {
            let pass = collector.pass().await;
            self.witness.passed(&collector, None, &pass);
            (collector, pass)
        });
        Ok(join_all(passes).await)
    }

    /// Collects until `stop` is done, then lets what is under way come to its end.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        if self.config.tenant.is_empty() {
            bail!("no tenant is configured; `trail365 init` writes a configuration to fill in");
        }
        let mut stop = std::pin::pin!(stop);
        // The service calls the address while a subscription is started.
        if let Some(webhook) = &self.config.webhook {
            push::serve(webhook, self.receiver.clone()).await?;
        }
        self.follow(None).await;
        let mut reload = tokio::time::interval(RELOAD);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = reload.tick() => self.reload().await,
            }
        }
        let running: Vec<Running> = self.running.drain().map(|(_, running)| running).collect();
        join_all(running.into_iter().map(|running| end(running, &self.witness))).await;
        self.retain_by(None);
        self.forwarding.end().await;
        Ok(())
    }

    /// What is too old is deleted as this configuration says. A deletion that is cut short is made
    /// good by the next.
    fn retain_by(&mut self, policies: Option<Policies>) {
        if let Some(retaining) = self.retaining.take() {
            retaining.abort();
        }
        self.retaining = policies.map(|policies| {
            let retaining = retain::keep_retaining(self.store.clone(), Arc::new(policies));
            tokio::spawn(retaining).abort_handle()
        });
    }

    fn collector(&self, tenant: &Tenant) -> Result<Arc<Collector>> {
        let pace = self.config.collect.pace();
        let collector = Collector::new(tenant, pace, &self.store, &self.share)?;
        let webhook = self.config.webhook.as_ref().map(Webhook::wish).transpose()?;
        let policies = self.config.policy.policies()?;
        Ok(Arc::new(collector.with_webhook(webhook).with_policies(policies)))
    }

    /// A configuration that cannot be read changes nothing.
    async fn reload(&mut self) {
        match Config::load(self.config_file.as_deref()) {
            Ok(config) if config == self.config => {}
            Ok(config) => {
                tracing::info!("the configuration has changed");
                let before = std::mem::replace(&mut self.config, config);
                self.follow(Some(&before)).await;
            }
            Err(error) => tracing::error!("{error:#}; going on as before"),
        }
    }

    /// Starts and ends tasks as the configuration wants it.
    async fn follow(&mut self, before: Option<&Config>) {
        let pace = |config: &Config| (config.collect.pace(), config.poll_seconds());
        let common = |config: &Config| (pace(config), config.policy.clone());
        let is_new = before.is_some_and(|before| common(before) != common(&self.config));
        let stays = |running: &Running| !is_new && self.config.tenant.contains(&running.tenant);
        let gone: Vec<String> = self
            .running
            .iter()
            .filter(|(_, running)| !stays(running))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            if let Some(running) = self.running.remove(&name) {
                self.receiver.remove(&running.collector);
                end(running, &self.witness).await;
            }
        }
        if before.is_none_or(|before| before.policy != self.config.policy) {
            match self.config.policy.policies() {
                Ok(policies) => self.retain_by(Some(policies)),
                Err(error) => tracing::error!("{error:#}"),
            }
        }
        match self.config.outputs() {
            Ok(outputs) => self.forwarding.follow(outputs).await,
            Err(error) => tracing::error!("{error:#}"),
        }
        for tenant in self.config.tenant.clone() {
            if self.running.contains_key(&tenant.name) {
                continue;
            }
            match self.collector(&tenant) {
                Ok(collector) => self.start(tenant, collector),
                Err(error) => tracing::error!("tenant {}: {error:#}", tenant.name),
            }
        }
    }

    fn start(&mut self, tenant: Tenant, collector: Arc<Collector>) {
        let poll = Duration::from_secs(self.config.poll_seconds());
        self.witness.started(&collector, poll);
        let keep_on = |lane| keep_on(collector.clone(), lane, poll, self.witness.clone());
        let tasks = collector.lanes().map(|lane| tokio::spawn(keep_on(lane))).collect();
        tracing::info!("tenant {}: collecting", tenant.name);
        self.receiver.add(collector.clone());
        self.running.insert(tenant.name.clone(), Running { tenant, collector, tasks });
    }
}

/// A failure is told and tried again.
async fn keep_on(collector: Arc<Collector>, lane: Lane, poll: Duration, witness: Arc<dyn Witness>) {
    while !collector.is_stopping() {
        let deadline = collector.now() + poll.as_micros() as i64;
        let pass = collector.lane_pass(lane, Some(deadline)).await;
        witness.passed(&collector, Some(lane), &pass);
        let pause = match &pass {
            Ok(pass) if pass.unfinished && pass.pause.is_none() => continue,
            Ok(pass) => pass.pause.map_or(poll, |asked| asked.max(poll)),
            Err(_) => poll,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = collector.woken() => {}
        }
    }
}

async fn end(running: Running, witness: &Arc<dyn Witness>) {
    let Running { tenant, collector, tasks } = running;
    collector.stop();
    let aborts: Vec<AbortHandle> = tasks.iter().map(JoinHandle::abort_handle).collect();
    if tokio::time::timeout(STOP_MAX, join_all(tasks)).await.is_err() {
        // Whatever was not committed is fetched again by the next start.
        aborts.iter().for_each(AbortHandle::abort);
    }
    witness.stopped(&collector);
    tracing::info!("tenant {}: stopped", tenant.name);
}

/// Wakes a sleeping task.
#[derive(Default)]
pub(super) struct Bell(Notify);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }

    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
