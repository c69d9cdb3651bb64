//! Every attribute on the real engine: what is asked for is there, a second plan is empty, and what changes is as little as can be.

mod drift;
mod inherited;
mod live;
mod others;
mod random;
mod removed;
mod shown;

use serde_json::Value as Json;
use wharf::engine::{Call, call::Build};

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
#[track_caller]
fn assert_shows(inspect: &Json, expected: &[(&str, &str, Json)]) {
    let differing: Vec<String> = expected
        .iter()
        .filter(|(_, pointer, value)| inspect.pointer(pointer).unwrap_or(&Json::Null) != value)
        .map(|(attribute, pointer, value)| {
            format!(
                "{attribute}: {pointer} is {} and not {value}",
                inspect.pointer(pointer).unwrap_or(&Json::Null)
            )
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

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
