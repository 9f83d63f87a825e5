//! What is published: the files as git has them at a revision.

use crate::{document::Document, error::SchemaError, file_name};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Output},
};

/// The documents at the base; `None` where git cannot say: then all on disk count as published.
pub(crate) type Base = Option<BTreeMap<(String, u32), Document>>;

/// The documents of the directory at a revision; `HEAD` unless one is named. Of those that are the
/// same on disk, `disk` has the contents.
pub(crate) fn base(
    directory: &Path,
    revision: Option<&str>,
    disk: &BTreeMap<(String, u32), Document>,
) -> Result<Base, SchemaError> {
    let base = revision.unwrap_or("HEAD");
    let failed = |message: String| SchemaError::Git {
        base: base.to_owned(),
        message,
    };
    let Some((parent, folder)) = place(directory) else {
        return match revision {
            Some(_) => Err(failed(
                "the directory is in no folder that exists".to_owned(),
            )),
            None => Ok(None),
        };
    };
    let git = |args: &[&str]| run(&parent, args);
    match git(&["rev-parse", "--is-inside-work-tree"]) {
        Ok(output) if output.status.success() => {}
        Ok(output) if revision.is_some() => return Err(failed(message(&output))),
        Err(error) if revision.is_some() => return Err(failed(error.to_string())),
        // No git, or no repository.
        Ok(_) | Err(_) => return Ok(None),
    }
    let commit = format!("{base}^{{commit}}");
    let resolved = git(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ]);
    let commit = match resolved {
        Ok(output) if output.status.success() => text(&output).trim().to_owned(),
        Ok(_) if revision.is_some() => return Err(failed("no such revision".to_owned())),
        Err(error) => return Err(failed(error.to_string())),
        // A repository without a commit: nothing is published.
        Ok(_) => return Ok(Some(BTreeMap::new())),
    };
    let names = |args: &[&str]| -> Result<BTreeSet<String>, SchemaError> {
        match git(args) {
            Ok(output) if output.status.success() => Ok(text(&output)
                .split('\0')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()),
            Ok(output) => Err(failed(message(&output))),
            Err(error) => Err(failed(error.to_string())),
        }
    };
    let inside = format!("{folder}/");
    let committed = names(&["ls-tree", "-z", "--name-only", &commit, "--", &inside])?;
    let differs = names(&[
        "diff",
        "--name-only",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--relative",
        &commit,
        "--",
        &inside,
    ])?;
    let mut documents = BTreeMap::new();
    for name in committed {
        let file = name.strip_prefix(&inside).unwrap_or(&name);
        let Some(key) = file_name::parse_document(file) else {
            continue;
        };
        let document = match disk.get(&key) {
            Some(same) if !differs.contains(&name) => same.clone(),
            _ => {
                let object = format!("{commit}:./{name}");
                let output = git(&["show", &object]).map_err(|error| failed(error.to_string()))?;
                if !output.status.success() {
                    return Err(failed(message(&output)));
                }
                Document::parse(&directory.join(file), &text(&output))
                    .map_err(|error| failed(error.to_string()))?
            }
        };
        documents.insert(key, document);
    }
    Ok(Some(documents))
}

/// A file of the directory as it is at a revision, `HEAD` unless one is named; `None` if it is not there.
pub(crate) fn file(directory: &Path, revision: Option<&str>, name: &str) -> Option<String> {
    let (parent, folder) = place(directory)?;
    let object = format!("{}:./{folder}/{name}", revision.unwrap_or("HEAD"));
    let output = run(&parent, &["show", "--end-of-options", &object]).ok()?;
    output.status.success().then(|| text(&output))
}

/// The folder that holds the directory, and the directory's name in it.
fn place(directory: &Path) -> Option<(std::path::PathBuf, String)> {
    let absolute = std::path::absolute(directory).ok()?;
    let parent = absolute.parent().filter(|parent| parent.is_dir())?;
    let folder = absolute.file_name()?.to_str()?;
    Some((parent.to_owned(), folder.to_owned()))
}

fn run(folder: &Path, args: &[&str]) -> std::io::Result<Output> {
    Command::new("git")
        .current_dir(folder)
        // Set in hooks, relative to another folder.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .args(args)
        .output()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
