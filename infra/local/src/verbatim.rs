//! Lets requests through that API Gateway takes and hyper refuses, such as any byte in a query.
//! Refused bytes are replaced before hyper reads them, and restored in the event.
//!
//! A byte is replaced by a character of a private use area of Unicode. If a client sends such a
//! character itself, the bytes of the character are replaced as well, so no request can be mistaken
//! for another.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The substitute of the byte 0. Those of the other bytes follow.
const FIRST_SUBSTITUTE: u32 = 0xF_0000;

/// The longest target that hyper takes, in bytes. A longer line is passed unchanged.
const LONGEST_LINE: usize = 64 * 1024;

/// The original target of a request, or a part of it. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn as_it_came(target: &str) -> Cow<'_, str> {
    if !target.contains(|c| byte_of(c).is_some()) {
        return Cow::Borrowed(target);
    }
    let mut bytes = Vec::with_capacity(target.len());
    for c in target.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte whose substitute is `c`, if there is one.
fn byte_of(c: char) -> Option<u8> {
    u32::from(c).checked_sub(FIRST_SUBSTITUTE).and_then(|number| u8::try_from(number).ok())
}

/// The request line with a target that hyper takes.
fn readable(line: &[u8]) -> Cow<'_, [u8]> {
    let Some((before, target, after)) = parts(line).filter(|(_, target, _)| !is_plain(target))
    else {
        return Cow::Borrowed(line);
    };
    let mut changed = before.to_vec();
    for &byte in target {
        let substitute = char::from_u32(FIRST_SUBSTITUTE + u32::from(byte));
        match substitute.filter(|_| is_refused(byte) || !byte.is_ascii()) {
            Some(c) => changed.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => changed.push(byte),
        }
    }
    changed.extend_from_slice(after);
    Cow::Owned(changed)
}

/// The parts before, in and after the target of a request line; `None` for any other line.
fn parts(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    const VERSION: &[u8] = b" HTTP/1.";
    let method = line.iter().position(|byte| !byte.is_ascii_uppercase())?;
    let version = line.windows(VERSION.len()).rposition(|window| window == VERSION)?;
    let (before, rest) = line.split_at_checked(method + 1)?;
    let (target, after) = rest.split_at_checked(version.checked_sub(method + 1)?)?;
    let minor = after.strip_prefix(VERSION)?.trim_ascii_end();
    (method > 0 && before.ends_with(b" ") && !target.is_empty() && matches!(minor, b"0" | b"1"))
        .then_some((before, target, after))
}

/// Whether hyper takes this target and it contains no substitute.
fn is_plain(target: &[u8]) -> bool {
    !target.iter().copied().any(is_refused)
        && std::str::from_utf8(target).is_ok_and(|text| !text.contains(|c| byte_of(c).is_some()))
}

