//! Volumes whose data goes with them when a change replaces them, and what is left of that when it is broken off.

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::faults::{MODES, Outcome, broken, full, try_all};
use crate::proxy::{Fault, Proxy};
use crate::world::World;

/// A volume, and a container that uses it.
fn stack(volume: &str) -> String {
    format!(
        r#"
volume "data" {{
{volume}
}}
container "web" {{
  image       = "wharf-stand-in:1"
  command     = ["sleep"]
  stop_signal = "KILL"
  mount {{
    volume = volume.data.name
    target = "/data"
  }}
}}
"#
    )
}

fn labelled(label: &str) -> String {
    stack(&format!("migrate = true\nlabels = {{ version = \"{label}\" }}"))
}

/// Everything that an archive can tell: owners, modes, times, links of both sorts, an empty directory, a name that is not text.
fn archive() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |name: &str, kind: tar::EntryType, mode: u32, owner: u64, link: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner);
        header.set_gid(owner + 1);
        header.set_mtime(1_600_000_000 + owner);
        header.set_size(content.len() as u64);
        if link.is_empty() {
            tar.append_data(&mut header, name, content).unwrap();
        } else {
            tar.append_link(&mut header, name, link).unwrap();
        }
    };
    use tar::EntryType as Kind;
    add("data/", Kind::Directory, 0o700, 70, "", b"");
    add("data/one", Kind::Regular, 0o640, 71, "", b"first");
    add("data/deep/", Kind::Directory, 0o2755, 72, "", b"");
    add(
        "data/deep/program",
        Kind::Regular,
        0o4755,
        73,
        "",
        &vec![7; 300_000],
    );
    add("data/deep/empty/", Kind::Directory, 0o1777, 74, "", b"");
    add("data/symbolic", Kind::Symlink, 0o777, 75, "../nowhere", b"");
    add("data/hard", Kind::Link, 0o640, 71, "data/one", b"");
    add("data/pipe", Kind::Fifo, 0o600, 76, "", b"");
    add("data/grün \n", Kind::Regular, 0, 77, "", b"odd");
    tar.into_inner().unwrap()
}

fn fill(world: &World) -> Vec<u8> {
    engine::call(Call::ArchivePut {
        id: world.container_id("web"),
        path: "/".to_owned(),
        tar: archive(),
    })
    .unwrap();
    content(world)
}

/// Returns the archive of what the container has in the volume.
fn content(world: &World) -> Vec<u8> {
    engine::archive(&world.container_id("web"), "/data").unwrap()
}

fn volume(world: &World, end: &str) -> Option<Json> {
    engine::inspect(ObjectKind::Volume, &format!("{}-data{end}", world.project))
}

/// Insists that there is the volume and the container, and nothing else.
#[track_caller]
fn assert_tidy(world: &World) {
    let kinds: Vec<ObjectKind> = engine::objects_of(&world.project)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, [ObjectKind::Container, ObjectKind::Volume]);
}

#[test]
fn a_volume_takes_its_data_along_when_its_options_change() {
    let world = World::new("migrate");
    world.config(&stack("migrate = true")).apply(&[]);
    let before = fill(&world);
    let disk = world.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let options = format!(
        "migrate = true\ndriver_opts = {{ type = \"none\", o = \"bind\", device = \"{}\" }}",
        disk.display()
    );
    world.config(&stack(&options));
    let interim = format!("by way of `{}-data.interim`", world.project);
    let plan = world.wharf(&["plan"]).code(0).says(&interim).says("downtime");
    assert!(!plan.stdout.contains("data loss"), "{}", plan.stdout);
    world.apply(&[]);
    assert_tidy(&world);
    assert_eq!(
        volume(&world, "").unwrap()["Options"]["device"],
        disk.to_str().unwrap()
    );
    assert!(content(&world) == before, "there");
    assert_eq!(std::fs::read(disk.join("one")).unwrap(), b"first");

    world.config(&stack("migrate = true")).apply(&[]);
    assert_tidy(&world);
    assert_eq!(volume(&world, "").unwrap()["Options"], Json::Null);
    assert!(content(&world) == before, "and back");
    world.destroy(&[]);
}

#[test]
fn a_protected_volume_may_be_replaced_if_its_data_goes_with_it() {
    let world = World::new("kept");
    world
        .config(&stack("protect = true\nlabels = { a = \"1\" }"))
        .apply(&[]);
    let before = fill(&world);
    let _ = world
        .config(&stack("protect = true\nlabels = { a = \"2\" }"))
        .wharf(&["plan"])
        .code(1)
        .says("Volume is protected")
        .says("migrate = true");
    world
        .config(&stack("protect = true\nmigrate = true\nlabels = { a = \"2\" }"))
        .apply(&[]);
    assert!(content(&world) == before);
    assert_eq!(volume(&world, "").unwrap()["Labels"]["a"], "2");
    world.config(&stack("protect = false")).apply(&[]);
    world.destroy(&[]);
}

