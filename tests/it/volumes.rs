//! Volumes whose data goes with them when a change replaces them, and what is left of that when it is broken off.

use serde_json::{Value as Json, json};
use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::faults::{broken, full, try_all};
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
fn suffer(at: usize, fault: Fault) -> Result<(), String> {
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
        return Ok(());
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
    Ok(())
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
        let others = [Fault::KillBefore, Fault::DropAfter, Fault::StatusAfter];
        let others = others.into_iter().filter(|_| full());
        std::iter::once((at, Fault::KillAfter)).chain(others.map(move |fault| (at, fault)))
    });
    try_all(cases.collect(), suffer);
}

/// The state is lost while the data is on its way: the labels tell where it is.
#[test]
fn data_on_its_way_is_found_without_the_state() {
    let world = World::new("astray");
    world.config(&labelled("1")).apply(&[]);
    let before = fill(&world);
    world.config(&labelled("2"));
    let is_removal = |call: &String| call.starts_with("DELETE") && call.contains("/volumes/");
    let removal = calls().iter().position(is_removal);
    let proxy = Proxy::new(u32::try_from(removal.unwrap() + 1).unwrap(), Fault::KillAfter);
    let _ = broken(&world, "apply", &proxy);
    assert!(volume(&world, "").is_none(), "{:?}", proxy.calls());
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
    let body = json!({ "Name": name, "Labels": { "somebody": "else" } });
    engine::call(Call::VolumeCreate { body }).unwrap();
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
