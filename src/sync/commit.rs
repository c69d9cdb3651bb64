//! Carrying out deeds in a target, one after the other, by descriptor.

use std::io;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{self, AtFlags};
use rustix::io::Errno;

use super::TreePath;
use super::root::Root;
use super::stage::{self, Stage};
use super::wire::{Attributes, Deed, Failure};

/// Does everything; what was done before a failure stays done.
pub(super) fn carry_out(root: &Root, stage: &Stage<'_>, deeds: &[Deed]) -> Result<(), Failure> {
    let device = root.own_stat().map_err(|error| Failure::at(None, &error))?.st_dev;
    deeds.iter().try_for_each(|deed| {
        carry_out_one(root, device, stage, deed).map_err(|error| Failure::at(Some(deed.path()), &error))
    })
}

impl Deed {
    fn path(&self) -> &TreePath {
        match self {
            Self::Directory { path }
            | Self::Place { path, .. }
            | Self::Symlink { path, .. }
            | Self::Link { path, .. }
            | Self::Set { path, .. }
            | Self::OwnLink { path, .. }
            | Self::Delete { path, .. } => path,
        }
    }
}

fn carry_out_one(root: &Root, device: u64, stage: &Stage<'_>, deed: &Deed) -> io::Result<()> {
    let place = |staged: &str, path: &TreePath| stage.place(staged, root.holder(path)?, path.split().1);
    match deed {
        Deed::Directory { path } => make_directory(root, path),
        Deed::Place { path, number } => place(&number.to_string(), path),
        Deed::Symlink { path, target, owner } => {
            let staged = stage.symlink(&target.0)?;
            place(staged, path)?;
            owner.map_or(Ok(()), |owner| own_link(root, path, owner))
        }
        Deed::Link { path, to } => {
            let staged = stage.link(root.holder(to)?, to.split().1)?;
            place(staged, path)
        }
        Deed::Set {
            path,
            directory: true,
            attributes,
        } => stage::set(root.directory(Some(path))?, attributes),
        Deed::Set {
            path,
            directory: false,
            attributes,
        } => set_file(root, stage, path, attributes),
        Deed::OwnLink { path, owner } => own_link(root, path, *owner),
        Deed::Delete { path, directory } => delete(root, device, path, *directory),
    }
}

/// Makes a directory that we can write into; its own mode comes last.
fn make_directory(root: &Root, path: &TreePath) -> io::Result<()> {
    match root.make_directory(path, 0o755) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => root.directory(Some(path)).map(drop),
        made => made,
    }
}

/// Sets a file's attributes. A file with further names elsewhere is copied first: those are not ours to change.
fn set_file(root: &Root, stage: &Stage<'_>, path: &TreePath, attributes: &Attributes) -> io::Result<()> {
    let file = root.file(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file any more"));
    }
    if metadata.nlink() == 1 {
        return stage::set(file, attributes);
    }
    let staged = stage.copy(file, attributes)?;
    stage.place(staged, root.holder(path)?, path.split().1)
}

fn own_link(root: &Root, path: &TreePath, owner: super::Owner) -> io::Result<()> {
    let (uid, gid) = stage::ids(owner);
    let name = path.split().1;
    Ok(fs::chownat(
        root.holder(path)?,
        name,
        Some(uid),
        Some(gid),
        AtFlags::SYMLINK_NOFOLLOW,
    )?)
}

/// Takes something away, unless it is on another filesystem. What is gone already is fine.
fn delete(root: &Root, device: u64, path: &TreePath, directory: bool) -> io::Result<()> {
    let holder = match root.holder(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        holder => holder?,
    };
    if fs::fstat(&holder)?.st_dev != device {
        return Err(io::Error::other(
            "it is on another filesystem, which is never deleted from",
        ));
    }
    let flags = if directory {
        AtFlags::REMOVEDIR
    } else {
        AtFlags::empty()
    };
    match fs::unlinkat(&holder, path.split().1, flags) {
        // Something appeared in it meanwhile, which is not ours to delete.
        Err(Errno::NOTEMPTY | Errno::EXIST) if directory => Ok(()),
        Err(Errno::NOENT) => Ok(()),
        removed => Ok(removed?),
    }
}
