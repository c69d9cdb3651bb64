//! When images are pulled: if they are missing, whenever the registry has another one, or never.

use serde_json::json;
use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::registry::Registry;
use crate::world::{Ran, World, ran};

/// A registry, and a place whose images go with it.
struct Place {
    registry: Registry,
    world: World,
}

impl Place {
    fn new(test: &str) -> Self {
        Self {
            registry: Registry::new(),
            world: World::new(test),
        }
    }

    fn reference(&self, tag: &str) -> String {
        self.registry.reference(&self.world.project, tag)
    }

    /// Wants an image, and a container of it that never runs.
    fn config(&self, tag: &str, pull: &str) -> &World {
        let reference = self.reference(tag);
        self.world.config(&format!(
            "image \"app\" {{\n name = \"{reference}\"\n {pull}\n}}\ncontainer \"web\" {{\n image = image.app.id\n running = false\n}}\n"
        ))
    }

    fn image_id(&self, tag: &str) -> Option<String> {
        let image = engine::inspect(ObjectKind::Image, &self.reference(tag))?;
        image["Id"].as_str().map(str::to_owned)
    }

    fn container(&self) -> (String, String) {
        let web = self.world.container("web");
        let text = |name: &str| web[name].as_str().unwrap().to_owned();
        (text("Id"), text("Image"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.world.wharf(&["destroy", "--auto-approve"]);
        // What lost its tag to a later image has its digest yet. Other tests may have the same image under names of their own.
        let mine = format!("/{}", self.world.project);
        for image in engine::list(ObjectKind::Image) {
            for names in ["RepoTags", "RepoDigests"] {
                let names = image[names].as_array().into_iter().flatten();
                for name in names
                    .filter_map(|name| name.as_str())
                    .filter(|name| name.contains(&mine))
                {
                    let reference = name.to_owned();
                    let _ = engine::call(Call::ImageRemove { reference });
                }
            }
        }
    }
}

const ALWAYS: &str = "pull {\n policy = \"always\"\n}";
const NEVER: &str = "pull {\n policy = \"never\"\n}";

#[test]
fn an_image_is_pulled_when_it_is_missing_and_only_then() {
    let place = Place::new("missing");
    place.registry.push("1", "one");
    for pull in ["", "pull {}", "pull {\n policy = \"missing\"\n}"] {
        place.config("1", pull).apply(&[]);
        let before = place.container();
        assert_eq!(place.image_id("1"), Some(before.1.clone()));
        // The tag moves, and nobody asks.
        let _ = place.registry.asked();
        place.registry.push("1", &format!("after {pull}"));
        place.world.apply(&[]);
        assert_eq!(place.container(), before);
        assert_eq!(place.registry.asked(), [""; 0]);
    }
}

#[test]
fn a_tag_that_moved_in_the_registry_was_not_seen() {
    let place = Place::new("always");
    let one = place.registry.push("1", "one");
    place.config("1", ALWAYS).apply(&[]);
    let before = place.container();
    // The same image again is no change.
    assert_eq!(place.registry.push("1", "one"), one);
    place.world.apply(&[]);
    assert_eq!(place.container(), before);

    let two = place.registry.push("1", "two");
    let _ = place.registry.asked();
    let _ = place
        .world
        .wharf(&["plan"])
        .code(0)
        .says("digest")
        .says(&one)
        .says(&two);
    assert_eq!(
        place.world.planned(&[]),
        [
            ("container.web".to_owned(), "delete, create".to_owned()),
            ("image.app".to_owned(), "delete, create".to_owned())
        ]
    );
    // The engine asks for manifests to tell a digest. That pulls nothing.
    assert_eq!(
        place.image_id("1"),
        Some(before.1.clone()),
        "a plan pulls nothing"
    );
    assert_eq!(place.container(), before);

    place.world.apply(&[]);
    let after = place.container();
    assert_ne!(after, before);
    assert_eq!(place.image_id("1"), Some(after.1.clone()));
    place.world.assert_nothing_to_do(&[]);
}

#[test]
fn a_tag_that_moves_between_plan_and_apply_is_refused() {
    let place = Place::new("again");
    place.registry.push("1", "one");
    place.config("1", ALWAYS).apply(&[]);
    let before = place.container();
    place.registry.push("1", "two");
    let _ = place.world.wharf(&["plan", "--out", "saved.plan"]).code(0);
    place.registry.push("1", "three");
    let ran = place.world.wharf(&["apply", "saved.plan"]);
    assert_ne!(ran.code, 0);
    let _ = ran.says("The image is no longer that of the plan");
    assert_eq!(place.container(), before, "nothing was made from it");
    place.world.apply(&[]);
    assert_ne!(place.container(), before);
}

#[test]
fn an_image_that_must_not_be_pulled_and_is_not_there_is_an_error_of_the_plan() {
    let place = Place::new("never");
    place.registry.push("1", "one");
    let _ = place
        .config("1", NEVER)
        .wharf(&["plan"])
        .code(1)
        .says("Image not found")
        .says("policy `never`")
        .says("image.app");
    assert_eq!(place.registry.asked(), [""; 0], "not even asked for");
    engine::call(Call::ImagePull {
        reference: place.reference("1"),
        platform: None,
    })
    .unwrap();
    place.world.apply(&[]);
    let before = place.container();
    place.registry.push("1", "two");
    place.world.apply(&[]);
    assert_eq!(place.container(), before);
}

#[test]
fn an_image_named_by_its_digest_is_that_image_for_ever() {
    let place = Place::new("pinned");
    let one = place.registry.push("1", "one");
    let two = place.registry.push("1", "two");
    place.config(&one, ALWAYS).apply(&[]);
    let before = place.container();
    assert_eq!(place.image_id(&one), Some(before.1.clone()));
    let _ = place.registry.asked();
    place.world.apply(&[]);
    assert_eq!(place.registry.asked(), [""; 0], "there is nothing to ask");
    place.config(&two, "").apply(&[]);
    assert_ne!(place.container(), before);
    let unknown = format!("sha256:{}", "0".repeat(64));
    let _ = place
        .config(&unknown, "")
        .wharf(&["plan"])
        .code(1)
        .says("Image not found");
}

#[test]
fn a_registry_that_does_not_answer_is_an_error_of_what_always_asks_it() {
    let place = Place::new("silent");
    place.registry.push("1", "one");
    place.config("1", "").apply(&[]);
    place.registry.fall_silent();
    let _ = place
        .config("1", ALWAYS)
        .wharf(&["plan"])
        .code(1)
        .says("The registry cannot be asked")
        .says("image.app");
    place.config("1", "").apply(&[]);
}

/// Writes a client's configuration in which a helper of the test's own keeps the logins. It notes what it is asked for.
fn keep_logins_with_helper(place: &Place) {
    use std::os::unix::fs::PermissionsExt;
    let helper = "bin/docker-credential-wharftest";
    place.world.write(
        helper,
        "#!/bin/sh\ncat > \"${0%/*}/asked\"\necho '{\"ServerURL\":\"\",\"Username\":\"me\",\"Secret\":\"open sesame\"}'\n",
    );
    std::fs::set_permissions(place.world.path(helper), std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = json!({ "credHelpers": { place.registry.server(): "wharftest" } });
    place.world.write(".docker/config.json", &config.to_string());
}

/// Runs wharf where the helper is found.
fn with_helper(place: &Place, arguments: &[&str]) -> Ran {
    let mut command = place.world.command(arguments);
    let bin = place.world.path("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    ran(&command.env("PATH", path).output().unwrap())
}

#[test]
fn an_image_behind_a_credential_helper_could_not_be_planned() {
    let place = Place::new("helper");
    place.registry.push("1", "one");
    place.registry.demand("me:open sesame");
    // Nobody is logged in.
    let _ = place
        .config("1", "")
        .wharf(&["plan"])
        .code(1)
        .says("Image not found");

    keep_logins_with_helper(&place);
    let _ = with_helper(&place, &["plan"])
        .code(0)
        .says("found out by the pull");
    let asked = place.world.path("bin/asked");
    assert!(!asked.exists(), "planning runs no programs");
    let _ = with_helper(&place, &["apply", "--auto-approve"]).code(0);
    assert_eq!(std::fs::read_to_string(asked).unwrap(), place.registry.server());
    assert_eq!(place.image_id("1"), Some(place.container().1));
    place.world.assert_nothing_to_do(&[]);
    // What is always to be asked for cannot be.
    place.config("1", ALWAYS);
    let _ = with_helper(&place, &["plan"])
        .code(1)
        .says("The registry cannot be asked")
        .says("credential helper");
}
