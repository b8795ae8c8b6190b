//! A body that is sent while it is read from the database: memory stays small however long it is, and a body that was
//! not written to its end is cut off, so that its reader sees it.

use crate::db::{Conn, Db, Outcome};
use crate::error::{Code, Problem, Result};
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use std::io::{self, BufWriter, Write};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes in a piece.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the reader.
const AHEAD: usize = 4;
/// How long the reader may stand still, before the view that it keeps open is closed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A piece of a body.
#[derive(Debug)]
enum Piece<H> {
    /// First: what the headers say.
    Head(H),
    /// Then bytes.
    Bytes(Vec<u8>),
    /// Last.
    End,
    /// Or why there is nothing.
    Refused(Problem),
}

/// The end that is written to.
pub struct Pipe<H> {
    pieces: Sender<Piece<H>>,
    runtime: tokio::runtime::Handle,
}

/// The end that is sent. Dropping it ends the reading.
pub struct Body<H>(Receiver<Piece<H>>);

impl<H: Send + 'static> Pipe<H> {
    /// Gives what the headers say, before anything else.
    ///
    /// # Errors
    /// When the reader is gone.
    pub fn head(&self, head: H) -> io::Result<()> {
        self.send(Piece::Head(head))
    }

    /// The same end, written to in pieces of a good size. What is left of the last must be flushed.
    #[must_use]
    pub fn buffered(self) -> BufWriter<Self> {
        BufWriter::with_capacity(PIECE, self)
    }

    fn send(&self, piece: Piece<H>) -> io::Result<()> {
        let sent = self.runtime.block_on(tokio::time::timeout(PATIENCE, self.pieces.send(piece)));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl<H: Send + 'static> Write for Pipe<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(Piece::Bytes(bytes.to_vec())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to read over one snapshot, on a connection of its own.
#[must_use]
pub fn start<H, F>(db: &Db, read: F) -> Body<H>
where
    H: Send + 'static,
    F: FnOnce(&mut Conn, Pipe<H>) -> Outcome<io::Result<()>> + Send + 'static,
{
    let (pieces, receiver) = channel(AHEAD);
    let (db, out) = (db.clone(), pieces.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::spawn(async move {
        let done = db.read_apart(move |tx| read(tx, Pipe { pieces: out, runtime })).await;
        match done {
            Ok(Ok(())) => drop(pieces.send(Piece::End).await),
            Ok(Err(error)) => log::debug!("a body was not read to its end: {error}"),
            Err(problem) => drop(pieces.send(Piece::Refused(problem)).await),
        }
    });
    Body(receiver)
}

impl<H: Send + 'static> Body<H> {
    /// What the headers say.
    ///
    /// # Errors
    /// Why there is no body.
    pub async fn head(&mut self) -> Result<H> {
        match self.0.recv().await {
            Some(Piece::Head(head)) => Ok(head),
            Some(Piece::Refused(problem)) => Err(problem),
            _ => Err(Problem::new(Code::Unavailable)),
        }
    }

    /// The bytes. Where they end too early, so does the connection.
    pub fn bytes(self) -> impl Stream<Item = Result<Bytes>> {
        stream::unfold(Some(self.0), |receiver| async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(Piece::Bytes(bytes)) => Some((Ok(bytes.into()), Some(receiver))),
                Some(Piece::End) => None,
                Some(Piece::Refused(problem)) => Some((Err(problem), None)),
                Some(Piece::Head(_)) | None => Some((Err(Problem::new(Code::Unavailable)), None)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Create;
    use futures_util::StreamExt as _;

    /// What a reader gets of a body that is written so.
    async fn read(write: fn(&mut dyn Write) -> io::Result<()>) -> (String, bool) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, Create::IfMissing, 1).unwrap();
        let mut body = start(&db, move |_, pipe| {
            pipe.head(7).unwrap();
            Ok(write(&mut pipe.buffered()))
        });
        assert_eq!(body.head().await.unwrap(), 7);
        let pieces: Vec<Result<Bytes>> = body.bytes().collect().await;
        let cut = pieces.iter().any(Result::is_err);
        let bytes: Vec<u8> = pieces.into_iter().filter_map(Result::ok).flatten().collect();
        (String::from_utf8(bytes).unwrap(), cut)
    }

    #[actix_web::test]
    async fn a_body_that_is_not_written_to_its_end_is_cut() {
        let whole = read(|out| out.write_all(b"whole").and_then(|()| out.flush())).await;
        assert_eq!(whole, ("whole".to_owned(), false));
        let (_, cut) =
            read(|out| out.write_all(b"half").and_then(|()| Err(io::ErrorKind::TimedOut.into()))).await;
        assert!(cut);
    }
}
