//! A directory held open, and everything that is done below it: no symbolic link is followed, nothing above is reached.
//!
//! The kernel's `openat2` resolves a path in one go under these rules. Where it is missing, forbidden by a filter, or the
//! path too long for it, the path is walked one directory at a time, which obeys the same rules.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::TreePath;

/// A tree's root.
pub(super) struct Root {
    fd: OwnedFd,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Root {
    /// Opens a directory that the user named: links in its own path are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let fd = fs::open(path, DIRECTORY, Mode::empty())?;
        Ok(Self { fd })
    }

    /// Opens a directory below as a root of its own, and makes what is missing of it.
    pub(super) fn enter(&self, path: &TreePath) -> io::Result<Self> {
        let mut above: Vec<TreePath> = path.ancestors().collect();
        above.reverse();
        above.push(path.clone());
        for directory in &above {
            match self.make_directory(directory, 0o755) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        self.below(path)
    }

    /// Opens a directory below as a root of its own.
    pub(super) fn below(&self, path: &TreePath) -> io::Result<Self> {
        let fd = self.directory(Some(path))?;
        Ok(Self { fd })
    }

    /// Opens a directory below; `None` is the root itself.
    pub(super) fn directory(&self, path: Option<&TreePath>) -> io::Result<OwnedFd> {
        match path {
            Some(path) => open_beneath(&self.fd, path.as_bytes(), DIRECTORY | OFlags::NOFOLLOW),
            None => Ok(fs::openat(&self.fd, ".", DIRECTORY, Mode::empty())?),
        }
    }

    /// Opens what should be a regular file for reading. A FIFO does not block.
    pub(super) fn file(&self, path: &TreePath) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
        open_beneath(&self.fd, path.as_bytes(), flags).map(File::from)
    }

    /// Opens the directory that holds a path.
    pub(super) fn holder(&self, path: &TreePath) -> io::Result<OwnedFd> {
        self.directory(path.parent().as_ref())
    }

    /// Looks at a path without following it; `None` if nothing is there.
    pub(super) fn stat(&self, path: &TreePath) -> io::Result<Option<Stat>> {
        let holder = match self.holder(path) {
            Err(error) if is_absent(&error) => return Ok(None),
            holder => holder?,
        };
        match fs::statat(&holder, path.split().1, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a directory.
    pub(super) fn make_directory(&self, path: &TreePath, mode: u32) -> io::Result<()> {
        Ok(fs::mkdirat(
            self.holder(path)?,
            path.split().1,
            Mode::from_raw_mode(mode),
        )?)
    }

    /// Looks at the root itself.
    pub(super) fn own_stat(&self) -> io::Result<Stat> {
        Ok(fs::fstat(&self.fd)?)
    }

    /// Returns the descriptor.
    pub(super) fn fd(&self) -> &OwnedFd {
        &self.fd
    }
}

/// Tells whether an error means that nothing is there, or something that is no directory on the way.
pub(super) fn is_absent(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::NOENT, Errno::NOTDIR, Errno::LOOP]
        .iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}

/// Lists the names in a directory, sorted.
pub(super) fn names(directory: impl AsFd) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            names.push(name.to_vec());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes a directory with everything in it, but nothing on another filesystem.
pub(super) fn remove_tree(holder: impl AsFd, name: &[u8], device: u64) -> io::Result<()> {
    let directory = fs::openat(&holder, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?;
    if fs::fstat(&directory)?.st_dev != device {
        return Err(Errno::XDEV.into());
    }
    for child in names(&directory)? {
        let stat = fs::statat(&directory, &child, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            remove_tree(&directory, &child, device)?;
        } else {
            fs::unlinkat(&directory, &child, AtFlags::empty())?;
        }
    }
    Ok(fs::unlinkat(&holder, name, AtFlags::REMOVEDIR)?)
}

fn open_beneath(root: &OwnedFd, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match fs::openat2(root, path, flags, Mode::empty(), resolve) {
        // EPERM is what container engines' filters answer for a call that they do not know; EAGAIN, that somebody renames.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::NAMETOOLONG) => {
            walk_beneath(root, path, flags)
        }
        opened => Ok(opened?),
    }
}

/// Opens one component after the other.
fn walk_beneath(root: &OwnedFd, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut components = path.split(|byte| *byte == b'/');
    let last = components.next_back().unwrap_or(path);
    let mut directory = fs::openat(root, ".", step, Mode::empty())?;
    for component in components {
        directory = fs::openat(&directory, component, step, Mode::empty())?;
    }
    Ok(fs::openat(
        &directory,
        last,
        flags | OFlags::NOFOLLOW,
        Mode::empty(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn neither_way_of_opening_follows_a_link() {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(scratch.path().join("a/b")).unwrap();
        std::fs::write(scratch.path().join("a/b/file"), "x").unwrap();
        symlink("a", scratch.path().join("link")).unwrap();
        symlink("file", scratch.path().join("a/b/link")).unwrap();
        let root = Root::open(scratch.path()).unwrap();
        for open in [open_beneath, walk_beneath] {
            assert!(open(&root.fd, b"a/b/file", OFlags::RDONLY).is_ok());
            assert!(open(&root.fd, b"link/b/file", OFlags::RDONLY).is_err());
            assert!(open(&root.fd, b"a/b/link", OFlags::RDONLY | OFlags::NOFOLLOW).is_err());
        }
    }
}
