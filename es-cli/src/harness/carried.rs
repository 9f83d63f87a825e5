//! What the harness takes over from the workspace it looks into: patches, profiles, resolver, lock.

use std::path::Path;

use toml::{Table, Value};

use super::Error;
use super::dependency::within;
use super::files;

/// What a workspace's root manifest and lock file say that concerns the harness.
pub(super) struct Carried {
    /// `resolver`, `[patch]`, `[replace]` and `[profile]`; paths absolute.
    pub(super) manifest: Table,
    /// The text of the lock file, if there is one.
    pub(super) lock: Option<String>,
    /// The packages without a source (those on this disk) that depend on es-core.
    pub(super) local_domains: Vec<String>,
}

impl Carried {
    /// Reads both files in the workspace's folder.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        let file = root.join("Cargo.toml");
        let mut theirs = table(&file, &files::read(&file)?.unwrap_or_default())?;
        let mut manifest = Table::new();
        if let Some(resolver) = resolver(&theirs) {
            within(&mut manifest, &["workspace"], |workspace| {
                workspace.insert("resolver".to_owned(), resolver);
            });
        }
        for key in ["patch", "replace", "profile"] {
            if let Some(mut value) = theirs.remove(key) {
                make_absolute(&mut value, root);
                manifest.insert(key.to_owned(), value);
            }
        }
        let file = root.join("Cargo.lock");
        let lock = files::read(&file)?;
        let local_domains = match &lock {
            Some(text) => local_domains(&table(&file, text)?),
            None => Vec::new(),
        };
        Ok(Self {
            manifest,
            lock,
            local_domains,
        })
    }
}

fn table(file: &Path, text: &str) -> Result<Table, Error> {
    text.parse().map_err(|source| Error::Toml {
        file: file.to_owned(),
        source,
    })
}

/// As cargo finds it: said in the workspace, else in the package, else by the root package's edition.
fn resolver(manifest: &Table) -> Option<Value> {
    let package = manifest.get("package");
    let said = |table: Option<&Value>| table?.get("resolver").cloned();
    said(manifest.get("workspace"))
        .or_else(|| said(package))
        .or_else(|| {
            let edition = match package {
                Some(package) => package.get("edition").and_then(Value::as_str),
                None => Some("2015"),
            }?;
            let resolver = match edition {
                "2015" | "2018" => "1",
                "2021" => "2",
                _ => return None,
            };
            Some(resolver.into())
        })
}

/// Makes every `path = "…"` absolute, at any depth.
fn make_absolute(value: &mut Value, root: &Path) {
    let Value::Table(table) = value else { return };
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(path) if key == "path" => {
                *path = root.join(&*path).display().to_string();
            }
            value => make_absolute(value, root),
        }
    }
}

fn local_domains(lock: &Table) -> Vec<String> {
    let packages = lock.get("package").and_then(Value::as_array);
    let depends_on_es_core = |package: &Value| {
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        dependencies.into_iter().flatten().any(|dependency| {
            let name = dependency.as_str().and_then(|it| it.split(' ').next());
            name == Some("es-core")
        })
    };
    packages
        .into_iter()
        .flatten()
        .filter(|package| package.get("source").is_none() && depends_on_es_core(package))
        .filter_map(|package| Some(package.get("name")?.as_str()?.to_owned()))
        // The macros: es-core is for their tests, and everything would be compiled after them.
        .filter(|name| name != "es-derive")
        .collect()
}

/// Gives packages a unit of their own in the target folder.
///
/// The macros of a package that declares events track `ES_SCHEMA_LOCK`, and the harness sets it. If
/// the harness and the user's own build shared the compiled package, each would find it stale after
/// the other. A profile is part of what tells units apart; nobody else says 255.
pub(super) fn set_apart<'n>(manifest: &mut Table, names: impl IntoIterator<Item = &'n str>) {
    within(manifest, &["profile", "dev", "package"], |packages| {
        for name in names {
            // Two settings for one package would be an error of cargo's.
            packages.retain(|spec, _| spec_name(spec) != name);
            let mut profile = Table::new();
            profile.insert("codegen-units".to_owned(), 255.into());
            profile.insert("debug".to_owned(), 0.into());
            profile.insert("opt-level".to_owned(), 0.into());
            packages.insert(name.to_owned(), profile.into());
        }
    });
}

/// The package name in a package id specification, such as `name@1.0` or `https://…#name@1.0`.
fn spec_name(spec: &str) -> &str {
    let after_url = spec.rsplit(['#', '/']).next().unwrap_or(spec);
    after_url.split(['@', ':']).next().unwrap_or(after_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_setting_for_the_same_package_gives_way() {
        let mut manifest: Table =
            "[profile.dev.package.\"a@1.0\"]\nopt-level = 3\n[profile.dev.package.\"*\"]\nopt-level = 2"
                .parse()
                .unwrap();
        set_apart(&mut manifest, ["a"]);
        let packages = manifest["profile"]["dev"]["package"].as_table().unwrap();
        let specs: Vec<&str> = packages.keys().map(String::as_str).collect();
        assert_eq!(specs, ["*", "a"]);
    }

    #[test]
    fn local_packages_with_es_core_are_found_in_a_lock_file() {
        let lock = "[[package]]\nname = \"a\"\ndependencies = [\"es-core 0.1.0\"]\n\
                    [[package]]\nname = \"b\"\nsource = \"git+x\"\ndependencies = [\"es-core\"]\n\
                    [[package]]\nname = \"c\"\n";
        assert_eq!(local_domains(&lock.parse().unwrap()), ["a"]);
    }
}
