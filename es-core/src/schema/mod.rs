//! Schemas of events: what is declared at compile time, and the JSON Schema made of it.

mod declared;

pub use declared::{
    Declaration, DeclaredEvent, DeclaredField, DeclaredVersion, Reading, StoredPayload,
};

/// All that is linked into this process, and how it reads these payloads.
///
/// Events are found by the feature `inventory`; without it there are none.
pub fn declare(payloads: &[StoredPayload]) -> Declaration {
    let _ = payloads;
    Declaration {
        protocol: 1,
        events: Vec::new(),
        readings: Vec::new(),
    }
}

/// The whole program of a process that tells another what its events are: it reads a JSON array of
/// [`StoredPayload`] from the standard input and prints the [`Declaration`].
///
/// # Errors
/// The input is not such an array, or the output cannot be written.
pub fn tell() -> std::io::Result<()> {
    let payloads: Vec<StoredPayload> = serde_json::from_reader(std::io::stdin().lock())?;
    serde_json::to_writer(std::io::stdout().lock(), &declare(&payloads))?;
    Ok(())
}
