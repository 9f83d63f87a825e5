//! Reading and writing files, with errors that name them. A file is written only if it changes, so
//! that cargo finds nothing new.

use std::path::Path;

use super::Error;

/// The text of a file, if it is there.
pub(super) fn read(file: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", file, source)),
    }
}

/// Writes a file, and the folders above it, unless it is so already.
pub(super) fn write(file: &Path, text: &str) -> Result<(), Error> {
    if read(file)?.as_deref() == Some(text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|source| failed("create", folder, source))?;
    }
    std::fs::write(file, text).map_err(|source| failed("write", file, source))
}

pub(super) fn failed(what: &'static str, file: &Path, source: std::io::Error) -> Error {
    Error::Io {
        what,
        file: file.to_owned(),
        source,
    }
}
