//! Options of an import: mode, atomic, dry run.

/// What an import does to existing and missing records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// Creates, or merges the given members into the record: null removes, missing members stay.
    Merge,
    /// Creates or replaces: members not given are removed.
    #[default]
    Replace,
    /// Only creates: a record that exists is rejected.
    Create,
    /// Only replaces: a record that does not exist is rejected.
    Update,
}

impl ImportMode {
    /// The modes by name; `upsert` is an older name of `replace`.
    pub const ALL: [(&'static str, Self); 5] = [
        ("merge", Self::Merge),
        ("replace", Self::Replace),
        ("create", Self::Create),
        ("update", Self::Update),
        ("upsert", Self::Replace),
    ];
}

impl std::str::FromStr for ImportMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, mode)| mode).ok_or_else(|| "merge, replace, create, update or upsert".into())
    }
}

/// The options of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What is done to existing and missing records.
    pub mode: ImportMode,
    /// Whether one rejected record rolls everything back.
    pub atomic: bool,
    /// Whether everything is rolled back at the end.
    pub dry_run: bool,
}
