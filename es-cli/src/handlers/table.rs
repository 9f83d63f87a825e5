//! A table of texts.

use anstyle::Style;

use crate::output::{Paint, TITLE};

/// A column: its title, and whether it holds numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) is_number: bool,
}

/// A text and its colour.
pub(super) type Cell = (String, Style);

/// The table, with a line of titles.
pub(super) fn table(columns: &[Column], rows: &[Vec<Cell>], paint: Paint) -> String {
    let titles: Vec<Cell> = columns
        .iter()
        .map(|column| (column.title.to_owned(), TITLE))
        .collect();
    let width = |index: usize| {
        std::iter::once(&titles)
            .chain(rows)
            .filter_map(|row| row.get(index))
            .map(|(text, _)| text.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    for row in std::iter::once(&titles).chain(rows) {
        let last = row.len().saturating_sub(1);
        for (index, (((cell, style), column), width)) in
            row.iter().zip(columns).zip(&widths).enumerate()
        {
            let space = " ".repeat(width - cell.chars().count());
            let cell = paint.with(*style, cell);
            match (column.is_number, index == last) {
                (true, _) => text.extend([&*space, &*cell]),
                (false, false) => text.extend([&*cell, &*space]),
                (false, true) => text.push_str(&cell),
            }
            text.push_str(if index == last { "\n" } else { "  " });
        }
    }
    text
}
