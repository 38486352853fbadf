//! An envelope as callers see it.

use serde::Serialize;

use super::Envelope;
use crate::encryption_context::StringMap;

/// Who may open an object and how, in plain words; nothing vouches for it until the object has been opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvelopeSummary {
    format: &'static str,
    algorithm_suite: &'static str,
    wrap_algorithm: &'static str,
    encryption_context: StringMap,
    material_description: StringMap,
}

impl From<&Envelope> for EnvelopeSummary {
    fn from(envelope: &Envelope) -> Self {
        let key = envelope.encrypted_data_key();
        Self {
            format: envelope.format(),
            algorithm_suite: envelope.suite().name(),
            wrap_algorithm: key.wrap_algorithm.name(),
            encryption_context: key
                .encryption_context()
                .map(|context| context.0.clone())
                .unwrap_or_default(),
            material_description: key
                .material_description()
                .map(|description| description.0.clone())
                .unwrap_or_default(),
        }
    }
}
