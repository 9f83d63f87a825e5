//! Writes the workspace of a harness: its manifest and `main.rs`, and the shadow of a package that
//! has no library.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use cargo_metadata::{Target, TargetKind};
use toml::{Table, Value};

use super::carried::{Carried, set_apart};
use super::dependency::{es_core, sections, within};
use super::package::{Linked, Package};
use super::{Error, Features, files};

const MAIN: &str = "\
//! Written by `cargo es`: links a package and tells what its events are, or its map.
use domain as _;

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(\"model\") {
        println!(\"{}\", es_core::EventModel::discovered().to_json());
        return Ok(());
    }
    es_core::schema::tell()
}
";

/// A harness that lies ready to be built.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Its manifest.
    pub(super) manifest: PathBuf,
    /// The name of its package and binary.
    pub(super) name: String,
    /// The binary of the user's that it links, if not the library.
    pub(super) binary: Option<String>,
}

/// Writes the harnesses of a package: one for its library, or one for each binary.
pub(super) fn write(package: &Package, features: &Features) -> Result<Vec<Layout>, Error> {
    let root = package.workspace.workspace_root.as_std_path();
    let carried = Carried::read(root)?;
    let key = key(package);
    let folder = package
        .workspace
        .target_directory
        .as_std_path()
        .join("es")
        .join(&key);
    match package.linked()? {
        Linked::Library => {
            let domain = path_dependency(package.folder(), package, features);
            write_one(package, &carried, &folder, &key, domain, None).map(|it| vec![it])
        }
        Linked::Shadows(targets) => targets
            .iter()
            .map(|target| {
                let key = format!("{key}-{}", target.name);
                let folder = folder.join(&target.name);
                // The folder's name keeps the shadows of two packages apart in a shared target folder.
                let shadow = folder.join(&key);
                write_shadow(package, target, &shadow)?;
                let mut features = features.clone();
                features.named.extend(target.required_features.clone());
                let domain = path_dependency(&shadow, package, &features);
                write_one(package, &carried, &folder, &key, domain, Some(target))
            })
            .collect(),
    }
}

/// A name for the package's harness: unique in the target folder, which packages of several
/// workspaces may share if it lies outside.
fn key(package: &Package) -> String {
    let workspace = &package.workspace;
    if workspace
        .target_directory
        .starts_with(&workspace.workspace_root)
    {
        return package.name().to_owned();
    }
    let mut hasher = DefaultHasher::new();
    package.manifest().hash(&mut hasher);
    format!("{}-{:08x}", package.name(), hasher.finish() as u32)
}

fn write_one(
    package: &Package,
    carried: &Carried,
    folder: &Path,
    key: &str,
    domain: Table,
    binary: Option<&Target>,
) -> Result<Layout, Error> {
    let name = format!("es-harness-{key}");
    let mut manifest = carried.manifest.clone();
    within(&mut manifest, &["workspace"], |_| {});
    within(&mut manifest, &["package"], |own| {
        own.insert("name".to_owned(), name.as_str().into());
        own.insert("version".to_owned(), "0.0.0".into());
        own.insert("edition".to_owned(), "2024".into());
        own.insert("publish".to_owned(), false.into());
    });
    let mut bin = Table::new();
    bin.insert("name".to_owned(), name.as_str().into());
    bin.insert("path".to_owned(), "main.rs".into());
    manifest.insert("bin".to_owned(), vec![bin].into());
    within(&mut manifest, &["dependencies"], |dependencies| {
        dependencies.insert("domain".to_owned(), domain.into());
        dependencies.insert("es_core".to_owned(), es_core(package).into());
    });
    let domains = carried.local_domains.iter().map(String::as_str);
    set_apart(&mut manifest, domains.chain([package.name()]));

    let file = folder.join("Cargo.toml");
    files::write(&file, &manifest.to_string())?;
    files::write(&folder.join("main.rs"), MAIN)?;
    if let Some(lock) = &carried.lock {
        carry_lock(folder, lock)?;
    }
    Ok(Layout {
        manifest: file,
        name,
        binary: binary.map(|target| target.name.clone()),
    })
}

