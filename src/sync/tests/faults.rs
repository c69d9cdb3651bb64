//! Syncs that end half-way: every file is old or new, and the next sync puts all right.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use super::*;
use crate::sync::send::converse;
use crate::sync::wire::{Frame, FromSender, hear, say, say_bytes};
use crate::sync::{Node, receive};

/// Reads so many bytes, then says that there is no more.
struct Cut<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Cut<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.left.min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.left -= count;
        Ok(count)
    }
}

#[tokio::test]
async fn a_receiver_that_dies_amid_a_big_file_is_an_error_and_no_hang() {
    let scratch = Scratch::new();
    scratch.write("source/big", &"0123456789".repeat(1_000_000));
    for left in [0, 100, 3_000_000] {
        let (near, far) = UnixStream::pair().unwrap();
        let target = scratch.at("target");
        let receiver = std::thread::spawn(move || {
            let inner = far.try_clone().unwrap();
            receive(Cut { inner, left }, far, &target)
        });
        near.set_nonblocking(true).unwrap();
        let (reader, writer) = tokio::net::UnixStream::from_std(near).unwrap().into_split();
        let sent = crate::sync::send(
            reader,
            writer,
            scratch.at("source"),
            scratch.tree("source"),
            mirror(),
        );
        let sent = tokio::time::timeout(std::time::Duration::from_secs(20), sent).await;
        assert!(sent.expect("it hangs").is_err());
        assert!(receiver.join().unwrap().is_err());
        assert!(scratch.tree("target").entries.is_empty());
    }
}

/// Old and new forms of everything: a file, a link, a directory, and each of them turning into another.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for name in ["same", "text", "dir/inner", "file-to-dir", "file-to-link"] {
        scratch.write(&format!("target/{name}"), &format!("old {name}"));
    }
    scratch.write("target/dir-to-file/inner", "old inner");
    scratch.write("target/gone/inner", "old gone");
    symlink("old", scratch.at("target/link")).unwrap();
    scratch.write("source/same", "old same");
    for name in [
        "text",
        "dir/inner",
        "dir/added",
        "file-to-dir/inner",
        "dir-to-file",
    ] {
        scratch.write(&format!("source/{name}"), &format!("new {name}"));
    }
    scratch.write("source/big", &"new".repeat(100_000));
    fs::hard_link(scratch.at("source/text"), scratch.at("source/text-twin")).unwrap();
    symlink("new", scratch.at("source/link")).unwrap();
    symlink("new", scratch.at("source/file-to-link")).unwrap();
    scratch
}

/// Every file and link is exactly as it was or exactly as it is to be.
fn assert_old_or_new(before: &Manifest, wanted: &Manifest, after: &Manifest) {
    let same = |entry: &super::super::Entry, other: &super::super::Entry| match (&entry.node, &other.node) {
        (
            Node::File { size, sha256, .. },
            Node::File {
                size: other_size,
                sha256: other_sha256,
                ..
            },
        ) => (size, sha256) == (other_size, other_sha256),
        (Node::Symlink { target }, Node::Symlink { target: other }) => target == other,
        (one, other) => one.is_dir() && other.is_dir(),
    };
    for (path, entry) in &after.entries {
        let known = [before, wanted]
            .iter()
            .any(|tree| tree.entries.get(path).is_some_and(|e| same(entry, e)));
        assert!(known, "{path:?} is neither old nor new: {entry:?}");
    }
    for (path, entry) in wanted
        .entries
        .iter()
        .filter(|(path, _)| before.entries.contains_key(path))
    {
        let turned = before.entries[path].node.is_dir() != entry.node.is_dir();
        assert!(turned || after.entries.contains_key(path), "{path:?} is gone");
    }
}

fn assert_mended(scratch: &Scratch) {
    scratch.sync(&mirror()).unwrap();
    assert_eq!(scratch.tree("source").digest(), scratch.tree("target").digest());
}

