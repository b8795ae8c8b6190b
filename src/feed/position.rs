//! Positions in the change log, as opaque cursors: the epoch, the number of a change, and what the reader left out.

use super::changes::Selection;
use crate::error::{Code, Fault, Problem, Result};
use crate::http::cursor::Sealer;
use crate::vocabulary::Kind;
use serde_json::{Value, json};

/// What a cursor of the feed is sealed for.
const CONTEXT: &str = "changes";

/// A position in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The numbering it belongs to; a restored registry starts another.
    pub epoch: String,
    /// The number of the last change before it.
    pub seq: i64,
    /// What the reader asked for up to here.
    pub selection: Selection,
}

impl Position {
    /// The cursor of the position.
    #[must_use]
    pub fn seal(&self, sealer: &Sealer) -> String {
        let kinds: Vec<&str> = self.selection.kinds.iter().map(|kind| kind.as_str()).collect();
        let payload = json!([self.epoch, self.seq, kinds, self.selection.without]);
        sealer.seal(CONTEXT, &payload.to_string())
    }

    /// The position of a cursor, for a reader that goes on with `wanted`.
    ///
    /// # Errors
    /// 400 for a cursor that was not made here or that left out what is wanted now; 410 for one of another epoch.
    /// Both say where to start again.
    pub fn open(sealer: &Sealer, cursor: &str, epoch: &str, wanted: &Selection) -> Result<Self> {
        let (payload, genuine) = sealer.peek(CONTEXT, cursor).ok_or_else(invalid)?;
        let position = Self::read(&payload).ok_or_else(invalid)?;
        if position.epoch != epoch {
            return Err(gone());
        }
        if !genuine || !position.selection.covers(wanted) {
            return Err(invalid());
        }
        Ok(position)
    }

    fn read(payload: &str) -> Option<Self> {
        let (epoch, seq, kinds, without): (String, i64, Vec<String>, Option<String>) =
            serde_json::from_str(payload).ok()?;
        let kinds = kinds.iter().map(|kind| Kind::from_name(kind)).collect::<Option<_>>()?;
        Some(Self { epoch, seq, selection: Selection { kinds, without } })
    }
}

/// How a reader without a valid cursor starts again.
fn resync(problem: Problem) -> Problem {
    let how: Value = json!({"snapshot": "/v1/snapshot", "changes": "/v1/changes"});
    problem.with("resync", how)
}

/// A cursor that means nothing here.
#[must_use]
pub fn invalid() -> Problem {
    resync(Problem::bad_request(vec![Fault::parameter("after", Code::InvalidCursor, vec![])]))
}

/// A cursor that means nothing any more.
#[must_use]
pub fn gone() -> Problem {
    resync(Problem::new(Code::CursorGone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_the_same_or_a_narrower_selection_of_its_epoch() {
        let sealer = Sealer::new("k");
        let select = |kinds: &[Kind], without: Option<&str>| Selection {
            kinds: kinds.to_vec(),
            without: without.map(str::to_owned),
        };
        let open = |selection: &Selection, wanted: &Selection, epoch: &str| {
            let position = Position { epoch: "e".into(), seq: 7, selection: selection.clone() };
            Position::open(&sealer, &position.seal(&sealer), epoch, wanted)
                .map(|position| position.seq)
                .map_err(|problem| problem.code)
        };
        let (all, some) = (select(&[], None), select(&[Kind::Visit], Some("clair")));
        assert_eq!(open(&all, &all, "e"), Ok(7));
        assert_eq!(open(&all, &some, "e"), Ok(7));
        assert_eq!(open(&some, &some, "e"), Ok(7));
        assert_eq!(open(&some, &all, "e"), Err(Code::BadRequest));
        assert_eq!(open(&some, &select(&[Kind::Visit], None), "e"), Err(Code::BadRequest));
        assert_eq!(open(&all, &all, "f"), Err(Code::CursorGone));
        let foreign = Position { epoch: "x".into(), seq: 7, selection: all.clone() }.seal(&Sealer::new("l"));
        assert_eq!(Position::open(&sealer, &foreign, "e", &all).unwrap_err().code, Code::CursorGone);
        assert_eq!(Position::open(&sealer, "x", "e", &all).unwrap_err().code, Code::BadRequest);
    }
}
