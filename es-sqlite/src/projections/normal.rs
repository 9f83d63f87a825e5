//! SQL in a form in which two texts that make the same are the same.

/// The SQL without comments and needless spaces, and with `{plain}` in place of each name.
pub(super) fn normal(sql: &str, names: &[(String, String)]) -> String {
    let mut names: Vec<_> = names.iter().collect();
    // One may be part of another.
    names.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
    let mut normal = squeezed(sql);
    for (plain, name) in names {
        let name = name.replace('"', "\"\"");
        normal = normal.replace(&name, &format!("{{{plain}}}"));
    }
    normal
}

fn squeezed(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    let mut space = false;
    while let Some(character) = rest.next() {
        match character {
            '-' if rest.peek() == Some(&'-') => {
                rest.by_ref().find(|&c| c == '\n');
                space = true;
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let mut before = ' ';
                rest.by_ref().find(|&c| {
                    let ends = before == '*' && c == '/';
                    before = c;
                    ends
                });
                space = true;
            }
            c if c.is_ascii_whitespace() => space = true,
            c => {
                let glued = |c: char| matches!(c, '(' | ')' | ',' | ';' | '=' | '<' | '>');
                if space && !glued(c) && out.chars().next_back().is_some_and(|last| !glued(last)) {
                    out.push(' ');
                }
                space = false;
                out.push(c);
                let end = match c {
                    '\'' | '"' | '`' => c,
                    '[' => ']',
                    _ => continue,
                };
                // A doubled quote ends one text and begins the next: the same, taken together.
                for c in rest.by_ref() {
                    out.push(c);
                    if c == end {
                        break;
                    }
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_comments_do_not_matter_but_in_texts() {
        let plain = "CREATE TABLE \"a\"(x TEXT DEFAULT 'b  -- c', y)";
        let spread = "CREATE  TABLE \"a\" (\n  x TEXT -- what\n DEFAULT 'b  -- c', /* * */ y )";
        assert_eq!(squeezed(plain), squeezed(spread));
        assert_ne!(squeezed(plain), squeezed(&plain.replace("b  --", "b --")));
        assert_ne!(squeezed("a b"), squeezed("ab"));
    }

    #[test]
    fn names_within_names_are_told_apart() {
        let of = |suffix: &str| {
            let names = ["a", "ba"].map(|n| (n.to_owned(), format!("{n}{suffix}")));
            normal(&format!("\"a{suffix}\" \"ba{suffix}\""), &names)
        };
        assert_eq!(of("__v1"), "\"{a}\" \"{ba}\"");
        assert_eq!(of("__v1"), of("__probe"));
    }
}
