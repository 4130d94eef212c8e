//! `trail365 serve`: the web page and the HTTP API.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, anyhow, bail};
use source::service::Secret;

use super::collect::stopped;
use crate::context::{Context, Outcome};
use crate::jobs::{Configured, Service};
use crate::server::{self, Guard, State};

/// Loopback, so that nobody but the machine's users sees it.
const LISTEN_DEFAULT: &str = "127.0.0.1:8365";

#[derive(clap::Args)]
pub struct Arguments {
    /// Address and port [default: the configuration's, or 127.0.0.1:8365]; port 0 takes a free one
    #[arg(long)]
    listen: Option<String>,
    /// Print the API's description (OpenAPI) and end
    #[arg(long)]
    openapi: bool,
}

pub async fn run(arguments: &Arguments, context: Context) -> Result<Outcome> {
    if arguments.openapi {
        println!("{}", serde_json::to_string_pretty(&server::open_api())?);
        return Ok(Outcome::Done);
    }
    let settings = &context.config.serve;
    let listen = arguments.listen.as_deref().or(settings.listen.as_deref());
    let address: SocketAddr = listen.unwrap_or(LISTEN_DEFAULT).parse().map_err(|_| {
        anyhow!(
            "--listen {:?} is no address with a port; write 127.0.0.1:8365",
            listen.unwrap_or(LISTEN_DEFAULT)
        )
    })?;
    let token = settings.token.as_deref().map(Secret::parse).transpose().map_err(|e| anyhow!(e))?;
    let state = State::new(context.store.clone(), &context.config)?;
    let settings = settings.clone();
    let Context { config_file, config, store } = context;
    let configured = Configured::followed(config, config_file);
    let start_jobs = || Service::start(store, configured);
    match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => {
            let tls = axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key)
                .await
                .with_context(|| {
                    format!(
                        "{} and {}: not usable as certificate and key",
                        certificate.display(),
                        key.display()
                    )
                })?;
            require(&address, token.is_some(), true)?;
            let router = server::router(state, Guard::new(address, token));
            let listener = std::net::TcpListener::bind(address).with_context(|| {
                format!("{address} cannot be listened on; choose another with --listen")
            })?;
            listener.set_nonblocking(true)?;
            println!("https://{}/", listener.local_addr()?);
            let jobs = start_jobs();
            let handle = axum_server::Handle::new();
            let stopper = handle.clone();
            tokio::spawn(async move {
                stopped().await;
                stopper.graceful_shutdown(Some(std::time::Duration::from_secs(5)));
            });
            axum_server::from_tcp_rustls(listener, tls)?
                .handle(handle)
                .serve(router.into_make_service())
                .await?;
            jobs.end().await;
        }
        _ => {
            require(&address, token.is_some(), false)?;
            let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
                format!("{address} cannot be listened on; choose another with --listen")
            })?;
            let address = listener.local_addr()?;
            println!("http://{address}/");
            let router = server::router(state, Guard::new(address, token));
            let jobs = start_jobs();
            server::serve(listener, router, stopped()).await?;
            jobs.end().await;
        }
    }
    Ok(Outcome::Done)
}

/// Audit records leave the machine only encrypted and to those who know the token.
fn require(address: &SocketAddr, token: bool, tls: bool) -> Result<()> {
    if server::is_local(address) || (token && tls) {
        return Ok(());
    }
    bail!(
        "{address} is not loopback; set serve.token, serve.certificate and serve.key in the configuration, or listen on 127.0.0.1"
    )
}
