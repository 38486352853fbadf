//! The development server of Presealed: the page, an S3-compatible store that checks signatures, a presigner and a
//! small KMS in one program, on this machine only unless it is told otherwise. See `--help`.

mod broker;
mod config;
mod embedded;
mod encoding;
mod files;
mod guard;
mod kms;
mod link;
mod page;
mod presign;
mod s3;
mod storage_view;
mod store;

use axum::{Router, middleware};
use broker::Broker;
use config::{Account, Config, Stop};
use embedded::Embedded;
use link::Link;
use page::Page;
use presign::Presigner;
use std::{io::Write, net::SocketAddr, process::ExitCode, sync::Arc};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let stopped = match Config::read() {
        Ok(config) => run(config).await,
        Err(stop) => Err(stop),
    };
    match stopped {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Help) => {
            print!("{}", config::HELP);
            ExitCode::SUCCESS
        }
        Err(Stop::Bad(text)) => {
            eprintln!("presealed-server: {text}");
            ExitCode::from(2)
        }
    }
}

async fn run(config: Config) -> Result<(), Stop> {
    let listener = listen(&config, "port", config.port).await?;
    let address = listener.local_addr()?;
    let mut lines = vec![format!("Presealed demo: http://{address}/")];
    let mut page = PageParts {
        store: None,
        broker: None,
    };
    let (presigner, endpoint) = match &config.account {
        Account::Embedded {
            data_dir,
            credentials,
            s3_port,
            kms_port,
            link_mbit,
            link_rtt,
            object_lock,
        } => {
            let opened = Embedded::open(data_dir, credentials.clone(), &config.bucket, &config.region);
            let embedded = opened.map_err(|error| format!("--data-dir {}: {error}", data_dir.display()))?;
            if let Some(days) = *object_lock {
                embedded
                    .store
                    .set_object_lock(&config.bucket, store::ObjectLock::of_days(days))?;
            }
            s3::open_to_page(&embedded.store, &config.bucket, origins(address))?;
            let s3_listener = listen(&config, "s3-port", *s3_port).await?;
            let kms_listener = listen(&config, "kms-port", *kms_port).await?;
            let endpoint = format!("http://{}", s3_listener.local_addr()?);
            lines.push(format!("S3 endpoint: {endpoint}"));
            lines.push(format!("KMS endpoint: http://{}", kms_listener.local_addr()?));
            let service = s3::service(embedded.store.clone(), embedded.credentials.clone(), &config.region)?;
            let s3_routes = s3::router(s3::S3State {
                service,
                store: embedded.store.clone(),
            });
            let kms_routes = kms::router(embedded.keys.clone(), embedded.credentials.clone(), &config.region);
            serve(Link::new(s3_listener, *link_mbit, *link_rtt), logged(s3_routes, "s3"));
            serve(Link::new(kms_listener, None, None), logged(kms_routes, "kms"));
            let url = endpoint.parse().map_err(|error| format!("{endpoint}: {error}"))?;
            let presigner = Presigner::new(
                url,
                true,
                &config.bucket,
                &config.region,
                &embedded.credentials,
                config.url_expiry,
            )?;
            page.store = Some(embedded.store.clone());
            page.broker = Some(Broker::Embedded {
                keys: embedded.keys.clone(),
                key_id: embedded.kms_key_id.clone(),
            });
            // The lock on the data directory lives as long as the program.
            std::mem::forget(embedded);
            (presigner, endpoint)
        }
        Account::Remote {
            endpoint,
            path_style,
            credentials,
            kms,
        } => {
            let presigner = Presigner::new(
                endpoint.clone(),
                *path_style,
                &config.bucket,
                &config.region,
                credentials,
                config.url_expiry,
            );
            let presigner = presigner.map_err(|error| format!("--endpoint {endpoint}: {error}"))?;
            lines.push(format!("S3 endpoint: {endpoint}"));
            if let Some(kms) = kms {
                lines.push(format!("KMS endpoint: {}", kms.endpoint));
                let (kms, region) = (kms.clone(), config.region.clone());
                page.broker = Some(Broker::Remote {
                    kms,
                    credentials: credentials.clone(),
                    region,
                    client: client()?,
                });
            }
            (presigner, endpoint.to_string())
        }
    };
    let page = Page {
        address,
        www: config.www,
        pkg: config.pkg,
        bucket: config.bucket,
        region: config.region,
        endpoint,
        presigner: Arc::new(presigner),
        broker: page.broker.map(Arc::new),
        store: page.store,
        signs_customer_key: config.signs_customer_key,
    };
    serve(Link::new(listener, None, None), page.router());
    let mut out = std::io::stdout();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

struct PageParts {
    store: Option<Arc<store::Store>>,
    broker: Option<Broker>,
}

async fn listen(config: &Config, flag: &str, port: u16) -> Result<TcpListener, Stop> {
    let bound = TcpListener::bind(SocketAddr::new(config.bind, port)).await;
    bound.map_err(|error| format!("--{flag} {port}: {error}").into())
}

fn origins(address: SocketAddr) -> Vec<String> {
    let mut origins = vec![
        format!("http://{address}"),
        format!("http://127.0.0.1:{}", address.port()),
    ];
    origins.push(format!("http://localhost:{}", address.port()));
    origins.dedup();
    origins
}

fn logged(router: Router, name: &'static str) -> Router {
    router.layer(middleware::from_fn_with_state(name, guard::log))
}

fn serve(link: Link, router: Router) {
    tokio::spawn(async move {
        if let Err(error) = axum::serve(link, router).await {
            eprintln!("presealed-server: {error}");
        }
    });
}

fn client() -> Result<reqwest::Client, Stop> {
    // Fails only if a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let timeout = std::time::Duration::from_secs(10);
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.map_err(|error| error.to_string().into())
}
