//! `trail365 import`: files people already have.

use std::collections::{BTreeMap, HashMap};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use event::{Envelope, TenantName};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use source::files::{self, Input, Limits};
use store::Chunk;
use tokio::sync::mpsc;

use super::Format;
use crate::context::{Context, Outcome};
use crate::pipeline::{self, Intake, Routing, Totals};
use source::service::{Clock, MachineClock};

/// Records decoded together; with the queues behind, what an import holds in memory.
const BATCH_RECORDS_MAX: usize = 2000;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Batches read ahead of the decoders.
const QUEUE_BATCHES_MAX: usize = 4;
/// A day's small files are merged after an import from this many on.
const COMPACT_FILES_MIN: usize = 4;

#[derive(clap::Args)]
pub struct Arguments {
    /// Files, folders, globs, archives (.gz, .zip), or - for standard input
    #[arg(required = true)]
    files: Vec<String>,
    /// The tenant to store records for [default: the configured one whose id a record carries, else "default"]
    #[arg(long)]
    tenant: Option<String>,
    /// The encoding of files that do not show it themselves, such as windows-1252 or shift_jis
    #[arg(long)]
    encoding: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What the reading side tells in the end.
#[derive(Default)]
struct Told {
    formats: BTreeMap<&'static str, u64>,
    errors: Vec<String>,
    /// Files of a folder or archive that are no evidence, and why.
    skipped: Vec<String>,
    files: u64,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let start = Instant::now();
    let routing = Arc::new(routing(arguments.tenant.as_deref(), context)?);
    let mut inputs = files::inputs(&arguments.files);
    inputs.found.retain(|input| !is_ours(input, context));
    let mut told = Told::default();
    for error in &inputs.errors {
        tell(&mut told, error);
    }
    if inputs.found.is_empty() {
        bail!("nothing to import");
    }
    if let Some(encoding) = &arguments.encoding {
        let told = |input: Input| input.with_encoding(encoding);
        inputs.found = inputs.found.into_iter().map(told).collect::<Result<_, _>>()?;
    }
    let progress = Arc::new(Progress::new(&inputs.found));
    let (intake, writing) =
        Intake::start(context.store.clone(), Arc::new(MachineClock), Chunk::Large);
    let told = Arc::new(Mutex::new(told));
    feed(inputs.found, &routing, &intake, &progress, &told).await?;
    let totals = intake.commit().await?;
    drop(intake);
    writing.await?;
    progress.done();
    for tenant in context.store.tenants().await? {
        context.store.compact(&tenant, COMPACT_FILES_MIN).await?;
    }
    let told = Arc::into_inner(told).expect("all readers ended").into_inner()?;
    let bytes = progress.bytes.load(Ordering::Relaxed);
    summarise(arguments.format, &told, &totals, bytes, start.elapsed());
    if told.files == 0 && !told.errors.is_empty() {
        bail!("no file could be imported");
    }
    Ok(match () {
        // What is in quarantine is kept, but it is a record that nobody will find by its fields.
        () if !told.errors.is_empty() || totals.quarantined > 0 => Outcome::DoneWithGaps,
        () if told.files == 0 => Outcome::NothingFound,
        () => Outcome::Done,
    })
}

/// `trail365 import .` does not mean the data folder that lies there.
fn is_ours(input: &Input, context: &Context) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    match (whole(Path::new(&input.origin)), whole(context.store.data_dir())) {
        (Some(file), Some(data_dir)) => file.starts_with(data_dir),
        _ => false,
    }
}

/// Records of a tenant that is configured go to its table, whatever file they came in.
fn routing(tenant: Option<&str>, context: &Context) -> Result<Routing> {
    let policies = context.config.policy.policies()?;
    if let Some(tenant) = tenant {
        let tenant = TenantName::new(tenant).map_err(|error| anyhow!(error))?;
        return Ok(Routing::one(tenant, policies));
    }
    let mut by_organization = HashMap::new();
    for tenant in &context.config.tenant {
        by_organization.insert(tenant.tenant_id.to_ascii_lowercase(), tenant.tenant_name()?);
    }
    let default = TenantName::new("default").expect("a fitting name");
    Ok(Routing { default, by_organization, policies })
}

