//! Positions in the change log, as opaque cursors: the epoch, the number of a change, and what the reader left out.

use super::changes::ChangeFilter;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::util::cursor::CursorSigner;
use serde_json::{Value, json};

/// What a cursor of the feed is sealed for.
const CURSOR_CONTEXT: &str = "changes";

/// A position in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCursor {
    /// The numbering it belongs to; a restored registry starts another.
    pub epoch: String,
    /// The number of the last change before it.
    pub seq: i64,
    /// What the reader asked for up to here.
    pub filter: ChangeFilter,
}

impl FeedCursor {
    /// The cursor of the position.
    #[must_use]
    pub fn encode(&self, sealer: &CursorSigner) -> String {
        let kinds: Vec<&str> = self.filter.kinds.iter().map(|kind| kind.as_str()).collect();
        let payload = json!([self.epoch, self.seq, kinds, self.filter.exclude_origin]);
        sealer.sign(CURSOR_CONTEXT, &payload.to_string())
    }

    /// The position of a cursor, for a reader that goes on with `wanted`.
    ///
    /// # Errors
    /// 400 for a cursor that was not made here or that left out what is wanted now; 410 for one of another epoch.
    /// Both say where to start again.
    pub fn decode(sealer: &CursorSigner, cursor: &str, epoch: &str, wanted: &ChangeFilter) -> Result<Self> {
        let (payload, genuine) = sealer.decode(CURSOR_CONTEXT, cursor).ok_or_else(invalid_cursor)?;
        let position = Self::parse(&payload).ok_or_else(invalid_cursor)?;
        if position.epoch != epoch {
            return Err(cursor_gone());
        }
        if !genuine || !position.filter.covers(wanted) {
            return Err(invalid_cursor());
        }
        Ok(position)
    }

    fn parse(payload: &str) -> Option<Self> {
        let (epoch, seq, kinds, without): (String, i64, Vec<String>, Option<String>) =
            serde_json::from_str(payload).ok()?;
        let kinds = kinds.iter().map(|kind| Kind::from_name(kind)).collect::<Option<_>>()?;
        Some(Self { epoch, seq, filter: ChangeFilter { kinds, exclude_origin: without } })
    }
}

/// How a reader without a valid cursor starts again.
fn with_resync_links(problem: Problem) -> Problem {
    let how: Value = json!({"snapshot": "/v1/snapshot", "changes": "/v1/changes"});
    problem.with_member("resync", how)
}

/// A cursor that means nothing here.
#[must_use]
pub fn invalid_cursor() -> Problem {
    with_resync_links(Problem::bad_request(vec![Fault::at_parameter(
        "after",
        ErrorCode::InvalidCursor,
        vec![],
    )]))
}

/// A cursor that means nothing any more.
#[must_use]
pub fn cursor_gone() -> Problem {
    with_resync_links(Problem::new(ErrorCode::CursorGone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_the_same_or_a_narrower_selection_of_its_epoch() {
        let sealer = CursorSigner::new("k");
        let select = |kinds: &[Kind], without: Option<&str>| ChangeFilter {
            kinds: kinds.to_vec(),
            exclude_origin: without.map(str::to_owned),
        };
        let open = |selection: &ChangeFilter, wanted: &ChangeFilter, epoch: &str| {
            let position = FeedCursor { epoch: "e".into(), seq: 7, filter: selection.clone() };
            FeedCursor::decode(&sealer, &position.encode(&sealer), epoch, wanted)
                .map(|position| position.seq)
                .map_err(|problem| problem.code)
        };
        let (all, some) = (select(&[], None), select(&[Kind::Visit], Some("clair")));
        assert_eq!(open(&all, &all, "e"), Ok(7));
        assert_eq!(open(&all, &some, "e"), Ok(7));
        assert_eq!(open(&some, &some, "e"), Ok(7));
        assert_eq!(open(&some, &all, "e"), Err(ErrorCode::BadRequest));
        assert_eq!(open(&some, &select(&[Kind::Visit], None), "e"), Err(ErrorCode::BadRequest));
        assert_eq!(open(&all, &all, "f"), Err(ErrorCode::CursorGone));
        let foreign =
            FeedCursor { epoch: "x".into(), seq: 7, filter: all.clone() }.encode(&CursorSigner::new("l"));
        assert_eq!(FeedCursor::decode(&sealer, &foreign, "e", &all).unwrap_err().code, ErrorCode::CursorGone);
        assert_eq!(FeedCursor::decode(&sealer, "x", "e", &all).unwrap_err().code, ErrorCode::BadRequest);
    }
}
