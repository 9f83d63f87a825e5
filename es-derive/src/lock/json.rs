//! A reader of JSON (RFC 8259), for the committed schemas: the macros need no library for so little.

use std::iter::Peekable;
use std::str::Chars;

/// A value; numbers are not kept.
#[derive(Debug, PartialEq)]
pub(super) enum Json {
    Text(String),
    Bool(bool),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    Other,
}

impl Json {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(entries) => entries
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            letters: text.chars().peekable(),
            line: 1,
        };
        let value = reader.value(0);
        let value = value.and_then(|value| match reader.next_token() {
            None => Ok(value),
            Some(letter) => Err(format!("`{letter}` after the end")),
        });
        value.map_err(|reason| format!("line {}: {reason}", reader.line))
    }
}

/// Nested deeper than any schema.
const TOO_DEEP: usize = 128;

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    /// The next letter that is no blank; it stays.
    fn next_token(&mut self) -> Option<char> {
        while let Some(letter) = self.letters.peek().copied() {
            match letter {
                '\n' => self.line += 1,
                ' ' | '\t' | '\r' => {}
                _ => return Some(letter),
            }
            self.letters.next();
        }
        None
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.next_token() {
            Some(letter) if letter == wanted => {
                self.letters.next();
                Ok(())
            }
            Some(letter) => Err(format!("`{wanted}` expected, not `{letter}`")),
            None => Err(format!("`{wanted}` expected, not the end")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > TOO_DEEP {
            return Err("nested too deep".to_owned());
        }
        match self.next_token() {
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some('"') => self.text().map(Json::Text),
            Some('-' | '0'..='9' | 'a'..='z') => self.word(),
            Some(letter) => Err(format!("`{letter}` begins no value")),
            None => Err("a value expected, not the end".to_owned()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.expect('{')?;
        let mut entries = Vec::new();
        if self.next_token() == Some('}') {
            self.letters.next();
            return Ok(Json::Object(entries));
        }
        loop {
            if self.next_token() != Some('"') {
                return Err("a key expected".to_owned());
            }
            let key = self.text()?;
            self.expect(':')?;
            entries.push((key, self.value(depth + 1)?));
            if self.next_token() != Some(',') {
                self.expect('}')?;
                return Ok(Json::Object(entries));
            }
            self.letters.next();
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.expect('[')?;
        let mut items = Vec::new();
        if self.next_token() == Some(']') {
            self.letters.next();
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.next_token() != Some(',') {
                self.expect(']')?;
                return Ok(Json::List(items));
            }
            self.letters.next();
        }
    }

    fn word(&mut self) -> Result<Json, String> {
        let mut word = String::new();
        while let Some(letter) = self
            .letters
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'))
        {
            word.push(letter);
        }
        match word.as_str() {
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            "null" => Ok(Json::Other),
            number if number.parse::<f64>().is_ok() => Ok(Json::Other),
            _ => Err(format!("`{word}` is no value")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.letters.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(letter) if letter >= ' ' => text.push(letter),
                _ => return Err("a text without its end".to_owned()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        match self.letters.next() {
            Some(letter @ ('"' | '\\' | '/')) => Ok(letter),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first).ok_or_else(|| "half a letter".to_owned());
                }
                self.letters.next_if_eq(&'\\');
                self.letters.next_if_eq(&'u');
                let second = self.unit()?;
                char::from_u32(
                    0x1_0000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00) % 0x400,
                )
                .ok_or_else(|| "half a letter".to_owned())
            }
            _ => Err("an unknown escape".to_owned()),
        }
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits: String = self.letters.by_ref().take(4).collect();
        u32::from_str_radix(&digits, 16).map_err(|_| "a bad `\\u` escape".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read() {
        let text = r#" {"a": [1, -2.5e3, true, null, {}], "b\n\u00e9\ud83d\ude00": "x", "c": []} "#;
        let json = Json::parse(text);
        let Ok(json) = json else {
            panic!("{json:?}");
        };
        assert_eq!(json.get("b\né😀").and_then(Json::as_text), Some("x"));
        assert_eq!(json.get("c"), Some(&Json::List(vec![])));
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_line() {
        for (text, line) in [
            ("", "line 1"),
            ("{", "line 1"),
            ("{\n<<<<<<< HEAD\n", "line 2"),
            ("{\"a\": 1,\n}", "line 2"),
            ("[1 2]", "line 1"),
            ("\"a", "line 1"),
            ("nul", "line 1"),
            ("{} {}", "line 1"),
            ("\"\\u12\"", "line 1"),
        ] {
            let error = Json::parse(text);
            assert!(
                error.as_ref().is_err_and(|e| e.starts_with(line)),
                "{text}: {error:?}"
            );
        }
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }
}
