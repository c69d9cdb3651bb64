use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::{Deposed, Object, Output};

const GOLDEN: &str = include_str!("../golden/format-1.json");
const FUTURE: &str = include_str!("../golden/format-999.json");

fn sample() -> State {
    let object = Object {
        kind: "container".into(),
        id: "4f2c".into(),
        name: "shop-web".into(),
        nonce: "b7".into(),
        ready: true,
        adopted: false,
        protect: true,
        spec: json!({"image": "shop/app:1.4", "env": {"TOKEN": {"$sensitive": "00ff"}}, "cpus": 0.5}),
        attributes: json!({"id": "4f2c", "name": "shop-web"}),
        dependencies: vec!["network.backend".into(), "volume.data[\"a\\\"b\"]".into()],
        memory: json!({"files": []}),
        interim: None,
        warm_up: None,
        deposed: vec![Deposed {
            id: "11".into(),
            nonce: "a6".into(),
            ready: false,
            adopted: false,
            spec: Json::Null,
            dependencies: None,
        }],
    };
    State {
        lineage: Uuid::from_u128(7),
        generation: 3,
        engine_id: "ENGINE".into(),
        objects: BTreeMap::from([("container.web".into(), object)]),
        outputs: BTreeMap::from([(
            "urls".into(),
            Output {
                value: json!(["http://localhost:8080"]),
                sensitive: false,
            },
        )]),
        ..State::new("shop", "default", "0.1.0")
    }
}

fn state_file(root: &tempfile::TempDir) -> StateFile {
    StateFile::new(Files::beside(&root.path().join("shop.default.json")).unwrap())
}

fn read_text(root: &tempfile::TempDir, text: impl AsRef<[u8]>) -> Result<Option<State>, StateError> {
    let file = state_file(root);
    fs::write(&file.files.state, text).unwrap();
    file.read()
}

#[test]
fn format_1_is_read_and_written_as_it_was() {
    assert_eq!(document::encode(&sample()), GOLDEN);
    let root = tempfile::tempdir().unwrap();
    assert_eq!(read_text(&root, GOLDEN).unwrap(), Some(sample()));
}

#[test]
fn what_is_known_of_a_predecessor_is_read_as_it_was_written() {
    let mut state = sample();
    for object in state.objects.values_mut() {
        object.deposed[0].adopted = true;
        object.deposed[0].dependencies = Some(vec!["network.backend".into()]);
    }
    let root = tempfile::tempdir().unwrap();
    let text = document::encode(&state);
    assert_eq!(read_text(&root, text).unwrap(), Some(state));
}

#[test]
fn a_newer_format_is_refused_with_the_version_that_wrote_it() {
    let root = tempfile::tempdir().unwrap();
    let error = read_text(&root, FUTURE).unwrap_err();
    assert!(
        matches!(
            error,
            StateError::Newer {
                found: 999,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.help().contains("wharf 42.0.0"), "{}", error.help());
}

#[test]
fn no_file_is_no_state_and_an_empty_one_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(state_file(&root).read().unwrap(), None);
    for empty in ["", "\n", "  \n\n"] {
        assert!(matches!(read_text(&root, empty), Err(StateError::Empty { .. })));
    }
}

#[test]
fn the_checksum_tells_whether_anything_else_has_been_written() {
    let root = tempfile::tempdir().unwrap();
    let (mut file, mut state) = (state_file(&root), sample());
    assert_eq!(file.checksum().unwrap(), None);
    file.write(&mut state).unwrap();
    let first = file.checksum().unwrap();
    assert!(first.is_some());
    assert_eq!(file.checksum().unwrap(), first);
    file.write(&mut state).unwrap();
    assert_ne!(file.checksum().unwrap(), first);
}

#[test]
fn every_cut_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let whole = GOLDEN.trim_end().len();
    for length in 0..whole {
        assert!(
            read_text(&root, &GOLDEN.as_bytes()[..length]).is_err(),
            "cut at {length}"
        );
    }
}

#[test]
fn every_flipped_byte_is_an_error_or_changes_nothing() {
    for at in 0..GOLDEN.len() {
        for mask in [0x01, 0x20, 0x80, 0xff, b' ' ^ b'\t'] {
            let mut bytes = GOLDEN.as_bytes().to_vec();
            bytes[at] ^= mask;
            if let Ok(state) = document::decode(&bytes) {
                assert_eq!(state, sample(), "byte {at} with mask {mask:#x}");
            }
        }
    }
}

