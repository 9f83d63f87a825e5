//! Finds the packages that are meant, as cargo would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cargo_metadata::{Dependency, DependencyKind, Metadata, Target, TargetKind};

use super::Error;

/// Which packages of a workspace are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The one whose folder this is; at the root of a workspace that is no package itself, all of
    /// its packages that depend on es-core.
    Here,
    /// Those with these names.
    Named(Vec<String>),
    /// All that depend on es-core.
    Workspace,
}

/// A package whose code can declare events: es-core is among its dependencies.
#[derive(Clone, Debug)]
pub struct Package {
    pub(super) workspace: Arc<Metadata>,
    pub(super) package: cargo_metadata::Package,
    pub(super) es_core: Dependency,
}

/// What of a package is linked to learn its events.
#[derive(Clone, Debug)]
pub(super) enum Linked {
    /// Its library, as it is.
    Library,
    /// These targets, each compiled as a library.
    Shadows(Vec<Target>),
}

impl Package {
    /// The packages meant by a selection, seen from a manifest, or else from the current folder.
    ///
    /// # Errors
    /// There is no manifest, cargo cannot read it, or what it describes has no es-core.
    pub fn find(manifest: Option<&Path>, selection: &Selection) -> Result<Vec<Self>, Error> {
        let manifest = match manifest {
            Some(manifest) => std::path::absolute(manifest).map_err(|source| Error::Io {
                what: "find",
                file: manifest.to_owned(),
                source,
            })?,
            None => nearest_manifest()?,
        };
        let workspace = Arc::new(metadata(&manifest)?);
        match selection {
            Selection::Named(names) => names
                .iter()
                .map(|name| named(&workspace, name))
                .collect::<Result<_, _>>(),
            Selection::Workspace => all(&workspace),
            Selection::Here => {
                let here = workspace
                    .workspace_packages()
                    .into_iter()
                    .find(|package| same(package.manifest_path.as_std_path(), &manifest));
                match here {
                    Some(package) => Ok(vec![Self::of(&workspace, package)?]),
                    None => all(&workspace),
                }
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.package.name.as_str()
    }

    /// Its folder: `schemas` lies there.
    pub fn folder(&self) -> &Path {
        let manifest = self.package.manifest_path.as_std_path();
        manifest.parent().unwrap_or(manifest)
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Path {
        self.package.manifest_path.as_std_path()
    }

    fn of(workspace: &Arc<Metadata>, package: &cargo_metadata::Package) -> Result<Self, Error> {
        let es_core = es_core_of(package).ok_or_else(|| Error::NoEsCore {
            package: package.name.to_string(),
            manifest: package.manifest_path.clone().into(),
        })?;
        Ok(Self {
            workspace: Arc::clone(workspace),
            package: package.clone(),
            es_core: es_core.clone(),
        })
    }

    /// What of it can be linked.
    pub(super) fn linked(&self) -> Result<Linked, Error> {
        let targets = &self.package.targets;
        let of_kind = |kinds: &[TargetKind]| -> Vec<Target> {
            let is = |target: &&Target| target.kind.iter().any(|kind| kinds.contains(kind));
            targets.iter().filter(is).cloned().collect()
        };
        if !of_kind(&[TargetKind::ProcMacro]).is_empty() {
            return Err(Error::ProcMacro(self.name().to_owned()));
        }
        if !of_kind(&[TargetKind::Lib, TargetKind::RLib, TargetKind::DyLib]).is_empty() {
            return Ok(Linked::Library);
        }
        for kinds in [
            &[TargetKind::CDyLib, TargetKind::StaticLib][..],
            &[TargetKind::Bin],
        ] {
            let found = of_kind(kinds);
            if !found.is_empty() {
                return Ok(Linked::Shadows(found));
            }
        }
        Err(Error::NoTarget {
            package: self.name().to_owned(),
            manifest: self.manifest().to_owned(),
        })
    }
}

fn named(workspace: &Arc<Metadata>, name: &str) -> Result<Package, Error> {
    let members = workspace.workspace_packages();
    match members.iter().find(|package| package.name.as_str() == name) {
        Some(package) => Package::of(workspace, package),
        None => Err(Error::NoSuchPackage {
            name: name.to_owned(),
            root: workspace.workspace_root.clone().into(),
            known: members.iter().map(|it| it.name.to_string()).collect(),
        }),
    }
}

fn all(workspace: &Arc<Metadata>) -> Result<Vec<Package>, Error> {
    let packages: Vec<Package> = workspace
        .workspace_packages()
        .into_iter()
        .filter_map(|package| Package::of(workspace, package).ok())
        .collect();
    if packages.is_empty() {
        return Err(Error::NoDomain(workspace.workspace_root.clone().into()));
    }
    Ok(packages)
}

/// The dependency on es-core of a package's own code; that of its tests does not count.
fn es_core_of(package: &cargo_metadata::Package) -> Option<&Dependency> {
    let counts = |it: &&Dependency| it.name == "es-core" && it.kind == DependencyKind::Normal;
    package.dependencies.iter().find(counts)
}

/// Packages and targets alone: that needs no dependency to be resolved or downloaded.
///
/// Read with `cargo_metadata`, whose types follow what cargo adds over the years.
fn metadata(manifest: &Path) -> Result<Metadata, Error> {
    let failed = |stderr: String| Error::Metadata {
        manifest: manifest.to_owned(),
        stderr,
    };
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .arg("--manifest-path")
        .arg(manifest)
        .current_dir(manifest.parent().unwrap_or(manifest))
        .output()
        .map_err(no_cargo)?;
    if !output.status.success() {
        return Err(failed(text(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}

/// The cargo that runs this, or else the one that is found.
pub(super) fn cargo() -> Command {
    Command::new(cargo_path())
}

fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

pub(super) fn no_cargo(source: std::io::Error) -> Error {
    Error::NoCargo {
        cargo: cargo_path(),
        source,
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn nearest_manifest() -> Result<PathBuf, Error> {
    let here = std::env::current_dir().map_err(|source| Error::Io {
        what: "find",
        file: ".".into(),
        source,
    })?;
    here.ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
        .ok_or(Error::NoManifest(here))
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
