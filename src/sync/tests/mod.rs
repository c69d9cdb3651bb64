//! Whole syncs over real directories.

mod faults;
mod hostile;
mod reading;
mod whole;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::root::Root;
use super::{Manifest, Options, Patterns, Report, TreePath, apply_local, source_manifest, walk};

/// A directory for one test, with `source` and `target` in it.
struct Scratch {
    directory: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("source")).unwrap();
        fs::create_dir(directory.path().join("target")).unwrap();
        Self { directory }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn sync(&self, options: &Options) -> std::io::Result<Report> {
        let manifest = source_manifest(&self.at("source"), &options.exclude).unwrap();
        apply_local(&self.at("source"), manifest, &self.at("target"), options)
    }

    /// Reads one of the trees with everything that a sync makes equal.
    fn tree(&self, name: &str) -> Manifest {
        let root = Root::open(&self.at(name)).unwrap();
        walk::source(&root, &self.at(name), &Patterns::default()).unwrap()
    }
}

/// A mirror: what is not in the source is deleted, however much it is.
fn mirror() -> Options {
    Options {
        delete: true,
        allow_mass_delete: true,
        ..Options::default()
    }
}

/// What a random tree is made of.
#[derive(Clone, Debug)]
enum Thing {
    File(u8, u32),
    Dir(u32),
    Symlink(u8),
    HardLink(usize),
}

type Things = Vec<(Vec<u8>, Thing)>;

/// Few names, so that trees meet; some of them ugly.
fn names() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        b"a".to_vec(),
        b"b".to_vec(),
        b"-x".to_vec(),
        b"new\nline".to_vec(),
        b"\xff\xfe\x1b[31m".to_vec(),
        vec![b'n'; 255],
    ])
}

fn things() -> impl Strategy<Value = Things> {
    let path = prop::collection::vec(names(), 1..4).prop_map(|names| names.join(&b'/'));
    let mode = prop::sample::select(vec![0o644, 0o600, 0o755]);
    let thing = prop_oneof![
        4 => (0..4u8, mode).prop_map(|(content, mode)| Thing::File(content, mode)),
        2 => prop::sample::select(vec![0o755, 0o700]).prop_map(Thing::Dir),
        1 => (0..3u8).prop_map(Thing::Symlink),
        1 => (0..8usize).prop_map(Thing::HardLink),
    ];
    prop::collection::vec((path, thing), 0..14)
}

/// Makes a random tree; what does not fit together is left out.
fn plant(root: &Path, things: &Things) {
    let mut files: Vec<PathBuf> = Vec::new();
    for (name, thing) in things {
        let path = root.join(std::ffi::OsStr::from_bytes(name));
        if !real_directory(root, path.parent().unwrap()) || path.symlink_metadata().is_ok() {
            continue;
        }
        match thing {
            Thing::File(content, mode) => {
                fs::write(&path, vec![*content; usize::from(*content) * 100_000]).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
                files.push(path);
            }
            Thing::Dir(mode) => {
                fs::create_dir(&path).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
            Thing::Symlink(target) => symlink(["a", "/", "../../b"][usize::from(*target)], &path).unwrap(),
            Thing::HardLink(index) => {
                if let Some(file) = files.get(index % files.len().max(1)) {
                    fs::hard_link(file, &path).unwrap();
                }
            }
        }
    }
}

/// Makes the directories down to one, unless something else is in the way.
fn real_directory(root: &Path, directory: &Path) -> bool {
    if directory == root {
        return true;
    }
    match directory.symlink_metadata() {
        Ok(metadata) => metadata.is_dir(),
        Err(_) => real_directory(root, directory.parent().unwrap()) && fs::create_dir(directory).is_ok(),
    }
}

/// Tells which paths a tree has.
fn paths(manifest: &Manifest) -> BTreeSet<&TreePath> {
    manifest.entries.keys().collect()
}
