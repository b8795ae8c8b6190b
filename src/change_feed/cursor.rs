//! The opaque, signed cursor of the change feed: epoch, change number and filter.

use super::changes::ChangeFilter;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::util::cursor::CursorSigner;
use serde_json::{Value, json};

/// Part of the signature, so that cursors of other endpoints are refused here.
const CURSOR_CONTEXT: &str = "changes";

/// A position in the change log, with the filter of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCursor {
    /// The numbering of the log that `seq` belongs to; restoring a backup starts a new epoch.
    pub epoch: String,
    /// The number of the last change that was read.
    pub seq: i64,
    /// The filter with which the log was read up to here.
    pub filter: ChangeFilter,
}

impl FeedCursor {
    /// Returns the cursor as opaque text.
    #[must_use]
    pub fn encode(&self, signer: &CursorSigner) -> String {
        let kinds: Vec<&str> = self.filter.kinds.iter().map(|kind| kind.as_str()).collect();
        let payload = json!([self.epoch, self.seq, kinds, self.filter.exclude_origin]);
        signer.sign(CURSOR_CONTEXT, &payload.to_string())
    }

    /// Reads a cursor that is to be continued with the filter `wanted`.
    ///
    /// # Errors
    /// 400 for a cursor that was not signed here or whose filter does not cover `wanted`; 410 for one of
    /// another epoch. Both problems link to where a reader starts again.
    pub fn decode(signer: &CursorSigner, cursor: &str, epoch: &str, wanted: &ChangeFilter) -> Result<Self> {
        let (payload, is_signed) = signer.decode(CURSOR_CONTEXT, cursor).ok_or_else(invalid_cursor)?;
        let decoded = Self::parse(&payload).ok_or_else(invalid_cursor)?;
        if decoded.epoch != epoch {
            return Err(cursor_gone());
        }
        if !is_signed || !decoded.filter.covers(wanted) {
            return Err(invalid_cursor());
        }
        Ok(decoded)
    }

    /// Reads the payload of a cursor; the signature is not checked.
    fn parse(payload: &str) -> Option<Self> {
        let (epoch, seq, kinds, exclude_origin): (String, i64, Vec<String>, Option<String>) =
            serde_json::from_str(payload).ok()?;
        let kinds = kinds.iter().map(|kind| Kind::from_name(kind)).collect::<Option<_>>()?;
        Some(Self { epoch, seq, filter: ChangeFilter { kinds, exclude_origin } })
    }
}

/// Adds the member `resync`: where a reader without a valid cursor starts again.
fn with_resync_links(problem: Problem) -> Problem {
    let links: Value = json!({"snapshot": "/v1/snapshot", "changes": "/v1/changes"});
    problem.with_member("resync", links)
}

/// 400 `invalid_cursor`: the cursor was not signed here, or does not cover the filter.
#[must_use]
pub fn invalid_cursor() -> Problem {
    with_resync_links(Problem::bad_request(vec![Fault::at_parameter(
        "after",
        ErrorCode::InvalidCursor,
        vec![],
    )]))
}

/// 410 `cursor_gone`: the cursor belongs to an epoch before a restore.
#[must_use]
pub fn cursor_gone() -> Problem {
    with_resync_links(Problem::new(ErrorCode::CursorGone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_the_same_or_a_narrower_selection_of_its_epoch() {
        let signer = CursorSigner::new("k");
        let filter = |kinds: &[Kind], not_origin: Option<&str>| ChangeFilter {
            kinds: kinds.to_vec(),
            exclude_origin: not_origin.map(str::to_owned),
        };
        let decode = |written: &ChangeFilter, wanted: &ChangeFilter, epoch: &str| {
            let cursor = FeedCursor { epoch: "e".into(), seq: 7, filter: written.clone() };
            FeedCursor::decode(&signer, &cursor.encode(&signer), epoch, wanted)
                .map(|cursor| cursor.seq)
                .map_err(|problem| problem.code)
        };
        let (all, some) = (filter(&[], None), filter(&[Kind::Visit], Some("clair")));
        assert_eq!(decode(&all, &all, "e"), Ok(7));
        assert_eq!(decode(&all, &some, "e"), Ok(7));
        assert_eq!(decode(&some, &some, "e"), Ok(7));
        assert_eq!(decode(&some, &all, "e"), Err(ErrorCode::BadRequest));
        assert_eq!(decode(&some, &filter(&[Kind::Visit], None), "e"), Err(ErrorCode::BadRequest));
        assert_eq!(decode(&all, &all, "f"), Err(ErrorCode::CursorGone));
        let foreign =
            FeedCursor { epoch: "x".into(), seq: 7, filter: all.clone() }.encode(&CursorSigner::new("l"));
        assert_eq!(FeedCursor::decode(&signer, &foreign, "e", &all).unwrap_err().code, ErrorCode::CursorGone);
        assert_eq!(FeedCursor::decode(&signer, "x", "e", &all).unwrap_err().code, ErrorCode::BadRequest);
    }
}
