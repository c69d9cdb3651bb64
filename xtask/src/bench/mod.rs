//! `cargo xtask bench`: wharf beside the same engine calls made directly, on the same engine, in the same run.
//!
//! What is printed is wall time and the ratio; nothing passes or fails by it. What the other side does stands in [`floor`].

mod floor;
mod language;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::{command, engine, image, say};
use floor::Floor;

/// How often a round measures a plan without changes, which takes so little time that once says nothing.
const LOOKS: usize = 5;

/// The range that is set aside for benchmarks, so that it clashes with nobody's networks, and how many parts it has.
const RANGE: [u8; 2] = [198, 18];
const PARTS: usize = 4096;

/// What is measured, and how.
#[derive(Clone, Copy)]
struct Size {
    containers: usize,
    networks: usize,
    volumes: usize,
    parallelism: usize,
    rounds: usize,
    /// Which part of the range the first network has.
    first: usize,
    /// Whether the development build is measured.
    dev: bool,
}

/// Reads options that take a number above 0, and `--dev`, of which it tells whether it was given.
fn options<const N: usize>(
    chore: &str,
    arguments: impl IntoIterator<Item = String>,
    mut known: [(&str, &mut usize); N],
) -> Result<bool, String> {
    let mut dev = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--dev" {
            dev = true;
            continue;
        }
        let Some((_, given)) = known.iter_mut().find(|(name, _)| *name == argument) else {
            return Err(format!("`{argument}` is no option of `{chore}`"));
        };
        let number = arguments.next().and_then(|text| text.parse().ok());
        **given = number
            .filter(|number| *number > 0)
            .ok_or_else(|| format!("`{argument}` takes a number above 0"))?;
    }
    Ok(dev)
}

impl Size {
    /// Reads `--containers`, `--parallelism`, `--rounds` and `--dev`.
    fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut containers, mut parallelism, mut rounds) = (100_usize, 10, 3);
        let known = [
            ("--containers", &mut containers),
            ("--parallelism", &mut parallelism),
            ("--rounds", &mut rounds),
        ];
        let dev = options("bench", arguments, known)?;
        let networks = containers.div_ceil(10);
        Ok(Self {
            containers,
            networks,
            volumes: containers.div_ceil(5),
            parallelism,
            rounds,
            // Two measurements at a time have to do without each other's addresses.
            first: std::process::id() as usize * networks % PARTS,
            dev,
        })
    }

    /// Returns a network's addresses: 30 for its ten containers.
    fn subnet(&self, number: usize) -> String {
        let part = (self.first + number) % PARTS;
        let [a, b] = RANGE;
        format!(
            "{a}.{}.{}.{}/27",
            usize::from(b) + part / 2048,
            part / 8 % 256,
            part % 8 * 32
        )
    }

    /// Writes what wharf is to apply: the same objects as the floor's.
    fn configuration(&self) -> String {
        let subnets: Vec<String> = (0..self.networks).map(|number| self.subnet(number)).collect();
        format!(
            r#"
network "net" {{
  count = {networks}
  ipam {{
    config {{
      subnet = {subnets:?}[count.index]
    }}
  }}
}}

volume "data" {{
  count = {volumes}
}}

container "node" {{
  count   = {containers}
  image   = "{image}"
  command = ["sleep"]
  env     = {{ NUMBER = count.index }}
  network {{
    name = network.net[count.index % {networks}].name
  }}
  mount {{
    volume = volume.data[count.index % {volumes}].name
    target = "/data"
  }}
}}
"#,
            networks = self.networks,
            volumes = self.volumes,
            containers = self.containers,
            image = image::REFERENCE
        )
    }
}

/// Measures, and prints the table.
///
/// # Errors
/// An option is none, no engine can be had, the build fails, or a run does.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> Result<(), String> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    if arguments.first().is_some_and(|argument| argument == "--language") {
        return language::run(arguments.into_iter().skip(1));
    }
    let size = Size::read(arguments.clone())?;
    let is_dev = cfg!(debug_assertions);
    if is_dev && !size.dev {
        return optimised(&arguments);
    }
    let engine = engine::find_or_start()?;
    build(if is_dev { &[] } else { &["--release"] })?;
    image::ensure(&engine)?;
    let project = format!("wharf-bench-{}", std::process::id());
    let directory = std::env::temp_dir().join(&project);
    std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let floor = Floor {
        engine: &engine,
        project: format!("{project}-floor"),
        size,
    };
    let result = measure(&floor, &project, &directory);
    floor.timed(|floor| floor.sweep(&project))?;
    std::fs::remove_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    say(&result?);
    Ok(())
}

