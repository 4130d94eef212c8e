//! How do the days of a seed go?
//!
//! Turmoil first: the service, the network, the disk and the clock misbehave in spells, and the
//! process dies and is started again. Then all is well, and passes are made until nothing is left
//! to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use emulator::{Emulator, EmulatorOptions, Faults};
use event::TenantName;
use event::time::{DAY, HOUR};
use source::service::World;
use store::{Disk, Lane, Options, Sabotage, Store};
use trail365::collect::schedule::Pace;
use trail365::collect::{Collector, Share};
use trail365::config::{Config, Tenant};

use crate::disk::{Health, LifeDisk, Platter};
use crate::life::{Doom, Life, LifeClock, LifeRandom, Trace, note};
use crate::network::{Network, ROOT, Started, Weather};
use crate::oracle;
use crate::plan::Plan;
use crate::push;
use crate::time::Time;

const TENANT: &str = "contoso";

/// Passes of the calm days, at most.
const CALM_PASSES_MAX: usize = 120;

/// What a test changes about a seed.
#[derive(Clone, Debug, Default)]
pub struct Twist {
    pub sabotage: Option<Sabotage>,
    /// Nothing is listed again.
    pub lists_once: bool,
    /// How the first process dies; the others live.
    pub doom: Option<Doom>,
    /// With it dies the power, and all that is not synced.
    pub tears: bool,
    pub keeps_lines: bool,
}

/// What became of a seed.
#[derive(Debug)]
pub struct Report {
    pub verdict: Result<oracle::Count, String>,
    pub hash: u64,
    pub faults: BTreeMap<&'static str, u64>,
    pub lines: Vec<String>,
    pub simulated: i64,
}

/// Runs a seed from its first day to its last.
pub fn run(seed: u64, twist: &Twist) -> Report {
    let plan = Plan::of(seed);
    let mut days = Days::new(plan, twist.clone());
    let verdict = days.live();
    let mut trace = days.trace.lock().expect("no holder panics");
    Report {
        verdict,
        hash: trace.hash,
        faults: std::mem::take(&mut trace.faults),
        lines: trace.lines.take().unwrap_or_default(),
        simulated: days.time.now() - days.plan.start,
    }
}

struct Days {
    plan: Plan,
    twist: Twist,
    time: Arc<Time>,
    trace: Arc<Mutex<Trace>>,
    emulator: Arc<Emulator>,
    weather: Arc<Mutex<Weather>>,
    started: Started,
    platter: Arc<Platter>,
    folder: tempfile::TempDir,
    tenant: Tenant,
    lives: u64,
    spell: u64,
    /// When the next spell begins.
    change: i64,
    /// The last moment of which a pass must have brought everything.
    proven: i64,
}

enum End {
    Died,
    AtRest,
}

impl Days {
    fn new(plan: Plan, twist: Twist) -> Days {
        let folder = folder();
        let emulator = Arc::new(emulator(&plan));
        let tenant = tenant(&plan, &emulator_secret(&folder));
        let lines = twist.keeps_lines.then(Vec::new);
        Days {
            time: Time::starting(plan.start),
            trace: Arc::new(Mutex::new(Trace { lines, ..Trace::default() })),
            emulator,
            weather: Arc::default(),
            started: Started::default(),
            platter: Arc::default(),
            folder,
            tenant,
            lives: 0,
            spell: 0,
            change: plan.start,
            proven: plan.start,
            plan,
            twist,
        }
    }

    fn live(&mut self) -> Result<oracle::Count, String> {
        let turmoil_end = self.plan.start + self.plan.turmoil + self.plan.outage.unwrap_or(0);
        loop {
            if self.time.now() < turmoil_end {
                self.turn();
            }
            match self.one_life(turmoil_end)? {
                End::AtRest => break,
                End::Died => self.be_down(),
            }
        }
        let store = self.store(&self.life(Doom::Never));
        oracle::judge(&oracle::Case {
            store: &store,
            emulator: &self.emulator,
            content_types: &self.plan.content_types,
            started: &self.started.lock().expect("no holder panics"),
            proven: self.proven,
            now: self.time.now(),
            lag: self.plan.pace.lag,
            // Before its first day nothing was published.
            lossless_from: self.plan.is_gentle.then_some(self.plan.start - 4 * DAY),
        })
    }

