//! What a sync that succeeds leaves behind.

use super::*;
use crate::sync::{Changes, Guard, Owner, diff, receive, send};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_mirror_is_equal_and_stays_so(source in things(), target in things()) {
        let scratch = Scratch::new();
        plant(&scratch.at("source"), &source);
        plant(&scratch.at("target"), &target);
        scratch.sync(&mirror()).unwrap();
        let (source, target) = (scratch.tree("source"), scratch.tree("target"));
        prop_assert_eq!(diff(&source, &target, &mirror()).guards, vec![]);
        prop_assert_eq!(source.digest(), target.digest());
        prop_assert_eq!(paths(&source), paths(&target));

        let again = scratch.sync(&mirror()).unwrap();
        prop_assert_eq!((again.added, again.changed, again.deleted, again.bytes), (0, 0, 0, 0));
    }

    #[test]
    fn without_delete_the_rest_of_the_target_stays(source in things(), target in things()) {
        let scratch = Scratch::new();
        plant(&scratch.at("source"), &source);
        plant(&scratch.at("target"), &target);
        let before = scratch.tree("target");
        let synced = scratch.sync(&Options::default());
        let (source, after) = (scratch.tree("source"), scratch.tree("target"));
        if synced.is_err() {
            // A directory stands where something else is to be.
            prop_assert_eq!(before, after);
            return Ok(());
        }
        for (path, entry) in &source.entries {
            let there = &after.entries[path];
            prop_assert_eq!(there.node.is_dir(), entry.node.is_dir());
            prop_assert!(entry.node.is_dir() || there.node.own_size() == entry.node.own_size() || there != entry);
        }
        let changes: Changes = diff(&source, &after, &Options::default());
        prop_assert_eq!(changes.added, vec![]);
        for path in before.entries.keys().filter(|path| !source.entries.contains_key(path)) {
            prop_assert!(after.entries.contains_key(path), "{path:?} is gone");
        }
    }
}

#[test]
fn times_are_set_but_are_no_reason() {
    let scratch = Scratch::new();
    scratch.write("source/a", "same");
    scratch.write("target/a", "same");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::new(1_000_000, 5);
    fs::File::options()
        .write(true)
        .open(scratch.at("source/a"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let changes = diff(&scratch.tree("source"), &scratch.tree("target"), &mirror());
    assert!(changes.is_empty());
    assert_eq!(changes.times, [TreePath::new("a").unwrap()]);
    scratch.sync(&mirror()).unwrap();
    assert_eq!(
        scratch.at("target/a").metadata().unwrap().modified().unwrap(),
        long_ago
    );
}

#[test]
fn what_is_excluded_is_neither_sent_nor_deleted() {
    let scratch = Scratch::new();
    for path in [
        "source/app.py",
        "source/app.pyc",
        "target/old/x.pyc",
        "target/old/y.py",
        "target/gone/z.py",
    ] {
        scratch.write(path, path);
    }
    let options = Options {
        exclude: vec!["*.pyc".into()],
        ..mirror()
    };
    scratch.sync(&options).unwrap();
    let left: Vec<String> = scratch
        .tree("target")
        .entries
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(left, ["app.py", "old", "old/x.pyc"]);
    let again = scratch.sync(&options).unwrap();
    assert_eq!(
        again.deleted, 0,
        "a directory that holds something excluded is no difference"
    );
}

#[test]
fn only_what_differs_is_sent() {
    let scratch = Scratch::new();
    for name in ["a", "b", "c"] {
        scratch.write(&format!("source/{name}"), name);
    }
    assert_eq!(scratch.sync(&mirror()).unwrap().bytes, 3);
    scratch.write("source/b", "changed");
    let report = scratch.sync(&mirror()).unwrap();
    assert_eq!((report.added, report.changed, report.bytes), (0, 1, 7));
}

#[test]
fn an_edit_of_the_same_size_in_the_same_second_is_seen() {
    let scratch = Scratch::new();
    for round in 0..30 {
        scratch.write("source/a", &format!("{round:04}"));
        scratch.sync(&mirror()).unwrap();
        assert_eq!(scratch.read("target/a"), format!("{round:04}"));
    }
}

#[test]
fn deletions_of_what_no_sync_wrote_can_be_told() {
    let scratch = Scratch::new();
    for path in ["source/a", "source/b", "target/foreign"] {
        scratch.write(path, "x");
    }
    let last = scratch.sync(&Options::default()).unwrap().manifest;
    fs::remove_file(scratch.at("source/b")).unwrap();
    let changes = diff(&scratch.tree("source"), &scratch.tree("target"), &mirror());
    let foreign: Vec<String> = changes.foreign(&last).map(ToString::to_string).collect();
    assert_eq!((changes.deleted.len(), foreign), (2, vec!["foreign".to_owned()]));
}

#[test]
fn a_subdirectory_of_the_target_is_made() {
    let scratch = Scratch::new();
    scratch.write("source/index.html", "hello");
    scratch.write("target/other", "stays");
    let options = Options {
        subdirectory: TreePath::new("www/site"),
        ..mirror()
    };
    scratch.sync(&options).unwrap();
    assert_eq!(scratch.read("target/www/site/index.html"), "hello");
    assert_eq!(scratch.read("target/other"), "stays");
}

#[test]
fn a_declared_owner_is_enforced() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    scratch.write("source/dir/file", "x");
    symlink("file", scratch.at("source/dir/link")).unwrap();
    scratch.sync(&mirror()).unwrap();
    let owner = Owner { uid: 1234, gid: 4321 };
    let options = Options {
        owner: Some(owner),
        durable: true,
        ..mirror()
    };
    assert_eq!(scratch.sync(&options).unwrap().changed, 3);
    for path in ["target/dir", "target/dir/file", "target/dir/link"] {
        use std::os::unix::fs::MetadataExt;
        let metadata = scratch.at(path).symlink_metadata().unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 4321), "{path}");
    }
    assert_eq!(scratch.sync(&options).unwrap().changed, 0);
}

