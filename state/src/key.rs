//! The key that secrets are hashed with: made once, kept beside the state, never in it.

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{StateError, atomic, document};

/// Reads the key; makes one if there is none.
///
/// # Errors
/// The file cannot be read or written, or does not hold a key.
pub fn load_or_make(path: &Path) -> Result<[u8; 32], StateError> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let made = fresh();
    let text = format!("{}\n", document::hex(&made));
    if atomic::make(path, text.as_bytes())? {
        return Ok(made);
    }
    // Another run made one in the meantime.
    load(path)?.ok_or_else(|| StateError::Key {
        path: path.to_path_buf(),
    })
}

fn load(path: &Path) -> Result<Option<[u8; 32]>, StateError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::reading(path, error)),
    };
    match parse(bytes.trim_ascii()) {
        Some(key) => Ok(Some(key)),
        None => Err(StateError::Key {
            path: path.to_path_buf(),
        }),
    }
}

fn parse(digits: &[u8]) -> Option<[u8; 32]> {
    if digits.len() != 64 {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(key)
}

/// Two random UUIDs hold 244 random bits; hashing spreads them over all 256.
fn fresh() -> [u8; 32] {
    Sha256::new()
        .chain_update(Uuid::new_v4().as_bytes())
        .chain_update(Uuid::new_v4().as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_private() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.json.key");
        let key = load_or_make(&path).unwrap();
        assert_eq!(load_or_make(&path).unwrap(), key);
        assert_ne!(load_or_make(&root.path().join("b.json.key")).unwrap(), key);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_key_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.json.key");
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            fs::write(&path, text).unwrap();
            assert!(
                matches!(load_or_make(&path), Err(StateError::Key { .. })),
                "{text}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
