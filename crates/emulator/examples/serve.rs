//! A tenant to collect from: `cargo run --release --example serve -- [port] [records] [rate]`
//!
//! Prints what a client needs. The program `trail365 emulate` offers every option.

use std::io::{self, Write};
use std::sync::Arc;

use emulator::{Emulator, EmulatorOptions, Scenario, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let port: u16 = next("8365").parse().map_err(io::Error::other)?;
    let mut options = EmulatorOptions::default();
    let tenant = &mut options.tenants[0].tenant;
    tenant.records = next("20000").parse().map_err(io::Error::other)?;
    tenant.rate = next("2").parse().map_err(io::Error::other)?;
    tenant.scenarios = Scenario::ALL.to_vec();
    let setup = options.tenants[0].clone();
    let emulator = Emulator::new(options, chrono::Utc::now()).map_err(io::Error::other)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(
        io::stdout(),
        "http://{}\ntenant_id {}\nclient_id {}\nclient_secret {}",
        listener.local_addr()?,
        setup.tenant.tenant_id,
        setup.client_id,
        setup.client_secret
    )?;
    let interrupted = async {
        // Without a signal handler there is nothing to wait for; the process is ended by force.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    serve(listener, Arc::new(emulator), interrupted).await
}
