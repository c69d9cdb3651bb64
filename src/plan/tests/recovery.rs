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
