//! Reading what a container has written.

use std::time::Duration;

use hyper::header::HeaderMap;

use super::fault::Faults;
use super::reader::Getter;
use super::{CallError, Family, Logs, Reason, path};

/// How large a log may be.
const LIMIT: u64 = 64 << 20;

/// How long reading one may take in all.
const DEADLINE: Duration = Duration::from_secs(120);

/// Reads a container's log: all of it, or at most so many lines of the end of each stream.
pub(super) async fn read(getter: &Getter, container: &str, lines: Option<u32>) -> Result<Logs, CallError> {
    let faults = getter.faults(&format!("/containers/{container}/logs"));
    let missing = || CallError {
        reason: Reason::NotFound,
        ..faults.refused("There is no such container.")
    };
    let id = path::segment(container).ok_or_else(missing)?;
    let inspect = getter.container(container).await?.ok_or_else(missing)?;
    let all = get(getter, &id, None);
    let bytes = match (lines, getter.family()) {
        (None, _) => all.await?,
        (lines, Family::Docker) => get(getter, &id, lines).await?,
        // Podman counts each piece that was written by itself as a line.
        (lines, Family::Podman) => match all.await {
            Ok(bytes) => bytes,
            Err(_) => get(getter, &id, lines).await?,
        },
    };
    let bytes = bytes.ok_or_else(missing)?;
    let has_terminal = inspect["Config"]["Tty"] == true;
    let logs = if has_terminal {
        Logs {
            stdout: bytes,
            stderr: Vec::new(),
        }
    } else {
        split(&bytes).ok_or_else(|| damaged(&faults))?
    };
    Ok(match lines {
        None => logs,
        Some(lines) => Logs {
            stdout: last(logs.stdout, lines),
            stderr: last(logs.stderr, lines),
        },
    })
}

async fn get(getter: &Getter, id: &str, lines: Option<u32>) -> Result<Option<Vec<u8>>, CallError> {
    let tail = lines.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
    let query = path::query(&[("stdout", "1"), ("stderr", "1"), ("tail", &tail)]);
    let path = format!("/containers/{id}/logs{query}");
    getter.bytes(&path, &HeaderMap::new(), LIMIT, DEADLINE).await
}

fn damaged(faults: &Faults) -> CallError {
    faults.broken("The log's frames are damaged.")
}

/// Cuts off all but the last lines. A line end at the very end begins no line.
fn last(mut bytes: Vec<u8>, lines: u32) -> Vec<u8> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let ends = text.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let cut = match lines.checked_sub(1) {
        None => bytes.len(),
        Some(before) => ends.map(|(at, _)| at + 1).nth(before as usize).unwrap_or(0),
    };
    bytes.split_off(cut)
}

/// Takes a log apart, which comes in frames: 1 byte stream, 3 bytes nothing, 4 bytes length, payload. `None` if they are damaged.
/// A last frame that is cut short counts as far as it goes.
fn split(mut bytes: &[u8]) -> Option<Logs> {
    let mut logs = Logs::default();
    while !bytes.is_empty() {
        let (header, rest) = bytes.split_first_chunk::<8>()?;
        let [stream, 0, 0, 0, a, b, c, d] = *header else {
            return None;
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let (payload, rest) = rest.split_at(length.min(rest.len()));
        match stream {
            0 | 1 => logs.stdout.extend_from_slice(payload),
            2 => logs.stderr.extend_from_slice(payload),
            _ => return None,
        }
        bytes = rest;
    }
    Some(logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_apart() {
        let bytes = b"\x01\0\0\0\0\0\0\x02ab\x02\0\0\0\0\0\0\x01c\x01\0\0\0\0\0\0\x01d";
        assert_eq!(
            split(bytes),
            Some(Logs {
                stdout: b"abd".to_vec(),
                stderr: b"c".to_vec()
            })
        );
    }

    #[test]
    fn a_length_beyond_the_end_takes_what_is_there() {
        assert_eq!(
            split(b"\x01\0\0\0\xff\xff\xff\xffab").unwrap().stdout,
            b"ab".to_vec()
        );
    }

    #[test]
    fn raw_text_is_no_frame() {
        assert_eq!(split(b"hello world"), None);
        assert_eq!(split(b"\x01\0\0"), None);
    }

    #[test]
    fn the_last_lines_are_cut_off() {
        let cut = |text: &str, lines| String::from_utf8(last(text.into(), lines)).unwrap();
        assert_eq!(cut("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(cut("a\nb\nc", 1), "c");
        assert_eq!(cut("a\n\n", 1), "\n");
        assert_eq!(cut("a\n", 5), "a\n");
        assert_eq!(cut("a\n", 0), "");
        assert_eq!(cut("", 3), "");
    }
}
