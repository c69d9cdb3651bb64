//! Zero noise, attribute by attribute: what was applied at any value, or left unset, shows no change in the next plan.
//!
//! Everything that `cases` lists is applied in one project, so that the sweep takes seconds on any engine that `DOCKER_HOST`
//! names. Each value ends in one of two ways: nothing to do after apply, or refused with an error that says why.
//! `WHARF_SWEEP_TABLE=NAME` writes what came out into the column `NAME` of `docs/sweep.md`.

mod cases;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use wharf::engine::ObjectKind;
use wharf::kinds::{self, Field, FieldType, Presence};

use crate::engine;
use crate::world::World;
use cases::{CONTAINER, Case, ELSEWHERE, IMAGE, JOB, NETWORK, NOT_WITH_PODMAN, VOLUME};

/// How one value ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Applied, and the next plan has nothing to do.
    Quiet,
    /// Refused, with these words.
    Refused(String),
    /// Applied, and the next plan would change it again.
    Noise(String),
}

/// One value of one attribute, and the block that is made for it.
struct Trial {
    case: &'static Case,
    value: &'static str,
    address: String,
    block: String,
}

/// What all containers of the sweep have, unless the value says otherwise.
const CONTAINER_BASE: &[(&str, &str)] = &[
    ("image", "\"wharf-stand-in:1\""),
    ("command", "[\"sleep\"]"),
    ("stop_signal", "\"KILL\""),
];
const JOB_BASE: &[(&str, &str)] = &[
    ("image", "\"wharf-stand-in:1\""),
    ("command", "[\"print\", \"x\"]"),
];

/// What the values refer to.
const SURROUNDINGS: &str = r#"
data "image" "stand_in" {
  name = "wharf-stand-in:1"
}
volume "data" {}
network "a" {
  ipam {
    config {
      subnet = "SUBNET.0/24"
    }
  }
}
network "b" {}
network "six" {
  ipv6 = true
  ipam {
    config {
      subnet = "SUBNET.0/24"
    }
    config {
      subnet = "fd00:SIX::/64"
    }
  }
}
container "peer" {
  image       = "wharf-stand-in:1"
  command     = ["sleep"]
  stop_signal = "KILL"
  ipc         = "shareable"
}
"#;

