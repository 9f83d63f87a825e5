//! Names on the wire: how they are made from Rust names, and which are allowed.

use syn::ext::IdentExt;
use syn::{Ident, LitStr};

use crate::errors::Errors;

/// `OrderPlaced` as `order_placed`; `r#` is dropped.
pub(crate) fn snake_case(ident: &Ident) -> String {
    let name = ident.unraw().to_string();
    let mut snake = String::with_capacity(name.len() + 4);
    let mut previous: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_uppercase() {
            let starts_word = previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit())
                || (previous.is_some_and(char::is_uppercase)
                    && letters.peek().is_some_and(|next| next.is_lowercase()));
            if starts_word {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        } else {
            snake.push(letter);
        }
        previous = Some(letter);
    }
    snake
}

/// Reports a name that cannot stand on the wire, in file names and in URLs.
pub(crate) fn check_wire_name(name: &LitStr, errors: &mut Errors) {
    let value = name.value();
    if value.is_empty() {
        errors.push(name, "a name cannot be empty");
    } else if let Some(odd) = value.chars().find(|c| !is_wire_character(*c)) {
        errors.push(
            name,
            format!(
                "`{odd}` cannot stand in a name; use letters, digits, `_`, `-` and `.` (ASCII)"
            ),
        );
    }
}

/// Reports a Rust name that makes no wire name.
pub(crate) fn check_wire_ident(ident: &Ident, key: &str, errors: &mut Errors) {
    if let Some(odd) = snake_case(ident).chars().find(|c| !is_wire_character(*c)) {
        errors.push(
            ident,
            format!(
                "`{odd}` cannot stand in a name on the wire; give one: `#[{key}(name = \"…\")]`"
            ),
        );
    }
}

fn is_wire_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_words() {
        for (rust, wire) in [
            ("Opened", "opened"),
            ("OrderPlaced", "order_placed"),
            ("HTTPServerStarted", "http_server_started"),
            ("V2Opened", "v2_opened"),
            ("OpenedV2", "opened_v2"),
            ("already_snake", "already_snake"),
        ] {
            let ident = Ident::new(rust, proc_macro2::Span::call_site());
            assert_eq!(snake_case(&ident), wire);
        }
        let raw = Ident::new_raw("type", proc_macro2::Span::call_site());
        assert_eq!(snake_case(&raw), "type");
    }
}
