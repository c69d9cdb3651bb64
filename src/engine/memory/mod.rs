//! An engine without an engine, for tests: the same traits, a virtual clock, and faults on schedule.
//!
//! It behaves as Docker 20.10 does where the rest of wharf leans on it. Nothing is run and nothing takes time: waiting moves
//! the clock. The contract suite holds it to what the real engine does.

mod container;
mod defaults;
mod image;
mod lifecycle;
mod script;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::StatusCode;
use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, duplex};

use super::call::Talk;
use super::fault::Faults;
use super::wait::judge;
use super::{
    About, Call, CallError, Condition, Engine, Family, LabelFilter, Logs, ObjectKind, OnProgress, Progress,
    Read, Reply, Waited,
};
use image::Image;
use script::Script;
use world::World;

/// What goes wrong with a mutating call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the engine hears of the call: it is not done, and nobody can tell.
    LostBefore,
    /// The connection breaks after the engine has done the call: it is done, and nobody can tell.
    LostAfter,
    /// The engine refuses with a status, and does nothing.
    Refused(u16),
}

/// One mutating call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was asked for: [`Call::title`].
    pub call: String,
    /// Whether the engine did it, whatever was answered.
    pub done: bool,
}

/// Plays a container's part in conversations: gets what is written to it, and where it writes; returns its exit code.
pub type Partner = Arc<
    dyn Fn(Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>) -> BoxFuture<'static, i64>
        + Send
        + Sync,
>;

/// The engine.
pub struct Memory {
    about: About,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    world: World,
    faults: BTreeMap<usize, Fault>,
    log: Vec<Entry>,
    partner: Option<Partner>,
}

/// The engine does not do it: a status and its words.
#[derive(Debug)]
struct Refusal {
    status: u16,
    message: String,
}

fn refuse(status: u16, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        message: message.into(),
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// Makes an engine that has nothing.
    pub fn new() -> Self {
        Self {
            about: About {
                id: "MEMORY".into(),
                host: "memory://".into(),
                name: "memory".into(),
                family: Family::Docker,
                version: "20.10.24".into(),
                api: (1, 41),
                local: false,
                info: json!({ "ID": "MEMORY", "Name": "memory" }),
            },
            inner: Mutex::default(),
        }
    }

    /// Gives the engine an image with a configuration (`Config` of an inspect), and returns the image's id.
    pub fn add_image(&self, reference: &str, config: &Json) -> String {
        let image = Image {
            config: config.as_object().cloned().unwrap_or_else(Map::new),
            ..Image::default()
        };
        let id = image::id(&[reference.as_bytes(), config.to_string().as_bytes()]);
        self.inner()
            .world
            .keep_image(id.clone(), image, &[reference.to_owned()]);
        id
    }

    /// Puts an image into its registry, from where it can be pulled. Another digest is another image.
    pub fn publish(&self, reference: &str, digest: &str) {
        let registry = &mut self.inner().world.registry;
        registry.insert(image::familiar(reference), digest.to_owned());
    }

    /// Says what goes wrong with which mutating call, counted from 0 since the engine was made.
    pub fn break_call(&self, index: usize, fault: Fault) {
        self.inner().faults.insert(index, fault);
    }

    /// Says what calls on containers that are there answer 200 to and ignore: a name of the API, such as `Memory`, `Aliases` or `Name`.
    pub fn ignore(&self, field: &str) {
        self.inner().world.ignored.insert(field.to_owned());
    }

    /// Says who plays the containers' part in conversations. Without one, a container does as its command says.
    pub fn set_partner(&self, partner: Partner) {
        self.inner().partner = Some(partner);
    }

    /// Lets nothing go wrong any more.
    pub fn mend(&self) {
        self.inner().faults.clear();
    }

    /// Returns the mutating calls that were made.
    pub fn log(&self) -> Vec<Entry> {
        self.inner().log.clone()
    }

    /// Moves the clock.
    pub fn pass(&self, time: Duration) {
        let world = &mut self.inner().world;
        world.now += time;
        world.settle();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self, call: Call, progress: OnProgress<'_>) -> Result<Reply, CallError> {
        // Other tasks get their turn, as they would while an engine works.
        tokio::task::yield_now().await;
        let faults = Faults::of_write(&call, Family::Docker);
        let fault = {
            let mut inner = self.inner();
            let index = inner.log.len();
            inner.log.push(Entry {
                call: call.title(),
                done: false,
            });
            inner
                .faults
                .get(&index)
                .copied()
                .map(|fault| (index, fault))
                .ok_or(index)
        };
        let (index, fault) = fault.map_or_else(|index| (index, None), |(index, fault)| (index, Some(fault)));
        match fault {
            Some(Fault::LostBefore) => return Err(faults.broken("The connection broke.")),
            Some(Fault::Refused(status)) => {
                return Err(refused(&refuse(status, "refused on schedule"), &faults));
            }
            Some(Fault::LostAfter) | None => {}
        }
        progress(Progress {
            message: "Working".into(),
            done: None,
            total: None,
        });
        let result = match call {
            Call::Converse { id, talk } => self.converse(&id, talk, &faults).await,
            call => self
                .inner()
                .world
                .call(call)
                .map_err(|refusal| refused(&refusal, &faults)),
        };
        self.inner().log[index].done = result.is_ok();
        match (result, fault) {
            (Ok(_), Some(_)) => Err(faults.broken("The connection broke.")),
            (result, _) => result,
        }
    }

    async fn converse(&self, id: &str, talk: Talk, faults: &Faults) -> Result<Reply, CallError> {
        let script = {
            let world = &mut self.inner().world;
            world.start(id).map_err(|refusal| refused(&refusal, faults))?;
            world
                .container(id)
                .map_err(|refusal| refused(&refusal, faults))?
                .script()
        };
        // One pipe per direction: dropping an end closes it.
        let (from, output) = duplex(64 << 10);
        let (to, input) = duplex(64 << 10);
        let partner = self.inner().partner.clone();
        let process = async {
            match partner {
                Some(partner) => partner(Box::new(input), Box::new(output)).await,
                None => perform(&script, input, output).await,
            }
        };
        let (said, code) = tokio::join!(talk(Box::new(from), Box::new(to)), process);
        let now = self.inner().world.now;
        if let Ok(container) = self.inner().world.container(id) {
            container.end(now, code);
        }
        if code != 0 {
            let words = script.stderr.trim();
            return Err(faults.failed(format!(
                "The container ended with exit code {code}. It wrote: {words}"
            )));
        }
        let result = said.map_err(|error| faults.failed(format!("The conversation broke off: {error}.")))?;
        Ok(Reply {
            id: None,
            warnings: Vec::new(),
            result,
        })
    }

    /// Waits by moving the clock to when something happens next.
    fn wait_for(&self, id: &str, condition: Condition, limit: Duration) -> Waited {
        let world = &mut self.inner().world;
        let end = world.now + limit;
        let settled = match condition {
            Condition::Running { settle } => Some(world.now + Duration::from_millis(settle)),
            _ => None,
        };
        loop {
            let Some(inspect) = world.inspect(ObjectKind::Container, id) else {
                return Waited::Gone;
            };
            if let Some(waited) = judge(&inspect, condition, 0) {
                return waited;
            }
            if settled.is_some_and(|settled| world.now >= settled) {
                return Waited::Met { exit_code: 0 };
            }
            let now = world.now;
            let next = world.container(id).ok().and_then(|container| container.next(now));
            match [next, settled].into_iter().flatten().min() {
                Some(next) if next <= end => world.now = next,
                _ => {
                    world.now = end;
                    return Waited::TimedOut;
                }
            }
        }
    }
}

