//! Checks the events of the domain against their published schemas, and embeds the schemas.

use std::fmt::Write;
use std::{env, error::Error, fs, path::Path};

use shop_domain as _;

fn main() -> Result<(), Box<dyn Error>> {
    let published = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("domain/schemas");
    es_schema::build(&published);
    embed(&published, Path::new(&env::var("OUT_DIR")?))
}

/// Writes a table of the documents, sorted: `(event, version, document)`. A version that is not
/// published yet is there as it was generated.
fn embed(published: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(out.join("schemas"))? {
        let generated = entry?.path();
        let file = published.join(generated.file_name().unwrap_or_default());
        let name = generated.file_stem().unwrap_or_default().to_string_lossy();
        if let Some((event, version)) = name.rsplit_once(".v") {
            let path = if file.exists() {
                file
            } else {
                generated.clone()
            };
            documents.push((event.to_owned(), version.parse::<u32>()?, path));
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
