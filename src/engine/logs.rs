//! Reading what a container has written.

use std::time::Duration;

use hyper::header::HeaderMap;

use super::reader::Getter;
use super::{CallError, Family, Logs, Reason, path};

/// How large a log may be.
const LIMIT: u64 = 64 << 20;

/// How large one may be of which only the end is wanted.
const LIMIT_OF_END: u64 = 8 << 20;

/// How long reading one may take in all.
const DEADLINE: Duration = Duration::from_secs(120);

/// Reads a container's log: all of it, or so many lines of its end, whichever stream they were written to.
pub(super) async fn read(getter: &Getter, container: &str, lines: Option<u32>) -> Result<Logs, CallError> {
    let faults = getter.faults(&format!("/containers/{container}/logs"));
    let missing = || CallError {
        reason: Reason::NotFound,
        ..faults.refused("There is no such container.")
    };
    let id = path::segment(container).ok_or_else(missing)?;
    let inspect = getter.container(container).await?.ok_or_else(missing)?;
    let loses_pieces = lines.is_some() && getter.family() == Family::Podman;
    let bytes = match loses_pieces {
        false => get(getter, &id, lines, LIMIT).await?,
        // Asked for its end, Podman leaves out the pieces of a line that were written one by one, but for the last.
        true => match get(getter, &id, None, LIMIT_OF_END).await {
            // It is too large: its last pieces are better than nothing.
            Err(error) if error.reason == Reason::Broken => get(getter, &id, lines, LIMIT).await?,
            other => other?,
        },
    };
    let bytes = bytes.ok_or_else(missing)?;
    let mut pieces = match inspect["Config"]["Tty"] == true {
        true => vec![(Stream::Output, bytes.as_slice())],
        false => split(&bytes).ok_or_else(|| faults.broken("The log's frames are damaged."))?,
    };
    if let Some(lines) = lines {
        cut(&mut pieces, lines as usize);
    }
    let of = |stream: Stream| {
        let pieces = pieces.iter().filter(|(it, _)| *it == stream);
        pieces.flat_map(|(_, piece)| *piece).copied().collect()
    };
    Ok(Logs {
        stdout: of(Stream::Output),
        stderr: of(Stream::Error),
    })
}

async fn get(
    getter: &Getter,
    id: &str,
    lines: Option<u32>,
    limit: u64,
) -> Result<Option<Vec<u8>>, CallError> {
    let tail = lines.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
    let query = path::query(&[("stdout", "1"), ("stderr", "1"), ("tail", &tail)]);
    let path = format!("/containers/{id}/logs{query}");
    getter.bytes(&path, &HeaderMap::new(), limit, DEADLINE).await
}

/// Where something was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

/// Cuts off all but the last lines. What follows the last line end counts for nothing.
fn cut(pieces: &mut Vec<(Stream, &[u8])>, lines: usize) {
    let mut ends = 0;
    for at in (0..pieces.len()).rev() {
        let piece = pieces[at].1;
        let found = piece.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
        for (end, _) in found {
            if ends == lines {
                pieces[at].1 = &piece[end + 1..];
                pieces.drain(..at);
                return;
            }
            ends += 1;
        }
    }
}

/// Takes a log apart, which comes in frames: 1 byte stream, 3 bytes nothing, 4 bytes length, payload. `None` if they are damaged.
/// A last frame that is cut short counts as far as it goes.
fn split(mut bytes: &[u8]) -> Option<Vec<(Stream, &[u8])>> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (header, rest) = bytes.split_first_chunk::<8>()?;
        let [stream, 0, 0, 0, a, b, c, d] = *header else {
            return None;
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let (payload, rest) = rest.split_at(length.min(rest.len()));
        let stream = match stream {
            0 | 1 => Stream::Output,
            2 => Stream::Error,
            _ => return None,
        };
        pieces.push((stream, payload));
        bytes = rest;
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_apart() {
        let bytes = b"\x01\0\0\0\0\0\0\x02ab\x02\0\0\0\0\0\0\x01c\x01\0\0\0\0\0\0\x01d";
        let expected: [(Stream, &[u8]); 3] = [
            (Stream::Output, b"ab"),
            (Stream::Error, b"c"),
            (Stream::Output, b"d"),
        ];
        assert_eq!(split(bytes).unwrap(), expected);
    }

    #[test]
    fn a_length_beyond_the_end_takes_what_is_there() {
        let pieces = split(b"\x01\0\0\0\xff\xff\xff\xffab").unwrap();
        assert_eq!(pieces[0].1, b"ab");
    }

    #[test]
    fn raw_text_is_no_frame() {
        assert_eq!(split(b"hello world"), None);
        assert_eq!(split(b"\x01\0\0"), None);
    }

    fn last(written: &[(Stream, &str)], lines: usize) -> Vec<String> {
        let mut pieces = written
            .iter()
            .map(|(stream, text)| (*stream, text.as_bytes()))
            .collect();
        cut(&mut pieces, lines);
        let texts = pieces
            .into_iter()
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn the_last_lines_of_both_streams_together_stay() {
        use Stream::{Error, Output};
        let noise = [(Error, "warning\n"); 25];
        let written = [&noise[..], &[(Output, "la"), (Output, "st\n")]].concat();
        assert_eq!(last(&written, 2), ["warning\n", "la", "st\n"]);
        assert_eq!(last(&[(Output, "a\nb\nc\n")], 2), ["b\nc\n"]);
        assert_eq!(last(&[(Output, "a\nb\nc")], 1), ["b\nc"]);
        assert_eq!(last(&[(Output, "a\n\n"), (Error, "b\n")], 2), ["\n", "b\n"]);
        assert_eq!(last(&[(Output, "a\n"), (Error, "b\n")], 5), ["a\n", "b\n"]);
        assert_eq!(last(&[(Output, "a\n")], 0), [""; 0]);
    }
}