#[test]
fn holes_stay_holes() {
    use std::os::unix::fs::MetadataExt;
    let scratch = Scratch::new();
    let file = fs::File::create(scratch.at("source/sparse")).unwrap();
    file.set_len(8 << 20).unwrap();
    scratch.sync(&mirror()).unwrap();
    let copy = scratch.at("target/sparse").metadata().unwrap();
    assert_eq!(copy.len(), 8 << 20);
    assert!(copy.blocks() * 512 < 1 << 20, "{} blocks", copy.blocks());
}

#[test]
fn guards_stand_before_much_is_lost() {
    let scratch = Scratch::new();
    for name in 0..4 {
        scratch.write(&format!("target/{name}"), "x");
    }
    let careful = Options {
        delete: true,
        ..Options::default()
    };
    let guards = |scratch: &Scratch| diff(&scratch.tree("source"), &scratch.tree("target"), &careful).guards;
    let mass = |deleted| Guard::MassDeletion { deleted, of: 4 };
    assert_eq!(guards(&scratch), [Guard::EmptySource, mass(4)]);
    assert!(scratch.sync(&careful).is_err());
    scratch.write("source/0", "x");
    assert_eq!(guards(&scratch), [mass(3)]);
    assert!(scratch.sync(&careful).is_err());
    scratch.write("source/1", "x");
    assert_eq!(guards(&scratch), []);
    assert_eq!(scratch.sync(&careful).unwrap().deleted, 2);
    scratch.write("target/0-dir/x", "x");
    fs::remove_file(scratch.at("target/0")).unwrap();
    fs::rename(scratch.at("target/0-dir"), scratch.at("target/0")).unwrap();
    let path = TreePath::new("0").unwrap();
    let changes = diff(
        &scratch.tree("source"),
        &scratch.tree("target"),
        &Options::default(),
    );
    assert_eq!(changes.guards, [Guard::InTheWay { paths: vec![path] }]);
}

#[tokio::test]
async fn sends_over_an_asynchronous_connection() {
    let scratch = Scratch::new();
    scratch.write("source/big", &"0123456789".repeat(500_000));
    for index in 0..200 {
        scratch.write(&format!("source/many/{index}"), "x");
    }
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    let target = scratch.at("target");
    let receiver = std::thread::spawn(move || receive(far.try_clone().unwrap(), far, &target));
    near.set_nonblocking(true).unwrap();
    let (reader, writer) = tokio::net::UnixStream::from_std(near).unwrap().into_split();
    let manifest = scratch.tree("source");
    let report = send(reader, writer, scratch.at("source"), manifest, mirror())
        .await
        .unwrap();
    receiver.join().unwrap().unwrap();
    assert_eq!(report.added, 202);
    assert_eq!(scratch.tree("source").digest(), scratch.tree("target").digest());
}

#[test]
fn a_manifest_survives_the_state_file() {
    let scratch = Scratch::new();
    scratch.write("source/a/file", "x");
    fs::hard_link(scratch.at("source/a/file"), scratch.at("source/twin")).unwrap();
    symlink(std::ffi::OsStr::from_bytes(b"\xff"), scratch.at("source/link")).unwrap();
    let manifest = scratch.tree("source");
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
    let forgotten = serde_json::to_string(&manifest.clone().without_times()).unwrap();
    assert!(json.contains("mtime") && !forgotten.contains("mtime"));
    let forgotten: Manifest = serde_json::from_str(&forgotten).unwrap();
    let changes = diff(&manifest, &forgotten, &mirror());
    assert!(changes.is_empty() && changes.times.is_empty());
}
