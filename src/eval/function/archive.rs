//! Directories as a whole: their hash, and their content as an archive. The same files always give the same bytes.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::{Compression, GzBuilder};
use regex::Regex;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};
use walkdir::WalkDir;

use super::file::{files, glob, relative};
use super::hash::Hasher;
use super::{Call, Failure, Function, Kind, Outcome, Param, function, param, string};
use crate::eval::files::regular;

const PATH: Param = param("path", Kind::String);

/// The largest archive that an expression may hold.
const MAX_BYTES: usize = 32 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    // `exclude`, then `files`: texts by name that are packed besides, and instead of what stands under the same name.
    function("archive_base64", &[PATH], string, archive_base64).variadic(param("more", Kind::Any).whole()),
    function("dirhash", &[PATH], string, dirhash).variadic(param("exclude", Kind::Strings).whole()),
];

/// What stands below a directory.
struct Entry {
    name: String,
    path: PathBuf,
    what: What,
}

enum What {
    Directory,
    File {
        executable: bool,
        size: usize,
    },
    Link(PathBuf),
    /// A file that exists in the configuration alone.
    Text(String),
}

impl What {
    fn size(&self) -> usize {
        match self {
            Self::File { size, .. } => *size,
            Self::Text(text) => text.len(),
            Self::Directory | Self::Link(_) => 0,
        }
    }
}

