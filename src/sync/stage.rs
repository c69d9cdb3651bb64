//! The directory below a target's root where everything is written before it gets its name.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{self, AtFlags, FlockOperation, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use sha2::Digest;

use super::Sha256;
use super::root::{self, Root};
use super::walk::STAGE_PREFIX;
use super::wire::Attributes;

/// A run of zeros at least this long becomes a hole.
const HOLE: usize = 64 * 1024;

/// A stage; it goes with its value.
pub(super) struct Stage<'a> {
    root: &'a Root,
    name: Vec<u8>,
    device: u64,
    fd: OwnedFd,
}

/// Sees to it that one receiver at a time writes into a target. The lock goes when the process does.
pub(super) fn lock(root: &Root) -> io::Result<()> {
    match fs::flock(root.fd(), FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another sync is writing into it at this moment",
        )),
        // A filesystem without locks.
        Err(Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        locked => Ok(locked?),
    }
}

impl<'a> Stage<'a> {
    /// Removes the stages of killed runs, and makes one. The target must be locked.
    pub(super) fn new(root: &'a Root) -> io::Result<Self> {
        let device = root.own_stat()?.st_dev;
        for leftover in root::names(root.fd())?
            .iter()
            .filter(|name| name.starts_with(STAGE_PREFIX))
        {
            remove(root, leftover, device)?;
        }
        let name = [STAGE_PREFIX, std::process::id().to_string().as_bytes()].concat();
        fs::mkdirat(root.fd(), &name, Mode::RWXU)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(root.fd(), &name, flags, Mode::empty())?;
        Ok(Self {
            root,
            name,
            device,
            fd,
        })
    }

    /// Begins a file. Nobody else can read it until it has its attributes.
    pub(super) fn create(&self, number: u64) -> io::Result<Writing> {
        Ok(Writing {
            file: self.create_named(&number.to_string())?,
            hash: sha2::Sha256::new(),
            size: 0,
        })
    }

    fn create_named(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fs::openat(&self.fd, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Copies a file of the target.
    pub(super) fn copy(&self, mut from: File, attributes: &Attributes) -> io::Result<&'static str> {
        let mut copy = self.create_named("copy")?;
        io::copy(&mut from, &mut copy)?;
        set(&copy, attributes)?;
        Ok("copy")
    }

    /// Forgets a file.
    pub(super) fn forget(&self, number: u64) -> io::Result<()> {
        Ok(fs::unlinkat(&self.fd, number.to_string(), AtFlags::empty())?)
    }

    /// Makes a symbolic link.
    pub(super) fn symlink(&self, target: &[u8]) -> io::Result<&'static str> {
        fs::symlinkat(target, &self.fd, "link")?;
        Ok("link")
    }

    /// Makes a further name for a file of the target.
    pub(super) fn link(&self, holder: impl AsFd, name: &[u8]) -> io::Result<&'static str> {
        fs::linkat(holder, name, &self.fd, "link", AtFlags::empty())?;
        Ok("link")
    }

    /// Gives something staged its final name; what stood there goes in the same moment.
    pub(super) fn place(&self, staged: &str, holder: impl AsFd, name: &[u8]) -> io::Result<()> {
        match fs::renameat(&self.fd, staged, holder, name) {
            Err(Errno::XDEV) => return Err(io::Error::other("another filesystem is mounted there")),
            renamed => renamed?,
        }
        // Renaming one name of a file over another name of the same file does nothing.
        match fs::unlinkat(&self.fd, staged, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = remove(self.root, &self.name, self.device);
    }
}

fn remove(root: &Root, name: &[u8], device: u64) -> io::Result<()> {
    match root::remove_tree(root.fd(), name, device) {
        // Not a directory, so not made by us; but no tree may hold such a name.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Ok(fs::unlinkat(root.fd(), name, AtFlags::empty())?)
        }
        removed => removed,
    }
}

/// A file on its way.
pub(super) struct Writing {
    file: File,
    hash: sha2::Sha256,
    size: u64,
}

impl Writing {
    /// Adds bytes; long runs of zeros become holes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        for chunk in bytes.chunks(HOLE) {
            if chunk.len() == HOLE && chunk.iter().all(|byte| *byte == 0) {
                self.file.seek(SeekFrom::Current(chunk.len() as i64))?;
            } else {
                self.file.write_all(chunk)?;
            }
        }
        Ok(())
    }

    /// Checks that everything has arrived, and sets the attributes.
    pub(super) fn finish(
        self,
        size: u64,
        sha256: Sha256,
        attributes: &Attributes,
        durable: bool,
    ) -> io::Result<()> {
        if self.size != size || Sha256(self.hash.finalize().into()) != sha256 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it did not arrive as it was sent",
            ));
        }
        self.file.set_len(size)?;
        set(&self.file, attributes)?;
        if durable {
            self.file.sync_all()?;
        }
        Ok(())
    }
}

/// Sets owner, mode and times: in this order, because a change of owner may clear bits of the mode.
pub(super) fn set(fd: impl AsFd, attributes: &Attributes) -> io::Result<()> {
    if let Some(owner) = attributes.owner {
        let (uid, gid) = ids(owner);
        fs::fchown(&fd, Some(uid), Some(gid))?;
    }
    fs::fchmod(&fd, Mode::from_raw_mode(attributes.mode))?;
    if let Some(mtime) = attributes.mtime {
        let omit = Timespec {
            tv_sec: 0,
            tv_nsec: fs::UTIME_OMIT,
        };
        let last_modification = Timespec {
            tv_sec: mtime.0,
            tv_nsec: mtime.1.into(),
        };
        fs::futimens(
            &fd,
            &Timestamps {
                last_access: omit,
                last_modification,
            },
        )?;
    }
    Ok(())
}

/// Returns an owner in the kernel's terms.
pub(super) fn ids(owner: super::Owner) -> (fs::Uid, fs::Gid) {
    (fs::Uid::from_raw(owner.uid), fs::Gid::from_raw(owner.gid))
}