/// Whether hyper refuses this byte in a query, and API Gateway does not.
fn is_refused(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// A connection whose requests hyper can read. Only request lines are changed.
#[derive(Debug)]
pub(crate) struct Verbatim<S> {
    inner: S,
    requests: Requests,
    /// The bytes that hyper reads next, from `read` on.
    ready: Vec<u8>,
    read: usize,
    has_ended: bool,
}

impl<S> Verbatim<S> {
    /// The connection `inner` at its beginning.
    pub(crate) fn new(inner: S) -> Self {
        let requests = Requests { expected: Expected::RequestLine, line: Vec::new() };
        Self { inner, requests, ready: Vec::new(), read: 0, has_ended: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Verbatim<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let unread = this.ready.get(this.read..).unwrap_or_default();
            if !unread.is_empty() || this.has_ended {
                let count = unread.len().min(buffer.remaining());
                buffer.put_slice(unread.get(..count).unwrap_or_default());
                this.read += count;
                return Poll::Ready(Ok(()));
            }
            this.ready.clear();
            this.read = 0;
            let mut bytes = [0; 8 * 1024];
            let mut bytes = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut bytes))?;
            if bytes.filled().is_empty() {
                this.has_ended = true;
                this.ready.append(&mut this.requests.line);
            } else {
                this.requests.pass(bytes.filled(), &mut this.ready);
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Verbatim<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// Finds the request lines of a connection by HTTP/1.1's framing (RFC 9112, sections 6 and 7.1).
#[derive(Debug)]
struct Requests {
    expected: Expected,
    /// The beginning of an incomplete line.
    line: Vec<u8>,
}

/// The expected next part on a connection.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// The first line of a request.
    RequestLine,
    /// A header, or the empty line after the last one.
    Header(Framing),
    /// That many bytes of a body.
    Body(u64),
    /// The line with the size of a chunk.
    ChunkSize,
    /// That many bytes of a chunk and its line end.
    Chunk(u64),
    /// A trailer, or the empty line after the last one.
    Trailer,
    /// Anything but HTTP/1.1, which hyper refuses.
    Anything,
}

/// The framing of the body, from the headers so far.
#[derive(Clone, Copy, Debug, Default)]
struct Framing {
    length: u64,
    is_chunked: bool,
}

impl Requests {
    /// Passes `bytes` on to `out`, with request lines that hyper takes.
    fn pass(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while let Some(&first) = bytes.first() {
            match self.expected {
                Expected::Anything => {
                    out.extend_from_slice(bytes);
                    return;
                }
                Expected::Body(left) => {
                    let left = pass_some(&mut bytes, left, out);
                    self.expected =
                        if left == 0 { Expected::RequestLine } else { Expected::Body(left) };
                }
                Expected::Chunk(left) => {
                    let left = pass_some(&mut bytes, left, out);
                    self.expected =
                        if left == 0 { Expected::ChunkSize } else { Expected::Chunk(left) };
                }
                // Bytes that cannot be a request are passed on at once.
                Expected::RequestLine
                    if self.line.is_empty()
                        && !(first.is_ascii_uppercase() || matches!(first, b'\r' | b'\n')) =>
                {
                    self.expected = Expected::Anything;
                }
                _ => self.pass_line(&mut bytes, out),
            }
        }
    }

    /// Passes a line on, if `bytes` has its end.
    fn pass_line(&mut self, bytes: &mut &[u8], out: &mut Vec<u8>) {
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|position| position + 1);
        let (taken, rest) = bytes.split_at_checked(end.unwrap_or(bytes.len())).unwrap_or_default();
        *bytes = rest;
        self.line.extend_from_slice(taken);
        if end.is_some() {
            let line = std::mem::take(&mut self.line);
            match self.expected {
                Expected::RequestLine => out.extend_from_slice(&readable(&line)),
                _ => out.extend_from_slice(&line),
            }
            self.expected = self.expected.after(line.trim_ascii_end());
        } else if self.line.len() > LONGEST_LINE {
            out.append(&mut self.line);
            self.expected = Expected::Anything;
        }
    }
}

impl Expected {
    /// The expected part after this line.
    fn after(self, line: &[u8]) -> Self {
        match self {
            // Empty lines before a request are skipped (RFC 9112, section 2.2).
            Self::RequestLine | Self::Trailer if line.is_empty() => Self::RequestLine,
            Self::RequestLine => Self::Header(Framing::default()),
            Self::Header(Framing { is_chunked: true, .. }) if line.is_empty() => Self::ChunkSize,
            Self::Header(Framing { length: 0, .. }) if line.is_empty() => Self::RequestLine,
            Self::Header(Framing { length, .. }) if line.is_empty() => Self::Body(length),
            Self::Header(framing) => framing.with(line).map_or(Self::Anything, Self::Header),
            Self::ChunkSize => match chunk_size(line) {
                Some(0) => Self::Trailer,
                Some(size) => Self::Chunk(size.saturating_add(2)),
                None => Self::Anything,
            },
            Self::Trailer | Self::Body(_) | Self::Chunk(_) | Self::Anything => self,
        }
    }
}

impl Framing {
    /// The framing with this header; `None` if hyper refuses the header.
    fn with(self, header: &[u8]) -> Option<Self> {
        let colon = header.iter().position(|byte| *byte == b':')?;
        let (name, value) = header.split_at_checked(colon)?;
        let value = value.strip_prefix(b":")?.trim_ascii().to_ascii_lowercase();
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = std::str::from_utf8(&value).ok()?.parse().ok()?;
            return Some(Self { length, ..self });
        }
        let is_encoding = name.eq_ignore_ascii_case(b"transfer-encoding");
        Some(Self {
            is_chunked: self.is_chunked || is_encoding && value.ends_with(b"chunked"),
            ..self
        })
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()
}

/// Passes at most `left` of `bytes` on. Returns how many are still left.
fn pass_some(bytes: &mut &[u8], left: u64, out: &mut Vec<u8>) -> u64 {
    let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    let (taken, rest) = bytes.split_at_checked(count).unwrap_or_default();
    *bytes = rest;
    out.extend_from_slice(taken);
    left.saturating_sub(taken.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that hyper reads if `bytes` arrive `step` at a time.
    fn read(bytes: &[u8], step: usize) -> Vec<u8> {
        let mut requests = Requests { expected: Expected::RequestLine, line: Vec::new() };
        let mut out = Vec::new();
        for part in bytes.chunks(step) {
            requests.pass(part, &mut out);
        }
        out.append(&mut requests.line);
        out
    }

    #[track_caller]
    fn target(line: &[u8]) -> String {
        let line = readable(line).into_owned();
        let line = std::str::from_utf8(&line).unwrap();
        let target = line.split(' ').nth(1).unwrap();
        assert!(target.parse::<axum::http::Uri>().is_ok(), "hyper takes {target:?}");
        as_it_came(target).into_owned()
    }

    #[test]
    fn a_target_that_hyper_would_refuse_arrives_unchanged() {
        for query in
            ["/a?x=\"<>{}|\\^`", "/a?x= y  z", "/a?x=%22\"&y=%C3%A9é", "/a?\u{F0022}\"=\u{F0041}"]
        {
            assert_eq!(target(format!("GET {query} HTTP/1.1\r\n").as_bytes()), query);
        }
        assert_eq!(target(b"GET /a?x=\xff\xc3\xa9 HTTP/1.0\n"), "/a?x=\u{fffd}é");
        // A substitute that a client sends is not mistaken for the byte.
        assert_eq!(target("GET /a?x=\u{F0026}y HTTP/1.1\r\n".as_bytes()), "/a?x=\u{F0026}y");
        assert_eq!(target(b"GET /a? HTTP/1.1 HTTP/1.1\r\n"), "/a? HTTP/1.1");
    }

    #[test]
    fn other_lines_and_lines_that_hyper_takes_are_left_alone() {
        for line in [
            "GET /a?x=%22'é HTTP/1.1\r\n",
            "GET /a?x=\" HTTP/2\r\n",
            "get /a?x=\" HTTP/1.1\r\n",
            "GET  HTTP/1.1\r\n",
            "\"GET\" HTTP/1.1\r\n",
            " HTTP/1.1\r\n",
            "\r\n",
            "",
        ] {
            assert_eq!(readable(line.as_bytes()), line.as_bytes(), "{line:?}");
        }
    }

    #[test]
    fn only_request_lines_change_in_pieces_of_any_size() {
        let weird = "POST /a?x=\" HTTP/1.1\r\n";
        let body = "GET /b?\" HTTP/1.1\r\n\r\n";
        let sized = format!("{weird}Content-LENGTH: {}\r\n\r\n{body}", body.len());
        let chunked = format!(
            "{weird}Transfer-Encoding: gzip, Chunked\r\nX: \"\r\n\r\n{:x};x=\"\r\n{body}\r\n0\r\nT: \"\r\n\r\n",
            body.len()
        );
        let bare = format!("\r\n{weird}X: é\n\n");
        let all = [sized.as_str(), &chunked, &bare, &sized].concat();
        let changed = String::from_utf8(readable(weird.as_bytes()).into_owned()).unwrap();
        assert_ne!(changed, weird);

        for step in [1, 2, 7, 64, all.len()] {
            let read = String::from_utf8(read(all.as_bytes(), step)).unwrap();
            assert_eq!(read, all.replace(weird, &changed), "{step} bytes at a time");
        }
    }

    #[test]
    fn other_protocols_are_passed_on_at_once() {
        let mut requests = Requests { expected: Expected::RequestLine, line: Vec::new() };
        let mut out = Vec::new();

        requests.pass(b"\x16\x03\x01", &mut out);
        requests.pass(b"GET /\" HTTP/1.1\r\n", &mut out);

        assert_eq!(out, b"\x16\x03\x01GET /\" HTTP/1.1\r\n");
    }
}