/// Builds what lies beside this chore: what is measured, and what the image is made from.
fn build(further: &[&str]) -> Result<(), String> {
    command::cargo(&[&["build", "--package", "wharf", "--package", "stand-in"], further].concat())
}

/// Measures with a chore that is built as the program is: the floor's own work counts too.
fn optimised(arguments: &[String]) -> Result<(), String> {
    build(&["--release", "--package", "xtask"])?;
    let chore = beside("release", "xtask")?;
    command::run(Command::new(chore).arg("bench").args(arguments))
}

fn measure(floor: &Floor<'_>, project: &str, directory: &Path) -> Result<String, String> {
    let size = floor.size;
    let file = directory.join(format!("{project}.hcl"));
    std::fs::write(&file, size.configuration()).map_err(|error| format!("{}: {error}", file.display()))?;
    let file = file.display().to_string();
    let parallelism = format!("--parallelism={}", size.parallelism);
    let program = command::built("wharf");
    let wharf = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .arg(&file)
            .env("DOCKER_HOST", &floor.engine.host);
        timed_command(&mut command)
    };
    let mut rows = [
        (Vec::new(), Vec::new()),
        (Vec::new(), Vec::new()),
        (Vec::new(), Vec::new()),
    ];
    for round in 1..=size.rounds {
        say(&format!("round {round} of {}", size.rounds));
        rows[0].0.push(floor.timed(Floor::apply)?);
        for _ in 0..LOOKS {
            rows[1].0.push(floor.timed(Floor::look)?);
        }
        rows[2].0.push(floor.timed(Floor::destroy)?);
        rows[0].1.push(wharf(&["apply", "--auto-approve", &parallelism])?);
        for _ in 0..LOOKS {
            rows[1].1.push(wharf(&["plan", "--detailed-exitcode"])?);
        }
        rows[2]
            .1
            .push(wharf(&["destroy", "--auto-approve", &parallelism])?);
    }
    Ok(table(size, rows))
}

/// The times of the floor and of wharf.
type Row = (Vec<Duration>, Vec<Duration>);

fn table(size: Size, rows: [Row; 3]) -> String {
    let Size {
        containers,
        networks,
        volumes,
        parallelism,
        rounds,
        ..
    } = size;
    let mut table = format!(
        "{containers} containers, {networks} networks, {volumes} volumes, {parallelism} calls at a time, median of {rounds} rounds\n\n\
         {:<14}{:>10}{:>10}{:>8}\n",
        "", "floor", "wharf", "ratio"
    );
    for (name, (floor, wharf)) in ["apply", "plan (no-op)", "destroy"].iter().zip(rows) {
        let (floor, wharf) = (median(floor), median(wharf));
        let ratio = wharf.as_secs_f64() / floor.as_secs_f64();
        let _ = writeln!(
            table,
            "{name:<14}{:>9.2}s{:>9.2}s{ratio:>8.2}",
            floor.as_secs_f64(),
            wharf.as_secs_f64()
        );
    }
    table
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed_command(command: &mut Command) -> Result<Duration, String> {
    let begun = Instant::now();
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let took = begun.elapsed();
    if output.status.success() {
        return Ok(took);
    }
    Err(format!(
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Returns where a program was built to, in the folder of `target` that holds the builds for this machine, as this chore does.
fn beside(profile: &str, program: &str) -> Result<PathBuf, String> {
    let built = command::built(program);
    let host = built.parent().and_then(Path::parent);
    host.map(|host| host.join(profile).join(program))
        .ok_or_else(|| format!("{}: no build directory", built.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_one_measurement_have_addresses_of_their_own() {
        let size = Size::read(["--containers".to_owned(), "4000".to_owned()]).unwrap();
        let subnets: std::collections::BTreeSet<String> =
            (0..size.networks).map(|number| size.subnet(number)).collect();
        assert_eq!(subnets.len(), 400);
        assert!(
            subnets
                .iter()
                .all(|subnet| subnet.starts_with("198.18.") || subnet.starts_with("198.19."))
        );
    }

    #[test]
    fn an_option_that_is_none_is_refused() {
        assert!(Size::read(["--fast".to_owned()]).is_err());
        assert!(Size::read(["--rounds".to_owned(), "0".to_owned()]).is_err());
    }
}
