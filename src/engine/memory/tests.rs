//! What the in-memory engine has beyond the contract: faults on schedule, its log, its clock.

use super::*;
use crate::engine::{Certainty, Reason};

async fn call(engine: &Memory, call: Call) -> Result<Reply, CallError> {
    engine.call(call, &|_| {}).await
}

fn volume(name: &str) -> Call {
    Call::VolumeCreate {
        body: json!({ "Name": name }),
    }
}

async fn container(engine: &Memory, name: &str, mut body: Json) -> String {
    body["Image"] = json!("a:1");
    let name = name.to_owned();
    let made = call(engine, Call::ContainerCreate { name, body }).await.unwrap();
    made.id.unwrap()
}

fn with_image() -> Memory {
    let engine = Memory::new();
    engine.add_image("a:1", &json!({ "Cmd": ["serve"], "Env": ["A=1"] }));
    engine
}

#[tokio::test]
async fn lost_answers_are_unknown_whether_it_was_done_or_not() {
    let engine = Memory::new();
    engine.break_call(0, Fault::LostBefore);
    engine.break_call(1, Fault::LostAfter);
    engine.break_call(2, Fault::Refused(403));
    for (name, certainty) in [
        ("before", Certainty::Unknown),
        ("after", Certainty::Unknown),
        ("refused", Certainty::NotDone),
    ] {
        assert_eq!(
            call(&engine, volume(name)).await.unwrap_err().certainty,
            certainty,
            "{name}"
        );
    }
    let there = engine
        .list(ObjectKind::Volume, &LabelFilter::new())
        .await
        .unwrap();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["Name"], "after");
    let done: Vec<bool> = engine.log().iter().map(|entry| entry.done).collect();
    assert_eq!(done, [false, true, false]);
}

#[tokio::test]
async fn a_port_that_is_taken_leaves_the_container_created() {
    let engine = with_image();
    let ports = json!({ "HostConfig": { "PortBindings": { "80/tcp": [{ "HostPort": "8080" }] } } });
    let first = container(&engine, "first", ports.clone()).await;
    let second = container(&engine, "second", ports).await;
    call(&engine, Call::ContainerStart { id: first.clone() })
        .await
        .unwrap();
    let error = call(&engine, Call::ContainerStart { id: second.clone() })
        .await
        .unwrap_err();
    assert_eq!(
        (error.reason, error.certainty),
        (Reason::Failed, Certainty::Unknown)
    );
    let inspect = engine
        .inspect(ObjectKind::Container, &second)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(inspect["State"]["Status"], "created");
    let stop = Call::ContainerStop {
        id: first,
        timeout: None,
    };
    call(&engine, stop).await.unwrap();
    call(&engine, Call::ContainerStart { id: second }).await.unwrap();
}

#[tokio::test]
async fn networks_may_share_a_name_and_then_only_ids_tell_them_apart() {
    let engine = Memory::new();
    let create = || Call::NetworkCreate {
        body: json!({ "Name": "n" }),
    };
    let first = call(&engine, create()).await.unwrap().id.unwrap();
    let second = call(&engine, create()).await.unwrap().id.unwrap();
    assert_ne!(first, second);
    let by_name = call(&engine, Call::NetworkRemove { id: "n".into() })
        .await
        .unwrap_err();
    assert_eq!(by_name.status, Some(400));
    call(&engine, Call::NetworkRemove { id: first }).await.unwrap();
}

#[tokio::test]
async fn waiting_moves_the_clock_alone() {
    let engine = with_image();
    let id = container(&engine, "job", json!({ "Cmd": ["sleep", "3600"] })).await;
    call(&engine, Call::ContainerStart { id: id.clone() })
        .await
        .unwrap();
    let minute = Duration::from_secs(60);
    assert_eq!(
        engine.wait(&id, Condition::Exited, minute).await,
        Ok(Waited::TimedOut)
    );
    assert_eq!(
        engine.wait(&id, Condition::Exited, 60 * minute).await,
        Ok(Waited::Met { exit_code: 0 })
    );
}

#[tokio::test]
async fn a_container_that_restarts_again_and_again_does_not_settle() {
    let engine = with_image();
    let body = json!({ "Cmd": ["exit", "4"], "HostConfig": { "RestartPolicy": { "Name": "always" } } });
    let id = container(&engine, "loop", body).await;
    call(&engine, Call::ContainerStart { id: id.clone() })
        .await
        .unwrap();
    let settle = Condition::Running { settle: 1000 };
    let waited = engine.wait(&id, settle, Duration::from_secs(10)).await;
    assert_eq!(waited, Ok(Waited::Ended { exit_code: 4 }));
}

#[tokio::test]
async fn a_container_inherits_from_its_image_what_it_does_not_say() {
    let engine = with_image();
    let id = container(&engine, "heir", json!({ "Env": ["B=2"] })).await;
    let inspect = engine.inspect(ObjectKind::Container, &id).await.unwrap().unwrap();
    assert_eq!(inspect["Config"]["Cmd"], json!(["serve"]));
    assert_eq!(inspect["Config"]["Env"], json!(["B=2", "A=1"]));
    assert_eq!(inspect["HostConfig"]["NetworkMode"], "default");
}

#[tokio::test]
async fn only_published_images_can_be_pulled() {
    let engine = Memory::new();
    let pull = || Call::ImagePull {
        reference: "docker.io/library/a".into(),
        platform: None,
    };
    assert_eq!(call(&engine, pull()).await.unwrap_err().reason, Reason::NotFound);
    engine.publish("a:latest", "sha256:11");
    assert!(engine.distribution("a").await.unwrap().is_some());
    let id = call(&engine, pull()).await.unwrap().id.unwrap();
    let inspect = engine
        .inspect(ObjectKind::Image, "a@sha256:11")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (inspect["Id"].as_str(), &inspect["RepoDigests"]),
        (Some(id.as_str()), &json!(["a@sha256:11"]))
    );
}

#[tokio::test]
async fn a_partner_plays_the_container() {
    use tokio::io::AsyncReadExt;
    let engine = with_image();
    engine.set_partner(Arc::new(|mut input, mut output| {
        Box::pin(async move {
            let mut said = String::new();
            input.read_to_string(&mut said).await.unwrap();
            output.write_all(said.to_uppercase().as_bytes()).await.unwrap();
            0
        })
    }));
    let id = container(&engine, "partner", json!({})).await;
    let talk = Box::new(
        |mut from: Box<dyn AsyncRead + Send + Unpin>, mut to: Box<dyn AsyncWrite + Send + Unpin>| {
            let said = async move {
                to.write_all(b"hello").await?;
                to.shutdown().await?;
                let mut heard = String::new();
                from.read_to_string(&mut heard).await?;
                Ok(json!(heard))
            };
            Box::pin(said) as BoxFuture<'static, _>
        },
    );
    let reply = call(&engine, Call::Converse { id, talk }).await.unwrap();
    assert_eq!(reply.result, json!("HELLO"));
}
