//! `cargo xtask bench`: wharf beside the same engine calls made directly, on the same engine, in the same run.
//!
//! The floor makes the calls that cannot be avoided, ten at a time, and knows everything beforehand. What is printed is wall
//! time and the ratio; nothing passes or fails by it.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::json;
use wharf::engine::{Call, CallError, Engine as _, LabelFilter, ObjectKind, Read as _};

use crate::{command, engine, image, say};

const CONTAINERS: usize = 100;
const NETWORKS: usize = 10;
const VOLUMES: usize = 20;
const PARALLEL: usize = 10;
const ROUNDS: usize = 3;

/// Measures, and prints the table.
///
/// # Errors
/// No engine can be had, the build fails, or a run does.
pub(crate) fn run() -> Result<(), String> {
    let engine = engine::find_or_start()?;
    command::cargo(&[
        "build",
        "--release",
        "--package",
        "wharf",
        "--package",
        "stand-in",
    ])?;
    image::ensure(&engine)?;
    let directory = std::env::temp_dir().join(format!("wharf-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let result = measure(&engine, &directory);
    std::fs::remove_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    say(&result?);
    Ok(())
}

fn measure(engine: &engine::Engine, directory: &std::path::Path) -> Result<String, String> {
    let file = directory.join(format!("wharf-bench-{}.hcl", std::process::id()));
    std::fs::write(&file, configuration()).map_err(|error| format!("{}: {error}", file.display()))?;
    let file = file.display().to_string();
    let project = format!("wharf-bench-{}", std::process::id());
    let wharf = |arguments: &[&str]| timed_command(engine, arguments, &file);
    let floor = Floor {
        engine,
        project: format!("{project}-floor"),
    };

    let mut rows = [
        (Vec::new(), Vec::new()),
        (Vec::new(), Vec::new()),
        (Vec::new(), Vec::new()),
    ];
    for round in 1..=ROUNDS {
        say(&format!("round {round} of {ROUNDS}"));
        rows[0].0.push(floor.timed(Floor::apply)?);
        rows[1].0.push(floor.timed(Floor::look)?);
        rows[2].0.push(floor.timed(Floor::destroy)?);
        rows[0].1.push(wharf(&["apply", "--auto-approve"])?);
        rows[1].1.push(wharf(&["plan", "--detailed-exitcode"])?);
        rows[2].1.push(wharf(&["destroy", "--auto-approve"])?);
    }
    let mut table = format!(
        "{CONTAINERS} containers, {NETWORKS} networks, {VOLUMES} volumes, {PARALLEL} calls at a time, median of {ROUNDS}\n\n{:<14}{:>10}{:>10}{:>8}\n",
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
    Ok(table)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn configuration() -> String {
    format!(
        r#"
network "net" {{
  count = {NETWORKS}
  ipam {{
    config {{
      subnet = "172.30.${{count.index}}.0/24"
    }}
  }}
}}

volume "data" {{
  count = {VOLUMES}
}}

container "node" {{
  count   = {CONTAINERS}
  image   = "{image}"
  command = ["sleep"]
  env     = {{ NUMBER = count.index }}
  network {{
    name = network.net[count.index % {NETWORKS}].name
  }}
  mount {{
    volume = volume.data[count.index % {VOLUMES}].name
    target = "/data"
  }}
}}
"#,
        image = image::REFERENCE
    )
}

fn timed_command(engine: &engine::Engine, arguments: &[&str], file: &str) -> Result<Duration, String> {
    let program = command::root()
        .join("target")
        .join(host_directory()?)
        .join("release")
        .join("wharf");
    let begun = Instant::now();
    let output = Command::new(&program)
        .args(arguments)
        .arg(file)
        .env("DOCKER_HOST", &engine.host)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let took = begun.elapsed();
    if output.status.success() {
        return Ok(took);
    }
    Err(format!(
        "wharf {}: {}\n{}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Returns the folder of `target` that holds the builds for this machine: this chore lies in it too.
fn host_directory() -> Result<std::path::PathBuf, String> {
    let built = command::built("wharf");
    let target = command::root().join("target");
    let relative = built
        .strip_prefix(&target)
        .map_err(|error| format!("{}: {error}", built.display()))?;
    relative
        .components()
        .next()
        .map(|first| first.as_os_str().into())
        .ok_or_else(|| "an empty path".to_owned())
}

/// The calls that cannot be avoided.
struct Floor<'a> {
    engine: &'a engine::Engine,
    project: String,
}

impl Floor<'_> {
    fn timed<'a, F>(&'a self, work: impl FnOnce(&'a Self) -> F) -> Result<Duration, String>
    where
        F: Future<Output = Result<(), CallError>> + 'a,
    {
        let begun = Instant::now();
        self.engine
            .runtime
            .block_on(work(self))
            .map_err(|error| error.to_string())?;
        Ok(begun.elapsed())
    }

    async fn calls(&self, calls: Vec<Call>) -> Result<(), CallError> {
        let each = calls
            .into_iter()
            .map(|call| self.engine.docker.call(call, &|_| {}));
        stream::iter(each)
            .buffer_unordered(PARALLEL)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    fn name(&self, kind: &str, number: usize) -> String {
        format!("{}-{kind}-{number}", self.project)
    }

    async fn apply(&self) -> Result<(), CallError> {
        let labels = json!({"wharf.bench": self.project});
        let networks = (0..NETWORKS).map(|number| Call::NetworkCreate {
            body: json!({
                "Name": self.name("net", number),
                "Labels": labels,
                "IPAM": {"Config": [{"Subnet": format!("172.30.{number}.0/24")}]},
            }),
        });
        let volumes = (0..VOLUMES).map(|number| Call::VolumeCreate {
            body: json!({"Name": self.name("data", number), "Labels": labels}),
        });
        self.calls(networks.chain(volumes).collect()).await?;
        let containers = (0..CONTAINERS).map(|number| async move {
            let network = self.name("net", number % NETWORKS);
            let body = json!({
                "Image": image::REFERENCE,
                "Cmd": ["sleep"],
                "Env": [format!("NUMBER={number}")],
                "Labels": {"wharf.bench": self.project},
                "HostConfig": {
                    "NetworkMode": network,
                    "Mounts": [{"Type": "volume", "Source": self.name("data", number % VOLUMES), "Target": "/data"}],
                },
            });
            let create = Call::ContainerCreate { name: self.name("node", number), body };
            let id = self.engine.docker.call(create, &|_| {}).await?.id.unwrap_or_default();
            self.engine.docker.call(Call::ContainerStart { id }, &|_| {}).await
        });
        stream::iter(containers)
            .buffer_unordered(PARALLEL)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    fn filter(&self) -> LabelFilter {
        LabelFilter::from([("wharf.bench".to_owned(), Some(self.project.clone()))])
    }

    async fn ids(&self, kind: ObjectKind, field: &str) -> Result<Vec<String>, CallError> {
        let objects = self.engine.docker.list(kind, &self.filter()).await?;
        Ok(objects
            .iter()
            .filter_map(|object| Some(object[field].as_str()?.to_owned()))
            .collect())
    }

    async fn look(&self) -> Result<(), CallError> {
        for (kind, field) in [
            (ObjectKind::Container, "Id"),
            (ObjectKind::Network, "Id"),
            (ObjectKind::Volume, "Name"),
        ] {
            let ids = self.ids(kind, field).await?;
            let inspects = ids.iter().map(|id| self.engine.docker.inspect(kind, id));
            stream::iter(inspects)
                .buffer_unordered(PARALLEL)
                .try_for_each(|_| async { Ok(()) })
                .await?;
        }
        Ok(())
    }

    async fn destroy(&self) -> Result<(), CallError> {
        let containers = self
            .ids(ObjectKind::Container, "Id")
            .await?
            .into_iter()
            .map(|id| async move {
                self.engine
                    .docker
                    .call(
                        Call::ContainerStop {
                            id: id.clone(),
                            timeout: None,
                        },
                        &|_| {},
                    )
                    .await?;
                self.engine
                    .docker
                    .call(Call::ContainerRemove { id, force: false }, &|_| {})
                    .await
            });
        stream::iter(containers)
            .buffer_unordered(PARALLEL)
            .try_for_each(|_| async { Ok(()) })
            .await?;
        let networks = self.ids(ObjectKind::Network, "Id").await?;
        let volumes = self.ids(ObjectKind::Volume, "Name").await?;
        let networks = networks.into_iter().map(|id| Call::NetworkRemove { id });
        let volumes = volumes.into_iter().map(|name| Call::VolumeRemove { name });
        self.calls(networks.chain(volumes).collect()).await
    }
}
