//! The receiver's image: nothing but wharf's own binary.

use std::io::{self, Read};
use std::path::Path;

use super::{Problem, Sha256, archive};

/// Where the receiver's container is to have the target.
pub const MOUNT: &str = "/target";

/// An image to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverImage {
    /// Its reference: the tag tells the binary, so that another version brings another image.
    pub reference: String,
    /// Its only layer, as a tar archive.
    pub layer: Vec<u8>,
    /// The instructions that make it an image of a program.
    pub changes: Vec<String>,
}

/// Packs the running program. It runs as `wharf receive` on [`MOUNT`] in a container that has no other file.
///
/// # Errors
/// The program cannot be read, or needs libraries at run time.
pub fn receiver_image() -> Result<ReceiverImage, Problem> {
    let binary = own_binary().map_err(|error| Problem::new(format!("wharf's own program: {error}")))?;
    image_of(&binary)
}

fn own_binary() -> io::Result<Vec<u8>> {
    // Through this link also a program that was replaced or deleted while it runs is read.
    let mut file =
        std::fs::File::open("/proc/self/exe").or_else(|_| std::fs::File::open(std::env::current_exe()?))?;
    let mut binary = Vec::new();
    file.read_to_end(&mut binary)?;
    Ok(binary)
}

fn image_of(binary: &[u8]) -> Result<ReceiverImage, Problem> {
    if !is_static_elf(binary) {
        return Err(Problem::new(
            "This build of wharf cannot be its own receiver: it is no statically linked Linux program. Build it with \
             `-C target-feature=+crt-static`.",
        ));
    }
    let failed = |error: io::Error| Problem::new(format!("wharf's own program: {error}"));
    let mut writer = archive::Writer::new(Vec::new());
    writer
        .file(Path::new("wharf"), 0o755, binary.len() as u64, binary)
        .map_err(failed)?;
    let hash = Sha256::of(binary).to_string();
    Ok(ReceiverImage {
        reference: format!("wharf-receiver:{}", &hash[..12]),
        layer: writer.finish().map_err(failed)?,
        changes: vec![
            r#"ENTRYPOINT ["/wharf","receive"]"#.to_owned(),
            format!(r#"CMD ["{MOUNT}"]"#),
            "LABEL wharf.role=receiver-image".to_owned(),
        ],
    })
}

/// Tells whether it is a 64-bit little-endian ELF program that names no interpreter.
fn is_static_elf(binary: &[u8]) -> bool {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, length: usize| -> Option<u64> {
        let bytes = binary.get(at..at.checked_add(length)?)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    };
    let is_elf = binary.starts_with(b"\x7fELF\x02\x01");
    let headers = || -> Option<bool> {
        let (offset, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        for index in 0..count {
            let at = usize::try_from(offset.checked_add(index * size)?).ok()?;
            if number(at, 4)? == u64::from(INTERPRETER) {
                return Some(false);
            }
        }
        Some(true)
    };
    is_elf && headers() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_under_test_is_static_and_becomes_an_image() {
        let image = receiver_image().unwrap();
        assert_eq!(image, receiver_image().unwrap());
        let mut layer = tar::Archive::new(image.layer.as_slice());
        let entry = layer.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path_bytes().as_ref(), b"wharf");
        assert_eq!(entry.header().mode().unwrap(), 0o755);
        assert!(image.reference.starts_with("wharf-receiver:") && image.reference.len() == 27);
    }

    #[test]
    fn refuses_a_program_that_needs_libraries() {
        let mut elf = vec![0; 64 + 56];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (elf[32], elf[54], elf[56], elf[64]) = (64, 56, 1, 1);
        assert!(is_static_elf(&elf));
        elf[64] = 3;
        assert!(image_of(&elf).is_err());
        assert!(!is_static_elf(b"#!/bin/sh"));
        assert!(!is_static_elf(&elf[..70]));
    }
}
