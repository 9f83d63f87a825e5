//! Which of the linked events belong to a directory.

use crate::{error::SchemaError, file_name};
use es_core::schema::{Declaration, DeclaredEvent};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const PROTOCOL: u32 = 1;

/// Whose events a directory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that a Cargo package declares.
    Package(String),
    /// Those that a crate declares, by its name in Rust.
    Crate(String),
    /// All that are linked in.
    All,
}

impl Scope {
    /// The package whose `Cargo.toml` stands beside the directory; all events if there is none.
    pub fn beside(schemas: &Path) -> Self {
        #[derive(serde::Deserialize)]
        struct Manifest {
            package: Package,
        }
        #[derive(serde::Deserialize)]
        struct Package {
            name: String,
        }
        let manifest = match schemas.parent() {
            Some(parent) => parent.join("Cargo.toml"),
            None => return Self::All,
        };
        std::fs::read_to_string(manifest)
            .ok()
            .and_then(|text| toml::from_str::<Manifest>(&text).ok())
            .map_or(Self::All, |manifest| Self::Package(manifest.package.name))
    }

    /// Its events, sorted by name.
    ///
    /// # Errors
    /// There are none, two answer to one name, or a name cannot be a file's.
    pub fn events(&self, declaration: Declaration) -> Result<Vec<DeclaredEvent>, SchemaError> {
        if declaration.protocol != PROTOCOL {
            return Err(SchemaError::Protocol {
                found: declaration.protocol,
                expected: PROTOCOL,
            });
        }
        self.unique(&declaration.events)?;
        let found: BTreeSet<String> = declaration.events.iter().map(origin).collect();
        let mut events = declaration.events;
        events.retain(|event| self.holds(event));
        events.sort_by(|a, b| a.name.cmp(&b.name));
        if events.is_empty() {
            return Err(SchemaError::NoEvents {
                wanted: self.to_string(),
                found: found.into_iter().collect(),
                hint: self.crate_name(),
            });
        }
        match events
            .iter()
            .find(|event| !file_name::can_hold(&event.name))
        {
            Some(event) => Err(SchemaError::NameOfNoFile {
                name: event.name.clone(),
                type_path: event.type_path.clone(),
            }),
            None => Ok(events),
        }
    }

    fn holds(&self, event: &DeclaredEvent) -> bool {
        match self {
            Self::Package(name) => event.package == *name,
            Self::Crate(name) => event.crate_name() == name,
            Self::All => true,
        }
    }

    /// No two events may answer to one name, an earlier one included, if one of them is held.
    fn unique(&self, events: &[DeclaredEvent]) -> Result<(), SchemaError> {
        let mut owners: BTreeMap<&str, &DeclaredEvent> = BTreeMap::new();
        for event in events {
            for name in std::iter::once(&event.name).chain(&event.aliases) {
                let before = owners.insert(name, event);
                let other = before.filter(|other| !std::ptr::eq(*other, event));
                if let Some(other) = other.filter(|other| self.holds(other) || self.holds(event)) {
                    return Err(SchemaError::DuplicateName {
                        name: name.clone(),
                        first: other.type_path.clone(),
                        second: event.type_path.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn crate_name(&self) -> String {
        match self {
            Self::Package(name) | Self::Crate(name) => name.replace('-', "_"),
            Self::All => "your_domain".to_owned(),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Package(name) => write!(f, "package `{name}`"),
            Self::Crate(name) => write!(f, "crate `{name}`"),
            Self::All => write!(f, "any package"),
        }
    }
}

fn origin(event: &DeclaredEvent) -> String {
    match event.crate_name() {
        name if name == event.package.replace('-', "_") => format!("`{}`", event.package),
        name => format!("`{}` (crate `{name}`)", event.package),
    }
}
