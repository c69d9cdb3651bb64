//! What must not be left half-way, in plans as the planner makes them: interrupts between urgent steps, and between those that undo.

use super::again::{Project, Wanted};
use super::stopping::{Stop, Stopping};
use super::world::{Outcome, address, interrupter};
use crate::engine::memory::Fault;
use crate::engine::{LabelFilter, ObjectKind, Op, Read as _};
use crate::plan::Role;
use crate::run::Event;

/// How many steps that are calls have a role.
fn calls(project: &Project, role: Role) -> usize {
    let steps = project.world.plan.schedule.graph.node_weights();
    steps
        .filter(|step| step.role == role && !matches!(step.op, Op::Await { .. }))
        .count()
}

/// How many of them were done.
fn done(outcome: &Outcome, role: Role) -> usize {
    let is_done = |event: &&Event| match event {
        Event::StepFinished { step, .. } => step.role == role && !matches!(step.op, Op::Await { .. }),
        _ => false,
    };
    outcome.events.iter().filter(is_done).count()
}

/// A project whose container is to be replaced by another one that takes its port over.
async fn handing_over() -> Project {
    let mut project = Project::new().await;
    project
        .apply(&Wanted::service("1", &["front", "back"]), "at first")
        .await;
    let second = Wanted::service("2", &["front", "back"]);
    project.world.plan = project.plan(&second).await;
    let values = &mut project.world.values.0;
    values.insert(address("container.web"), second.spec);
    project
}

#[tokio::test]
async fn an_interrupt_between_urgent_steps_stops_none_of_them() {
    let mut met = 0;
    for at in 0.. {
        let project = handing_over().await;
        let (interrupter, interrupt) = interrupter();
        let engine = Stopping::new(&project.engine, at, Stop::Asked, interrupter);
        let outcome = project.world.run_until(&engine, interrupt).await;
        if !engine.came_so_far() {
            break;
        }
        let (all, made) = (calls(&project, Role::Urgent), done(&outcome, Role::Urgent));
        assert!(all >= 6, "leave and join two networks, and two names: {all}");
        assert!(
            made == 0 || made == all,
            "interrupted at call {at}: {made} of {all} urgent calls were made"
        );
        assert_eq!(done(&outcome, Role::Undo), 0, "nothing failed");
        let ordinary = done(&outcome, Role::Ordinary);
        met += usize::from(made == all && at < ordinary + all);
        let web = project.engine.inspect(ObjectKind::Container, "web").await;
        let web = web.unwrap().unwrap();
        let port = &web["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"];
        assert_eq!(port, "8080", "interrupted at call {at}");
    }
    assert!(met >= 6, "each urgent call was interrupted: {met}");
}

#[tokio::test]
async fn an_interrupt_while_the_old_one_is_put_back_stops_nothing_of_that() {
    let project = handing_over().await;
    let before = project.engine.log().len();
    let whole = project.world.run(&project.engine).await;
    assert_eq!(whole.failures(), [""; 0]);
    let length = project.engine.log().len() - before;
    let mut undone = 0;
    for broken in 0..length {
        for at in broken..broken + 12 {
            let project = handing_over().await;
            let calls = project.engine.log().len();
            project.engine.break_call(calls + broken, Fault::Refused(400));
            let (interrupter, interrupt) = interrupter();
            let engine = Stopping::new(&project.engine, at, Stop::Asked, interrupter);
            let outcome = project.world.run_until(&engine, interrupt).await;
            if outcome.report.failed.is_empty() || done(&outcome, Role::Undo) == 0 || !engine.came_so_far() {
                continue;
            }
            undone += 1;
            let story = format!(
                "call {broken} failed, interrupted at {at}\n{:#?}",
                project.engine.log()
            );
            let all = project
                .engine
                .list(ObjectKind::Container, &LabelFilter::new())
                .await;
            assert_eq!(all.unwrap().len(), 1, "{story}");
            let web = project.engine.inspect(ObjectKind::Container, "web").await;
            let web = web.unwrap().expect(&story);
            assert_eq!(web["Config"]["Env"][0], "VERSION=1", "{story}");
            let port = &web["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"];
            assert_eq!(port, "8080", "{story}");
        }
    }
    assert!(undone > 20, "{undone}");
}
