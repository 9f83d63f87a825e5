//! Builds a harness with cargo, and runs it.

use std::io::{BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
use es_core::EventModel;
use es_core::schema::{Declaration, PROTOCOL, StoredPayload};

use super::layout::Layout;
use super::package::{Package, cargo, no_cargo, text};
use super::{Error, files, stand_in};

/// A harness that is built.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    folder: PathBuf,
    binary: Option<String>,
}

/// Builds a harness, offline.
pub(super) fn build(package: &Package, layout: &Layout) -> Result<Program, Error> {
    let mut child = command(package, layout).spawn().map_err(no_cargo)?;
    let stderr = child.stderr.take();
    // Read aside: a full pipe would stop cargo.
    let stderr = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stderr) = stderr {
            // What was read until then is as much as there is to show.
            let _ = stderr.read_to_end(&mut bytes);
        }
        text(&bytes)
    });
    let mut seen = Seen::default();
    if let Some(stdout) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            let message =
                message.map_err(|error| files::failed("run", Path::new("cargo"), error))?;
            seen.take(message, layout);
        }
    }
    let status = child
        .wait()
        .map_err(|error| files::failed("run", Path::new("cargo"), error))?;
    let stderr = stderr.join().unwrap_or_default();
    match seen.executable {
        Some(path) if status.success() => Ok(Program {
            path,
            folder: package.folder().to_owned(),
            binary: layout.binary.clone(),
        }),
        _ => Err(why(package, layout, &seen, stderr)),
    }
}

fn command(package: &Package, layout: &Layout) -> Command {
    let workspace = &package.workspace;
    let mut command = cargo();
    let rendered = match std::io::stderr().is_terminal() {
        true => "--message-format=json-diagnostic-rendered-ansi",
        false => "--message-format=json",
    };
    command
        .args(["build", "--quiet", "--offline", rendered])
        .arg("--manifest-path")
        .arg(&layout.manifest)
        .arg("--target-dir")
        .arg(&workspace.target_directory)
        // Where cargo looks for its configuration and rustup for the toolchain.
        .current_dir(package.folder())
        .env("ES_SCHEMA_LOCK", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(binary) = &layout.binary {
        stand_in::arrange(&mut command, package.folder(), binary);
    }
    if let Some(folder) = &workspace.build_directory
        && *folder != workspace.target_directory
    {
        command.env("CARGO_BUILD_BUILD_DIR", folder);
    }
    command
}

/// What cargo has said so far.
#[derive(Default)]
struct Seen {
    executable: Option<PathBuf>,
    /// Whether code in front of the harness does not compile.
    broken: bool,
    /// Whether the harness itself does not.
    harness_broken: bool,
}

impl Seen {
    fn take(&mut self, message: Message, layout: &Layout) {
        match message {
            Message::CompilerArtifact(artifact) => {
                let is_harness = artifact.target.name == layout.name;
                if is_harness {
                    self.executable = artifact.executable.map(Into::into);
                } else if !artifact.fresh {
                    show(&format!("    Compiled {}", artifact.target.name));
                }
            }
            Message::CompilerMessage(it)
                if matches!(
                    it.message.level,
                    DiagnosticLevel::Error | DiagnosticLevel::Ice
                ) =>
            {
                if it.target.name == layout.name {
                    self.harness_broken = true;
                } else {
                    self.broken = true;
                    show(
                        it.message
                            .rendered
                            .as_deref()
                            .unwrap_or(&it.message.message),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Prints to the standard error output; that nobody reads it is no reason to stop.
fn show(rendered: &str) {
    let _ = writeln!(std::io::stderr(), "{}", rendered.trim_end());
}

fn why(package: &Package, layout: &Layout, seen: &Seen, stderr: String) -> Error {
    let package = package.name().to_owned();
    if seen.broken {
        show("");
        Error::DoesNotCompile { package }
    } else if seen.harness_broken {
        Error::OtherEsCore { package }
    } else if stderr.contains("--offline") {
        Error::Offline {
            package,
            manifest: layout.manifest.clone(),
            stderr,
        }
    } else {
        Error::Cargo { package, stderr }
    }
}

impl Program {
    /// The binary that it links, or the harness's own name.
    pub(super) fn binary(&self) -> String {
        let named = self.binary.clone();
        named.unwrap_or_else(|| self.path.display().to_string())
    }

    /// Has the code read payloads and tell its events.
    pub(super) fn run(
        &self,
        package: &str,
        payloads: &[StoredPayload],
    ) -> Result<Declaration, Error> {
        let payloads = serde_json::to_vec(payloads)
            .map_err(|error| files::failed("run", &self.path, error.into()))?;
        read(package, &self.ask(package, &[], payloads)?)
    }

    /// Has the code tell its map.
    pub(super) fn model(&self, package: &str) -> Result<EventModel, Error> {
        let told = self.ask(package, &["model"], Vec::new())?;
        serde_json::from_slice(&told).map_err(|source| Error::Unreadable {
            package: package.to_owned(),
            source,
        })
    }

    /// What the program prints, given these arguments and this input.
    fn ask(&self, package: &str, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, Error> {
        let failed = |source| files::failed("run", &self.path, source);
        let mut child = Command::new(&self.path)
            .args(arguments)
            .current_dir(&self.folder)
            .env("ES_SCHEMA_LOCK", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stdin = child.stdin.take();
        // Written aside: the code may print before it has read all.
        let writer = std::thread::spawn(move || {
            if let Some(mut stdin) = stdin {
                // If the code has ended, its status tells more than the broken pipe.
                let _ = stdin.write_all(&input);
            }
        });
        let output = child.wait_with_output().map_err(failed)?;
        let _ = writer.join();
        if !output.status.success() {
            return Err(Error::Ended {
                package: package.to_owned(),
                status: output.status,
                stderr: text(&output.stderr),
            });
        }
        Ok(output.stdout)
    }
}

/// Reads a declaration; one of another form is told by its number.
fn read(package: &str, told: &[u8]) -> Result<Declaration, Error> {
    let unreadable = |source| Error::Unreadable {
        package: package.to_owned(),
        source,
    };
    let form: serde_json::Value = serde_json::from_slice(told).map_err(unreadable)?;
    match form.get("protocol").and_then(serde_json::Value::as_u64) {
        Some(theirs) if theirs != u64::from(PROTOCOL) => Err(Error::Protocol {
            package: package.to_owned(),
            theirs,
        }),
        // From the bytes again: a `Value` does not hold every payload's digits.
        _ => serde_json::from_slice(told).map_err(unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_form_is_told_from_nonsense() {
        let later = read("shop", br#"{"protocol":2,"what":[]}"#).unwrap_err();
        assert!(
            matches!(later, Error::Protocol { theirs: 2, .. }),
            "{later}"
        );
        let nonsense = read("shop", b"hello").unwrap_err();
        assert!(matches!(nonsense, Error::Unreadable { .. }), "{nonsense}");
    }
}
