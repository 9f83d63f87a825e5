//! The service: the API over a shop, until it is told to stop.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::http;
use crate::service::Shop;

/// How long requests under way may take once the service is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the shop until `stop` is done; then answers the requests under way, lets the handlers
/// finish what they have in hand, and closes the store.
///
/// # Errors
/// The listener failed, or the store cannot be closed.
pub async fn serve(
    shop: Shop,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let listener = listener.tap_io(|stream| {
        // Answers are small and to be sent at once; without it they are merely slower.
        let _ = stream.set_nodelay(true);
    });
    let (stopped, mut is_stopped) = tokio::sync::watch::channel(false);
    let serving = axum::serve(listener, http::router(shop.clone()))
        .with_graceful_shutdown(async move {
            stop.await;
            let _ = stopped.send(true);
        })
        .into_future();
    let out_of_patience = async {
        // It fails when `serving` is done, which is then ready too.
        let _ = is_stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = out_of_patience => Ok(()),
    };
    shop.close().await?;
    Ok(served?)
}

/// Is done when the process is told to stop: Ctrl-C, or SIGTERM.
///
/// # Errors
/// Signals cannot be listened to.
pub fn told_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
