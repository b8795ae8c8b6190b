//! How an import is done.

/// What an import does to the records that it names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// Records are made, or only the members given are written: null removes, and what is not given stays.
    Merge,
    /// Records are made, or replaced: what is not given is removed.
    #[default]
    Replace,
    /// Records are only made: one that exists is rejected.
    Create,
    /// Records are only replaced: one that does not exist is rejected.
    Update,
}

impl ImportMode {
    /// The modes, by name; `upsert` is what `replace` was called first.
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

/// How an import is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What is done to the records that it names.
    pub mode: ImportMode,
    /// Whether one rejection undoes everything.
    pub atomic: bool,
    /// Whether everything is undone at the end.
    pub dry_run: bool,
}
