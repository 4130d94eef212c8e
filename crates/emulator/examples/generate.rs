//! How fast are records made? `cargo run --release --example generate -- [records] [file]`

use std::fs::File;
use std::io::{self, Write};
use std::time::Instant;

use emulator::{Generator, Scenario, TenantOptions};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let records = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let options =
        TenantOptions { records, scenarios: Scenario::ALL.to_vec(), ..TenantOptions::default() };
    let generator = Generator::new(options).map_err(io::Error::other)?;
    let started = Instant::now();
    let bytes = match arguments.next() {
        Some(path) => generator.write_ndjson(0..generator.len(), &mut File::create(path)?)?,
        None => generator.write_ndjson(0..generator.len(), &mut io::sink())?,
    };
    let seconds = started.elapsed().as_secs_f64();
    let count = generator.len() as f64;
    writeln!(
        io::stdout(),
        "{count} records, {bytes} bytes ({:.0} each) in {seconds:.2} s: {:.0} records/s, {:.0} MB/s",
        bytes as f64 / count,
        count / seconds,
        bytes as f64 / seconds / 1e6
    )
}
