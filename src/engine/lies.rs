//! Engines that break off, hang, or lie: what the client makes of their answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::docker::Docker;
use super::login::Logins;
use super::reader::{Getter, Reader};
use super::wire::{Endpoint, Wire};
use super::{
    About, Call, CallError, Certainty, Engine, Family, LabelFilter, ObjectKind, Read, Reason, Reply,
};

/// A server that gives each connection one prepared answer, and then closes it.
struct Liar {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Liar {
    async fn new(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (notes, answers) = (Arc::clone(&heard), answers.to_vec());
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = vec![0; 64 << 10];
                let length = stream.read(&mut buffer).await.unwrap();
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                notes
                    .lock()
                    .unwrap()
                    .push(request.lines().next().unwrap_or_default().to_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { port, heard }
    }

    fn wire(&self) -> Wire {
        let endpoint = Endpoint::Tcp {
            host: "127.0.0.1".into(),
            port: self.port,
        };
        Wire::new(endpoint, Some((1, 41)))
    }

    fn docker(&self) -> Docker {
        let about = About {
            id: String::new(),
            host: String::new(),
            name: String::new(),
            family: Family::Docker,
            version: String::new(),
            api: (1, 41),
            local: false,
            info: Json::Null,
        };
        let logins = Arc::new(Logins::new(None));
        let getter = Getter::new(self.wire(), Family::Docker);
        Docker::new(
            Reader::new(getter, Arc::new(about), Arc::clone(&logins)),
            self.wire(),
            logins,
        )
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn start(docker: &Docker) -> Result<Reply, CallError> {
    docker
        .call(Call::ContainerStart { id: "a".into() }, &|_| {})
        .await
}

async fn create(docker: &Docker) -> Result<Reply, CallError> {
    let create = Call::ContainerCreate {
        name: "a".into(),
        body: json!({ "Image": "a" }),
    };
    docker.call(create, &|_| {}).await
}

#[tokio::test]
async fn bollard_forgets_the_version_and_we_do_not() {
    let liar = Liar::new(&["HTTP/1.1 204 No Content\r\n\r\n"]).await;
    start(&liar.docker()).await.unwrap();
    assert_eq!(liar.heard(), ["POST /v1.41/containers/a/start HTTP/1.1"]);
}

#[tokio::test]
async fn what_is_so_already_is_done() {
    let liar = Liar::new(&["HTTP/1.1 304 Not Modified\r\n\r\n"]).await;
    assert!(start(&liar.docker()).await.is_ok());
}

#[tokio::test]
async fn a_lost_or_cut_answer_to_a_write_is_unknown_and_never_repeated() {
    for answer in [
        "",
        "HTTP/1.1 201",
        "HTTP/1.1 201 Created\r\ncontent-length: 90\r\n\r\n{\"Id\":\"",
        "HTTP/1.1 201 Created\r\ncontent-length: 6\r\n\r\n{\"Id\":",
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://localhost/\r\ncontent-length: 0\r\n\r\n",
    ] {
        let liar = Liar::new(&[answer, answer]).await;
        let error = create(&liar.docker()).await.unwrap_err();
        assert_eq!(error.certainty, Certainty::Unknown, "{answer:?}");
        assert_eq!(liar.heard().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_not_acted_by() {
    let answer = created("../../x");
    let error = create(&Liar::new(&[answer]).await.docker()).await.unwrap_err();
    assert_eq!(
        (error.reason, error.certainty),
        (Reason::Broken, Certainty::Unknown)
    );
    let id = "0a".repeat(32);
    let made = create(&Liar::new(&[created(&id)]).await.docker()).await.unwrap();
    assert_eq!((made.id, made.warnings), (Some(id), Vec::<String>::new()));
}

/// The answer to a creation.
fn created(id: &str) -> &'static str {
    let body = json!({ "Id": id, "Warnings": null }).to_string();
    format!(
        "HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .leak()
}

#[tokio::test]
async fn an_engine_that_is_gone_has_done_nothing() {
    let liar = Liar::new(&[]).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = start(&liar.docker()).await.unwrap_err();
    assert_eq!(
        (error.reason, error.certainty),
        (Reason::Unreachable, Certainty::NotDone)
    );
}

#[tokio::test]
async fn a_read_over_a_connection_that_the_engine_closed_is_sent_again() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    let liar = Liar::new(&[answer, answer, answer]).await;
    let docker = liar.docker();
    for _ in 0..3 {
        let list = docker.list(ObjectKind::Network, &LabelFilter::new()).await;
        assert_eq!(list, Ok(Vec::new()));
    }
    assert_eq!(liar.heard().len(), 3);
}

#[tokio::test]
async fn a_read_follows_no_redirect() {
    let liar = Liar::new(&["HTTP/1.1 301 Moved\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"]).await;
    let error = liar.docker().inspect(ObjectKind::Volume, "a").await.unwrap_err();
    assert_eq!(
        (error.reason, error.certainty),
        (Reason::Broken, Certainty::NotDone)
    );
}

#[tokio::test]
async fn wrong_shapes_are_errors_and_no_panics() {
    for body in ["5", "\"a\"", "{\"a\":1}"] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let liar = Liar::new(&[answer.leak()]).await;
        let list = liar
            .docker()
            .list(ObjectKind::Container, &LabelFilter::new())
            .await;
        assert_eq!(list.unwrap_err().reason, Reason::Broken, "{body}");
    }
}

#[tokio::test]
async fn an_answer_without_end_meets_its_deadline() {
    let liar = Liar::new(&["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", "", ""]).await;
    let getter = Getter::new(liar.wire(), Family::Docker);
    let deadline = Duration::from_millis(100);
    // The liar closes what it has answered, which is another fault: so this one is held open.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Liar {
        port: listener.local_addr().unwrap().port(),
        heard: Arc::default(),
    };
    let cut = getter.bytes("/x", &HeaderMap::new(), 1 << 10, deadline).await;
    assert_eq!(cut.unwrap_err().reason, Reason::Broken);
    let getter = Getter::new(silent.wire(), Family::Docker);
    let late = getter.bytes("/x", &HeaderMap::new(), 1 << 10, deadline).await;
    assert_eq!(late.unwrap_err().reason, Reason::TimedOut);
}

#[tokio::test]
async fn a_body_beyond_its_limit_is_not_kept() {
    let liar = Liar::new(&["HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789"]).await;
    let archive = liar.docker().archive("a", "/", 10).await;
    assert_eq!(archive.unwrap_err().reason, Reason::Broken);
}

#[tokio::test]
async fn a_pull_that_fails_after_its_200_is_a_failure() {
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-length: 44\r\n\r\n{\"status\":\"Pulling\"}\r\n{\"error\":\"no space\"}\n";
    let liar = Liar::new(&[answer]).await;
    let pull = Call::ImagePull {
        reference: "a".into(),
        platform: None,
    };
    let error = liar.docker().call(pull, &|_| {}).await.unwrap_err();
    assert_eq!(
        (error.reason, error.message.as_str()),
        (Reason::Failed, "no space")
    );
    assert_eq!(
        liar.heard(),
        ["POST /v1.41/images/create?fromImage=a&tag=latest HTTP/1.1"]
    );
}
