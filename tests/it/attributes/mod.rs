//! Every attribute on the real engine: what is asked for is there, a second plan is empty, and what changes is as little as can be.

mod drift;
mod inherited;
mod live;
mod others;
mod random;
mod removed;
mod shown;

use serde_json::Value as Json;
use wharf::engine::{Call, Family, HIDDEN, call::Build};

use crate::engine;
use crate::world::World;

/// What a container needs that is there for its attributes alone. It ends at once when it is told to.
const IDLE: &str = r#"
  image       = "wharf-stand-in:1"
  command     = ["sleep"]
  stop_signal = "KILL"
"#;

/// Returns a container that only sleeps.
fn idle(name: &str, attributes: &str) -> String {
    format!("container \"{name}\" {{{IDLE}{attributes}\n}}\n")
}

/// Insists on values in an inspect, by JSON pointer, and tells of all that differ.
///
/// What an engine says that it does not show is not compared, and what Podman adds of its own may be there.
#[track_caller]
fn assert_shows(inspect: &Json, expected: &[(&str, &str, Json)]) {
    let differing: Vec<String> = expected
        .iter()
        .filter(|(_, pointer, _)| !is_hidden(inspect, pointer))
        .filter(|(_, pointer, value)| {
            !is_shown(pointer, inspect.pointer(pointer).unwrap_or(&Json::Null), value)
        })
        .map(|(attribute, pointer, value)| {
            format!(
                "{attribute}: {pointer} is {} and not {value}",
                inspect.pointer(pointer).unwrap_or(&Json::Null)
            )
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Tells whether the engine does not show a value, or not as it was asked for.
fn is_hidden(inspect: &Json, pointer: &str) -> bool {
    let path = pointer.trim_start_matches('/').replace('/', ".");
    let hidden = inspect[HIDDEN].as_array().into_iter().flatten();
    hidden.filter_map(Json::as_str).any(|hidden| {
        let inside = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        inside(hidden, &path) || inside(&path, hidden)
    })
}

/// Tells whether what is shown is what was asked for.
fn is_shown(pointer: &str, shown: &Json, wanted: &Json) -> bool {
    if engine::about().family == Family::Docker {
        return shown == wanted;
    }
    match (pointer, shown, wanted) {
        // Podman tells the program where it is, and names limits that the program has anyway.
        ("/Config/Env" | "/HostConfig/Ulimits", Json::Array(shown), Json::Array(wanted)) => {
            wanted.iter().all(|one| shown.contains(one))
        }
        ("/Config/StopSignal", Json::String(shown), Json::String(wanted)) => {
            shown == wanted || SIGNALS.contains(&(wanted.as_str(), shown.as_str()))
        }
        // It shows the port that it has picked, and the address that stands for all.
        (pointer, Json::Array(shown), Json::Array(wanted))
            if pointer.starts_with("/HostConfig/PortBindings/") =>
        {
            let same = |(shown, wanted): (&Json, &Json)| {
                let address = |binding: &Json| match binding["HostIp"].as_str() {
                    None | Some("0.0.0.0") => String::new(),
                    Some(address) => address.to_owned(),
                };
                address(shown) == address(wanted)
                    && (wanted["HostPort"] == "" || shown["HostPort"] == wanted["HostPort"])
            };
            shown.len() == wanted.len() && shown.iter().zip(wanted).all(same)
        }
        (_, Json::Array(shown), Json::Null) => shown.is_empty(),
        _ => shown == wanted,
    }
}

/// Signals by name, as Podman shows them.
const SIGNALS: [(&str, &str); 2] = [("SIGKILL", "9"), ("KILL", "9")];

/// An image of the test's own, made from the stand-in, and taken away at the end.
struct Image(String);

impl Image {
    /// Makes one with what the instructions say.
    fn new(world: &World, instructions: &[&str]) -> Self {
        Self::tagged(world, "1", instructions)
    }

    /// Makes one of several, told apart by their tags.
    fn tagged(world: &World, tag: &str, instructions: &[&str]) -> Self {
        let reference = format!("{}:{tag}", world.project);
        let dockerfile = format!("FROM wharf-stand-in:1\n{}\n", instructions.join("\n"));
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(dockerfile.len() as u64);
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_data(&mut header, "Dockerfile", dockerfile.as_bytes())
            .unwrap();
        let context = world.path("image.tar");
        std::fs::write(&context, tar.into_inner().unwrap()).unwrap();
        engine::call(Call::ImageBuild(Box::new(Build {
            context,
            dockerfile: "Dockerfile".to_owned(),
            tags: vec![reference.clone()],
            args: Vec::new(),
            labels: Vec::new(),
            target: None,
            platform: None,
            no_cache: false,
            ..Build::default()
        })))
        .unwrap();
        Self(reference)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = engine::call(Call::ImageRemove {
            reference: self.0.clone(),
        });
    }
}
