//! Printing: to the standard output or a file, and in colours where they are wanted.

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

/// What must not be overlooked.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What may want a look.
pub(crate) const NOTABLE: Style = AnsiColor::Yellow.on_default();
/// What is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is looked for first.
pub(crate) const TITLE: Style = Style::new().bold();

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

/// Gives texts colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub(crate) coloured: bool,
}

impl Paint {
    /// For the standard output.
    pub(crate) fn here() -> Self {
        Self {
            coloured: is_coloured(),
        }
    }

    pub(crate) fn with(self, style: Style, text: &str) -> String {
        match self.coloured {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
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
