//! The journal of a run: what it is about to do, synced before it is done, and how that ended.
//!
//! Append-only, one JSON record in each line, each with a checksum of its own: a torn last line is dropped, and what else is
//! damaged costs only itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{StateError, atomic, document};

/// What a run is about to do: written and synced before each mutating call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The step, unique in its run.
    pub step: u64,
    /// The instance.
    pub address: String,
    /// The operation, in words.
    pub operation: String,
    /// The nonce of the object that the call makes, or acts on.
    pub nonce: String,
    /// The engine's id of the object that the call acts on; empty if it makes one.
    pub id: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It was done.
    Done,
    /// It was not done.
    NotDone,
    /// Nobody knows: the object has to be read back.
    Unknown,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
pub enum Record {
    /// A run begins.
    Begin {
        /// The run.
        run: Uuid,
        /// The digest of the plan.
        plan: String,
    },
    /// A mutating call is about to be made.
    Intent(Intent),
    /// It has ended.
    Outcome {
        /// The step.
        step: u64,
        /// How.
        done: Done,
        /// The engine's id of the object that was made; empty if none was, or it is not known.
        id: String,
    },
    /// The run has ended, and the state holds everything.
    End,
}

/// What runs left behind that did not end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Intents whose outcome is not known, oldest first.
    pub pending: Vec<Intent>,
    /// All nonces that the journal knows: objects that bear one are ours.
    pub nonces: BTreeSet<String>,
    /// The engine's ids of all objects that the journal knows to have been acted on.
    pub acted_on: BTreeSet<String>,
    /// How many records in the middle could not be read. They should be mentioned, for they cost only caution.
    pub damaged: usize,
}

impl Leftover {
    /// Reads what a journal left behind, without opening it for writing; nothing if there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        match fs::read(path) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(StateError::reading(path, error)),
        }
    }

    fn parse(bytes: &[u8]) -> Self {
        let mut leftover = Self::default();
        let mut open = BTreeMap::new();
        for line in whole_lines(bytes) {
            match decode(line) {
                Some(record) => leftover.add(record, &mut open),
                None => leftover.damaged += 1,
            }
        }
        leftover.pending.extend(open.into_values());
        leftover
    }

    fn add(&mut self, record: Record, open: &mut BTreeMap<u64, Intent>) {
        match record {
            // Steps are numbered anew by each run.
            Record::Begin { .. } => self.pending.extend(std::mem::take(open).into_values()),
            Record::Intent(intent) => {
                self.nonces.insert(intent.nonce.clone());
                if !intent.id.is_empty() {
                    self.acted_on.insert(intent.id.clone());
                }
                open.insert(intent.step, intent);
            }
            Record::Outcome {
                done: Done::Done | Done::NotDone,
                step,
                ..
            } => {
                open.remove(&step);
            }
            Record::Outcome { .. } => {}
            Record::End => *self = Self::default(),
        }
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal, and returns what earlier runs left in it. A torn last record is cut off.
    ///
    /// # Errors
    /// The file cannot be made, read or written.
    pub fn open(path: &Path) -> Result<(Self, Leftover), StateError> {
        let leftover = Leftover::read(path)?;
        let failed = |source| StateError::writing(path, source);
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        cut_torn_tail(path, &file)?;
        atomic::sync_directory(path).map_err(failed)?;
        let path = path.to_path_buf();
        Ok((Self { path, file }, leftover))
    }

    /// Makes sure that this many bytes can still be written, so that a full disk is found before anything is done.
    ///
    /// # Errors
    /// There is no such space.
    pub fn reserve(&self, bytes: u64) -> Result<(), StateError> {
        let failed = |source| StateError::writing(&self.path, source);
        let length = self.file.metadata().map_err(failed)?.len();
        match fallocate(&self.file, FallocateFlags::KEEP_SIZE, length, bytes.max(1)) {
            // Some file systems cannot promise space.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(errno) => Err(failed(errno.into())),
        }
    }

    /// Appends records; with `sync` they are on the disk when this returns.
    ///
    /// # Errors
    /// They could not be written.
    pub fn append<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Record>,
        sync: bool,
    ) -> Result<(), StateError> {
        let lines: String = records.into_iter().map(encode).collect();
        self.write(&lines, sync)
            .map_err(|source| StateError::writing(&self.path, source))
    }

    /// Ends a run whose results are all in the state: removes the journal, except for intents of earlier runs that this one
    /// had nothing to do with.
    ///
    /// # Errors
    /// The file could not be replaced or removed.
    pub fn finish(mut self, keep: &[Intent]) -> Result<(), StateError> {
        if keep.is_empty() {
            self.append(&[Record::End], false)?;
            return fs::remove_file(&self.path)
                .and_then(|()| atomic::sync_directory(&self.path))
                .map_err(|source| StateError::writing(&self.path, source));
        }
        // Each as a run of its own, for steps of different runs may have the same number.
        let lines: String = keep
            .iter()
            .flat_map(|intent| {
                let begin = Record::Begin {
                    run: Uuid::nil(),
                    plan: String::new(),
                };
                [encode(&begin), encode(&Record::Intent(intent.clone()))]
            })
            .collect();
        atomic::replace(&self.path, lines.as_bytes())
    }

    fn write(&mut self, lines: &str, sync: bool) -> io::Result<()> {
        self.file.write_all(lines.as_bytes())?;
        if sync { self.file.sync_data() } else { Ok(()) }
    }
}

