//! The sender: tells a receiver what its target is to be, and sends the files that differ.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};
use sha2::Digest;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::deeds::{Deeds, attributes, deeds};
use super::root::Root;
use super::wire::{BATCH, FromReceiver, FromSender, VERSION, broken, hear_message, say, say_bytes};
use super::{Changes, Guard, Manifest, Node, Options, Sha256, TreePath, diff};

/// How often a file that is not what the manifest says is read in all.
const ATTEMPTS: usize = 3;

/// Bytes of a file in one frame.
const CHUNK: usize = 128 * 1024;

const NOT_HELD: &str = "the target does not hold what was sent: somebody else writes into it, or it cannot keep \
                        modes, owners or links";

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Entries that were new.
    pub added: usize,
    /// Entries that were changed.
    pub changed: usize,
    /// Entries that were deleted.
    pub deleted: usize,
    /// Bytes of files that were sent.
    pub bytes: u64,
    /// What the target holds of the source now, read back: the memory for the next plan.
    pub manifest: Manifest,
}

/// Sends a source to a receiver at the other end of a connection: `reader` is what it says, `writer` what it hears.
///
/// `manifest` is what was planned; a source that is something else by now is refused, and no file gets its name.
///
/// # Errors
/// The source changed, a [`Guard`] stands in the way, the receiver failed (as [`io::ErrorKind`] says, for instance for want of
/// space), or the connection broke.
pub async fn send(
    mut reader: impl AsyncRead + Send + Unpin,
    mut writer: impl AsyncWrite + Send + Unpin,
    source: PathBuf,
    manifest: Manifest,
    options: Options,
) -> io::Result<Report> {
    // Files are read and hashed on a thread of their own. When this future is dropped, so is our end of the pair, and the
    // thread ends too.
    let (ours, theirs) = UnixStream::pair()?;
    let hang_up = ours.try_clone()?;
    ours.set_nonblocking(true)?;
    let (mut from_sender, mut to_sender) = tokio::net::UnixStream::from_std(ours)?.into_split();
    let mut sender = tokio::task::spawn_blocking(move || {
        let input = theirs.try_clone()?;
        converse(input, theirs, &source, manifest, &options)
    });
    let outward = async {
        let copied = tokio::io::copy(&mut from_sender, &mut writer).await;
        let ended = writer.shutdown().await;
        if copied.and(ended.map(|()| 0)).is_err() {
            // The sender must not wait for us to read any more. What the receiver last said can still come in.
            let _ = hang_up.shutdown(Shutdown::Read);
        }
    };
    let inward = async {
        // However it ends, the sender hears that nothing more comes, and knows what to make of it.
        let _ = tokio::io::copy(&mut reader, &mut to_sender).await;
        let _ = to_sender.shutdown().await;
    };
    let both = async { tokio::join!(outward, inward) };
    let report = tokio::select! {
        report = &mut sender => report,
        _ = both => sender.await,
    };
    report.map_err(io::Error::other)?
}

/// Holds the whole conversation.
pub(super) fn converse(
    input: impl Read + Send,
    output: impl Write,
    source: &Path,
    manifest: Manifest,
    options: &Options,
) -> io::Result<Report> {
    let root = Root::open(source)?;
    let manifest = manifest.with_owner(options.owner);
    let mut input = BufReader::new(input);
    let mut output = BufWriter::new(output);
    let asked = ask(&mut output, &manifest, options);
    let target = prefer_failure(asked, hear_target(&mut input))?;
    let changes = diff(&manifest, &target, options);
    if let Some(guard) = changes.standing_guards(options).next() {
        say(&mut output, &FromSender::Abort)?;
        output.flush()?;
        return Err(io::Error::other(refusal(guard)));
    }
    let sending = Sending {
        root: &root,
        manifest: &manifest,
        deeds: deeds(&manifest, &target, &changes),
        bytes: changes.bytes,
    };
    let digest = send_changes(&sending, input, &mut output)?;
    if digest != expected(&manifest, target, &changes).digest() {
        return Err(io::Error::other(NOT_HELD));
    }
    Ok(Report {
        added: changes.added.len(),
        changed: changes.changed.len(),
        deleted: changes.deleted.len(),
        bytes: changes.bytes,
        manifest,
    })
}

/// Returns what the receiver must see in the end: the source, and what of the target is not ours to delete.
fn expected(source: &Manifest, mut target: Manifest, changes: &Changes) -> Manifest {
    for path in &changes.deleted {
        target.entries.remove(path);
    }
    target.entries.extend(source.entries.clone());
    target
}

fn refusal(guard: &Guard) -> String {
    match guard {
        Guard::EmptySource => "the source is empty, and everything in the target would be deleted".to_owned(),
        Guard::MassDeletion { deleted, of } => {
            format!("{deleted} of {of} entries in the target would be deleted")
        }
        Guard::InTheWay { paths } => {
            let paths: Vec<String> = paths
                .iter()
                .map(|path| format!("`{}`", path.as_path().display()))
                .collect();
            format!(
                "directories in the target stand where something else is to be: {}",
                paths.join(", ")
            )
        }
    }
}

/// Of two results, what the receiver says of its failure tells more than that it no longer listens.
fn prefer_failure<T>(spoken: io::Result<()>, heard: io::Result<T>) -> io::Result<T> {
    let is_end = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    match (spoken, heard) {
        (Err(error), Ok(_)) => Err(gone(&error)),
        (_, Err(error)) if is_end(&error) => Err(gone(&error)),
        (_, heard) => heard,
    }
}

