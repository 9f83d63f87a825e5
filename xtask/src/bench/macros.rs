//! What the macros cost: `cargo check` of 300 events of five fields, beside the same structs with
//! serde's derives alone, in one run, taking turns.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::step::{Failure, cargo};

const EVENTS: usize = 300;
const AN_ENUM: usize = 10;
const ROUNDS: usize = 5;

/// The same events, written three ways.
#[derive(Clone, Copy)]
enum Way {
    Serde,
    Events,
    PastVersions,
}

impl Way {
    const ALL: [Self; 3] = [Self::Serde, Self::Events, Self::PastVersions];

    fn name(self) -> &'static str {
        match self {
            Self::Serde => "serde",
            Self::Events => "events",
            Self::PastVersions => "past_versions",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Serde => "serde's derives alone",
            Self::Events => "derive(Event), schemas included",
            Self::PastVersions => "derive(Event), each with three past versions",
        }
    }
}

pub(super) fn price() -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/es-macros");
    for way in Way::ALL {
        write_crate(&folder.join(way.name()), way)?;
        // The dependencies, and room for what is measured.
        check(&folder.join(way.name()))?;
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (way, times) in Way::ALL.into_iter().zip(&mut times) {
            times.push(check(&folder.join(way.name()))?);
        }
    }
    let mut medians = Vec::new();
    for (way, times) in Way::ALL.into_iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
        let lines = expanded_lines(&folder.join(way.name()))?;
        let floor = medians.first().copied().unwrap_or(median);
        println!(
            "{EVENTS} events of five fields, {}: {median:.2} s of cargo check (median of {ROUNDS}) = {:.2} of serde alone{}; {} lines an event when expanded",
            way.told(),
            median / floor,
            if matches!(way, Way::Events) {
                " (at most 1.5)"
            } else {
                ""
            },
            lines / EVENTS,
        );
        medians.push(median);
    }
    Ok(())
}

/// A crate of its own, with the lock file of the workspace.
fn write_crate(folder: &Path, way: Way) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    std::fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nes-core = {{ path = {:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\n[workspace]\n",
        way.name(),
        root.join("es-core"),
    );
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    std::fs::write(folder.join("src/lib.rs"), source(way))?;
    Ok(())
}

fn source(way: Way) -> String {
    let mut text = String::from("#![allow(unused_imports)]\nuse es_core::prelude::*;\n\n");
    let fields = [
        ("owner", "String"),
        ("amount", "u64"),
        ("note", "Option<String>"),
        ("tags", "Vec<String>"),
        ("closed", "bool"),
    ];
    for first in (0..EVENTS).step_by(AN_ENUM) {
        if !matches!(way, Way::Serde) {
            let _ = write!(
                text,
                "#[derive(Event, Clone, Debug, PartialEq)]\n#[event(prefix = \"c{first}\")]\npub enum Catalogue{first} {{\n"
            );
        }
        for number in first..first + AN_ENUM {
            let steps = match way {
                Way::PastVersions => {
                    "    #[event(version = 4)]\n    #[upcast(1 => 2, rename(holder => owner))]\n    #[upcast(2 => 3, retype(amount: u32 => u64::from(amount)))]\n    #[upcast(3 => 4, add(closed: bool = false))]\n"
                }
                Way::Serde => {
                    "#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]\npub struct "
                }
                Way::Events => "",
            };
            let visibility = if matches!(way, Way::Serde) {
                "pub "
            } else {
                ""
            };
            let _ = write!(text, "{steps}Event{number} {{ ");
            for (name, ty) in fields {
                let _ = write!(text, "{visibility}{name}: {ty}, ");
            }
            text.push_str(if matches!(way, Way::Serde) {
                "}\n"
            } else {
                "},\n"
            });
        }
        if !matches!(way, Way::Serde) {
            text.push_str("}\n\n");
        }
    }
    text
}

fn command(folder: &Path) -> Command {
    let mut command = cargo();
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("../target"))
        .env("CARGO_INCREMENTAL", "0")
        .arg("--quiet");
    command
}

/// Seconds of `cargo check` of the crate alone.
fn check(folder: &Path) -> Result<f64, Failure> {
    let file = folder.join("src/lib.rs");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text)?;
    let start = Instant::now();
    let status = command(folder).args(["check", "--offline"]).status()?;
    if !status.success() {
        return Err(format!("cargo check of {} failed", folder.display()).into());
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Lines of the crate with all macros expanded.
fn expanded_lines(folder: &Path) -> Result<usize, Failure> {
    let output = command(folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["rustc", "--offline", "--", "-Zunpretty=expanded"])
        .output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the expansion of {} failed:\n{text}", folder.display()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().count())
}
