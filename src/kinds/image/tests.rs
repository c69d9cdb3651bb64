use serde_json::json;

use super::*;
use crate::kinds::testing;

fn decision<'a>(desired: &'a Spec, applied: &'a Spec, live: Option<&'a Live>) -> Decision<'a> {
    Decision {
        desired,
        applied,
        live: live.map(|live| ("sha256:1", live)),
        differences: &[],
        replaced_networks: &[],
        name: "shop/app",
        start_first: false,
        hand_over: None,
        warm_ups: &[],
        keeps_old: false,
        resume: None,
    }
}

fn inspect() -> Json {
    json!({
        "Id": "sha256:1", "RepoTags": ["shop/app:latest"], "RepoDigests": ["shop/app@sha256:2"],
        "Architecture": "amd64", "Os": "linux",
    })
}

#[test]
fn a_reference_without_tag_means_latest_and_not_all_tags() {
    assert_eq!(reference("shop/app"), "shop/app:latest");
    assert_eq!(reference("localhost:5000/app"), "localhost:5000/app:latest");
    assert_eq!(reference("app:1"), "app:1");
    assert_eq!(reference("app@sha256:1"), "app@sha256:1");
}

#[test]
fn reads_id_digest_and_platform() {
    let live = testing::live(&Image, &inspect());
    assert_eq!(live.attributes["id"].as_str(), Some("sha256:1"));
    assert_eq!(live.attributes["digest"].as_str(), Some("sha256:2"));
    assert_eq!(live.spec.get("platform").unwrap().as_str(), Some("linux/amd64"));
}

#[test]
fn what_is_not_there_is_pulled_or_built() {
    let none = Spec::new();
    let pulled = testing::spec(&json!({"name": "shop/app"}));
    let built = testing::spec(&json!({"name": "shop/app", "build": {"context": "."}}));
    let steps = |desired| testing::steps(&Image.ops(&decision(desired, &none, None)).up);
    assert_eq!(
        steps(&pulled),
        [r#"new: ImagePull { reference: "shop/app:latest" }"#]
    );
    assert_eq!(steps(&built), ["new: ImageBuild"]);
}

#[test]
fn only_what_was_built_is_removed_unless_told() {
    let live = testing::live(&Image, &inspect());
    let none = Spec::new();
    let removed = |applied| {
        let applied = testing::spec(&applied);
        !Image.ops(&decision(&none, &applied, Some(&live))).down.is_empty()
    };
    assert!(!removed(json!({"name": "shop/app"})));
    assert!(removed(json!({"name": "shop/app", "keep": false})));
    assert!(removed(json!({"name": "shop/app", "build": {"context": "."}})));
    assert!(!removed(
        json!({"name": "shop/app", "build": {"context": "."}, "keep": true})
    ));
    assert!(!removed(json!({})));
}

#[test]
fn pull_and_build_exclude_each_other() {
    let both = testing::spec(&json!({"name": "a@sha256:1", "pull": {}, "build": {"context": "."}}));
    let paths: Vec<String> = Image
        .check(&both)
        .into_iter()
        .map(|problem| problem.path)
        .collect();
    assert_eq!(paths, ["build", "name"]);
}

#[test]
fn a_build_without_packed_context_says_so() {
    let desired = json!({"build": {"context": "."}});
    let error = testing::call(&Image, &Op::ImageBuild, &desired).err();
    assert_eq!(
        error.as_deref(),
        Some("the directory that the image is built from was not packed")
    );
}
