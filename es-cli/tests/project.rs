//! A package in a folder of its own, outside this workspace.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What is read of `ES_SCHEMA_LOCK` by the code that the macros write.
pub const TRACKED: &str = "const _: Option<&str> = option_env!(\"ES_SCHEMA_LOCK\");\n";

/// An event, and what the macros track.
pub const EVENT: &str = "use es_core::prelude::*;
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = \"account\")]
pub enum AccountEvent { Opened { owner: String } }
const _: Option<&str> = option_env!(\"ES_SCHEMA_LOCK\");
";

pub struct Project {
    folder: TempDir,
}

pub fn es_core_path() -> String {
    crate_path("es-core")
}

/// The folder of a crate of this workspace.
pub fn crate_path(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// The usual manifest, with more lines after the dependencies.
pub fn manifest(name: &str, more: &str) -> String {
    let es_core = es_core_path();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.3.1\"\nedition = \"2024\"\n\
         [dependencies]\nes-core = {{ path = \"{es_core}\" }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n{more}\n"
    )
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, project.path("Cargo.lock")).unwrap();
        for (file, text) in files {
            project.write(file, text);
        }
        project
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let file = self.path(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A target folder for all projects, so that dependencies are built once.
    pub fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects")
    }

    fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(folder))
            .env("CARGO_TARGET_DIR", Self::target())
            .env_remove("ES_SCHEMA_LOCK");
        command
    }

    /// `cargo es …` in a folder of the project.
    pub fn es_in(&self, folder: &str, arguments: &[&str]) -> Answer {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-es"), folder);
        Answer::of(command.arg("es").args(arguments).output().unwrap())
    }

    pub fn es(&self, arguments: &[&str]) -> Answer {
        self.es_in("", arguments)
    }

    /// The user's own cargo, chatty.
    pub fn cargo(&self, folder: &str, subcommand: &str) -> Answer {
        let mut command = self.command(env!("CARGO"), folder);
        let output = command.args([subcommand, "-v", "--offline"]).output();
        Answer::of(output.unwrap())
    }

    /// `cargo check`, without cargo's own chatter.
    pub fn check(&self, lock: Option<&str>) -> Answer {
        let mut command = self.command(env!("CARGO"), "");
        command.args(["check", "--quiet", "--offline"]);
        command.envs(lock.map(|lock| ("ES_SCHEMA_LOCK", lock)));
        Answer::of(command.output().unwrap())
    }

    pub fn git(&self, arguments: &[&str]) {
        let mut command = self.command("git", "");
        command.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE");
        let me = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
        let answer = Answer::of(command.args(me).args(arguments).output().unwrap());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }

    /// All that is there, as a commit.
    pub fn commit(&self) {
        self.git(&["init", "--quiet"]);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Publish"]);
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.path(file)).unwrap();
    }
}

pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the compiler calls an error, each with `file:line:column`.
    pub fn errors(&self) -> Vec<(&str, &str)> {
        let mut lines = self.stderr.lines();
        let mut errors = Vec::new();
        while let Some(line) = lines.next() {
            if line.starts_with("error") && !line.starts_with("error: could not compile") {
                let place = lines.find_map(|line| line.trim_start().strip_prefix("--> "));
                errors.push((line, place.unwrap_or_default()));
            }
        }
        errors
    }

    /// The names of the events told.
    #[track_caller]
    pub fn events(&self) -> Vec<String> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        let told: es_core::schema::Declaration = serde_json::from_str(&self.stdout).unwrap();
        told.events.into_iter().map(|event| event.name).collect()
    }

    /// The crates that `cargo es` had to compile.
    pub fn compiled(&self) -> Vec<&str> {
        let lines = self.stderr.lines();
        lines
            .filter_map(|line| line.trim().strip_prefix("Compiled "))
            .collect()
    }

    /// The packages that the user's cargo found stale or new.
    #[track_caller]
    pub fn not_fresh(&self) -> Vec<&str> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        let lines = self.stderr.lines().map(str::trim);
        let built = |line: &&str| {
            ["Compiling ", "Checking ", "Dirty "]
                .iter()
                .any(|it| line.starts_with(it))
        };
        lines.filter(built).collect()
    }
}
