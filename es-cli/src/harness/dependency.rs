//! A dependency as another manifest would write it, so that cargo resolves it to the same package.

use cargo_metadata::{Dependency, DependencyKind};
use toml::{Table, Value};

use super::package::Package;

/// The dependency's table: where it comes from, its version and features.
pub(super) fn table(dependency: &Dependency) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: Value| table.insert(key.to_owned(), value);
    if dependency.rename.is_some() {
        put("package", dependency.name.clone().into());
    }
    if let Some(path) = &dependency.path {
        put("path", path.as_str().into());
    } else if let Some(git) = dependency
        .source
        .as_ref()
        .and_then(|source| source.repr.strip_prefix("git+"))
    {
        let (url, query) = git.split_once('?').unwrap_or((git, ""));
        put("git", url.into());
        let query = query.split('#').next().unwrap_or_default();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            put(key, decoded(value).into());
        }
    } else if let Some(index) = &dependency.registry {
        put("registry-index", index.clone().into());
    }
    let requirement = dependency.req.to_string();
    if requirement != "*" || (dependency.path.is_none() && dependency.source.is_some()) {
        put("version", requirement.into());
    }
    put("default-features", dependency.uses_default_features.into());
    if !dependency.features.is_empty() {
        put("features", dependency.features.clone().into());
    }
    if dependency.optional {
        put("optional", true.into());
    }
    table
}

/// es-core as the package has it, with what the harness needs of it.
pub(super) fn es_core(package: &Package) -> Table {
    let mut table = table(&package.es_core);
    table.remove("optional");
    table.insert("package".to_owned(), "es-core".into());
    table.insert("default-features".to_owned(), false.into());
    table.insert("features".to_owned(), vec!["inventory"].into());
    table
}

/// All dependencies of a package but those of its tests, by section of the manifest.
pub(super) fn sections(dependencies: &[Dependency]) -> Table {
    let mut manifest = Table::new();
    for dependency in dependencies {
        let section = match dependency.kind {
            DependencyKind::Build => "build-dependencies",
            DependencyKind::Normal => "dependencies",
            _ => continue,
        };
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        let target = dependency.target.as_ref().map(ToString::to_string);
        let path = match &target {
            None => vec![section],
            Some(target) => vec!["target", target, section],
        };
        within(&mut manifest, &path, |section| {
            section.insert(name.clone(), table(dependency).into());
        });
    }
    manifest
}

/// Changes the table at a path of keys, made if there is none.
pub(super) fn within(table: &mut Table, path: &[&str], change: impl FnOnce(&mut Table)) {
    let Some((key, deeper)) = path.split_first() else {
        return change(table);
    };
    let mut inner = match table.remove(*key) {
        Some(Value::Table(inner)) => inner,
        _ => Table::new(),
    };
    // Through a pointer: each depth would else be a type of its own, without end.
    let change: Box<dyn FnOnce(&mut Table) + '_> = Box::new(change);
    within(&mut inner, deeper, change);
    table.insert((*key).to_owned(), inner.into());
}

/// Undoes the percent-encoding of a query's value.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(json: &str) -> Dependency {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn git_keeps_its_reference() {
        let it = dependency(
            r#"{"name":"a","source":"git+https://x.org/a?branch=feat%2Fb","req":"*","kind":null,"optional":false,
                "uses_default_features":true,"features":["f"],"target":null,"rename":"b","registry":null}"#,
        );
        assert_eq!(
            table(&it).to_string(),
            "branch = \"feat/b\"\ndefault-features = true\nfeatures = [\"f\"]\ngit = \"https://x.org/a\"\n\
             package = \"a\"\nversion = \"*\"\n"
        );
    }

    #[test]
    fn sections_follow_target_and_kind() {
        let it = dependency(
            r#"{"name":"a","source":"registry+https://github.com/rust-lang/crates.io-index","req":"^1","kind":"build",
                "optional":true,"uses_default_features":false,"features":[],"target":"cfg(unix)","rename":null,"registry":null}"#,
        );
        assert_eq!(
            sections(&[it]).to_string(),
            "[target.\"cfg(unix)\".build-dependencies.a]\ndefault-features = false\noptional = true\nversion = \"^1\"\n"
        );
    }
}