/// Reads on one thread, decodes on as many as there are processors.
async fn feed(
    inputs: Vec<Input>,
    routing: &Arc<Routing>,
    intake: &Intake,
    progress: &Arc<Progress>,
    told: &Arc<Mutex<Told>>,
) -> Result<()> {
    let (sender, receiver) = mpsc::channel::<Vec<Envelope>>(QUEUE_BATCHES_MAX);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let reading = {
        let (progress, told) = (progress.clone(), told.clone());
        tokio::task::spawn_blocking(move || {
            for input in &inputs {
                read(input, &sender, &progress, &told);
            }
        })
    };
    let decoders = std::thread::available_parallelism().map_or(2, usize::from);
    let mut decoding = tokio::task::JoinSet::new();
    for _ in 0..decoders {
        let (receiver, routing, intake) = (receiver.clone(), routing.clone(), intake.clone());
        decoding.spawn(async move {
            loop {
                let Some(envelopes) = receiver.lock().await.recv().await else {
                    return Ok::<(), anyhow::Error>(());
                };
                let now = MachineClock.now();
                let decoded = pipeline::decode_aside(envelopes, routing.clone(), now).await?;
                intake.rows(decoded).await?;
            }
        });
    }
    drop(receiver);
    while let Some(done) = decoding.join_next().await {
        done??;
    }
    reading.await?;
    Ok(())
}

fn read(
    input: &Input,
    sender: &mpsc::Sender<Vec<Envelope>>,
    progress: &Progress,
    told: &Mutex<Told>,
) {
    let with = |act: &mut dyn FnMut(&mut Told)| act(&mut told.lock().expect("no reader panics"));
    let mut reader = match files::open(input, Limits::default()) {
        Ok(reader) => reader,
        Err(error) => return with(&mut |told| tell(told, &error)),
    };
    with(&mut |told| told.files += 1);
    let mut counted = 0;
    loop {
        let mut envelopes = Vec::new();
        let more = reader.next_batch(&mut envelopes, BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
        progress.add(reader.bytes_read() - counted);
        counted = reader.bytes_read();
        match more {
            Ok(true) => {
                let format = envelopes[0].provenance.source;
                let records = envelopes.len() as u64;
                with(&mut |told| *told.formats.entry(format).or_default() += records);
                if sender.blocking_send(envelopes).is_err() {
                    return;
                }
            }
            Ok(false) => return,
            Err(error) => with(&mut |told| tell(told, &error)),
        }
    }
}

/// An error of one file is told at once; the others go on.
fn tell(told: &mut Told, error: &files::Error) {
    let text = error.to_string();
    let skipped = if error.is_skip { "skipped " } else { "" };
    eprintln!("trail365: {skipped}{}", crate::present::printable(&text));
    match error.is_skip {
        true => told.skipped.push(text),
        false => told.errors.push(text),
    }
}

struct Progress {
    bytes: AtomicU64,
    bar: ProgressBar,
}

impl Progress {
    fn new(inputs: &[Input]) -> Progress {
        let lengths: Option<u64> = inputs.iter().map(Input::bytes).sum();
        let bar = match lengths {
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::new_spinner(),
        };
        let form = match lengths {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{spinner} {bytes}, {bytes_per_sec}",
        };
        bar.set_style(ProgressStyle::with_template(form).expect("a fixed form"));
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Progress { bytes: AtomicU64::new(0), bar }
    }

    fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}

fn summarise(format: Format, told: &Told, totals: &Totals, bytes: u64, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    if format == Format::Json {
        let object = serde_json::json!({
            "records": totals.records,
            "stored": totals.stored,
            "duplicates": totals.duplicates,
            "quarantined": totals.quarantined,
            "dropped": totals.dropped,
            "issues": totals.issues,
            "bytes": bytes,
            "seconds": (seconds * 1000.0).round() / 1000.0,
            "files": told.files,
            "formats": told.formats,
            "errors": told.errors,
            "skipped": told.skipped,
        });
        println!("{object}");
        return;
    }
    let formats: Vec<String> =
        told.formats.iter().map(|(name, count)| format!("{name} ({count})")).collect();
    println!("format       {}", if formats.is_empty() { "-".into() } else { formats.join(", ") });
    println!("records      {}", totals.records);
    println!("stored       {}", totals.stored - totals.quarantined);
    println!("duplicates   {}", totals.duplicates);
    println!("quarantined  {}", totals.quarantined);
    if totals.dropped > 0 {
        println!("dropped      {} by policy: trail365 policy dropped", totals.dropped);
    }
    if !told.skipped.is_empty() {
        println!("skipped      {} files that hold no records", told.skipped.len());
    }
    println!("with issues  {}", totals.issues);
    let rate = totals.records as f64 / seconds.max(0.001);
    println!("time         {seconds:.2} s, {rate:.0} records/s");
    if totals.quarantined > 0 {
        println!(
            "{} kept in quarantine, whole, since no record could be read: trail365 search --quarantined, \
             or trail365 sql 'select Origin, Position, Quarantine from quarantine'",
            totals.quarantined
        );
    }
}
