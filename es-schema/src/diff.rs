//! The story of each event: its versions, and what changed from one to the next.

use crate::{
    Schemas, code::Code, document::Document, error::SchemaError, subject::Subject, verdict,
};
use es_core::schema::DeclaredEvent;
use std::fmt::Write;

impl Schemas {
    /// Tells, as text, which versions of each event are published and which are only in the code,
    /// and what changed between them.
    ///
    /// # Errors
    /// The files, the settings, the code or git cannot be used.
    pub fn diff(&self, code: &dyn Code) -> Result<String, SchemaError> {
        let subject = Subject::load(self, code)?;
        let mut text = String::new();
        for event in &subject.events {
            tell(&subject, event, &mut text);
        }
        let mut gone: Vec<_> = subject.directory.documents.values().collect();
        gone.retain(|document| subject.event(document.event()).is_none());
        for document in gone {
            line(
                &mut text,
                0,
                &format!("{} v{}", document.event(), document.version()),
            );
            line(&mut text, 1, "published, and the code does not declare it");
        }
        Ok(text)
    }
}

fn tell(subject: &Subject, event: &DeclaredEvent, text: &mut String) {
    line(text, 0, &event.name);
    if !event.aliases.is_empty() {
        line(text, 1, &format!("formerly {}", event.aliases.join(", ")));
    }
    match event.retired_into.as_deref() {
        Some([]) => line(text, 1, "retired: it reads as nothing"),
        Some(into) => line(
            text,
            1,
            &format!("retired: it reads as {}", into.join(", ")),
        ),
        None => {}
    }
    let mut before: Option<(Option<&Document>, Option<&Document>)> = None;
    for version in &event.versions {
        let key = (event.name.clone(), version.version);
        let file = subject.directory.documents.get(&key);
        let today = subject.today.get(&key);
        let state = match (file, today) {
            (None, Some(_)) => "not published yet",
            (None, None) => "not published yet; its schema is to be written by hand",
            (Some(file), Some(today)) if file.says_the_same(today) => "published",
            (Some(_), _) => "published, and the code says something else",
        };
        line(text, 1, &format!("v{} {state}", version.version));
        // Like with like: what a nested type's growth did to both is told below, once.
        let pair = match before {
            Some((Some(before), _)) if file.is_some() => Some(before).zip(file),
            Some((before, before_today)) => before_today.or(before).zip(today.or(file)),
            None => None,
        };
        if let Some((before, now)) = pair {
            for change in verdict::changes(before, now) {
                line(
                    text,
                    2,
                    &format!("since v{}: {change}", version.version - 1),
                );
            }
        }
        if let (Some(file), Some(today)) = (file, today) {
            for change in verdict::changes(file, today) {
                line(text, 2, &format!("since it was published: {change}"));
            }
        }
        before = Some((file, today));
    }
}

fn line(text: &mut String, depth: usize, content: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:1$}{content}", "", depth * 2);
}
