//! One change at a time.

use insta::assert_snapshot;
use serde_json::json;

use super::world::{World, at, object, on, spec};
use crate::observe::Pullable;
use crate::plan::Action;
use crate::value::{Type, Value};

#[test]
fn makes_what_is_new_in_the_order_of_dependencies() {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world.want("volume.data", spec([]), &[]);
    world.container("container.web", &["network.backend", "volume.data"]);
    assert_snapshot!(world.text(), @r#"
    create container.web because new
    create network.backend because new
    create volume.data because new
    1. network.backend: create !
    2. volume.data: create !
    3. container.web: create as web <- 1 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn plans_nothing_when_nothing_changed() {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world.container("container.web", &["network.backend"]);
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    no-op job.once (job/once)
    no-op network.backend (network/backend)
    "#);
}

#[test]
fn updates_in_place_and_keeps_the_id() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    world
        .wanted("container.web")
        .spec
        .insert("memory".into(), Value::from(512));
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of memory, live
        memory: null -> 512 (live)
    1. container.web: update memory container/web !
    "#);
}

#[test]
fn replaces_and_says_why() {
    let mut world = World::new();
    let env = |port: &str| object([("PORT", port.into()), ("MODE", "a".into())]);
    world
        .container("container.web", &[])
        .spec
        .insert("env".into(), env("1"));
    world.settle();
    world.wanted("container.web").spec.insert("env".into(), env("2"));
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of env.PORT, downtime
        env.PORT: "1" -> "2" (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn starts_the_successor_first_when_asked() {
    let mut world = World::new();
    let web = world.container("container.web", &[]);
    web.lifecycle.start_first = true;
    world.settle();
    let command = Value::tuple([Value::from("serve")]);
    world
        .wanted("container.web")
        .spec
        .insert("command".into(), command);
    assert_snapshot!(world.text(), @r#"
    replace start-first container.web (container/web) because of command, blip
        command: null -> ["serve"] (replace)
    1. container.web: create as web-new
    2. container.web: start <- 1
    3. container.web: await running ! <- 2
    4. container.web: stop container/web <- 3
    5. container.web: remove container/web <- 4
    6. container.web: rename to web <- 5
    "#);
}

#[test]
fn replaces_on_request() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    world.options.replace = vec![at("container.web")];
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because requested, downtime
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn a_change_triggers_a_replacement() {
    let mut world = World::new();
    world.container("container.db", &[]);
    let web = world.container("container.web", &["container.db"]);
    web.lifecycle.replace_triggered_by = vec![(at("container.db"), "memory".into())];
    world.settle();
    world
        .wanted("container.db")
        .spec
        .insert("memory".into(), Value::from(512));
    assert_snapshot!(world.text(), @r#"
    update container.db (container/db) because of memory, live
        memory: null -> 512 (live)
    replace container.web (container/web) because triggered by container.db, downtime
    1. container.db: update memory container/db !
    2. container.web: stop container/web
    3. container.web: remove container/web <- 2
    4. container.web: create as web <- 1 3
    5. container.web: start <- 4
    6. container.web: await running ! <- 5
    "#);
}

#[test]
fn removes_an_entry_that_was_set_but_not_one_of_the_image() {
    let mut world = World::new();
    let web = world.container("container.web", &[]);
    web.spec
        .insert("env".into(), object([("A", "1".into()), ("B", "2".into())]));
    world.settle();
    let live = object([("A", "1".into()), ("B", "2".into()), ("PATH", "/bin".into())]);
    world.live("container.web").spec.insert("env".into(), live);
    world
        .wanted("container.web")
        .spec
        .insert("env".into(), object([("A", "1".into())]));
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of env.B, downtime
        env.B: "2" -> null (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn a_limit_that_cannot_be_unset_in_place_needs_a_replacement() {
    let mut world = World::new();
    world
        .container("container.web", &[])
        .spec
        .insert("memory".into(), Value::from(512));
    world.settle();
    world.wanted("container.web").spec.remove("memory");
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of memory, downtime
        memory: 512 -> null (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn what_was_never_set_is_not_compared() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    let live = &mut world.live("container.web").spec;
    live.insert("memory".into(), Value::from(1024));
    live.insert("network".into(), on("bridge"));
    assert_snapshot!(world.text(), @r#"no-op container.web (container/web)"#);
}

#[test]
fn ignores_what_it_is_told_to() {
    let mut world = World::new();
    let web = world.container("container.web", &[]);
    web.spec
        .insert("env".into(), object([("A", "1".into()), ("B", "1".into())]));
    web.lifecycle.ignore_changes = vec!["env[\"A\"]".into(), "memory".into()];
    world.settle();
    let web = world.wanted("container.web");
    web.spec
        .insert("env".into(), object([("A", "2".into()), ("B", "1".into())]));
    web.spec.insert("memory".into(), Value::from(1));
    assert_snapshot!(world.text(), @r#"no-op container.web (container/web)"#);
}

#[test]
fn secrets_are_compared_in_clear_and_shown_sealed() {
    let mut world = World::new();
    let env = |secret: &str| object([("TOKEN", Value::from(secret).sensitive())]);
    world
        .container("container.web", &[])
        .spec
        .insert("env".into(), env("hunter2"));
    world.settle();
    let live = object([("TOKEN", "hunter2".into())]);
    world.live("container.web").spec.insert("env".into(), live);
    assert_snapshot!(world.text(), @r#"no-op container.web (container/web)"#);

    world
        .wanted("container.web")
        .spec
        .insert("env".into(), env("correct horse"));
    let plan = serde_json::to_string(&world.plan()).unwrap();
    assert!(
        !plan.contains("hunter2") && !plan.contains("correct horse"),
        "{plan}"
    );
    assert!(plan.contains("env.TOKEN"));
}

#[test]
fn a_file_that_the_engine_does_not_show_is_compared_with_what_was_applied() {
    let mut world = World::new();
    let file = |content: &str| Value::tuple([object([("path", "/a".into()), ("content", content.into())])]);
    world
        .container("container.web", &[])
        .spec
        .insert("file".into(), file("one"));
    world.settle();
    assert_snapshot!(world.text(), @r#"no-op container.web (container/web)"#);
    world
        .wanted("container.web")
        .spec
        .insert("file".into(), file("two"));
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of file, downtime
        file: [{"content":"one","path":"/a"}] -> [{"content":"two","path":"/a"}] (restart)
    1. container.web: put files container/web !
    "#);
}

#[test]
fn a_job_runs_again_only_when_its_triggers_change() {
    let mut world = World::new();
    let triggers = |hash: &str| object([("schema", hash.into())]);
    let job = spec([("image", "bb:1".into()), ("triggers", triggers("1"))]);
    world.want("job.migrate", job, &[]);
    world.settle();
    world.remove_by_hand("job.migrate");
    assert_snapshot!(world.text(), @r#"no-op job.migrate"#);
    world
        .wanted("job.migrate")
        .spec
        .insert("triggers".into(), triggers("2"));
    assert_snapshot!(world.text(), @r#"
    create job.migrate because of triggers
    1. job.migrate: create as migrate
    2. job.migrate: start <- 1
    3. job.migrate: await exit ! <- 2
    "#);
}

#[test]
fn a_moved_tag_replaces_and_the_text_of_the_reference_does_not() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    let images = &mut world.observed.images;
    images.insert("bb:latest".into(), serde_json::json!({"Id": "sha256:bb1"}));
    world
        .wanted("container.web")
        .spec
        .insert("image".into(), "bb:latest".into());
    assert_snapshot!(world.text(), @r#"no-op container.web (container/web)"#);
    let images = &mut world.observed.images;
    images.insert("bb:latest".into(), serde_json::json!({"Id": "sha256:bb2"}));
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of image, downtime
        image: "sha256:bb1" -> "sha256:bb2" (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn an_image_is_pulled_once_for_all_that_need_it() {
    let mut world = World::new();
    world.observed.pullable.insert("pg:16".into(), Ok(Pullable::Yes));
    for name in ["container.a", "container.b"] {
        world
            .container(name, &[])
            .spec
            .insert("image".into(), "pg:16".into());
    }
    assert_snapshot!(world.text(), @r#"
    create container.a because new
        note: image pg:16 is pulled first
    create container.b because new
        note: image pg:16 is pulled first
    1. container.a: pull pg:16
    2. container.a: create as a <- 1
    3. container.a: start <- 2
    4. container.a: await running ! <- 3
    5. container.b: create as b <- 1
    6. container.b: start <- 5
    7. container.b: await running ! <- 6
    "#);
}

#[test]
fn an_image_behind_a_credential_helper_could_not_be_planned() {
    let mut world = World::new();
    let unknown = Ok(Pullable::Unknown);
    world.observed.pullable.insert("pg:16".into(), unknown);
    world
        .container("container.a", &[])
        .spec
        .insert("image".into(), "pg:16".into());
    assert_snapshot!(world.text(), @r#"
    create container.a because new
        note: image pg:16 is pulled first
        note: whether its registry has pg:16 is found out by the pull: the registry wants a login, which is with a credential helper, and planning runs no programs
    1. container.a: pull pg:16
    2. container.a: create as a <- 1
    3. container.a: start <- 2
    4. container.a: await running ! <- 3
    "#);
}

#[test]
fn a_container_follows_the_image_that_is_built_anew() {
    let mut world = World::new();
    let app = spec([("name", "app:1".into())]);
    world.want("image.app", app, &[]);
    world
        .container("container.web", &["image.app"])
        .spec
        .insert("image".into(), "app:1".into());
    world.observed.contexts.insert(at("image.app"), "digest 1".into());
    world
        .wanted("image.app")
        .spec
        .insert("context_digest".into(), "digest 1".into());
    world.settle();
    let web = &mut world.live("container.web").spec;
    web.insert("image".into(), "image/app:1".into());
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    no-op image.app (image/app:1)
    "#);
    world.observed.contexts.insert(at("image.app"), "digest 2".into());
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of image, downtime
        image: "image/app:1" -> {"$unknown":true} (replace)
    replace image.app (image/app:1) because of context_digest
        context_digest: "digest 1" -> "digest 2" (replace)
    1. image.app: build !
    2. container.web: stop container/web <- 1
    3. container.web: remove container/web <- 2
    4. container.web: create as web <- 1 3
    5. container.web: start <- 4
    6. container.web: await running ! <- 5
    "#);
}

#[test]
fn references_see_what_stays_and_not_what_is_made() {
    let mut world = World::new();
    world.container("container.web", &[]);
    assert_eq!(world.seen("container.web")["ip"], Value::unknown(Type::String));
    world.settle();
    assert_eq!(world.seen("container.web")["ip"], "ip of container/web".into());

    world
        .wanted("container.web")
        .spec
        .insert("memory".into(), Value::from(5));
    let seen = world.seen("container.web");
    assert_eq!(seen["memory"], Value::from(5));
    assert_eq!(seen["id"], "container/web".into());
    assert_eq!(seen["ip"], "ip of container/web".into());

    world
        .wanted("container.web")
        .spec
        .insert("command".into(), Value::tuple(["x".into()]));
    assert_eq!(world.seen("container.web")["id"], Value::unknown(Type::String));
    assert_eq!(world.seen("container.web")["name"], "web".into());
}

#[test]
fn an_unknown_value_may_differ() {
    let mut world = World::new();
    world
        .container("container.web", &[])
        .spec
        .insert("env".into(), object([("IP", "1".into())]));
    world.settle();
    let env = object([("IP", Value::unknown(Type::String))]);
    world.wanted("container.web").spec.insert("env".into(), env);
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of env.IP, downtime
        env.IP: "1" -> {"$unknown":true} (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: create as web <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    "#);
}

#[test]
fn data_whose_name_is_not_known_yet_is_read_during_apply() {
    let mut world = World::new();
    world.want(
        "data.network.proxy",
        spec([("name", Value::unknown(Type::String))]),
        &[],
    );
    world.container("container.web", &["data.network.proxy"]);
    assert_snapshot!(world.text(), @r#"
    create container.web because new
    read data.network.proxy
    1. data.network.proxy: read !
    2. container.web: create as web <- 1
    3. container.web: start <- 2
    4. container.web: await running ! <- 3
    "#);
}

#[test]
fn an_existing_volume_is_adopted_when_asked() {
    let mut world = World::new();
    world.want("volume.data", spec([("adopt", true.into())]), &[]);
    world.foreign(
        crate::engine::ObjectKind::Volume,
        "data",
        crate::observe::Owner::Unknown,
    );
    assert_snapshot!(world.text(), @r#"adopt volume.data (foreign data) because new"#);
}

#[test]
fn a_plan_survives_being_written_and_read() {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world.container("container.web", &["network.backend"]);
    let plan = world.plan();
    let json = serde_json::to_string(&plan).unwrap();
    let back: crate::plan::Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(crate::plan::text(&back), crate::plan::text(&plan));
    assert_eq!(serde_json::to_string(&back).unwrap(), json);
}

#[test]
fn a_replacement_left_the_data_of_anonymous_volumes_behind() {
    let mut world = World::new();
    let image = json!({"Id": "sha256:bb1", "Config": {"Volumes": {"/data": {}, "/named": {}}}});
    world.observed.images.insert("bb:1".into(), image);
    let mount = object([("volume", "v".into()), ("target", "/named".into())]);
    let web = world.container("container.web", &[]);
    web.spec.insert("mount".into(), Value::tuple([mount]));
    world.settle();
    let volumes = object([
        ("/data", "0123456789abcdef".into()),
        ("/named", "11".into()),
        ("/old", "22".into()),
    ]);
    let live = world.live("container.web");
    live.attributes.insert("anonymous_volumes".into(), volumes);
    world.options.replace = vec![at("container.web")];
    let change = &world.plan().changes[0];
    assert_eq!(
        change.keeps,
        [("/data".to_owned(), "0123456789abcdef".to_owned())].into()
    );
    assert_eq!(
        change.notes,
        [
            "keeps what is in `/data`: the anonymous volume 0123456789ab is mounted again",
            "what is in `/named` is left behind in the anonymous volume 11",
            "what is in `/old` is left behind in the anonymous volume 22",
        ]
    );
}

#[test]
fn a_removal_did_not_say_what_becomes_of_anonymous_volumes() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    let volumes = object([("/data", "0123456789abcdef".into())]);
    let live = world.live("container.web");
    live.attributes.insert("anonymous_volumes".into(), volumes);
    world.options.destroy = true;
    assert_eq!(
        world.plan().changes[0].notes,
        ["what is in `/data` is left behind in the anonymous volume 0123456789ab"]
    );
}

#[test]
fn what_the_engine_decides_anew_is_shown_with_what_it_was() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    world
        .wanted("container.web")
        .spec
        .insert("image".into(), "other:1".into());
    world
        .observed
        .images
        .insert("other:1".into(), serde_json::json!({"Id": "sha256:other"}));
    let plan = world.plan();
    assert_eq!(plan.changes[0].action, Action::Replace);
    assert_eq!(plan.changes[0].before["id"], "container/web");
    assert_eq!(plan.changes[0].after["id"], serde_json::json!({"$unknown": true}));
}

#[test]
fn what_a_job_wrote_is_a_secret_if_it_was_given_one_the_last_time() {
    let mut world = World::new();
    let spec = |token: Value| {
        crate::kinds::Spec::from_iter([
            ("image".to_owned(), "bb:1".into()),
            ("env".to_owned(), Value::object([("TOKEN", token)])),
        ])
    };
    world.want("job.migrate", spec(Value::from("hunter2").sensitive()), &[]);
    world.settle();
    world.wanted("job.migrate").spec = spec(Value::from("none"));
    let change = &world.plan().changes[0];
    assert_eq!(change.action, Action::Replace);
    assert!(
        crate::value::seal::is_sensitive(&change.before["stdout"]),
        "{}",
        change.before
    );
}
