//! Paths and queries of requests: text from configuration and from the engine itself goes in, and cannot leave the place
//! that it is put in.

use std::fmt::Write;

/// Puts one name or id into a path. `None` if a server could take it for a step up or for nothing at all.
pub(super) fn segment(name: &str) -> Option<String> {
    (!matches!(name, "" | "." | "..")).then(|| encode(name, b"-._~:@"))
}

/// Puts an image reference into a path: its slashes stay, because engines route by them.
pub(super) fn reference(name: &str) -> Option<String> {
    let parts: Option<Vec<String>> = name.split('/').map(segment).collect();
    Some(parts?.join("/"))
}

/// Makes a query of names and values.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        let _ = write!(text, "{}={}", encode(name, b"-._~"), encode(value, b"-._~"));
    }
    text
}

/// Percent-encodes everything but ASCII letters, digits and the given bytes.
fn encode(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_a_lying_engine_stays_one_segment() {
        assert_eq!(segment("../../etc/passwd").unwrap(), "..%2F..%2Fetc%2Fpasswd");
        assert_eq!(segment("a?b#c d\n").unwrap(), "a%3Fb%23c%20d%0A");
        assert_eq!(segment(".."), None);
        assert_eq!(segment(""), None);
    }

    #[test]
    fn references_keep_their_slashes_but_take_no_steps_up() {
        assert_eq!(
            reference("localhost:5000/a/b:1@sha256:00").unwrap(),
            "localhost:5000/a/b:1@sha256:00"
        );
        assert_eq!(reference("a/../b"), None);
        assert_eq!(reference("a//b"), None);
    }

    #[test]
    fn values_cannot_add_parameters() {
        assert_eq!(query(&[("t", "a&b=c"), ("q", "é")]), "?t=a%26b%3Dc&q=%C3%A9");
        assert_eq!(query(&[]), "");
    }
}