/// The receiver ended, or was ended, without a word.
fn gone(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), "the receiver was gone before the sync was done")
}

fn ask(output: &mut impl Write, manifest: &Manifest, options: &Options) -> io::Result<()> {
    let options = options.clone();
    say(
        output,
        &FromSender::Hello {
            version: VERSION,
            options,
        },
    )?;
    let paths: Vec<TreePath> = manifest.entries.keys().cloned().collect();
    for batch in paths.chunks(BATCH) {
        say(output, &FromSender::Paths(batch.to_vec()))?;
    }
    say(output, &FromSender::Read)?;
    output.flush()
}

fn hear_target(input: &mut impl Read) -> io::Result<Manifest> {
    let mut target = Manifest::default();
    loop {
        match hear_message(input)? {
            FromReceiver::Entries(entries) => target.entries.extend(entries),
            FromReceiver::End => return Ok(target),
            FromReceiver::Failed(failure) => return Err(failure.into()),
            FromReceiver::Done { .. } => return Err(broken("entries were due")),
        }
    }
}

/// Sends everything while listening for a failure, and returns the digest that the receiver ends with.
fn send_changes(
    sending: &Sending<'_>,
    mut input: impl Read + Send,
    output: &mut impl Write,
) -> io::Result<Sha256> {
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        let listener = scope.spawn(|| {
            let heard = hear_message(&mut input);
            failed.store(true, Ordering::Relaxed);
            match heard? {
                FromReceiver::Done { digest } => Ok(digest),
                FromReceiver::Failed(failure) => Err(failure.into()),
                _ => Err(broken("the end was due")),
            }
        });
        let sent = sending.send(output, &failed);
        let closing = if sent.is_ok() {
            FromSender::Commit
        } else {
            FromSender::Abort
        };
        let closed = say(output, &closing).and_then(|()| output.flush());
        let heard = listener
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match sent {
            Err(Stop::Source(error)) => Err(error),
            Err(Stop::Connection(error)) => prefer_failure(Err(error), heard),
            Err(Stop::ReceiverFailed) => heard,
            Ok(()) => prefer_failure(closed, heard),
        }
    })
}

/// Why sending stopped before its end.
enum Stop {
    /// The source cannot be read as planned.
    Source(io::Error),
    /// The receiver does not hear any more.
    Connection(io::Error),
    /// The receiver has said so.
    ReceiverFailed,
}

struct Sending<'a> {
    root: &'a Root,
    manifest: &'a Manifest,
    deeds: Deeds<'a>,
    bytes: u64,
}

impl Sending<'_> {
    fn send(&self, output: &mut impl Write, failed: &AtomicBool) -> Result<(), Stop> {
        let bytes = self.bytes;
        say(output, &FromSender::Begin { bytes }).map_err(Stop::Connection)?;
        for (number, path) in (0..).zip(&self.deeds.files) {
            self.send_file(number, path, output, failed)?;
        }
        let mut deeds = self.deeds.list.iter().cloned();
        deeds
            .try_for_each(|deed| say(output, &FromSender::Do(deed)))
            .map_err(Stop::Connection)
    }

    /// Sends a file that is what the manifest says; it may be changing at this moment, so not at the first attempt alone.
    fn send_file(
        &self,
        number: u64,
        path: &TreePath,
        output: &mut impl Write,
        failed: &AtomicBool,
    ) -> Result<(), Stop> {
        let Some(entry) = self.manifest.entries.get(path) else {
            return Ok(());
        };
        let (Node::File { size, sha256, .. }, Some(attributes)) = (&entry.node, attributes(entry)) else {
            return Ok(());
        };
        for _ in 0..ATTEMPTS {
            let mut file = self.root.file(path).map_err(|error| at(path, &error))?;
            let (path, size) = (path.clone(), *size);
            say(
                output,
                &FromSender::File {
                    number,
                    path,
                    size,
                    attributes,
                },
            )
            .map_err(Stop::Connection)?;
            let sent = send_bytes(&mut file, size, output, failed)?;
            let is_as_planned = sent == Some(*sha256);
            let ending = match is_as_planned {
                true => FromSender::FileEnd { sha256: *sha256 },
                false => FromSender::FileDropped,
            };
            say(output, &ending).map_err(Stop::Connection)?;
            if is_as_planned {
                return Ok(());
            }
        }
        Err(at(
            path,
            &io::Error::other("it changed since the sync was planned"),
        ))
    }
}

/// Sends the bytes of a file; `None` if it is not as long as it should be, or cannot be read to its end.
fn send_bytes(
    file: &mut File,
    size: u64,
    output: &mut impl Write,
    failed: &AtomicBool,
) -> Result<Option<Sha256>, Stop> {
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut left = size;
    loop {
        if failed.load(Ordering::Relaxed) {
            return Err(Stop::ReceiverFailed);
        }
        let Ok(count) = file.read(&mut buffer) else {
            return Ok(None);
        };
        if count == 0 {
            return Ok((left == 0).then(|| Sha256(hash.finalize().into())));
        }
        let Some(rest) = left.checked_sub(count as u64) else {
            return Ok(None);
        };
        left = rest;
        hash.update(&buffer[..count]);
        say_bytes(output, &buffer[..count]).map_err(Stop::Connection)?;
    }
}

/// A file of the source that cannot be sent.
fn at(path: &TreePath, error: &io::Error) -> Stop {
    let message = format!("`{}` in the source: {error}", path.as_path().display());
    Stop::Source(io::Error::new(error.kind(), message))
}
