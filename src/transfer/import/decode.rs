//! `Read` adapters: chunks of a channel, UTF-8 validation, gzip.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::text_encoding::not_utf8;
use flate2::read::MultiGzDecoder;
use std::io::{Error, ErrorKind, Read, Result};
use tokio::sync::mpsc::Receiver;

/// Reads the chunks of a channel as one stream. Reading blocks until a chunk arrives.
pub struct ChunkReader<B> {
    chunks: Receiver<std::result::Result<B, Problem>>,
    chunk: Option<B>,
    read_bytes: usize,
}

impl<B> ChunkReader<B> {
    /// Reads a channel to its end.
    #[must_use]
    pub fn new(chunks: Receiver<std::result::Result<B, Problem>>) -> Self {
        Self { chunks, chunk: None, read_bytes: 0 }
    }
}

impl<B: AsRef<[u8]>> Read for ChunkReader<B> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let rest = self
                .chunk
                .as_ref()
                .and_then(|chunk| chunk.as_ref().get(self.read_bytes..))
                .unwrap_or_default();
            if !rest.is_empty() {
                let count = { rest }.read(buffer)?;
                self.read_bytes += count;
                return Ok(count);
            }
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(Err(problem)) => return Err(Error::other(problem)),
                Some(Ok(chunk)) => (self.chunk, self.read_bytes) = (Some(chunk), 0),
            }
        }
    }
}

/// Passes a source on and fails at the first byte that is not UTF-8.
pub(super) struct Utf8Reader<R> {
    source: R,
    /// The first bytes of a character whose end has not been read yet.
    incomplete: Vec<u8>,
    /// The offset of `incomplete` in the source, in bytes.
    position: usize,
}

impl<R: Read> Utf8Reader<R> {
    /// Validates `source` while it is read.
    #[must_use]
    pub(super) fn new(source: R) -> Self {
        Self { source, incomplete: Vec::new(), position: 0 }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.source.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.incomplete.extend_from_slice(read);
        let valid_len = match std::str::from_utf8(&self.incomplete) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            Err(error) => {
                let position = self.position + error.valid_up_to();
                return Err(Error::other(not_utf8(&self.incomplete, position)));
            }
        };
        self.incomplete.drain(..valid_len);
        self.position += valid_len;
        Ok(count)
    }
}

/// Decompresses a gzip source (RFC 1952). A damaged stream is a 400 for the header `Content-Encoding`.
pub struct GzipReader<R>(MultiGzDecoder<R>);

impl<R: Read> GzipReader<R> {
    /// Decompresses `source` while it is read.
    #[must_use]
    pub fn new(source: R) -> Self {
        Self(MultiGzDecoder::new(source))
    }
}

impl<R: Read> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                let args =
                    vec![("value", "gzip".to_owned()), ("expected", "an intact gzip stream".to_owned())];
                let fault = Fault::at_header("Content-Encoding", ErrorCode::InvalidHeader, args);
                Error::other(Problem::bad_request(vec![fault]))
            }
            _ => error,
        })
    }
}