#[test]
fn no_attribute_makes_noise() {
    let world = World::new("sweep");
    surround(&world);
    let mut numbers = Numbers::new(&world.project);
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    let surroundings = numbers.fill(SURROUNDINGS);
    let trials = trials(&mut numbers);

    // What the engine cannot do is refused while planning, all of it at once, and would stop all the rest.
    let together = |tried: &[&Trial]| -> String {
        let blocks = tried.iter().map(|trial| trial.block.as_str());
        std::iter::once(surroundings.as_str()).chain(blocks).collect()
    };
    let plan = world
        .config(&together(&trials.iter().collect::<Vec<_>>()))
        .wharf(&["plan"]);
    let refused = refusals(&plan.stderr);
    assert_eq!(plan.code, i32::from(!refused.is_empty()), "{}", plan.stderr);
    let tried: Vec<&Trial> = trials
        .iter()
        .filter(|trial| !refused.contains_key(&trial.address))
        .collect();
    outcomes.extend(
        refused
            .into_iter()
            .map(|(address, why)| (address, Outcome::Refused(why))),
    );

    world.config(&together(&tried));
    let apply = world.wharf(&["apply", "--auto-approve", "--json"]);
    assert!([0, 4].contains(&apply.code), "{}\n{}", apply.stdout, apply.stderr);
    let failed = failures(&apply.stdout);
    let changes = changes(&world);
    for trial in tried {
        let outcome = match (failed.get(&trial.address), changes.get(&trial.address)) {
            (Some(why), _) => Outcome::Refused(why.clone()),
            (None, Some(change)) => Outcome::Noise(change.clone()),
            (None, None) => Outcome::Quiet,
        };
        outcomes.insert(trial.address.clone(), outcome);
    }
    table::note(&trials, &outcomes);

    let wrong: Vec<String> = trials
        .iter()
        .filter_map(|trial| {
            let said = match &outcomes[&trial.address] {
                Outcome::Quiet if unsupported(trial) => {
                    "taken, although the engine has no such thing".to_owned()
                }
                Outcome::Quiet => return None,
                Outcome::Refused(_) if unsupported(trial) => return None,
                Outcome::Refused(why) if may_be_refused(trial) && !why.is_empty() => return None,
                Outcome::Refused(why) => format!("refused: {why}"),
                Outcome::Noise(change) => format!("noise: {change}"),
            };
            Some(format!("{} at {:?}: {said}", trial.case.path, trial.value))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.destroy(&[]);
}

/// The table of cases is made from the FIELDS tables: whatever can be set is tried.
#[test]
fn no_attribute_is_left_out() {
    fn settable(path: &str, fields: &[Field], found: &mut BTreeSet<String>) {
        for field in fields {
            if matches!(field.presence, Presence::Computed | Presence::Derived) {
                continue;
            }
            let path = format!("{path}.{}", field.name);
            if let FieldType::Block(inner) | FieldType::Blocks(inner, _) = field.ty {
                settable(&path, inner, found);
            }
            found.insert(path);
        }
    }
    let mut wanted = BTreeSet::new();
    for name in ["container", "volume", "network", "image"] {
        settable(name, kinds::kind(name).unwrap().fields(), &mut wanted);
    }
    let of_containers: Vec<&str> = kinds::kind("container")
        .unwrap()
        .fields()
        .iter()
        .map(|field| field.name)
        .collect();
    let jobs: Vec<Field> = kinds::kind("job")
        .unwrap()
        .fields()
        .iter()
        .filter(|field| !of_containers.contains(&field.name))
        .copied()
        .collect();
    settable("job", &jobs, &mut wanted);
    let tried: BTreeSet<String> = all_cases()
        .map(|case| case.path.to_owned())
        .filter(|path| path.contains('.'))
        .chain(ELSEWHERE.iter().map(|(path, _)| (*path).to_owned()))
        .collect();
    let missing: Vec<_> = wanted.difference(&tried).collect();
    let strange: Vec<_> = tried.difference(&wanted).collect();
    assert!(
        missing.is_empty() && strange.is_empty(),
        "not tried: {missing:?}; no attributes: {strange:?}"
    );
}

fn all_cases() -> impl Iterator<Item = &'static Case> {
    [CONTAINER, JOB, VOLUME, NETWORK, IMAGE].into_iter().flatten()
}

/// Makes the files that values refer to.
fn surround(world: &World) {
    world
        .write(
            "profile.json",
            "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\",\n  \"syscalls\": [{\"names\": [\"acct\"], \"action\": \"SCMP_ACT_ERRNO\"}]\n}\n",
        )
        .write("context/Dockerfile", "FROM wharf-stand-in:1 AS first\nARG A\nENV B=$A\nFROM first\nENV C=1\n")
        .write("context/other/Dockerfile", "FROM wharf-stand-in:1\nENV OTHER=1\n");
}

/// What differs from run to run.
struct Numbers {
    project: String,
    subnet: u16,
}

impl Numbers {
    fn new(project: &str) -> Self {
        Self {
            project: project.to_owned(),
            subnet: 0,
        }
    }

    /// Fills in the words in capitals: each text gets subnets and a port of its own.
    fn fill(&mut self, text: &str) -> String {
        let mut filled = String::new();
        for block in text.split_inclusive("\n}\n") {
            let mut block = block.replace("PROJECT", &self.project);
            if block.contains("SUBNET") || block.contains("SIX") {
                self.subnet += 1;
                let second = 64 + std::process::id() % 128;
                block = block
                    .replace("SUBNET", &format!("10.{second}.{}", self.subnet))
                    .replace("SIX", &format!("{second:x}:{:x}", self.subnet));
            }
            if block.contains("PORT") {
                block = block.replace("PORT", &free_port().to_string());
            }
            if block.contains("DEVICE") {
                block = block.replace("DEVICE", &block_device());
            }
            filled += &block;
        }
        filled
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns a block device of this machine; where there is none, what needs one is refused.
fn block_device() -> String {
    let devices = std::fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let mut names: Vec<String> = devices
        .map(|device| device.file_name().to_string_lossy().into_owned())
        .collect();
    // Loop devices may be bound to nothing.
    names.sort_by_key(|name| (name.starts_with("loop"), name.clone()));
    format!("/dev/{}", names.first().map_or("sda", String::as_str))
}

fn trials(numbers: &mut Numbers) -> Vec<Trial> {
    let mut trials = Vec::new();
    // Addresses in the networks that all containers share have to lie in these.
    let shared = Numbers {
        project: numbers.project.clone(),
        subnet: 0,
    };
    for case in all_cases() {
        for value in case.values {
            let kind = case.path.split('.').next().unwrap();
            let number = trials.len();
            let lines = if kind == "container" {
                let mut numbers = Numbers {
                    project: shared.project.clone(),
                    // `network.a` has the first subnet, `network.six` the second.
                    subnet: u16::from(value.contains("SIX")),
                };
                numbers.fill(value)
            } else if kind == "network" && !value.is_empty() && !value.contains("ipam") {
                // Engines have few subnets to give away.
                numbers.fill(&format!(
                    "{value}\nipam {{\n config {{\n  subnet = \"SUBNET.0/24\"\n }}\n}}"
                ))
            } else {
                numbers.fill(value)
            };
            let base: String = base_of(kind, number, &numbers.project)
                .into_iter()
                .filter(|(name, _)| !sets(value, name))
                .map(|(name, value)| format!("{name} = {value}\n"))
                .collect();
            trials.push(Trial {
                case,
                value,
                address: format!("{kind}.t{number}"),
                block: format!("{kind} \"t{number}\" {{\n{base}{lines}\n}}\n"),
            });
        }
    }
    trials
}

fn base_of(kind: &str, number: usize, project: &str) -> Vec<(String, String)> {
    let own = |base: &[(&str, &str)]| -> Vec<(String, String)> {
        base.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    match kind {
        "container" => own(CONTAINER_BASE),
        "job" => own(JOB_BASE),
        "image" => vec![("name".into(), format!("\"{project}-t{number}:1\""))],
        _ => Vec::new(),
    }
}

/// Tells whether a value sets an attribute itself.
fn sets(value: &str, name: &str) -> bool {
    value
        .lines()
        .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" =")))
}

/// Tells whether the tables say that this engine, or its host, does not have what a trial is about.
fn unsupported(trial: &Trial) -> bool {
    let about = engine::about();
    let lacks = |needs: &str| match needs {
        "" => false,
        "CgroupV1" => about.info["CgroupVersion"].as_str() == Some("2"),
        needs => about.info[needs].as_bool() == Some(false),
    };
    let mut path = trial.case.path.split('.');
    let mut fields = kinds::kind(path.next().unwrap()).unwrap().fields();
    for name in path {
        let field = fields.iter().find(|field| field.name == name).unwrap();
        // What is empty, or off, asks for nothing.
        let says = |text: &str| trial.value.contains(&format!("{name} = {text}"));
        let asks = trial.value.contains(name) && !says("[]") && !says("{}");
        if field.since > about.api && asks || lacks(field.needs) && asks && !says("false") {
            return true;
        }
        if let FieldType::Block(inner) | FieldType::Blocks(inner, _) = field.ty {
            fields = inner;
        }
    }
    // Limits of memory need that one can be set at all.
    let memory = trial.value.contains("memory = ") && lacks("MemoryLimit");
    memory && trial.case.path != "container.memory"
}

/// Tells whether some engines, or this one, may refuse a value.
fn may_be_refused(trial: &Trial) -> bool {
    let podman = engine::about().release().podman().is_some();
    !trial.case.refused.is_empty()
        || podman
            && NOT_WITH_PODMAN
                .iter()
                .any(|(path, value)| *path == trial.case.path && trial.value.contains(value))
}

/// Returns what a plan says that the engine cannot do, by address: `` `path` of `address` needs … `` or `` …: Podman 4.3 … ``.
fn refusals(said: &str) -> BTreeMap<String, String> {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let detail = regex::Regex::new(r"`[^`]+` of `([a-z]+\.t[0-9]+)`:? ((?:needs|Podman) [^╭]+)").unwrap();
    detail
        .captures_iter(&said)
        .map(|found| (found[1].to_owned(), found[2].trim().to_owned()))
        .collect()
}

/// Returns what failed in a run, by address, with the engine's words; what was skipped because of it too.
fn failures(lines: &str) -> BTreeMap<String, String> {
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in lines.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        match line["type"].as_str() {
            Some("apply_errored") => {
                last = line["hook"]["resource"]["addr"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                failed.entry(last.clone()).or_default();
            }
            Some("diagnostic") => {
                if let Some(why) = failed.get_mut(&last).filter(|why| why.is_empty()) {
                    *why = line["diagnostic"]["detail"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned();
                }
            }
            _ => {}
        }
    }
    failed
}

/// Returns what a plan would change, by address.
fn changes(world: &World) -> BTreeMap<String, String> {
    let ran = world.wharf(&["plan", "--json"]).code(0);
    let plan: Json = serde_json::from_str(&ran.stdout).expect(&ran.stdout);
    plan["resource_changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["change"]["actions"][0] != "no-op")
        .map(|change| {
            let differences = &change["change"];
            let told = change.get("differences").unwrap_or(differences);
            (change["address"].as_str().unwrap().to_owned(), told.to_string())
        })
        .collect()
}

/// What the engine does not take must not be there afterwards under another meaning.
#[test]
fn what_an_older_engine_would_drop_in_silence_is_refused_at_plan() {
    let about = engine::about();
    let world = World::new("toonew");
    let refused: Vec<&str> = kinds::kind("container")
        .unwrap()
        .fields()
        .iter()
        .filter(|field| field.since > about.api)
        .map(|field| field.name)
        .collect();
    for name in &refused {
        let case = CONTAINER
            .iter()
            .find(|case| case.path == format!("container.{name}"))
            .unwrap();
        let lines = case.values[0];
        world.config(&format!(
            "container \"a\" {{\nimage = \"wharf-stand-in:1\"\ncommand = [\"sleep\"]\n{lines}\n}}\n"
        ));
        let _ = world
            .wharf(&["plan"])
            .code(1)
            .says("Engine is too old")
            .says(name);
    }
    assert_eq!(
        refused.contains(&"annotations"),
        about.api < (1, 43),
        "{refused:?}"
    );
    let name = format!("{}-a", world.project);
    assert_eq!(engine::inspect(ObjectKind::Container, &name), None);
}
