//! Targets and peers that want to lead a sync astray.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;
use crate::sync::receive;

#[test]
fn links_planted_in_the_target_are_replaced_and_never_followed() {
    for options in [mirror(), Options::default()] {
        let scratch = Scratch::new();
        scratch.write("canary/file", "untouched");
        scratch.write("source/dir/file", "new");
        scratch.write("source/dir/deep/file", "new");
        scratch.write("source/file", "new");
        symlink(scratch.at("canary"), scratch.at("target/dir")).unwrap();
        symlink(scratch.at("canary/file"), scratch.at("target/file")).unwrap();
        symlink(scratch.at("canary"), scratch.at("target/.wharf-tmp-1")).unwrap();
        scratch.sync(&options).unwrap();
        assert_eq!(scratch.tree("source").digest(), scratch.tree("target").digest());
        assert_eq!(scratch.read("canary/file"), "untouched");
        assert_eq!(fs::read_dir(scratch.at("canary")).unwrap().count(), 1);
    }
}

#[test]
fn a_link_in_the_place_of_the_subdirectory_is_not_entered() {
    let scratch = Scratch::new();
    scratch.write("canary/file", "untouched");
    scratch.write("source/file", "new");
    symlink(scratch.at("canary"), scratch.at("target/www")).unwrap();
    let options = Options {
        subdirectory: TreePath::new("www"),
        ..mirror()
    };
    assert!(scratch.sync(&options).is_err());
    assert_eq!(scratch.read("canary/file"), "untouched");
}

#[test]
fn deleting_a_link_deletes_the_link() {
    let scratch = Scratch::new();
    scratch.write("canary/file", "untouched");
    scratch.write("source/kept", "x");
    symlink(scratch.at("canary"), scratch.at("target/link")).unwrap();
    scratch.sync(&mirror()).unwrap();
    assert!(scratch.at("target/link").symlink_metadata().is_err());
    assert_eq!(scratch.read("canary/file"), "untouched");
}

#[test]
fn a_directory_that_turns_into_a_link_meanwhile_is_not_written_through() {
    let scratch = Scratch::new();
    scratch.write("canary/old", "untouched");
    fs::create_dir(scratch.at("target/dir")).unwrap();
    symlink(scratch.at("canary"), scratch.at("swapped")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let exchange = RenameFlags::EXCHANGE;
                let _ = renameat_with(
                    CWD,
                    scratch.at("target/dir"),
                    CWD,
                    scratch.at("swapped"),
                    exchange,
                );
            }
        });
        for round in 0..150 {
            scratch.write("source/dir/file", &format!("{round}"));
            scratch.write(&format!("source/dir/old/{}", round % 3), &format!("{round}"));
            // It may well fail: what counts is where it writes.
            let _ = scratch.sync(&mirror());
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(scratch.read("canary/old"), "untouched");
    assert_eq!(fs::read_dir(scratch.at("canary")).unwrap().count(), 1);
}

#[test]
fn changing_a_mode_does_not_reach_other_names_of_the_file() {
    let scratch = Scratch::new();
    scratch.write("canary/file", "same");
    scratch.write("source/file", "same");
    fs::set_permissions(scratch.at("canary/file"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(scratch.at("canary/file"), scratch.at("target/file")).unwrap();
    scratch.sync(&mirror()).unwrap();
    let mode = |path: &str| scratch.at(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("canary/file"), 0o600);
    assert_eq!(mode("target/file"), mode("source/file"));
}

#[test]
fn special_files_in_the_target_are_replaced() {
    let scratch = Scratch::new();
    scratch.write("source/fifo", "a file");
    for name in ["target/fifo", "target/other"] {
        rustix::fs::mkfifoat(CWD, scratch.at(name), rustix::fs::Mode::RWXU).unwrap();
    }
    scratch.sync(&mirror()).unwrap();
    assert_eq!(scratch.tree("source").digest(), scratch.tree("target").digest());
}

#[test]
fn a_peer_that_speaks_nonsense_is_refused() {
    let scratch = Scratch::new();
    scratch.write("target/file", "untouched");
    let frame = |letter: u8, text: &str| {
        [
            &[letter][..],
            &u32::try_from(text.len()).unwrap().to_be_bytes(),
            text.as_bytes(),
        ]
        .concat()
    };
    let hello = r#"{"Hello":{"version":1,"options":{"delete":false,"allow_mass_delete":false,"exclude":[],"owner":null,"subdirectory":null,"durable":false}}}"#;
    let other_version = hello.replace("\"version\":1", "\"version\":99");
    let begin = [
        frame(b'M', hello),
        frame(b'M', "\"Read\""),
        frame(b'M', r#"{"Begin":{"bytes":0}}"#),
    ]
    .concat();
    let outside = r#"{"Do":{"Delete":{"path":"../file","directory":false}}}"#;
    let inside = r#"{"Do":{"Delete":{"path":"file","directory":false}}}"#;
    let full = r#"{"Begin":{"bytes":9000000000000000000}}"#;
    for said in [
        Vec::new(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![b'M', 255, 255, 255, 255],
        frame(b'M', &other_version),
        frame(b'B', "bytes"),
        [frame(b'M', hello), frame(b'M', r#"{"Paths":["a/../../b"]}"#)].concat(),
        [begin.clone(), frame(b'M', outside), frame(b'M', "\"Commit\"")].concat(),
        [begin.clone(), frame(b'M', inside)].concat(),
        [begin, frame(b'M', inside), frame(b'M', "\"Abort\"")].concat(),
        [
            frame(b'M', hello),
            frame(b'M', "\"Read\""),
            frame(b'M', full),
            frame(b'M', "\"Commit\""),
        ]
        .concat(),
    ] {
        let mut answer = Vec::new();
        assert!(receive(Cursor::new(&said), &mut answer, &scratch.at("target")).is_err());
        assert_eq!(scratch.read("target/file"), "untouched");
        assert_eq!(fs::read_dir(scratch.at("target")).unwrap().count(), 1);
        assert!(String::from_utf8_lossy(&answer).contains("Failed"), "{said:?}");
    }
}