    fn life(&self, doom: Doom) -> Arc<Life> {
        Life::new(&self.time, self.plan.chance().of("life").at(self.lives), &self.trace, doom)
    }

    fn store(&self, life: &Arc<Life>) -> Store {
        let disk = LifeDisk {
            life: life.clone(),
            platter: self.platter.clone(),
            sabotage: self.twist.sabotage,
            checkpoint_commits: if self.twist.tears { 2 } else { self.plan.checkpoint_commits },
        };
        let options = Options { data_dir: self.folder.path().to_owned(), tables_url: None };
        Store::within(&options, Arc::new(disk) as Arc<dyn Disk>).expect("a store")
    }

    /// Another spell begins.
    fn turn(&mut self) {
        if self.time.now() < self.change {
            return;
        }
        let spell = self.spell;
        self.spell += 1;
        self.change = self.time.now() + self.plan.spell;
        self.set(self.plan.faults(spell), self.plan.weather(spell), self.plan.health(spell));
        self.time.set_ahead(self.plan.clock_ahead(spell));
        self.note(&format!(
            "spell {spell}: clock ahead {} s",
            self.plan.clock_ahead(spell) / 1_000_000
        ));
    }

    fn set(&self, faults: Faults, weather: Weather, health: Health) {
        let now = DateTime::from_timestamp_micros(self.time.now()).expect("a time");
        self.emulator.set_faults(faults, now).expect("usable faults");
        *self.weather.lock().expect("no holder panics") = weather;
        *self.platter.health.lock().expect("no holder panics") = health;
    }

    fn note(&self, words: &str) {
        note(&self.trace, self.time.now(), None, words);
    }

    fn be_down(&mut self) {
        let life = self.lives;
        let chance = self.plan.chance().of("cut").at(life);
        let tears = self.twist.tears;
        if tears || chance.strikes(0.5) {
            let torn = self.platter.cut_power(chance.at(1), tears);
            note(&self.trace, self.time.now(), Some("power cut"), "");
            for _ in 0..torn {
                note(&self.trace, self.time.now(), Some("torn write"), "");
            }
        }
        self.time.pass(self.plan.downtime(life));
    }

