//! A body that is sent while it is read from the database: memory stays small however long it is, and a body that was
//! not written to its end is cut off, so that its reader sees it.

use crate::db::{Conn, Db, Outcome};
use crate::error::{Code, Problem, Result};
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes in a piece.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the reader.
const AHEAD: usize = 4;

/// How slow a reader may be, before the view that it keeps open is closed for others.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// How long the reader may stand still.
    still: Duration,
    /// How long the reader may be waited for in all, beside the time that its bytes may take.
    grace: Duration,
    /// The bytes of a second, about half a megabit.
    rate: u64,
    /// How long the whole body may take.
    whole: Duration,
}

/// The pace of every body.
const PACE: Pace = Pace {
    still: Duration::from_secs(20),
    grace: Duration::from_secs(20),
    rate: 64 << 10,
    whole: Duration::from_mins(30),
};

impl Pace {
    /// How much longer a reader may be waited for that took so many bytes, was waited for so long, and began so long ago.
    fn left(&self, bytes: u64, waited: Duration, elapsed: Duration) -> Duration {
        let earned = self.grace + Duration::from_millis(bytes.saturating_mul(1000) / self.rate.max(1));
        self.still.min(earned.saturating_sub(waited)).min(self.whole.saturating_sub(elapsed))
    }
}

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
    pace: Pace,
    began: Instant,
    sent: u64,
    waited: Duration,
}

/// The end that is sent. Dropping it ends the reading.
pub struct Body<H>(Receiver<Piece<H>>);

impl<H: Send + 'static> Pipe<H> {
    /// Gives what the headers say, before anything else.
    ///
    /// # Errors
    /// When the reader is gone.
    pub fn head(&mut self, head: H) -> io::Result<()> {
        self.send(Piece::Head(head))
    }

    /// The same end, written to in pieces of a good size. What is left of the last must be flushed.
    #[must_use]
    pub fn buffered(self) -> BufWriter<Self> {
        BufWriter::with_capacity(PIECE, self)
    }

    fn send(&mut self, piece: Piece<H>) -> io::Result<()> {
        let (asked, left) = (Instant::now(), self.pace.left(self.sent, self.waited, self.began.elapsed()));
        let sent = self.runtime.block_on(tokio::time::timeout(left, self.pieces.send(piece)));
        self.waited += asked.elapsed();
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl<H: Send + 'static> Write for Pipe<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(Piece::Bytes(bytes.to_vec()))?;
        self.sent += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to read over one snapshot, on a connection of its own. `place` is held until the reading has ended.
#[must_use]
pub fn start<H, F>(db: &Db, place: impl Send + 'static, read: F) -> Body<H>
where
    H: Send + 'static,
    F: FnOnce(&mut Conn, Pipe<H>) -> Outcome<io::Result<()>> + Send + 'static,
{
    start_at(db, place, PACE, read)
}

fn start_at<H, F>(db: &Db, place: impl Send + 'static, pace: Pace, read: F) -> Body<H>
where
    H: Send + 'static,
    F: FnOnce(&mut Conn, Pipe<H>) -> Outcome<io::Result<()>> + Send + 'static,
{
    let (pieces, receiver) = channel(AHEAD);
    let (db, out) = (db.clone(), pieces.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::spawn(async move {
        let work = move |tx: &mut Conn| {
            let _place = place;
            let began = Instant::now();
            read(tx, Pipe { pieces: out, runtime, pace, began, sent: 0, waited: Duration::ZERO })
        };
        let done = db.read_apart(work).await;
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
        let mut body = start(&db, (), move |_, mut pipe| {
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

    #[test]
    fn a_reader_may_be_slow_for_a_while_but_not_on_the_whole() {
        let second = Duration::from_secs(1);
        let left =
            |bytes: u64, waited: u32, elapsed: u32| PACE.left(bytes, waited * second, elapsed * second);
        assert_eq!(left(0, 0, 0), PACE.still);
        assert_eq!(left(0, 15, 15), 5 * second);
        // 30 kB a second, which would keep the view open for hours.
        assert_eq!(left(30_000 * 40, 40, 40), Duration::ZERO);
        // Twice the least rate, for as long as a body may take.
        assert_eq!(left((128 << 10) * 600, 600, 600), PACE.still);
        assert_eq!(left(u64::MAX / 1000, 0, 30 * 60), Duration::ZERO);
    }

    #[actix_web::test]
    async fn a_reader_that_is_too_slow_is_cut_off_and_gives_its_place_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, Create::IfMissing, 1).unwrap();
        let places = crate::http::places::Places::new(1, 1);
        let milliseconds = Duration::from_millis;
        let pace = Pace {
            still: milliseconds(300),
            grace: milliseconds(600),
            rate: 1 << 20,
            whole: milliseconds(60_000),
        };
        let mut body = start_at(&db, places.take(1).unwrap(), pace, |_, mut pipe| {
            pipe.head(()).unwrap();
            let (mut out, piece) = (pipe.buffered(), vec![0; PIECE]);
            Ok((0..100).try_for_each(|_| out.write_all(&piece)))
        });
        body.head().await.unwrap();
        let (mut bytes, mut pieces) = (Box::pin(body.bytes()), 0);
        while let Some(Ok(_)) = bytes.next().await {
            pieces += 1;
            // A quarter of the least rate, and never still for as long as one may.
            tokio::time::sleep(milliseconds(250)).await;
        }
        assert!((AHEAD..50).contains(&pieces), "{pieces}");
        drop(bytes);
        let began = Instant::now();
        while places.take(1).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(milliseconds(10)).await;
        }
    }
}