#[test]
fn other_line_endings_are_no_damage() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(
        read_text(&root, GOLDEN.replace('\n', "\r\n")).unwrap(),
        Some(sample())
    );
}

#[test]
fn an_edit_is_found_by_the_checksum_and_the_previous_generation_is_offered() {
    let root = tempfile::tempdir().unwrap();
    let file = state_file(&root);
    fs::write(&file.files.backup, GOLDEN).unwrap();
    let error = read_text(&root, GOLDEN.replace("shop-web", "shop-wob")).unwrap_err();
    assert!(matches!(error, StateError::Checksum { .. }), "{error}");
    assert!(
        error.help().contains("shop.default.json.backup"),
        "{}",
        error.help()
    );
}

#[test]
fn both_sides_of_a_merge_are_named_as_such() {
    let root = tempfile::tempdir().unwrap();
    let merged = format!("<<<<<<< ours\n{GOLDEN}=======\n{GOLDEN}>>>>>>> theirs\n");
    assert!(matches!(
        read_text(&root, merged),
        Err(StateError::Conflict { .. })
    ));
}

#[test]
fn the_state_of_somebody_else_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let file = state_file(&root);
    fs::write(&file.files.state, GOLDEN).unwrap();
    let ours = Expected {
        project: "shop",
        workspace: "default",
        engine_id: "ENGINE",
    };
    assert!(file.read_expecting(ours).is_ok());
    assert!(
        file.read_expecting(Expected {
            engine_id: "",
            ..ours
        })
        .is_ok()
    );
    for (what, expected) in [
        (
            "project",
            Expected {
                project: "other",
                ..ours
            },
        ),
        (
            "workspace",
            Expected {
                workspace: "other",
                ..ours
            },
        ),
        (
            "engine",
            Expected {
                engine_id: "other",
                ..ours
            },
        ),
    ] {
        let error = file.read_expecting(expected).unwrap_err();
        assert!(
            matches!(error, StateError::Foreign { what: found, .. } if found == what),
            "{error}"
        );
    }
}

#[test]
fn writing_counts_generations_keeps_the_previous_one_and_leaves_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let mut state = sample();
    state_file(&root).write(&mut state).unwrap();
    let mut file = state_file(&root);
    file.write(&mut state).unwrap();
    file.write(&mut state).unwrap();
    assert_eq!(file.read().unwrap().unwrap().generation, 6);
    let backup = document::decode(&fs::read(&file.files.backup).unwrap()).unwrap();
    assert_eq!(backup.generation, 4, "the generation before this run");
    assert_eq!(fs::metadata(&file.files.state).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
}

#[test]
fn a_damaged_state_does_not_take_the_place_of_a_sound_backup() {
    let root = tempfile::tempdir().unwrap();
    let mut file = state_file(&root);
    fs::write(&file.files.backup, GOLDEN).unwrap();
    fs::write(&file.files.state, "").unwrap();
    file.write(&mut sample()).unwrap();
    assert_eq!(fs::read_to_string(&file.files.backup).unwrap(), GOLDEN);
}

#[test]
fn writing_through_a_link_replaces_what_it_points_to() {
    let root = tempfile::tempdir().unwrap();
    let real = root.path().join("real.json");
    fs::write(&real, GOLDEN).unwrap();
    let link = root.path().join("link.json");
    symlink(&real, &link).unwrap();
    let mut file = StateFile::new(Files::beside(&link).unwrap());
    file.write(&mut sample()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(&real).unwrap(), GOLDEN);
}

#[test]
fn a_directory_without_write_permission_is_told() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let written = state_file(&root).write(&mut sample());
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
    match written {
        Err(error) => assert!(matches!(error, StateError::NotWritable { .. }), "{error}"),
        // Permissions do not bind root.
        Ok(()) => assert!(rustix::process::geteuid().is_root()),
    }
}

#[test]
fn a_full_disk_is_told_apart() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let error = StateError::writing(Path::new("/a/b.json"), full);
    assert!(matches!(error, StateError::DiskFull { .. }));
    assert!(error.to_string().contains("/a/b.json"));
}

proptest! {
    #[test]
    fn whatever_stands_in_specs_comes_back(text in any::<String>(), key in any::<String>(), number in any::<i64>()) {
        let mut state = sample();
        if let Some(object) = state.objects.get_mut("container.web") {
            object.spec = json!({key.as_str(): [text.as_str(), number]});
        }
        prop_assert_eq!(document::decode(document::encode(&state).as_bytes()).unwrap(), state);
    }

    #[test]
    fn garbage_is_an_error_and_no_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(document::decode(&bytes).is_err());
    }
}
