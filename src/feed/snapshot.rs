//! Every record of one moment, sent while it is read: memory stays small however many there are.

use super::changes::{Selection, extent};
use super::export;
use super::position::Position;
use crate::db::Db;
use crate::error::Result;
use crate::http::cursor::Sealer;
use crate::vocabulary::Kind;
use serde_json::json;
use std::io::{self, BufWriter, Write};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes in a piece.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the reader.
const AHEAD: usize = 4;
/// How long the reader may stand still, before the view that it keeps open is closed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A piece of a snapshot.
#[derive(Debug)]
pub enum Piece {
    /// First: the cursor from which the feed goes on.
    Cursor(String),
    /// Then lines.
    Lines(Vec<u8>),
    /// Or why there are none.
    Refused(crate::error::Problem),
}

/// Starts to read a snapshot of some kinds (of all, when there are none). Dropping the receiver ends it.
#[must_use]
pub fn start(db: &Db, sealer: &Sealer, kinds: Vec<Kind>) -> Receiver<Piece> {
    let (pieces, receiver) = channel(AHEAD);
    let (db, sealer) = (db.clone(), sealer.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::spawn(async move {
        let out = pieces.clone();
        let read = move |tx: &mut crate::db::Conn| {
            let extent = extent(tx)?;
            let selection = Selection { kinds: kinds.clone(), without: None };
            let cursor = Position { epoch: extent.epoch, seq: extent.head, selection }.seal(&sealer);
            let pipe = Pipe { pieces: out, runtime };
            if pipe.send(Piece::Cursor(cursor.clone())).is_err() {
                return Ok(Ok(()));
            }
            let mut out = BufWriter::with_capacity(PIECE, pipe);
            Ok(export::records(tx, &kinds, &mut out)?.and_then(|count| {
                export::end(&mut out, &json!({"kind": "end", "count": count, "cursor": cursor}))
            }))
        };
        let done: Result<io::Result<()>> = db.read_apart(read).await;
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log::debug!("a snapshot was not read to its end: {error}"),
            Err(problem) => drop(pieces.send(Piece::Refused(problem)).await),
        }
    });
    receiver
}

/// Hands what is written to the reader, and waits for it.
struct Pipe {
    pieces: Sender<Piece>,
    runtime: tokio::runtime::Handle,
}

impl Pipe {
    fn send(&self, piece: Piece) -> io::Result<()> {
        let sent = self.runtime.block_on(tokio::time::timeout(PATIENCE, self.pieces.send(piece)));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(Piece::Lines(bytes.to_vec())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