fn cut_torn_tail(path: &Path, file: &File) -> Result<(), StateError> {
    let bytes = fs::read(path).map_err(|source| StateError::reading(path, source))?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)
            .map_err(|source| StateError::writing(path, source))?;
    }
    Ok(())
}

/// Returns the lines that end; zeros are space that was reserved.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    bytes[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

fn encode(record: &Record) -> String {
    // Writing to memory cannot fail, and all keys are text.
    let json = serde_json::to_string(record).expect("a record is JSON");
    format!("{{\"check\":\"{}\",\"record\":{json}}}\n", check(&json))
}

fn decode(line: &[u8]) -> Option<Record> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix(r#"{"check":""#)?;
    let (sum, rest) = rest.split_once(r#"","record":"#)?;
    let json = rest.strip_suffix('}')?;
    (check(json) == sum).then(|| serde_json::from_str(json).ok())?
}

fn check(json: &str) -> String {
    document::hex(&Sha256::digest(json.as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(step: u64) -> Intent {
        Intent {
            step,
            address: format!("container.c{step}"),
            operation: "create container".into(),
            nonce: format!("n{step}"),
            id: String::new(),
        }
    }

    fn begin() -> Record {
        Record::Begin {
            run: Uuid::nil(),
            plan: "abc".into(),
        }
    }

    fn outcome(step: u64, done: Done) -> Record {
        Record::Outcome {
            step,
            done,
            id: "1f".into(),
        }
    }

    fn journal(root: &tempfile::TempDir) -> PathBuf {
        root.path().join("a.journal")
    }

    #[test]
    fn what_has_no_certain_outcome_is_pending_and_all_nonces_are_known() {
        let root = tempfile::tempdir().unwrap();
        let (mut journal_file, leftover) = Journal::open(&journal(&root)).unwrap();
        assert_eq!(leftover, Leftover::default());
        journal_file.reserve(4096).unwrap();
        let records = [
            begin(),
            Record::Intent(intent(0)),
            Record::Intent(intent(1)),
            Record::Intent(intent(2)),
            Record::Intent(intent(3)),
            outcome(0, Done::Done),
            outcome(1, Done::NotDone),
            outcome(2, Done::Unknown),
        ];
        journal_file.append(&records, true).unwrap();
        drop(journal_file);
        let (_, leftover) = Journal::open(&journal(&root)).unwrap();
        assert_eq!(leftover.pending, [intent(2), intent(3)]);
        assert_eq!(leftover.nonces.len(), 4);
        assert_eq!(leftover.damaged, 0);
    }

    #[test]
    fn a_second_run_does_not_settle_the_steps_of_the_first() {
        let root = tempfile::tempdir().unwrap();
        let (mut journal_file, _) = Journal::open(&journal(&root)).unwrap();
        let other = Intent {
            nonce: "other".into(),
            ..intent(0)
        };
        let records = [
            begin(),
            Record::Intent(intent(0)),
            begin(),
            Record::Intent(other),
            outcome(0, Done::Done),
        ];
        journal_file.append(&records, false).unwrap();
        assert_eq!(Leftover::read(&journal(&root)).unwrap().pending, [intent(0)]);
    }

    #[test]
    fn ending_removes_it_but_keeps_what_the_run_did_not_look_at() {
        let root = tempfile::tempdir().unwrap();
        let (journal_file, _) = Journal::open(&journal(&root)).unwrap();
        journal_file
            .finish(&[
                intent(0),
                Intent {
                    nonce: "x".into(),
                    ..intent(0)
                },
            ])
            .unwrap();
        let (journal_file, leftover) = Journal::open(&journal(&root)).unwrap();
        assert_eq!(leftover.pending.len(), 2);
        journal_file.finish(&[]).unwrap();
        assert!(!journal(&root).exists());
    }

    #[test]
    fn cut_at_any_byte_it_tells_a_prefix_of_the_truth_and_goes_on() {
        let root = tempfile::tempdir().unwrap();
        let records: Vec<Record> = std::iter::once(begin())
            .chain((0..3).map(|step| Record::Intent(intent(step))))
            .collect();
        let whole: String = records.iter().map(encode).collect();
        for cut in 0..=whole.len() {
            fs::write(journal(&root), &whole.as_bytes()[..cut]).unwrap();
            let (mut journal_file, leftover) = Journal::open(&journal(&root)).unwrap();
            let expected: Vec<Intent> = (0..leftover.pending.len() as u64).map(intent).collect();
            assert_eq!(leftover.pending, expected, "cut at {cut}");
            assert_eq!(leftover.damaged, 0, "cut at {cut}");
            journal_file.append(&[Record::Intent(intent(9))], true).unwrap();
            let after = Leftover::read(&journal(&root)).unwrap();
            assert_eq!(after.pending.last(), Some(&intent(9)), "cut at {cut}");
            assert_eq!(after.pending.len(), leftover.pending.len() + 1, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_byte_costs_one_record_and_never_changes_one() {
        let whole: String = (0..3).map(|step| encode(&Record::Intent(intent(step)))).collect();
        for at in 0..whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= 0x11;
            let leftover = Leftover::parse(&bytes);
            for pending in leftover.pending {
                assert_eq!(pending, intent(pending.step), "byte {at}");
            }
        }
    }

    #[test]
    fn the_format_of_records_is_what_it_was() {
        assert_eq!(
            encode(&Record::Intent(intent(1))),
            "{\"check\":\"56a8d5da0a1b5294\",\"record\":{\"record\":\"intent\",\"step\":1,\"address\":\"container.c1\",\
             \"operation\":\"create container\",\"nonce\":\"n1\",\"id\":\"\"}}\n"
        );
    }
}
