//! Who imports, and what they may write.

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

/// Who runs an import.
#[derive(Clone)]
pub enum Importer {
    /// The holder of an API key, which every transaction verifies again.
    KeyHolder(KeyHolder),
    /// The operator (command line, seed dataset), who needs no key. Time and batch of the provenance are
    /// replaced by those of each transaction.
    Operator(Author),
}

/// The holder of an API key, with the options of the request that concern who writes.
#[derive(Clone)]
pub struct KeyHolder {
    /// The key.
    pub credentials: Credentials,
    /// Whether members owned by other origins are overwritten.
    pub force: bool,
    /// The comment of the changes, for the history.
    pub comment: Option<String>,
}

/// What an importer may write in one transaction.
pub(super) struct ImportPermit {
    pub(super) author: Author,
    key: Option<ApiKey>,
}

impl ImportPermit {
    /// Ensures that the key may write records of a kind.
    ///
    /// # Errors
    /// 403 that names the missing scope.
    pub(super) fn ensure_may_write(&self, kind: Kind) -> Result<(), Problem> {
        if self.key.as_ref().is_none_or(|key| key.may_write(kind)) {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", format!("write:{}", kind.as_str())))
    }
}

impl Importer {
    /// Verifies the key in this transaction.
    ///
    /// # Errors
    /// 401 for a key not in force; 403 for `force` without the scope `override`.
    pub(super) fn authorize(&self, tx: &mut Conn, at: i64, batch: Id) -> TxResult<ImportPermit> {
        match self {
            Self::Operator(author) => {
                let provenance = Provenance { at, batch, ..author.provenance.clone() };
                Ok(ImportPermit { author: Author { provenance, ..author.clone() }, key: None })
            }
            Self::KeyHolder(KeyHolder { credentials, force, comment }) => {
                let key = credentials.verify(tx, at)?;
                if *force && !key.may_override() {
                    return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override").into());
                }
                let (origin, actor) = (key.origin.clone(), key.id.clone());
                let provenance = Provenance { origin, actor, at, batch, comment: comment.clone() };
                let (schemes, kinds, admin) = (key.schemes.clone(), key.writable_kinds(), key.is_admin());
                let author = Author { provenance, schemes, kinds, is_admin: admin, force: *force };
                Ok(ImportPermit { author, key: Some(key) })
            }
        }
    }
}
