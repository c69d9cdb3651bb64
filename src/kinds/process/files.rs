//! The files that are put into a container before it starts, as a tar archive.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::kinds::{Spec, spec};

const DEFAULT_MODE: u32 = 0o644;

/// Packs the files of the `file` blocks, to be unpacked at `/`.
///
/// It holds no directories: the engine makes those that are missing, and those that are there keep their owner and mode.
pub(super) fn archive(spec: &Spec, root: &Path) -> Result<Vec<u8>, String> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in spec::blocks(spec, "file") {
        let path = spec::text(file, "path").unwrap_or_default();
        let content = content(file, root)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(number(file, "mode").unwrap_or(DEFAULT_MODE));
        header.set_uid(number(file, "uid").unwrap_or_default().into());
        header.set_gid(number(file, "gid").unwrap_or_default().into());
        header.set_mtime(now());
        header.set_entry_type(tar::EntryType::Regular);
        archive
            .append_data(&mut header, path.trim_start_matches('/'), content.as_slice())
            .map_err(|error| format!("`{path}` cannot be packed: {error}"))?;
    }
    archive
        .into_inner()
        .map_err(|error| format!("the files cannot be packed: {error}"))
}

fn content(file: &Spec, root: &Path) -> Result<Vec<u8>, String> {
    match (spec::text(file, "content"), spec::text(file, "source")) {
        (_, Some(source)) => {
            let path = root.join(source);
            std::fs::read(&path).map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
        }
        (content, None) => Ok(content.unwrap_or_default().as_bytes().to_vec()),
    }
}

fn number(file: &Spec, name: &str) -> Option<u32> {
    spec::whole(file, name)?.try_into().ok()
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