#[test]
fn a_connection_that_is_cut_anywhere_changes_nothing() {
    let mut cut_at = 0;
    loop {
        let scratch = scratch();
        let (before, wanted) = (scratch.tree("target"), scratch.tree("source"));
        let (ours, theirs) = UnixStream::pair().unwrap();
        let target = scratch.at("target");
        let result = std::thread::scope(|scope| {
            scope.spawn(move || {
                let inner = theirs.try_clone().unwrap();
                let heard = receive(Cut { inner, left: cut_at }, &theirs, &target);
                let _ = theirs.shutdown(std::net::Shutdown::Both);
                heard
            });
            converse(
                ours.try_clone().unwrap(),
                ours,
                &scratch.at("source"),
                wanted.clone(),
                &mirror(),
            )
        });
        let after = scratch.tree("target");
        if result.is_ok() {
            assert_eq!(after.digest(), wanted.digest());
            break;
        }
        assert_eq!(after, before, "cut at {cut_at}");
        assert!(!fs::read_dir(scratch.at("target")).unwrap().any(|entry| {
            entry
                .unwrap()
                .file_name()
                .as_bytes()
                .starts_with(walk::STAGE_PREFIX)
        }));
        assert_mended(&scratch);
        // Densely through the small messages, loosely through the bytes of the big file.
        cut_at += if (2_000..300_000).contains(&cut_at) {
            60_000
        } else {
            97
        };
    }
}

/// Passes on what the sender says, but of the deeds only the first few.
fn relay_some(mut from: impl Read, mut to: impl Write, mut deeds: usize) -> io::Result<bool> {
    let mut withheld = false;
    loop {
        match hear::<FromSender>(&mut from)? {
            Frame::Bytes(bytes) => say_bytes(&mut to, &bytes)?,
            Frame::Message(FromSender::Do(_)) if deeds == 0 => withheld = true,
            Frame::Message(message) => {
                deeds -= usize::from(matches!(message, FromSender::Do(_)));
                say(&mut to, &message)?;
                if matches!(message, FromSender::Commit) {
                    return Ok(withheld);
                }
            }
        }
    }
}

#[test]
fn killed_after_any_deed_each_file_is_old_or_new() {
    for deeds in 0.. {
        let scratch = scratch();
        let (before, wanted) = (scratch.tree("target"), scratch.tree("source"));
        let (ours, relay_in) = UnixStream::pair().unwrap();
        let (relay_out, theirs) = UnixStream::pair().unwrap();
        let target = scratch.at("target");
        let (withheld, result) = std::thread::scope(|scope| {
            let input = theirs.try_clone().unwrap();
            scope.spawn(move || receive(input, theirs, &target));
            let relay = scope.spawn({
                let (from, to) = (relay_in.try_clone().unwrap(), relay_out.try_clone().unwrap());
                move || relay_some(from, to, deeds)
            });
            scope.spawn(move || io::copy(&mut &relay_out, &mut &relay_in));
            let result = converse(
                ours.try_clone().unwrap(),
                ours,
                &scratch.at("source"),
                wanted.clone(),
                &mirror(),
            );
            (relay.join().unwrap().unwrap(), result)
        });
        assert_old_or_new(&before, &wanted, &scratch.tree("target"));
        if !withheld {
            result.unwrap();
            assert!(deeds > 10);
            break;
        }
        // The modes of directories may have been right all along.
        assert!(result.is_err() || scratch.tree("target").digest() == wanted.digest());
        scratch.write("target/.wharf-tmp-1/0", "left by a killed run");
        assert_mended(&scratch);
        assert!(!scratch.at("target/.wharf-tmp-1").exists());
    }
}

#[test]
fn a_source_that_changed_since_it_was_planned_changes_nothing() {
    let scratch = scratch();
    let before = scratch.tree("target");
    let planned = scratch.tree("source");
    for now in ["now", "new text of another length", ""] {
        scratch.write("source/text", now);
        let error = apply_local(
            &scratch.at("source"),
            planned.clone(),
            &scratch.at("target"),
            &mirror(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`text` in the source: it changed since the sync was planned"
        );
        assert_eq!(scratch.tree("target"), before);
    }
    fs::remove_file(scratch.at("source/text")).unwrap();
    assert!(apply_local(&scratch.at("source"), planned, &scratch.at("target"), &mirror()).is_err());
    assert_eq!(scratch.tree("target"), before);
}

#[test]
fn two_syncs_into_one_target_do_not_mix() {
    let scratch = scratch();
    let root = Root::open(&scratch.at("target")).unwrap();
    crate::sync::stage::lock(&root).unwrap();
    let error = scratch.sync(&mirror()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    drop(root);
    assert_mended(&scratch);
}

#[test]
fn a_receiver_that_is_not_there_is_an_error_and_no_hang() {
    let scratch = scratch();
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let manifest = scratch.tree("source");
    assert!(
        converse(
            ours.try_clone().unwrap(),
            ours,
            &scratch.at("source"),
            manifest,
            &mirror()
        )
        .is_err()
    );
}
