//! Response bodies streamed from a database snapshot, with bounded memory. A body that fails midway breaks
//! the connection, so that the client notices; a client that reads too slowly is cut off.

use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The size of a chunk, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// The maximum number of chunks waiting for the client.
const MAX_QUEUED_CHUNKS: usize = 4;

/// How slowly a client may read before its snapshot is closed.
#[derive(Debug, Clone, Copy)]
struct ReaderLimits {
    /// The maximum time without progress.
    max_stall: Duration,
    /// The allowance on top of the time that the bytes may take.
    grace: Duration,
    /// The minimum average rate: about half a megabit per second.
    min_bytes_per_second: u64,
    /// The maximum duration of a body.
    max_duration: Duration,
}

/// The limits of every streamed body.
const READER_LIMITS: ReaderLimits = ReaderLimits {
    max_stall: Duration::from_secs(20),
    grace: Duration::from_secs(20),
    min_bytes_per_second: 64 << 10,
    max_duration: Duration::from_mins(30),
};

impl ReaderLimits {
    /// Returns how much longer to wait for a client that took `bytes`, was waited for during `waited`, and
    /// began `elapsed` ago.
    fn time_left(&self, bytes: u64, waited: Duration, elapsed: Duration) -> Duration {
        let earned =
            self.grace + Duration::from_millis(bytes.saturating_mul(1000) / self.min_bytes_per_second.max(1));
        self.max_stall.min(earned.saturating_sub(waited)).min(self.max_duration.saturating_sub(elapsed))
    }
}

/// A chunk of a body.
#[derive(Debug)]
enum BodyChunk<H> {
    /// First: what the header fields are made of.
    Head(H),
    /// Then: bytes.
    Bytes(Vec<u8>),
    /// Last.
    End,
    /// Instead of all of it: a problem.
    Failed(Problem),
}

/// The writing end, on a database thread.
pub struct BodyWriter<H> {
    chunks: Sender<BodyChunk<H>>,
    runtime: tokio::runtime::Handle,
    limits: ReaderLimits,
    started_at: Instant,
    bytes_sent: u64,
    time_waited: Duration,
}

/// The reading end, sent to the client. Dropping it ends the read.
pub struct StreamedBody<H>(Receiver<BodyChunk<H>>);