/// Copies the lock file when it has changed since it was last copied: cargo adds the harness to the
/// copy and drops what the harness has no use for.
fn carry_lock(folder: &Path, lock: &str) -> Result<(), Error> {
    let (ours, as_copied) = (folder.join("Cargo.lock"), folder.join("Cargo.lock.carried"));
    if ours.exists() && files::read(&as_copied)?.as_deref() == Some(lock) {
        return Ok(());
    }
    files::write(&ours, lock)?;
    files::write(&as_copied, lock)
}

fn path_dependency(folder: &Path, package: &Package, features: &Features) -> Table {
    let mut table = Table::new();
    table.insert("package".to_owned(), package.name().into());
    table.insert("path".to_owned(), folder.display().to_string().into());
    table.insert("default-features".to_owned(), (!features.no_default).into());
    let wanted = features.of(package.name(), &package.package.features);
    if !wanted.is_empty() {
        table.insert("features".to_owned(), wanted.into());
    }
    table
}

/// Writes a package that has one of the user's binaries as its library, and is otherwise as theirs.
fn write_shadow(package: &Package, target: &Target, folder: &Path) -> Result<(), Error> {
    let theirs = &package.package;
    let mut manifest = sections(&theirs.dependencies);
    let mut own = Table::new();
    let mut put = |key: &str, value: Value| own.insert(key.to_owned(), value);
    put("name", theirs.name.to_string().into());
    put("version", theirs.version.to_string().into());
    put("edition", target.edition.as_str().into());
    put("publish", false.into());
    put("authors", theirs.authors.clone().into());
    for (key, value) in [
        ("description", &theirs.description),
        ("license", &theirs.license),
        ("repository", &theirs.repository),
        ("homepage", &theirs.homepage),
        ("links", &theirs.links),
    ] {
        if let Some(value) = value {
            put(key, value.as_str().into());
        }
    }
    if let Some(version) = &theirs.rust_version {
        put("rust-version", version.to_string().into());
    }
    for key in ["autobins", "autoexamples", "autotests", "autobenches"] {
        put(key, false.into());
    }
    let script = theirs
        .targets
        .iter()
        .find(|target| target.kind.contains(&TargetKind::CustomBuild));
    match script {
        Some(script) => put("build", script.src_path.as_str().into()),
        None => put("build", false.into()),
    };
    manifest.insert("package".to_owned(), own.into());
    within(&mut manifest, &["lib"], |library| {
        library.insert("name".to_owned(), target.name.replace('-', "_").into());
        library.insert("path".to_owned(), target.src_path.as_str().into());
    });
    within(&mut manifest, &["features"], |features| {
        for (name, enables) in &theirs.features {
            features.insert(name.clone(), enables.clone().into());
        }
    });
    files::write(&folder.join("Cargo.toml"), &manifest.to_string())?;
    link_contents(package.folder(), folder)
}

/// Shows in a folder what the package's folder holds: macros and build scripts read files relative
/// to the manifest. Where the system has no symbolic links, they do not find them.
fn link_contents(from: &Path, to: &Path) -> Result<(), Error> {
    let entries = std::fs::read_dir(from).map_err(|source| files::failed("read", from, source))?;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let skipped = ["Cargo.toml", "Cargo.lock", "target", ".git", ".cargo"];
        let link = to.join(&name);
        if skipped.iter().any(|it| *it == name) || link.symlink_metadata().is_ok() {
            continue;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(entry.path(), &link)
            .map_err(|source| files::failed("link", &link, source))?;
        #[cfg(windows)]
        let _ = match entry.path().is_dir() {
            true => std::os::windows::fs::symlink_dir(entry.path(), &link),
            false => std::os::windows::fs::symlink_file(entry.path(), &link),
        };
    }
    Ok(())
}