#[test]
fn what_a_replacement_without_copying_costs_is_said() {
    let world = World::new("lose");
    world.config(&stack("labels = { a = \"1\" }")).apply(&[]);
    let _ = world
        .config(&stack("labels = { a = \"2\" }"))
        .wharf(&["plan"])
        .code(0)
        .says("data loss")
        .says("`migrate = true` would copy it");
    world.destroy(&[]);
}

/// Breaks one call of a migration; at no time is the data anywhere but whole in one of the two volumes.
fn suffer(at: usize, fault: Fault) -> Outcome {
    let world = World::new("crash");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    world.config(&labelled("2"));
    let proxy = Proxy::new(u32::try_from(at).unwrap(), fault);
    let first = broken(&world, "apply", &proxy);
    let story = format!(
        "{fault:?} at call {at} of {:#?}\nit said ({}):\n{}\n{}",
        proxy.calls(),
        first.code,
        first.stdout,
        first.stderr
    );
    if !proxy.has_fired() {
        return Ok(false);
    }
    if volume(&world, "").is_none() && volume(&world, ".interim").is_none() {
        return Err(format!("both are gone\n{story}"));
    }
    let again = world.wharf(&["apply", "--auto-approve"]);
    if again.code != 0 {
        return Err(format!("the next run failed:\n{}\n{story}", again.stderr));
    }
    let plan = world.wharf(&["plan", "--detailed-exitcode"]);
    let version = &volume(&world, "").unwrap_or_default()["Labels"]["version"];
    let left = engine::objects_of(&world.project).len();
    let verdict = (plan.code, version.as_str(), left, content(&world) == before);
    if verdict != (0, Some("2"), 2, true) {
        return Err(format!("{verdict:?}\n{}\n{}\n{story}", again.stderr, plan.stdout));
    }
    Ok(true)
}

/// Counts the calls of an undisturbed migration.
fn calls() -> Vec<String> {
    let world = World::new("crash");
    world.config(&labelled("1")).apply(&[]);
    world.config(&labelled("2"));
    let proxy = Proxy::new(0, Fault::Hang);
    let _ = broken(&world, "apply", &proxy).code(0);
    proxy.calls()
}

#[test]
fn a_migration_that_is_broken_off_anywhere_loses_nothing() {
    let calls = calls();
    assert!(calls.len() >= 12, "{calls:?}");
    // What loses most is tried at every call, and the rest when the whole sweep is asked for.
    let cases = (1..=calls.len()).flat_map(|at| {
        let modes = MODES.into_iter();
        let modes = modes.filter(|fault| full() || *fault == Fault::KillAfter);
        modes.map(move |fault| (at, fault))
    });
    try_all(cases.collect(), suffer);
}

/// Breaks a migration off when the old volume is gone and the new one is not there yet.
fn break_off(world: &World) {
    let is_removal = |call: &String| call.starts_with("DELETE") && call.contains("/volumes/");
    let removal = calls().iter().position(is_removal);
    let proxy = Proxy::new(u32::try_from(removal.unwrap() + 1).unwrap(), Fault::KillAfter);
    let _ = broken(world, "apply", &proxy);
    assert!(volume(world, "").is_none(), "{:?}", proxy.calls());
}

/// The state is lost while the data is on its way: the labels tell where it is.
#[test]
fn data_on_its_way_is_found_without_the_state() {
    let world = World::new("astray");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    world.config(&labelled("2"));
    break_off(&world);
    std::fs::remove_dir_all(world.path("state")).unwrap();
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says(&format!("`{}-data.interim`", world.project));
    world.apply(&[]);
    assert!(content(&world) == before);
    assert_tidy(&world);
    world.destroy(&[]);
}

#[test]
fn a_migration_that_is_given_up_leaves_nothing_behind() {
    let world = World::new("giveup");
    world.config(&labelled("1")).apply(&[]);
    world.config(&labelled("2"));
    for at in [6, 10] {
        let proxy = Proxy::new(at, Fault::KillAfter);
        let _ = broken(&world, "apply", &proxy);
        assert!(proxy.has_fired());
        let _ = world.wharf(&["destroy", "--auto-approve"]).code(0);
        assert_eq!(engine::objects_of(&world.project), []);
        world.config(&labelled("1")).apply(&[]);
        world.config(&labelled("2"));
    }
    world.destroy(&[]);
}