/// Does what a script says on both ends of a conversation, and returns its exit code. That nobody listens is no error.
async fn perform(
    script: &Script,
    mut input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> i64 {
    let speak = async {
        output.write_all(script.stdout.as_bytes()).await?;
        if script.echoes {
            copy(&mut input, &mut output).await?;
        }
        output.shutdown().await
    };
    let _ = speak.await;
    script.end.map_or(0, |(_, code)| code)
}

fn refused(refusal: &Refusal, faults: &Faults) -> CallError {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    faults.status(status, refusal.message.as_bytes())
}

impl Read for Memory {
    fn about(&self) -> &About {
        &self.about
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        Box::pin(async move { Ok(self.inner().world.list(kind, labels)) })
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(async move { Ok(self.inner().world.inspect(kind, id)) })
    }

    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        Box::pin(async move {
            let faults = Faults::of_read("GET logs", Family::Docker);
            let world = &mut self.inner().world;
            let container = world
                .container(container)
                .map_err(|refusal| refused(&refusal, &faults))?;
            let last = |text: &str| {
                let all: Vec<&str> = text.split_inclusive('\n').collect();
                let skip = lines.map_or(0, |lines| all.len().saturating_sub(lines as usize));
                all[skip..].concat().into_bytes()
            };
            Ok(Logs {
                stdout: last(&container.stdout),
                stderr: last(&container.stderr),
            })
        })
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        Box::pin(async move {
            let faults = Faults::of_read("GET archive", Family::Docker);
            let world = &mut self.inner().world;
            let Ok(container) = world.container(container) else {
                return Ok(None);
            };
            let archive = pack(&container.files, path).map_err(|error| faults.broken(error.to_string()))?;
            match archive {
                Some(archive) if archive.len() as u64 > limit => {
                    Err(faults.broken(format!("The answer is larger than {limit} bytes.")))
                }
                archive => Ok(archive),
            }
        })
    }

    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(async move {
            let inner = self.inner();
            let digest = inner.world.registry.get(&image::familiar(image));
            Ok(digest.map(|digest| json!({ "Descriptor": { "digest": digest } })))
        })
    }

    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(self.wait_for(container, condition, limit))
        })
    }
}

impl Engine for Memory {
    fn call<'a>(&'a self, call: Call, progress: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(self.make(call, progress))
    }
}

/// Packs a file, or all files below a directory; `None` if there are none.
fn pack(files: &BTreeMap<String, Vec<u8>>, path: &str) -> std::io::Result<Option<Vec<u8>>> {
    let path = path.trim_end_matches('/');
    let base = path.rsplit_once('/').map_or(0, |(parent, _)| parent.len() + 1);
    let below = format!("{path}/");
    let mut builder = tar::Builder::new(Vec::new());
    let mut any = false;
    for (name, content) in files
        .iter()
        .filter(|(name, _)| *name == path || name.starts_with(&below))
    {
        any = true;
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        builder.append_data(&mut header, &name[base..], content.as_slice())?;
    }
    let archive = builder.into_inner()?;
    Ok(any.then_some(archive))
}

#[cfg(test)]
mod tests;