/// Lists what stands below the directory of a call (or the one file that it is), sorted by name, and takes it from what may
/// be read.
fn entries(call: &Call<'_>) -> Result<Vec<Entry>, Failure> {
    let root = files(call.scope)
        .and_then(|files| files.locate(call.text(0)).map_err(|error| error.to_string()))
        .map_err(|message| Failure::at(0, message))?;
    let excluded = patterns(call)?;
    let is_kept = |path: &Path| {
        relative(&root, path).is_none_or(|name| !excluded.iter().any(|pattern| pattern.is_match(&name)))
    };
    let mut found = Vec::new();
    let walk = WalkDir::new(&root).follow_links(false).into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || is_kept(entry.path())) {
        let entry = entry.map_err(|error| unreadable(call, &error.into()))?;
        if entry.depth() == 0 && entry.file_type().is_dir() {
            continue;
        }
        let name = relative(&root, entry.path())
            .ok_or_else(|| Failure::at(0, "a name below it is not UTF-8 text"))?;
        let name = if name.is_empty() { file_name(&root) } else { name };
        let what = what(&entry).map_err(|error| unreadable(call, &error))?;
        if !call.budget.step() || !call.budget.read(what.size()) {
            return Err(Failure::at(0, "there is more below it than may be read"));
        }
        found.push(Entry {
            name,
            what,
            path: entry.into_path(),
        });
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

fn patterns(call: &Call<'_>) -> Result<Vec<Regex>, Failure> {
    let Some(given) = call.get(1) else {
        return Ok(Vec::new());
    };
    let wrong = || Failure::at(1, "a list of patterns is required");
    let mut patterns = Vec::new();
    for pattern in given.as_elements().ok_or_else(wrong)? {
        let text = pattern.as_str().ok_or_else(wrong)?.trim_end_matches('/');
        // A pattern without a slash means a name at any depth.
        let anywhere = if text.contains('/') {
            text.trim_start_matches('/').to_owned()
        } else {
            format!("**/{text}")
        };
        patterns.push(glob(&anywhere).ok_or_else(|| Failure::at(1, "a pattern is not valid"))?);
    }
    Ok(patterns)
}

/// Returns the files that are given as text.
fn texts(call: &Call<'_>) -> Result<Vec<Entry>, Failure> {
    let Some(given) = call.get(2) else {
        return Ok(Vec::new());
    };
    let wrong = || Failure::at(2, "texts by file name are required");
    let mut texts = Vec::new();
    for (name, text) in given.as_entries().ok_or_else(wrong)? {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        if !name.split('/').all(is_plain) {
            return Err(Failure::at(2, "a name is no path below the archive's root"));
        }
        texts.push(Entry {
            name: name.clone(),
            path: PathBuf::new(),
            what: What::Text(text.as_str().ok_or_else(wrong)?.to_owned()),
        });
    }
    Ok(texts)
}

fn what(entry: &walkdir::DirEntry) -> io::Result<What> {
    use std::os::unix::fs::PermissionsExt as _;
    let file_type = entry.file_type();
    if file_type.is_symlink() {
        return Ok(What::Link(std::fs::read_link(entry.path())?));
    }
    if file_type.is_dir() {
        return Ok(What::Directory);
    }
    let metadata = entry.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other(
            "it holds something that is neither file, directory nor link",
        ));
    }
    Ok(What::File {
        executable: metadata.permissions().mode() & 0o100 != 0,
        size: usize::try_from(metadata.len()).unwrap_or(usize::MAX),
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn unreadable(call: &Call<'_>, error: &io::Error) -> Failure {
    let reason = crate::eval::files::reason(error);
    Failure::at(0, format!("`{}` cannot be read: {reason}", call.text(0)))
}

/// Hashes names, kinds and contents; not times and owners.
fn dirhash(call: &Call<'_>) -> Outcome {
    let mut all = Sha256::new();
    for entry in entries(call)? {
        let (kind, content) = match &entry.what {
            What::Directory => ("directory", Vec::new()),
            What::File { executable, .. } => {
                let mut hasher = Hasher(Sha256::new());
                regular(&entry.path)
                    .and_then(|content| content.copy_to(&mut hasher))
                    .map_err(|error| unreadable(call, &error))?;
                (
                    if *executable { "executable" } else { "file" },
                    hasher.0.finalize().to_vec(),
                )
            }
            What::Link(target) => ("link", target.to_string_lossy().as_bytes().to_vec()),
            What::Text(text) => ("text", text.as_bytes().to_vec()),
        };
        all.update(format!("{kind}\0{}\0{}\0", entry.name, content.len()));
        all.update(content);
    }
    Ok(super::hash::hex(&all.finalize()).into())
}

/// Packs a directory into a gzipped tar: owner 0, no times, modes 644 and 755.
fn archive_base64(call: &Call<'_>) -> Outcome {
    if call.len() > 3 {
        return Err(Failure::at(
            3,
            "it takes a path, patterns to leave out, and files to add",
        ));
    }
    let mut entries = entries(call)?;
    let added = texts(call)?;
    entries.retain(|entry| added.iter().all(|text| text.name != entry.name));
    entries.extend(added);
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    let sizes = entries.iter().map(|entry| entry.what.size());
    if sizes.fold(0, usize::saturating_add) > MAX_BYTES {
        return Err(Failure::at(
            0,
            "there are more than 32 MiB in it, too much for one value",
        ));
    }
    let bytes = pack(&entries).map_err(|error| unreadable(call, &error))?;
    Ok(BASE64.encode(bytes).into())
}

fn pack(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for entry in entries {
        let mut header = Header::new_gnu();
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(0);
        header.set_mode(0o755);
        match &entry.what {
            What::Directory => {
                header.set_entry_type(EntryType::Directory);
                archive.append_data(&mut header, format!("{}/", entry.name), io::empty())?;
            }
            What::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                header.set_mode(0o777);
                archive.append_link(&mut header, &entry.name, target)?;
            }
            What::File { executable, .. } => {
                let content = regular(&entry.path)?.bytes(MAX_BYTES)?;
                header.set_entry_type(EntryType::Regular);
                header.set_mode(if *executable { 0o755 } else { 0o644 });
                header.set_size(content.len() as u64);
                archive.append_data(&mut header, &entry.name, content.as_slice())?;
            }
            What::Text(text) => {
                header.set_entry_type(EntryType::Regular);
                header.set_mode(0o644);
                header.set_size(text.len() as u64);
                archive.append_data(&mut header, &entry.name, text.as_bytes())?;
            }
        }
    }
    archive.into_inner()?.finish()
}