/// The interim volume of somebody else is not taken for ours.
#[test]
fn a_volume_that_is_in_the_way_of_a_migration_is_not_touched() {
    let world = World::new("inway");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    let name = format!("{}-data.interim", world.project);
    world.foreign_volume(&name, &json!({ "somebody": "else" }));
    let ran = world.config(&labelled("2")).wharf(&["apply", "--auto-approve"]);
    assert_ne!(ran.code, 0);
    let _ = ran.says("The name is taken").says(&name);
    assert_eq!(
        volume(&world, ".interim").unwrap()["Labels"],
        json!({ "somebody": "else" })
    );
    assert_eq!(volume(&world, "").unwrap()["Labels"]["version"], "1");
    engine::call(Call::VolumeRemove { name }).unwrap();
    world.apply(&[]);
    assert!(content(&world) == before);
    world.destroy(&[]);
}

/// A volume that has moved keeps its name, also while its data is on its way.
#[test]
fn a_volume_that_had_moved_came_back_empty_when_its_migration_was_broken_off() {
    let world = World::new("moved");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    let moved = |label: &str| {
        labelled(label)
            .replace("volume \"data\"", "volume \"other\"")
            .replace("volume.data.name", "volume.other.name")
            + "moved {\n  from = volume.data\n  to   = volume.other\n}\n"
    };
    world.config(&moved("1")).apply(&[]);
    world.config(&moved("2"));
    break_off(&world);
    world.apply(&[]);
    assert_tidy(&world);
    assert_eq!(volume(&world, "").unwrap()["Labels"]["version"], "2");
    assert!(content(&world) == before);
    world.destroy(&[]);
}

/// Another name is another volume: it gets the data from where that is.
#[test]
fn a_volume_that_was_given_another_name_meanwhile_came_back_empty() {
    let world = World::new("renamed");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    world.config(&labelled("2"));
    break_off(&world);
    let name = format!("{}-other", world.project);
    world
        .config(&stack(&format!("migrate = true\nname = \"{name}\"")))
        .apply(&[]);
    assert_tidy(&world);
    assert!(engine::inspect(ObjectKind::Volume, &name).is_some());
    assert!(content(&world) == before);
    world.destroy(&[]);
}

/// The interim volume is taken away by somebody else: before the plan, and between a saved plan and its apply.
#[test]
fn what_had_waited_in_a_volume_that_is_gone_was_copied_from_an_empty_one() {
    let world = World::new("gone");
    world.config(&labelled("1")).apply(&[]);
    let _ = fill(&world);
    world.config(&labelled("2"));
    break_off(&world);
    let _ = world.wharf(&["plan", "--out", "saved.plan"]).code(0);
    let name = format!("{}-data.interim", world.project);
    engine::call(Call::VolumeRemove { name: name.clone() }).unwrap();
    let _ = world
        .wharf(&["apply", "saved.plan"])
        .code(5)
        .says("The world moved")
        .says(&name);
    assert_eq!((volume(&world, ""), volume(&world, ".interim")), (None, None));
    let _ = world.wharf(&["plan"]).code(0).says("data loss").says(&format!(
        "what it held is lost: `{name}`, where it waited, is gone"
    ));
    world.apply(&[]);
    assert_tidy(&world);
    world.destroy(&[]);
}

/// A volume whose device is a directory of the test's own, which the engine's host has to be this one for.
fn at_device(device: &Path) -> String {
    stack(&format!(
        "migrate = true\ndriver_opts = {{ type = \"none\", o = \"bind\", device = \"{}\" }}",
        device.display()
    ))
}

/// Applies a stack whose volume is a directory, and fills that.
fn with_device(world: &World, fill: impl FnOnce(&Path)) -> PathBuf {
    let [one, other] = ["one", "other"].map(|name| world.path(name));
    std::fs::create_dir(&one).unwrap();
    std::fs::create_dir(&other).unwrap();
    world.config(&at_device(&one)).apply(&[]);
    fill(&one);
    world.config(&at_device(&other));
    other
}

#[test]
fn a_file_system_that_brings_a_lost_and_found_never_got_its_data() {
    let world = World::new("found");
    let other = with_device(&world, |one| std::fs::write(one.join("file"), "x").unwrap());
    std::fs::create_dir(other.join("lost+found")).unwrap();
    world.apply(&[]);
    assert_tidy(&world);
    assert_eq!(std::fs::read_to_string(other.join("file")).unwrap(), "x");
    assert!(other.join("lost+found").is_dir());
    world.destroy(&[]);
}

/// An engine packs nothing more while nobody reads, and unpacks nothing into a container that it packs.
#[test]
fn a_volume_with_more_than_a_socket_holds_was_never_copied() {
    let world = World::new("large");
    let large: Vec<u8> = (0..24_u32 << 20).map(|at| (at % 251) as u8).collect();
    let other = with_device(&world, |one| std::fs::write(one.join("file"), &large).unwrap());
    world.apply(&[]);
    assert!(std::fs::read(other.join("file")).unwrap() == large);
    assert_tidy(&world);
    world.destroy(&[]);
}

