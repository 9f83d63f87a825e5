//! Samples made from a schema.

use crate::{document::Document, error::SchemaError, sample, sample_file::Sample};
use es_core::schema::Payload;
use serde_json::Value;

/// Payloads that fit a document, not yet read.
pub(crate) fn samples(document: &Document) -> Result<Vec<Sample>, SchemaError> {
    let samples = sample::samples(&document.schema()).map_err(|source| SchemaError::Schema {
        event: document.event().to_owned(),
        version: document.version(),
        source,
    })?;
    Ok(samples
        .into_iter()
        .map(|sample| Sample {
            event: document.event().to_owned(),
            version: document.version(),
            name: sample.name,
            payload: sample.payload.into(),
            reads_as: None,
        })
        .collect())
}

/// Samples as a reader wants them: real ones first, then the fullest.
pub(crate) fn most_telling<'s>(
    document: &Document,
    samples: impl Iterator<Item = &'s Sample>,
) -> Vec<&'s Sample> {
    let generated = self::samples(document).unwrap_or_default();
    let rank = |sample: &&Sample| match &*sample.name {
        "fullest" => 1,
        name if generated.iter().any(|generated| generated.name == name) => 2,
        _ => 0,
    };
    let mut samples: Vec<_> = samples.collect();
    samples.sort_by_key(rank);
    samples
}

/// The payload as a value, if one can hold every digit of it: as an example, another is none.
pub(crate) fn exactly(payload: &Payload) -> Option<Value> {
    let value = payload.to_value();
    (Payload::from(value.clone()) == *payload).then_some(value)
}
