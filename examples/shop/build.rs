//! Checks the events of the domain against their published schemas, and embeds the schemas.

use std::fmt::Write;
use std::{env, error::Error, fs, path::Path};

use shop_domain as _;

fn main() -> Result<(), Box<dyn Error>> {
    es_schema::build(Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("domain/schemas"));
    embed(Path::new(&env::var("OUT_DIR")?))
}

/// Writes a table of the generated documents, sorted: `(event, version, document)`.
fn embed(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(out.join("schemas"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if let Some((event, version)) = name.rsplit_once(".v") {
            documents.push((event.to_owned(), version.parse::<u32>()?, path.clone()));
        }
    }
    documents.sort();
    let mut table = "&[\n".to_owned();
    for (event, version, path) in documents {
        writeln!(table, "    ({event:?}, {version}, include_str!({path:?})),")?;
    }
    table.push_str("]\n");
    Ok(fs::write(out.join("schemas.rs"), table)?)
}
