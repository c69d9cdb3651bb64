//! Reading trees: sources, archives and build contexts.

use super::*;
use crate::sync::{archive, context_digest, pack_context};

fn names(manifest: &Manifest) -> Vec<String> {
    manifest.entries.keys().map(ToString::to_string).collect()
}

#[test]
fn a_source_refuses_what_cannot_be_copied_and_names_all_of_it() {
    let scratch = Scratch::new();
    scratch.write("source/fine", "x");
    rustix::fs::mkfifoat(rustix::fs::CWD, scratch.at("source/pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(scratch.at("source/sock")).unwrap();
    let problem = source_manifest(&scratch.at("source"), &[]).unwrap_err();
    let lines: Vec<String> = problem
        .lines
        .iter()
        .map(|line| line.replace(scratch.at("").to_str().unwrap(), ""))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    `source/pipe`: it is a FIFO: only files, directories and symbolic links can be copied; remove or exclude it
    `source/sock`: it is a socket: only files, directories and symbolic links can be copied; remove or exclude it
    ");
    let exclude = ["pipe".to_owned(), "*.sock".to_owned(), "sock".to_owned()];
    assert_eq!(
        names(&source_manifest(&scratch.at("source"), &exclude).unwrap()),
        ["fine"]
    );
}

#[test]
fn a_source_does_not_copy_setuid() {
    let scratch = Scratch::new();
    scratch.write("source/tool", "x");
    fs::set_permissions(scratch.at("source/tool"), fs::Permissions::from_mode(0o4755)).unwrap();
    scratch.sync(&mirror()).unwrap();
    assert_eq!(
        scratch.at("target/tool").metadata().unwrap().permissions().mode() & 0o7777,
        0o755
    );
}

#[test]
fn a_source_that_is_not_there_is_a_problem_with_its_name() {
    let problem = source_manifest(Path::new("/not/there"), &[]).unwrap_err();
    insta::assert_snapshot!(problem, @"`/not/there`: No such file or directory (os error 2)");
}

#[test]
fn exceptions_bring_their_directories() {
    let scratch = Scratch::new();
    for path in ["source/a/b/keep", "source/a/b/drop", "source/c/drop"] {
        scratch.write(path, "x");
    }
    let exclude = ["/*".to_owned(), "!a/b/keep".to_owned()];
    assert_eq!(
        names(&source_manifest(&scratch.at("source"), &exclude).unwrap()),
        ["a", "a/b", "a/b/keep"]
    );
}

#[test]
fn a_path_longer_than_the_kernel_takes_is_copied() {
    let scratch = Scratch::new();
    let source = Root::open(&scratch.at("source")).unwrap();
    let mut path = TreePath::new(vec![b'd'; 250]).unwrap();
    for _ in 0..20 {
        source.make_directory(&path, 0o755).unwrap();
        path = path.join(&[b'd'; 250]).unwrap();
    }
    assert!(path.as_bytes().len() > 5_000);
    scratch.sync(&mirror()).unwrap();
    assert_eq!(scratch.tree("source").digest(), scratch.tree("target").digest());
}

#[test]
fn a_file_that_keeps_changing_is_a_problem_or_read_whole() {
    let scratch = Scratch::new();
    let text = "a".repeat(100_000);
    scratch.write("source/busy", &text);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                fs::write(scratch.at("source/busy"), &text).unwrap();
            }
        });
        for _ in 0..20 {
            if let Err(problem) = source_manifest(&scratch.at("source"), &[]) {
                assert!(problem.to_string().contains("kept changing"), "{problem}");
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Packs a directory as engines do: the directory's own name first, hard links as links, in some order.
fn engine_archive(scratch: &Scratch) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.follow_symlinks(false);
    for name in ["", "z", "dir", "dir/file", "dir/drop.pyc", "link"] {
        builder
            .append_path_with_name(scratch.at("target").join(name), Path::new("target").join(name))
            .unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Link);
    header.set_mode(0o644);
    header.set_size(0);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_link(&mut header, "target/a", "target/z").unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn an_archive_tells_the_same_as_the_tree() {
    let scratch = Scratch::new();
    for path in ["target/z", "target/dir/file", "target/dir/drop.pyc"] {
        scratch.write(path, path);
    }
    fs::hard_link(scratch.at("target/z"), scratch.at("target/a")).unwrap();
    symlink("dir/file", scratch.at("target/link")).unwrap();
    let patterns = Patterns::new(crate::sync::Rules::Anywhere, &["*.pyc"]).unwrap();
    let read = archive::target_manifest(&engine_archive(&scratch), &patterns, false).unwrap();
    let root = Root::open(&scratch.at("target")).unwrap();
    let (walked, _) = walk::target(
        &root,
        &patterns,
        &walk::Interest::Everything,
        false,
        &walk::Hashes::default(),
    )
    .unwrap();
    let changes = crate::sync::diff(&walked, &read, &mirror());
    assert!(changes.is_empty() && changes.times.is_empty(), "{changes:?}");
    assert_eq!(read.digest(), walked.digest());
    assert!(matches!(
        read.entries[&TreePath::new("dir").unwrap()].node,
        crate::sync::Node::Dir { pinned: true, .. }
    ));
}

#[test]
fn a_local_target_is_read_as_far_as_the_sync_looks() {
    let scratch = Scratch::new();
    for path in ["source/a", "target/www/a", "target/www/other", "target/www/x.pyc"] {
        scratch.write(path, "x");
    }
    let source = scratch.tree("source");
    let options = Options {
        exclude: vec!["*.pyc".into()],
        subdirectory: TreePath::new("www"),
        ..Options::default()
    };
    let read =
        |options: &Options| crate::sync::local_target(&scratch.at("target"), &source, options).unwrap();
    assert_eq!(names(&read(&options)), ["a"]);
    assert_eq!(
        names(&read(&Options {
            delete: true,
            ..options.clone()
        })),
        ["a", "other"]
    );
    let missing = Options {
        subdirectory: TreePath::new("not/there"),
        ..options
    };
    assert_eq!(read(&missing), Manifest::default());
    assert!(!scratch.at("target/not").exists(), "reading makes nothing");
}

#[test]
fn an_archive_with_names_that_lead_outside_is_refused() {
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_mode(0o644);
    header.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"t/../../a/b/c");
    header.set_cksum();
    let archive = [header.as_bytes().as_slice(), &[0; 1024]].concat();
    assert!(archive::target_manifest(&archive, &Patterns::default(), false).is_err());
    assert!(archive::target_manifest(&archive[..300], &Patterns::default(), false).is_err());
}

#[test]
fn a_context_depends_on_content_alone() {
    let scratch = Scratch::new();
    for (path, text) in [
        ("source/Dockerfile", "FROM scratch"),
        ("source/.dockerignore", "*\n!app\napp/*.log\n"),
        ("source/app/main", "x"),
        ("source/app/debug.log", "x"),
        ("source/other", "x"),
    ] {
        scratch.write(path, text);
    }
    let first = pack_context(&scratch.at("source"), "Dockerfile", &scratch.at("first.tar")).unwrap();
    let list: Vec<String> = tar::Archive::new(fs::File::open(scratch.at("first.tar")).unwrap())
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert_eq!(list, [".dockerignore", "Dockerfile", "app", "app/main"]);

    scratch.write("source/other", "changed, but ignored");
    fs::write(scratch.at("source/app/main"), "x").unwrap();
    let second = pack_context(&scratch.at("source"), "./Dockerfile", &scratch.at("second.tar")).unwrap();
    assert_eq!(first, second);
    assert_eq!(
        first,
        context_digest(&scratch.at("source"), "Dockerfile").unwrap()
    );
    assert_eq!(
        fs::read(scratch.at("first.tar")).unwrap(),
        fs::read(scratch.at("second.tar")).unwrap()
    );

    fs::set_permissions(scratch.at("source/app/main"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_ne!(
        first,
        context_digest(&scratch.at("source"), "Dockerfile").unwrap()
    );
}

#[test]
fn a_dockerfile_may_have_an_ignore_file_of_its_own() {
    let scratch = Scratch::new();
    for (path, text) in [
        ("source/build/web.Dockerfile", "FROM scratch"),
        ("source/build/web.Dockerfile.dockerignore", "secret"),
        ("source/.dockerignore", "**"),
        ("source/secret", "x"),
        ("source/main", "x"),
    ] {
        scratch.write(path, text);
    }
    let digest = context_digest(&scratch.at("source"), "build/web.Dockerfile").unwrap();
    assert_eq!(digest.files, 4);
    assert!(context_digest(&scratch.at("source"), "Dockerfile").is_err());
    assert!(context_digest(&scratch.at("source"), "../Dockerfile").is_err());
}

#[test]
fn equal_directories_pack_to_equal_bytes() {
    let scratch = Scratch::new();
    for side in ["source", "target"] {
        scratch.write(&format!("{side}/b/{}", "long".repeat(40)), "x");
        scratch.write(&format!("{side}/a"), "y");
    }
    let pack = |side: &str| archive::deterministic(&scratch.at(side)).unwrap();
    assert_eq!(pack("source"), pack("target"));
}
