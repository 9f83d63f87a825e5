//! Starts the shop, or puts one under load.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use shop::load::Load;
use shop::service::Shop;
use shop::{demo, serve};
use tokio::net::TcpListener;

/// An online shop on an event store.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Where to listen; port 0 for any that is free.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,
    /// The file that holds all events and read models; it is made if it is not there.
    #[arg(long, default_value = "shop.db")]
    database: PathBuf,
    /// Lists a few articles and takes them into stock, unless that was done before.
    #[arg(long)]
    demo: bool,
    /// How long handlers of a process that died are left alone, in milliseconds.
    #[arg(long, default_value_t = 3000)]
    lease_ms: u64,
    #[command(subcommand)]
    command: Option<Order>,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Place orders over HTTP, and tell how fast that went.
    Load {
        /// For how long: 10s, 500ms, 2m.
        #[arg(long = "for", default_value = "10s", value_parser = duration)]
        time: Duration,
        /// How many clients at once.
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        clients: u32,
        /// The service; without, one of its own, in this process and a temporary folder.
        #[arg(long)]
        url: Option<String>,
    },
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a time like 10s, 500ms or 2m");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        _ => None,
    };
    millis.map(Duration::from_millis).ok_or_else(wrong)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let lease = Duration::from_millis(arguments.lease_ms);
    if let Some(Order::Load { time, clients, url }) = arguments.command {
        return match url {
            Some(url) => load(url, time, clients).await,
            None => load_in_process(lease, time, clients).await,
        };
    }
    // Before anything is done that would have to be ended well.
    let stop = serve::told_to_stop()?;
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    let shop = Shop::open(&arguments.database, lease).await?;
    if arguments.demo {
        demo::seed(&shop).await?;
    }
    let mut out = stdout();
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    out.flush()?;
    serve::serve(shop, listener, stop).await?;
    writeln!(out, "stopped")?;
    Ok(())
}

async fn load(url: String, time: Duration, clients: u32) -> Result<(), Box<dyn Error>> {
    let load = Load { url, time, clients };
    load.run(&mut stdout()).await?;
    Ok(())
}

async fn load_in_process(
    lease: Duration,
    time: Duration,
    clients: u32,
) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let shop = Shop::open(&folder.path().join("shop.db"), lease).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = serve::serve(shop, listener, async {
        // An error is the sender's end, which is as good.
        let _ = stopped.await;
    });
    let (loaded, served) = tokio::join!(
        async {
            let loaded = load(url, time, clients).await;
            drop(stop);
            loaded
        },
        serving
    );
    loaded.and(served)
}
