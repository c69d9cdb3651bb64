//! The frames in which an engine sends a container's two streams: 1 byte stream, 3 bytes nothing, 4 bytes length, payload.

use super::Logs;

/// Takes a log apart; `None` if its frames are damaged. A last frame that is cut short counts as far as it goes.
pub(super) fn split(mut bytes: &[u8]) -> Option<Logs> {
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
}
