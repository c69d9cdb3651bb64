//! A sync into a directory of this machine: sender and receiver in one process.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use super::send::converse;
use super::{Manifest, Options, Report, receive};

/// Makes `target` equal to the source as `manifest` says it is; `target` is made when it is missing.
///
/// # Errors
/// As for [`send`](super::send()).
pub fn apply_local(
    source: &Path,
    manifest: Manifest,
    target: &Path,
    options: &Options,
) -> io::Result<Report> {
    std::fs::create_dir_all(target)?;
    let (ours, theirs) = UnixStream::pair()?;
    thread::scope(|scope| {
        // What the receiver fails with, it tells the sender.
        scope.spawn(move || {
            let input = theirs.try_clone()?;
            receive(input, theirs, target)
        });
        converse(ours.try_clone()?, ours, source, manifest, options)
    })
}