#[test]
fn what_else_is_in_a_target_is_seen() {
    let world = World::new("full");
    let other = with_device(&world, |one| std::fs::write(one.join("file"), "x").unwrap());
    std::fs::create_dir(other.join("lost+found")).unwrap();
    std::fs::write(other.join("lost+found/#12"), "y").unwrap();
    let ran = world.wharf(&["apply", "--auto-approve"]).code(4);
    let _ = ran.says("What was copied is not what was there");
    assert!(volume(&world, ".interim").is_some());
    std::fs::remove_file(other.join("lost+found/#12")).unwrap();
    world.apply(&[]);
    assert_eq!(std::fs::read_to_string(other.join("file")).unwrap(), "x");
    world.destroy(&[]);
}

/// An access control list as the kernel has it: the owner and another user may write, the rest may read.
const LIST: &[u8] = b"\x02\0\0\0\
    \x01\0\x06\0\xff\xff\xff\xff\x02\0\x06\0\xe8\x03\0\0\x04\0\x04\0\xff\xff\xff\xff\
    \x10\0\x06\0\xff\xff\xff\xff\x20\0\x04\0\xff\xff\xff\xff";

/// One capability, `net_bind_service`, as the kernel has it.
const CAPABILITY: &[u8] = b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Makes one of everything that a directory can hold.
fn make_everything(directory: &Path) {
    use rustix::fs::{CWD, FileType, Mode, XattrFlags, makedev, mknodat, setxattr};
    let at = |name: &str| directory.join(name);
    let file = |name: &str| std::fs::write(at(name), name).unwrap();
    let mark = |name: &str, attribute: &str, value: &[u8]| {
        setxattr(at(name), attribute, value, XattrFlags::empty()).unwrap();
    };
    for name in ["plain", "noted", "listed", "capable", "owned"] {
        file(name);
    }
    mark("noted", "user.note", b"x");
    mark("listed", "system.posix_acl_access", LIST);
    mark("capable", "security.capability", CAPABILITY);
    std::os::unix::fs::chown(at("owned"), Some(1234), Some(2345)).unwrap();
    std::fs::set_permissions(at("owned"), PermissionsExt::from_mode(0o6751)).unwrap();
    std::fs::hard_link(at("plain"), at("hard")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("symbolic")).unwrap();
    let device = makedev(1, 3);
    mknodat(
        CWD,
        at("null"),
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o600),
        device,
    )
    .unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let holes = std::fs::File::create(at("holes")).unwrap();
    holes.set_len(8 << 20).unwrap();
    drop(UnixListener::bind(at("socket")).unwrap());
    let time = UNIX_EPOCH + Duration::new(1_600_000_000, 123_456_789);
    let plain = std::fs::File::options().write(true).open(at("plain")).unwrap();
    plain.set_modified(time).unwrap();
}

/// What the guide says of a copy, measured.
#[test]
fn a_copy_keeps_and_loses_what_the_guide_says() {
    use rustix::fs::getxattr;
    let world = World::new("everything");
    let other = with_device(&world, make_everything);
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says("not copied are access control lists, extended attributes other than capabilities, flags of files and sockets");
    world.apply(&[]);
    let at = |name: &str| other.join(name);
    let meta = |name: &str| std::fs::symlink_metadata(at(name)).unwrap();
    let attribute = |name: &str, attribute: &str| {
        let mut value = [0; 64];
        let read = getxattr(at(name), attribute, &mut value[..]).ok()?;
        Some(value[..read].to_vec())
    };
    assert_eq!(std::fs::read_to_string(at("plain")).unwrap(), "plain");
    assert_eq!((meta("owned").uid(), meta("owned").gid()), (1234, 2345));
    assert_eq!(meta("owned").mode() & 0o7777, 0o6751);
    assert_eq!(meta("plain").ino(), meta("hard").ino());
    assert_eq!(std::fs::read_link(at("symbolic")).unwrap(), Path::new("nowhere"));
    assert!(meta("null").file_type().is_char_device() && meta("null").rdev() == rustix::fs::makedev(1, 3));
    assert!(meta("pipe").file_type().is_fifo());
    assert_eq!(
        attribute("capable", "security.capability").as_deref(),
        Some(CAPABILITY)
    );

    assert_eq!(
        (meta("plain").mtime(), meta("plain").mtime_nsec()),
        (1_600_000_000, 0)
    );
    assert_eq!(attribute("noted", "user.note"), None);
    assert_eq!(attribute("listed", "system.posix_acl_access"), None);
    assert_eq!(
        meta("listed").mode() & 0o777,
        0o664,
        "the mask of the list has become the group's mode"
    );
    assert!(!at("socket").exists());
    assert!(meta("holes").len() == 8 << 20 && meta("holes").blocks() * 512 >= 8 << 20);
    world.destroy(&[]);
}
