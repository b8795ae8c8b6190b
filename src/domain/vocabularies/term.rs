//! One code of a controlled vocabulary, with labels.

/// One code of a vocabulary (a SKOS concept).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularyTerm {
    /// The code in records; never renamed or removed inside `/v1`.
    pub code: &'static str,
    /// Preferred label in French, Japanese and English, in this order.
    pub label: [&'static str; 3],
    /// Code of the next broader term of the same vocabulary (SKOS `broader`).
    pub broader: Option<&'static str>,
    /// Sustainable Development Goals ("11") and targets ("11.4") that it serves (UN A/RES/71/313).
    pub sdg: &'static [&'static str],
}
