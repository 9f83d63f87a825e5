//! The numbers of the framework, for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// The upper bounds that times are counted under, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// How often what was recorded is brought together; until then it is kept as it came.
const UPKEEP: Duration = Duration::from_secs(5);

/// A process has one recorder.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to record; to be called once.
///
/// # Errors
/// Something else records already.
pub fn record() -> Result<(), BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    // There is one recorder, so there is one handle.
    let _ = HANDLE.set(handle);
    Ok(())
}

/// Keeps the recorder small, for as long as it is polled.
pub async fn keep_up() {
    loop {
        tokio::time::sleep(UPKEEP).await;
        if let Some(handle) = HANDLE.get() {
            handle.run_upkeep();
        }
    }
}

/// The numbers, as Prometheus reads them.
pub fn render() -> String {
    HANDLE
        .get()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
