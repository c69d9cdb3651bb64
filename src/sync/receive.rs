//! The receiver: makes a target equal to what the sender says, and sees nothing but that target.
//!
//! It runs in a container with only the target mounted, or in this process for a local directory. It trusts the sender in
//! what the tree is to be, but not to stay inside: every path is checked when it is read from the wire, and the kernel holds
//! every call below the root.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::commit::carry_out;
use super::root::Root;
use super::stage::{self, Stage, Writing};
use super::walk::{self, Hashes, Interest};
use super::wire::{
    Attributes, BATCH, Deed, Failure, Frame, FromReceiver, FromSender, VERSION, broken, hear, hear_message,
    say,
};
use super::{Manifest, Options, Patterns, Problem, Rules, TreePath};

/// Receives one sync from `stdin` into `target`, which must exist.
///
/// # Errors
/// The sync failed, for a reason that the sender has been told if it could be; or the sender ended it.
pub fn receive(stdin: impl Read, stdout: impl Write, target: &Path) -> io::Result<()> {
    let mut session = Session {
        input: BufReader::new(stdin),
        output: BufWriter::new(stdout),
        listening: true,
    };
    let Err(failure) = session.run(target) else {
        return Ok(());
    };
    // If the sender is gone there is nobody to tell.
    let told = say(&mut session.output, &FromReceiver::Failed(failure.clone()));
    if told.and_then(|()| session.output.flush()).is_ok() {
        session.hear_out();
    }
    Err(failure.into())
}

struct Session<R, W: Write> {
    input: BufReader<R>,
    output: BufWriter<W>,
    /// Whether the sender may still be speaking.
    listening: bool,
}

/// What the sender said before the target is read.
struct Request {
    options: Options,
    patterns: Patterns,
    interest: Interest,
}

impl<R: Read, W: Write> Session<R, W> {
    fn run(&mut self, target: &Path) -> Result<(), Failure> {
        let request = self.hear_request()?;
        let root = open(target, &request.options).map_err(whole)?;
        stage::lock(&root).map_err(whole)?;
        let hashes = self.tell_target(&root, &request)?;
        let stage = self.hear_files(&root, request.options.durable)?;
        let Some((stage, deeds)) = stage else {
            return Err(whole(io::Error::other(
                "the sender ended the sync; nothing was changed",
            )));
        };
        carry_out(&root, &stage, &deeds)?;
        drop(stage);
        self.tell_result(&root, &request, &hashes)
    }

    fn hear_request(&mut self) -> Result<Request, Failure> {
        let FromSender::Hello { version, options } = self.hear()? else {
            return Err(whole(broken("it began without a greeting")));
        };
        if version != VERSION {
            return Err(whole(broken("the two sides are of different versions of wharf")));
        }
        let patterns = Patterns::new(Rules::Anywhere, &options.exclude).map_err(unreadable)?;
        let mut paths: Vec<TreePath> = Vec::new();
        loop {
            match self.hear()? {
                FromSender::Paths(more) => paths.extend(more),
                FromSender::Read => break,
                _ => return Err(whole(broken("paths were due"))),
            }
        }
        let interest = match options.delete {
            true => Interest::Everything,
            false => Interest::Paths(paths),
        };
        Ok(Request {
            options,
            patterns,
            interest,
        })
    }

    /// Sends what is there, and returns the hashes of it.
    fn tell_target(&mut self, root: &Root, request: &Request) -> Result<Hashes, Failure> {
        let with_owner = request.options.owner.is_some();
        let (manifest, hashes) = walk::target(
            root,
            &request.patterns,
            &request.interest,
            with_owner,
            &Hashes::default(),
        )
        .map_err(unreadable)?;
        self.tell_entries(manifest).map_err(whole)?;
        Ok(hashes)
    }

    fn tell_entries(&mut self, manifest: Manifest) -> io::Result<()> {
        let mut batch = Vec::new();
        for entry in manifest.entries {
            batch.push(entry);
            if batch.len() == BATCH {
                say(
                    &mut self.output,
                    &FromReceiver::Entries(std::mem::take(&mut batch)),
                )?;
            }
        }
        say(&mut self.output, &FromReceiver::Entries(batch))?;
        say(&mut self.output, &FromReceiver::End)?;
        self.output.flush()
    }

