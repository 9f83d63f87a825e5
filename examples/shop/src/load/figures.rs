//! What a load came to: counts and latencies.

use std::io::{self, Write};
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest latency that is told apart: a minute, in microseconds.
const LONGEST: u64 = 60_000_000;

/// What a load came to.
#[derive(Clone, Debug)]
pub struct Figures {
    requests: Histogram<u64>,
    orders: Histogram<u64>,
    /// How long it took.
    pub took: Duration,
    /// How long the handlers took after it until nothing was left to do.
    pub followed_through: Duration,
}

impl Figures {
    /// Nothing yet.
    ///
    /// # Errors
    /// None; the bounds fit.
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self {
            requests: Histogram::new_with_bounds(1, LONGEST, 3)?,
            orders: Histogram::new_with_bounds(1, LONGEST, 3)?,
            took: Duration::ZERO,
            followed_through: Duration::ZERO,
        })
    }

    /// How many orders were placed.
    pub fn placed(&self) -> u64 {
        self.orders.len()
    }

    pub(super) fn request(&mut self, latency: Duration) {
        self.requests.saturating_record(micros(latency));
    }

    pub(super) fn order(&mut self, latency: Duration) {
        self.orders.saturating_record(micros(latency));
    }

    pub(super) fn add(&mut self, other: &Self) -> Result<(), hdrhistogram::AdditionError> {
        self.requests.add(&other.requests)?;
        self.orders.add(&other.orders)
    }

    pub(super) fn write(&self, out: &mut impl Write, clients: u32) -> io::Result<()> {
        let seconds = self.took.as_secs_f64();
        writeln!(
            out,
            "{} orders by {clients} clients in {seconds:.1} s",
            self.placed()
        )?;
        writeln!(
            out,
            "{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "per s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"
        )?;
        for (what, histogram) in [("requests", &self.requests), ("orders", &self.orders)] {
            #[allow(clippy::cast_precision_loss)] // for people
            let rate = histogram.len() as f64 / seconds;
            write!(out, "{what:<10}{rate:>10.0}")?;
            for quantile in [0.5, 0.9, 0.99, 0.999, 1.0] {
                #[allow(clippy::cast_precision_loss)] // for people
                let millis = histogram.value_at_quantile(quantile) as f64 / 1000.0;
                write!(out, "{millis:>10.2}")?;
            }
            writeln!(out)?;
        }
        writeln!(
            out,
            "reserved, paid and to be shipped {:.2} s after the last one",
            self.followed_through.as_secs_f64()
        )
    }
}

fn micros(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)
}
