//! Printing: to the standard output or a file, and in colours where they are wanted.

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};

/// Prints to the standard output.
pub(crate) fn print(text: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}

/// Whether colours are wanted on the standard output.
pub(crate) fn is_coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR");
    coloured(std::io::stdout().is_terminal(), unwanted.as_deref())
}

/// Colours are for a terminal, and for those who want them (<https://no-color.org>).
fn coloured(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && is_terminal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_and_for_those_who_want_them() {
        let unwanted = |text| Some(OsStr::new(text));
        assert!(coloured(true, None));
        assert!(coloured(true, unwanted("")));
        assert!(!coloured(true, unwanted("1")));
        assert!(!coloured(false, None));
    }
}
