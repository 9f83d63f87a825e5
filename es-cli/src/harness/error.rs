//! What can keep a package from telling what its events are, with what to do about it.

use std::path::PathBuf;

use es_core::schema::PROTOCOL;

/// Why there is no declaration. Each says the package or file, and the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither the folder nor one above it holds a `Cargo.toml`.
    #[error(
        "there is no `Cargo.toml` in `{}` or above it: run this in a Cargo package, or name one with `--manifest-path`",
        .0.display()
    )]
    NoManifest(PathBuf),
    /// There is no cargo to run.
    #[error("cannot run `{}`: {source}; install Rust (https://rustup.rs), or set `CARGO`", .cargo.display())]
    NoCargo {
        /// The program that was tried.
        cargo: PathBuf,
        /// Why it did not start.
        source: std::io::Error,
    },
    /// Cargo does not understand the manifest.
    #[error("cargo cannot read `{}`:\n{stderr}", .manifest.display())]
    Metadata {
        /// The manifest.
        manifest: PathBuf,
        /// What cargo says.
        stderr: String,
    },
    /// `-p` names a package that the workspace does not have.
    #[error("there is no package `{name}` in the workspace `{}`; it has {}", .root.display(), list(.known))]
    NoSuchPackage {
        /// The name.
        name: String,
        /// The workspace's folder.
        root: PathBuf,
        /// The packages there are.
        known: Vec<String>,
    },
    /// No package of the workspace can declare events.
    #[error(
        "no package of the workspace `{}` has `es-core` among its dependencies: add it to the one that declares the events (`cargo add -p PACKAGE es-core`)",
        .0.display()
    )]
    NoDomain(PathBuf),
    /// The package cannot declare events.
    #[error(
        "`es-core` is not among the dependencies of `{package}` (`{}`): run this in the package that declares the events, or add it with `cargo add es-core`",
        .manifest.display()
    )]
    NoEsCore {
        /// The package.
        package: String,
        /// Its manifest.
        manifest: PathBuf,
    },
    /// Events in a procedural macro cannot be reached.
    #[error("`{0}` is a procedural macro, which cannot be linked: declare its events in a library")]
    ProcMacro(String),
    /// There is nothing to link.
    #[error("`{package}` (`{}`) has neither a library nor a binary: declare its events in `src/lib.rs`", .manifest.display())]
    NoTarget {
        /// The package.
        package: String,
        /// Its manifest.
        manifest: PathBuf,
    },
    /// A manifest or lock file is not what cargo lets pass.
    #[error("cannot read `{}`: {source}", .file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: toml::de::Error,
    },
    /// A file or process would not be read or written.
    #[error("cannot {what} `{}`: {source}", .file.display())]
    Io {
        /// What was done: read, write, …
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Something that the harness needs has not been downloaded.
    #[error(
        "`{package}` cannot be built offline: run `cargo fetch --manifest-path {}` once and try again\n\n{stderr}",
        .manifest.display()
    )]
    Offline {
        /// The package.
        package: String,
        /// The manifest of the harness.
        manifest: PathBuf,
        /// What cargo says.
        stderr: String,
    },
    /// The package's code, or that of a dependency, does not compile.
    #[error("`{package}` does not compile, so its events are not known: mend the errors above")]
    DoesNotCompile {
        /// The package.
        package: String,
    },
    /// The package compiles and the harness does not.
    #[error(
        "the `es-core` of `{package}` does not go with this cargo-es {}: use the same version of both",
        env!("CARGO_PKG_VERSION")
    )]
    OtherEsCore {
        /// The package.
        package: String,
    },
    /// Cargo fails, and not for the code's sake.
    #[error("cargo cannot build `{package}`:\n{stderr}")]
    Cargo {
        /// The package.
        package: String,
        /// What cargo says.
        stderr: String,
    },
    /// The code started and did not come to the end.
    #[error("the code of `{package}` could not tell its events: it ended with {status}\n{stderr}")]
    Ended {
        /// The package.
        package: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// The code speaks another form of declarations.
    #[error(
        "the `es-core` of `{package}` tells its events in form {theirs}, this cargo-es {} reads form {PROTOCOL}: use the same version of both",
        env!("CARGO_PKG_VERSION")
    )]
    Protocol {
        /// The package.
        package: String,
        /// The form it speaks.
        theirs: u64,
    },
    /// The code printed something else than a declaration.
    #[error(
        "what the code of `{package}` printed tells neither events nor a map ({source}): nothing else may print before `main`, and its `es-core` must have the version of this cargo-es, {}",
        env!("CARGO_PKG_VERSION")
    )]
    Unreadable {
        /// The package.
        package: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Two binaries of a package declare something differently.
    #[error(
        "the binaries `{}` and `{}` of `{package}` declare the {what} differently: declare it once, in `src/lib.rs`",
        .binaries[0], .binaries[1]
    )]
    Differs {
        /// The package.
        package: String,
        /// What it is, and its name.
        what: String,
        /// The two binaries.
        binaries: [String; 2],
    },
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
