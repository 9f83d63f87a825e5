//! Tells one shape of a type from another, by its tokens.

use quote::ToTokens;
use syn::{Attribute, Fields};

/// FNV-1a, 64 bits (Fowler, Noll and Vo).
pub(crate) struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Takes tokens in.
    pub(crate) fn add(&mut self, tokens: &impl ToTokens) {
        // The end of each part counts, so that parts do not run into each other.
        for byte in tokens.to_token_stream().to_string().bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The fingerprint.
    pub(crate) fn finish(&self) -> u64 {
        self.0
    }

    /// That of fields, with the serde attributes on them and around them, and the upcast steps.
    pub(crate) fn of_stored(around: &[Attribute], fields: &Fields) -> u64 {
        let mut fingerprint = Self::default();
        let mut add_serde = |attributes: &[Attribute]| {
            attributes
                .iter()
                .filter(|a| {
                    ["serde", "upcast"]
                        .iter()
                        .any(|name| a.path().is_ident(name))
                })
                .for_each(|attribute| fingerprint.add(attribute));
        };
        add_serde(around);
        for field in fields {
            add_serde(&field.attrs);
        }
        for field in fields {
            fingerprint.add(&field.ident);
            fingerprint.add(&field.ty);
        }
        fingerprint.finish()
    }
}