    fn one_life(&mut self, turmoil_end: i64) -> Result<End, String> {
        self.lives += 1;
        let is_calm = self.time.now() >= turmoil_end;
        let doom = match self.twist.doom {
            Some(doom) if self.lives == 1 => doom,
            Some(_) => Doom::Never,
            None if is_calm => Doom::Never,
            None => self.plan.doom(self.lives),
        };
        let life = self.life(doom);
        self.note(&format!("life {}", self.lives));
        let time = self.time.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .on_thread_park(move || time.advance())
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = life.died() => Ok(End::Died),
                end = self.process(&life, turmoil_end) => end,
            }
        })
    }

    /// What the process does from its start on.
    async fn process(&mut self, life: &Arc<Life>, turmoil_end: i64) -> Result<End, String> {
        let store = self.store(life);
        let network = Network {
            life: life.clone(),
            emulator: self.emulator.clone(),
            weather: self.weather.clone(),
            started: self.started.clone(),
        };
        let world = World {
            clock: Arc::new(LifeClock(life.clone())),
            random: Arc::new(LifeRandom(life.clone())),
            transport: Arc::new(network),
        };
        let collector =
            match Collector::within(&self.tenant, self.pace(), &store, &Share::default(), world) {
                Ok(collector) => collector.with_webhook(push::wish(&self.plan)),
                Err(error) => {
                    self.note(&format!("no start: {error:#}"));
                    // Whoever watches the process starts it again.
                    self.time.sleep(Duration::from_secs(60)).await;
                    return Ok(End::Died);
                }
            };
        while self.time.now() < turmoil_end {
            self.turn();
            self.pass(&collector).await;
            self.time.sleep(Duration::from_micros(self.plan.poll as u64)).await;
            push::deliver(life, &self.emulator, &self.weather, &collector);
            self.go_away();
        }
        self.calm(life, &collector, &store).await
    }

    async fn pass(&mut self, collector: &Collector) -> bool {
        let before = self.time.now();
        match collector.pass().await {
            Ok(pass) => {
                self.note(&format!(
                    "pass: {} windows, {} blobs, {:?}, problems {:?}",
                    pass.windows, pass.blobs, pass.totals, pass.problems
                ));
                let went_well = pass.problems.is_empty() && !pass.unfinished;
                if went_well {
                    self.proven = before;
                }
                went_well
            }
            Err(error) => {
                self.note(&format!("pass failed: {error:#}"));
                false
            }
        }
    }

    /// The process hangs for days, once.
    fn go_away(&mut self) {
        if self.spell >= 2
            && let Some(outage) = self.plan.outage.take()
        {
            note(&self.trace, self.time.now(), Some("outage of days"), "");
            self.time.pass(outage);
        }
    }

    async fn calm(
        &mut self,
        life: &Arc<Life>,
        collector: &Collector,
        store: &Store,
    ) -> Result<End, String> {
        self.note("calm");
        self.set(
            Faults { page_size: 50, gzip: false, ..Faults::default() },
            Weather { latency_ms_max: 50, ..Weather::default() },
            Health::default(),
        );
        self.time.set_ahead(0);
        let ledger = store.ledger().map_err(|error| error.to_string())?;
        let tenant = TenantName::new(TENANT).expect("a name");
        let long = self.plan.late_max() + self.plan.pace.lag.max(self.plan.pace.relist) + HOUR;
        let end = self.time.now() + long;
        for _ in 0..CALM_PASSES_MAX {
            let went_well = self.pass(collector).await;
            let now = self.time.now();
            let waiting = ledger.blobs_to_fetch(&tenant, Lane::Feed, 1, now);
            let waiting = waiting.map_err(|error| error.to_string())?;
            if went_well && now >= end && waiting.is_empty() {
                return Ok(End::AtRest);
            }
            // What cannot be had waits for the end of its life.
            let step = if now < end { long / 4 } else { 3 * HOUR };
            self.time.sleep(Duration::from_micros(step as u64)).await;
            if life.is_dead() {
                return Ok(End::Died);
            }
        }
        Err("it does not come to rest".to_owned())
    }

    fn pace(&self) -> Pace {
        match self.twist.lists_once {
            true => Pace { overlap: 0, relist: 1000 * DAY, ..self.plan.pace },
            false => self.plan.pace,
        }
    }
}

/// In memory where there is such a folder: the ledger syncs often.
fn folder() -> tempfile::TempDir {
    let builder = || tempfile::Builder::new();
    let folder = builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir());
    folder.expect("a folder")
}

fn emulator_secret(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("secret");
    std::fs::write(&path, "emulator-secret").expect("a file");
    format!("file:{}", path.display())
}

fn emulator(plan: &Plan) -> Emulator {
    let mut options = EmulatorOptions {
        base_url: Some(ROOT.to_owned()),
        faults: Faults { gzip: false, ..Faults::default() },
        seed: plan.chance().of("emulator").bits(),
        ..EmulatorOptions::default()
    };
    let tenant = &mut options.tenants[0].tenant;
    tenant.seed = plan.chance().of("tenant").bits();
    tenant.users = 5;
    tenant.records = plan.history_records;
    tenant.days = plan.history_days;
    tenant.rate = plan.rate;
    tenant.publish_every_ms = plan.publish_every_ms;
    tenant.records_per_blob = plan.records_per_blob;
    let start = DateTime::from_timestamp_micros(plan.start).expect("a time");
    Emulator::new(options, start).expect("usable options")
}

fn tenant(plan: &Plan, secret: &str) -> Tenant {
    let setup = emulator::TenantSetup::default();
    let requests = plan.requests_per_minute;
    let requests = requests.map_or(String::new(), |n| format!("requests_per_minute = {n}"));
    let text = format!(
        "[[tenant]]\nname = {TENANT:?}\ntenant_id = {:?}\nclient_id = {:?}\n\
         client_secret = {secret:?}\ncloud = \"custom\"\nlogin_url = {ROOT:?}\n\
         api_url = {ROOT:?}\ncontent_types = {:?}\n{requests}\n",
        setup.tenant.tenant_id, setup.client_id, plan.content_types
    );
    Config::parse(&text).expect("a configuration").tenant.remove(0)
}
