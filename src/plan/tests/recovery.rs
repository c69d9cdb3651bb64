//! What killed runs leave behind.

use insta::assert_snapshot;

use super::world::{World, at, object, spec};
use crate::kinds::Status;
use crate::value::Value;

#[test]
fn made_but_never_started_is_finished() {
    let mut world = World::new();
    let web = world.container("container.web", &[]);
    let file = super::world::object([("path", "/a".into())]);
    web.spec.insert("file".into(), Value::tuple([file]));
    world.settle();
    world.state.objects.clear();
    world.live("container.web").status = Status::Created;
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because unfinished, downtime
        file: null -> [{"path":"/a"}] (restart)
        running: false -> true (live)
    1. container.web: put files container/web
    2. container.web: start container/web <- 1
    3. container.web: await running container/web ! <- 2
    "#);
}

#[test]
fn started_but_never_ready_is_awaited() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    let object = world.state.objects.get_mut("container.web").unwrap();
    object.ready = false;
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because unfinished, live
        running: true -> true (live)
    1. container.web: start container/web
    2. container.web: await running container/web ! <- 1
    "#);
}

#[test]
fn a_job_that_failed_runs_again() {
    let mut world = World::new();
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.state.objects.get_mut("job.once").unwrap().ready = false;
    world.live("job.once").status = Status::Exited(1);
    assert_snapshot!(world.text(), @r#"
    replace job.once (job/once) because unfinished
    1. job.once: stop job/once
    2. job.once: remove job/once <- 1
    3. job.once: create as once <- 2
    4. job.once: start <- 3
    5. job.once: await exit ! <- 4
    "#);
}

#[test]
fn a_job_that_is_still_running_is_awaited() {
    let mut world = World::new();
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.state.objects.get_mut("job.once").unwrap().ready = false;
    world.live("job.once").status = Status::Running;
    assert_snapshot!(world.text(), @r#"
    update job.once (job/once) because unfinished, live
        running: true -> true (live)
    1. job.once: start job/once
    2. job.once: await exit job/once ! <- 1
    "#);
}

#[test]
fn made_but_not_remembered_becomes_ours_again() {
    let mut world = World::new();
    world.want("volume.data", spec([]), &[]);
    world.container("container.web", &["volume.data"]);
    world.settle();
    world.state.objects.clear();
    let objects = world.observed.objects.values().flatten();
    world.observed.begun = objects.map(|object| object.ownership.nonce.clone()).collect();
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because unfinished, live
        running: true -> true (live)
    adopt volume.data (volume/data) because unfinished
    1. container.web: start container/web
    2. container.web: await running container/web ! <- 1
    "#);
}

#[test]
fn a_lost_state_was_taken_for_an_unfinished_run() {
    let mut world = World::new();
    world.want("volume.data", spec([]), &[]);
    world.container("container.web", &["volume.data"]);
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.live("job.once").status = Status::Exited(0);
    world.state.objects.clear();
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    no-op job.once (job/once)
    no-op volume.data (volume/data)
    "#);
}

#[test]
fn a_job_that_ended_well_while_nobody_looked_was_run_twice() {
    let mut world = World::new();
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.state.objects.get_mut("job.once").unwrap().ready = false;
    world.live("job.once").status = Status::Exited(0);
    assert_snapshot!(world.text(), @r#"adopt job.once (job/once) because unfinished"#);
}

#[test]
fn of_two_objects_the_one_that_state_knows_stays() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    let mut second = world.live("container.web").clone();
    second.name = "web-new".into();
    world.put(&at("container.web"), "a-second", "other nonce", second);
    assert_snapshot!(world.text(), @r#"
    delete container.web (a-second) because leftover
    no-op container.web (container/web)
    1. container.web: stop a-second
    2. container.web: remove a-second <- 1
    "#);
}

#[test]
fn of_two_objects_that_state_forgot_the_finished_one_stays() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.settle();
    world.state.objects.clear();
    let mut second = world.live("container.web").clone();
    second.status = Status::Created;
    world.put(&at("container.web"), "a-second", "other nonce", second);
    assert_snapshot!(world.text(), @r#"
    delete container.web (a-second) because leftover
    no-op container.web (container/web)
    1. container.web: stop a-second
    2. container.web: remove a-second <- 1
    "#);
}

#[test]
fn a_job_that_ended_well_while_nobody_waited_is_not_run_twice() {
    let mut world = World::new();
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.state.objects.get_mut("job.once").unwrap().ready = false;
    assert_snapshot!(world.text(), @"adopt job.once (job/once) because unfinished");
}

#[test]
fn a_job_that_ended_well_but_is_to_be_another_runs_again() {
    let mut world = World::new();
    world.want("job.once", spec([("image", "bb:1".into())]), &[]);
    world.settle();
    world.state.objects.get_mut("job.once").unwrap().ready = false;
    let env = object([("STEP", "2".into())]);
    world.wanted("job.once").spec.insert("env".into(), env);
    assert!(world.text().starts_with("replace job.once"), "{}", world.text());
}

/// A container that was being replaced, its successor first, when the run was killed.
fn killed_while_the_successor_starts() -> World {
    let mut world = World::new();
    let web = world.container("container.web", &[]);
    web.lifecycle.start_first = true;
    web.spec.insert("env".into(), object([("STEP", "1".into())]));
    world.settle();
    let env = object([("STEP", "2".into())]);
    world
        .wanted("container.web")
        .spec
        .insert("env".into(), env.clone());
    let mut successor = world.live("container.web").clone();
    successor.name = "web.next".into();
    successor.spec.insert("env".into(), env);
    let known = world.state.objects.get_mut("container.web").unwrap();
    known.deposed.push(wharf_state::Deposed {
        id: known.id.clone(),
        nonce: known.nonce.clone(),
        ready: true,
        adopted: false,
        spec: known.spec.clone(),
        dependencies: Some(known.dependencies.clone()),
    });
    known.id = "successor".into();
    known.nonce = "other nonce".into();
    known.ready = false;
    known.spec["env"]["STEP"] = "2".into();
    world.put(&at("container.web"), "successor", "other nonce", successor);
    world
}

#[test]
fn what_served_was_taken_away_before_its_successor_was_up() {
    assert_snapshot!(killed_while_the_successor_starts().text(), @r#"
    replace start-first container.web (container/web) because of env.STEP, blip
        env.STEP: "1" -> "2" (replace)
    delete container.web (successor) because leftover
    1. container.web: stop successor
    2. container.web: remove successor <- 1
    3. container.web: create as web-new <- 2
    4. container.web: start <- 3
    5. container.web: await running ! <- 4
    6. container.web: stop container/web <- 5
    7. container.web: remove container/web <- 6
    8. container.web: rename to web <- 7
    "#);
}

#[test]
fn a_successor_that_is_up_stays_and_its_predecessor_goes() {
    let mut world = killed_while_the_successor_starts();
    world.state.objects.get_mut("container.web").unwrap().ready = true;
    assert_snapshot!(world.text(), @r#"
    delete container.web (container/web) because leftover
    update container.web (successor) because of name, live
        name: "web.next" -> "web" (live drift)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.web: rename to web successor ! <- 2
    "#);
}

#[test]
fn a_replacement_that_is_taken_back_after_a_kill_leaves_what_served_as_it_is() {
    let mut world = killed_while_the_successor_starts();
    let env = object([("STEP", "1".into())]);
    world.wanted("container.web").spec.insert("env".into(), env);
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    delete container.web (successor) because leftover
    1. container.web: stop successor
    2. container.web: remove successor <- 1
    "#);
}
