//! Who imports, and what they may.

use crate::auth::api_key::ApiKey;
use crate::auth::credentials::Credentials;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::records::author::Author;
use crate::store::changes::Provenance;

/// Who imports.
#[derive(Clone)]
pub enum Importer {
    /// The bearer of a key, which every transaction checks.
    KeyHolder(KeyHolder),
    /// The registry itself: its command line, its founding. The stamp's time and batch are those of each transaction.
    Operator(Author),
}

/// The bearer of a key, and what the request says beside its records.
#[derive(Clone)]
pub struct KeyHolder {
    /// The key.
    pub credentials: Credentials,
    /// Whether what is another origin's own is taken over.
    pub force: bool,
    /// Why, for the history.
    pub comment: Option<String>,
}

/// What an importer may do in one transaction.
pub(super) struct ImportPermit {
    pub(super) author: Author,
    key: Option<ApiKey>,
}

impl ImportPermit {
    pub(super) fn ensure_may_write(&self, kind: Kind) -> Result<(), Problem> {
        if self.key.as_ref().is_none_or(|key| key.may_write(kind)) {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", format!("write:{}", kind.as_str())))
    }
}

impl Importer {
    pub(super) fn authorize(&self, tx: &mut Conn, at: i64, batch: Id) -> TxResult<ImportPermit> {
        match self {
            Self::Operator(author) => {
                let stamp = Provenance { at, batch, ..author.provenance.clone() };
                Ok(ImportPermit { author: Author { provenance: stamp, ..author.clone() }, key: None })
            }
            Self::KeyHolder(KeyHolder { credentials, force, comment }) => {
                let key = credentials.verify(tx, at)?;
                if *force && !key.may_override() {
                    return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override").into());
                }
                let (origin, actor) = (key.origin.clone(), key.id.clone());
                let stamp = Provenance { origin, actor, at, batch, comment: comment.clone() };
                let (schemes, kinds, admin) = (key.schemes.clone(), key.writable_kinds(), key.is_admin());
                let author = Author { provenance: stamp, schemes, kinds, is_admin: admin, force: *force };
                Ok(ImportPermit { author, key: Some(key) })
            }
        }
    }
}