    /// Stages all files and notes all deeds, until the sender commits; `None` if it ends instead.
    fn hear_files<'a>(
        &mut self,
        root: &'a Root,
        durable: bool,
    ) -> Result<Option<(Stage<'a>, Vec<Deed>)>, Failure> {
        let FromSender::Begin { bytes } = self.hear()? else {
            self.listening = false;
            return Ok(None);
        };
        let stage = Stage::new(root).map_err(whole)?;
        check_space(root, bytes).map_err(whole)?;
        let mut deeds = Vec::new();
        loop {
            match self.hear()? {
                FromSender::File {
                    number,
                    path,
                    size,
                    attributes,
                } => {
                    self.hear_file(&stage, number, size, &attributes, durable)
                        .map_err(|error| Failure::at(Some(&path), &error))?;
                }
                FromSender::Do(deed) => deeds.push(deed),
                FromSender::Commit => {
                    self.listening = false;
                    return Ok(Some((stage, deeds)));
                }
                FromSender::Abort => {
                    self.listening = false;
                    return Ok(None);
                }
                _ => return Err(whole(broken("a file or a deed was due"))),
            }
        }
    }

    fn hear_file(
        &mut self,
        stage: &Stage<'_>,
        number: u64,
        size: u64,
        attributes: &Attributes,
        durable: bool,
    ) -> io::Result<()> {
        let mut writing: Writing = stage.create(number)?;
        loop {
            match hear(&mut self.input)? {
                Frame::Bytes(bytes) => writing.write(&bytes)?,
                Frame::Message(FromSender::FileEnd { sha256 }) => {
                    return writing.finish(size, sha256, attributes, durable);
                }
                Frame::Message(FromSender::FileDropped) => return stage.forget(number),
                Frame::Message(_) => return Err(broken("a file was not ended")),
            }
        }
    }

    /// Reads back what was done, and sends its digest.
    fn tell_result(&mut self, root: &Root, request: &Request, hashes: &Hashes) -> Result<(), Failure> {
        let with_owner = request.options.owner.is_some();
        let (manifest, _) = walk::target(root, &request.patterns, &request.interest, with_owner, hashes)
            .map_err(unreadable)?;
        let digest = manifest.digest();
        say(&mut self.output, &FromReceiver::Done { digest }).map_err(whole)?;
        self.output.flush().map_err(whole)
    }

    fn hear(&mut self) -> Result<FromSender, Failure> {
        hear_message(&mut self.input).map_err(|error| {
            self.listening = false;
            whole(error)
        })
    }

    /// Reads on until the sender has noticed that it failed: it may be writing, and must not wait for us for ever.
    fn hear_out(&mut self) {
        while self.listening {
            let heard = hear(&mut self.input);
            self.listening = !matches!(
                heard,
                Err(_) | Ok(Frame::Message(FromSender::Abort | FromSender::Commit))
            );
        }
    }
}

fn open(target: &Path, options: &Options) -> io::Result<Root> {
    let root = Root::open(target)?;
    match &options.subdirectory {
        Some(path) => root.enter(path),
        None => Ok(root),
    }
}

/// Finds out before the first write that there is too little room.
fn check_space(root: &Root, bytes: u64) -> io::Result<()> {
    let space = rustix::fs::fstatvfs(root.fd())?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    // Filesystems that cannot tell say 0 blocks in all.
    if space.f_blocks > 0 && free < bytes {
        let message = format!("it has room for {free} bytes, but {bytes} are to be written");
        return Err(io::Error::new(io::ErrorKind::StorageFull, message));
    }
    Ok(())
}

/// A failure of no single path.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn whole(error: io::Error) -> Failure {
    Failure::at(None, &error)
}

fn unreadable(problem: Problem) -> Failure {
    whole(io::Error::other(problem))
}