impl<H: Send + 'static> BodyWriter<H> {
    /// Sends what the header fields are made of, before anything else.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn send_head(&mut self, head: H) -> io::Result<()> {
        self.send_chunk(BodyChunk::Head(head))
    }

    /// Buffers writes into chunks. The buffer must be flushed at the end.
    #[must_use]
    pub fn into_buffered(self) -> BufWriter<Self> {
        BufWriter::with_capacity(CHUNK_BYTES, self)
    }

    fn send_chunk(&mut self, piece: BodyChunk<H>) -> io::Result<()> {
        let (asked, left) = (
            Instant::now(),
            self.limits.time_left(self.bytes_sent, self.time_waited, self.started_at.elapsed()),
        );
        let sent = self.runtime.block_on(tokio::time::timeout(left, self.chunks.send(piece)));
        self.time_waited += asked.elapsed();
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl<H: Send + 'static> Write for BodyWriter<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send_chunk(BodyChunk::Bytes(bytes.to_vec()))?;
        self.bytes_sent += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts a read over one snapshot on a connection of its own. `permit` is held until the read has ended.
#[must_use]
pub fn start_streaming<H, F>(db: &Db, permit: impl Send + 'static, read: F) -> StreamedBody<H>
where
    H: Send + 'static,
    F: FnOnce(&mut Conn, BodyWriter<H>) -> TxResult<io::Result<()>> + Send + 'static,
{
    start_streaming_within(db, permit, READER_LIMITS, read)
}

fn start_streaming_within<H, F>(
    db: &Db,
    permit: impl Send + 'static,
    pace: ReaderLimits,
    read: F,
) -> StreamedBody<H>
where
    H: Send + 'static,
    F: FnOnce(&mut Conn, BodyWriter<H>) -> TxResult<io::Result<()>> + Send + 'static,
{
    let (pieces, receiver) = channel(MAX_QUEUED_CHUNKS);
    let (db, out) = (db.clone(), pieces.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::spawn(async move {
        let work = move |tx: &mut Conn| {
            let _place = permit;
            let began = Instant::now();
            read(
                tx,
                BodyWriter {
                    chunks: out,
                    runtime,
                    limits: pace,
                    started_at: began,
                    bytes_sent: 0,
                    time_waited: Duration::ZERO,
                },
            )
        };
        let done = db.read_streaming(work).await;
        match done {
            Ok(Ok(())) => drop(pieces.send(BodyChunk::End).await),
            Ok(Err(error)) => log::debug!("a body was not read to its end: {error}"),
            Err(problem) => drop(pieces.send(BodyChunk::Failed(problem)).await),
        }
    });
    StreamedBody(receiver)
}

impl<H: Send + 'static> StreamedBody<H> {
    /// Waits for what the header fields are made of.
    ///
    /// # Errors
    /// The problem, where there is no body.
    pub async fn receive_head(&mut self) -> Result<H> {
        match self.0.recv().await {
            Some(BodyChunk::Head(head)) => Ok(head),
            Some(BodyChunk::Failed(problem)) => Err(problem),
            _ => Err(Problem::new(ErrorCode::Unavailable)),
        }
    }

    /// Returns the bytes. Where they end too early, the connection is broken.
    pub fn into_byte_stream(self) -> impl Stream<Item = Result<Bytes>> {
        stream::unfold(Some(self.0), |receiver| async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(BodyChunk::Bytes(bytes)) => Some((Ok(bytes.into()), Some(receiver))),
                Some(BodyChunk::End) => None,
                Some(BodyChunk::Failed(problem)) => Some((Err(problem), None)),
                Some(BodyChunk::Head(_)) | None => Some((Err(Problem::new(ErrorCode::Unavailable)), None)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::pool::CreateMode;
    use futures_util::StreamExt as _;

    /// What a reader gets of a body that is written so.
    async fn read(write: fn(&mut dyn Write) -> io::Result<()>) -> (String, bool) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, CreateMode::IfMissing, 1).unwrap();
        let mut body = start_streaming(&db, (), move |_, mut pipe| {
            pipe.send_head(7).unwrap();
            Ok(write(&mut pipe.into_buffered()))
        });
        assert_eq!(body.receive_head().await.unwrap(), 7);
        let pieces: Vec<Result<Bytes>> = body.into_byte_stream().collect().await;
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
        let left = |bytes: u64, waited: u32, elapsed: u32| {
            READER_LIMITS.time_left(bytes, waited * second, elapsed * second)
        };
        assert_eq!(left(0, 0, 0), READER_LIMITS.max_stall);
        assert_eq!(left(0, 15, 15), 5 * second);
        // 30 kB a second, which would keep the view open for hours.
        assert_eq!(left(30_000 * 40, 40, 40), Duration::ZERO);
        // Twice the least rate, for as long as a body may take.
        assert_eq!(left((128 << 10) * 600, 600, 600), READER_LIMITS.max_stall);
        assert_eq!(left(u64::MAX / 1000, 0, 30 * 60), Duration::ZERO);
    }

    #[actix_web::test]
    async fn a_reader_that_is_too_slow_is_cut_off_and_gives_its_place_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, CreateMode::IfMissing, 1).unwrap();
        let places = crate::http::concurrency_limiter::ConcurrencyLimiter::new(1, 1);
        let milliseconds = Duration::from_millis;
        let pace = ReaderLimits {
            max_stall: milliseconds(300),
            grace: milliseconds(600),
            min_bytes_per_second: 1 << 20,
            max_duration: milliseconds(60_000),
        };
        let mut body = start_streaming_within(&db, places.acquire(1).unwrap(), pace, |_, mut pipe| {
            pipe.send_head(()).unwrap();
            let (mut out, piece) = (pipe.into_buffered(), vec![0; CHUNK_BYTES]);
            Ok((0..100).try_for_each(|_| out.write_all(&piece)))
        });
        body.receive_head().await.unwrap();
        let (mut bytes, mut pieces) = (Box::pin(body.into_byte_stream()), 0);
        while let Some(Ok(_)) = bytes.next().await {
            pieces += 1;
            // A quarter of the least rate, and never still for as long as one may.
            tokio::time::sleep(milliseconds(250)).await;
        }
        assert!((MAX_QUEUED_CHUNKS..50).contains(&pieces), "{pieces}");
        drop(bytes);
        let began = Instant::now();
        while places.acquire(1).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(milliseconds(10)).await;
        }
    }
}
