//! The floor: the engine calls that cannot be avoided, made by a program that knows everything beforehand.
//!
//! | row | calls |
//! | --- | --- |
//! | apply | create networks and volumes; then, for each container, create and start |
//! | plan | list containers, networks and volumes; inspect each object |
//! | destroy | list; for each container, stop and remove; then remove networks and volumes |
//!
//! It goes over the same client as wharf, with the same number of calls at a time. It reads no configuration, keeps no state and no
//! journal, decides nothing, does not look whether a container still runs, and does not read back what it made: all
//! that is wharf's own work, and what the ratio shows.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value as Json, json};
use wharf::engine::{Call, CallError, Engine as _, LabelFilter, ObjectKind, Read as _};

use super::Size;
use crate::{engine, image};

/// The label that the floor's objects bear.
const LABEL: &str = "wharf.bench";

/// The kinds of objects with the field of a list's entry that calls act by; containers hold on to the others.
const KINDS: [(ObjectKind, &str); 3] = [
    (ObjectKind::Container, "Id"),
    (ObjectKind::Network, "Id"),
    (ObjectKind::Volume, "Name"),
];

/// The direct calls of one measurement.
pub(super) struct Floor<'a> {
    pub(super) engine: &'a engine::Engine,
    pub(super) project: String,
    pub(super) size: Size,
}

impl Floor<'_> {
    /// Does something and takes its time.
    ///
    /// # Errors
    /// A call fails.
    pub(super) fn timed<'a, F>(&'a self, work: impl FnOnce(&'a Self) -> F) -> Result<Duration, String>
    where
        F: Future<Output = Result<(), CallError>> + 'a,
    {
        let begun = Instant::now();
        self.engine
            .runtime
            .block_on(work(self))
            .map_err(|error| error.to_string())?;
        Ok(begun.elapsed())
    }

    /// Makes everything.
    pub(super) async fn apply(&self) -> Result<(), CallError> {
        let labels = json!({LABEL: self.project});
        let networks = (0..self.size.networks).map(|number| Call::NetworkCreate {
            body: json!({
                "Name": self.name("net", number),
                "Labels": labels,
                "IPAM": {"Config": [{"Subnet": self.size.subnet(number)}]},
            }),
        });
        let volumes = (0..self.size.volumes).map(|number| Call::VolumeCreate {
            body: json!({"Name": self.name("data", number), "Labels": labels}),
        });
        self.calls(networks.chain(volumes)).await?;
        self.at_once((0..self.size.containers).map(|number| async move {
            let create = Call::ContainerCreate {
                name: self.name("node", number),
                body: self.container(number),
            };
            let id = self.call(create).await?.unwrap_or_default();
            self.call(Call::ContainerStart { id }).await
        }))
        .await
    }

    /// Looks at everything.
    pub(super) async fn look(&self) -> Result<(), CallError> {
        for (kind, field) in KINDS {
            let ids = self.ids(kind, field, &self.labels()).await?;
            let inspects = ids.iter().map(|id| self.engine.docker.inspect(kind, id));
            self.at_once(inspects).await?;
        }
        Ok(())
    }

    /// Takes everything away.
    pub(super) async fn destroy(&self) -> Result<(), CallError> {
        let containers = self.ids(ObjectKind::Container, "Id", &self.labels()).await?;
        self.at_once(containers.into_iter().map(|id| async move {
            let stop = Call::ContainerStop {
                id: id.clone(),
                timeout: None,
            };
            self.call(stop).await?;
            self.call(Call::ContainerRemove {
                id,
                force: false,
                volumes: false,
            })
            .await
        }))
        .await?;
        let networks = self.ids(ObjectKind::Network, "Id", &self.labels()).await?;
        let volumes = self.ids(ObjectKind::Volume, "Name", &self.labels()).await?;
        let networks = networks.into_iter().map(|id| Call::NetworkRemove { id });
        let volumes = volumes.into_iter().map(|name| Call::VolumeRemove { name });
        self.calls(networks.chain(volumes)).await
    }

    /// Removes what a measurement that failed left behind, of the floor and of wharf.
    pub(super) async fn sweep(&self, project: &str) -> Result<(), CallError> {
        let of_wharf = LabelFilter::from([("wharf.project".to_owned(), Some(project.to_owned()))]);
        for labels in [self.labels(), of_wharf] {
            for (kind, field) in KINDS {
                let ids = self.ids(kind, field, &labels).await?;
                self.calls(ids.into_iter().map(|id| removal(kind, id))).await?;
            }
        }
        Ok(())
    }

    async fn call(&self, call: Call) -> Result<Option<String>, CallError> {
        self.engine.docker.call(call, &|_| {}).await.map(|reply| reply.id)
    }

    async fn calls(&self, calls: impl Iterator<Item = Call>) -> Result<(), CallError> {
        self.at_once(calls.map(|call| self.call(call))).await
    }

    /// Waits for many things, as many at a time as the measurement has.
    async fn at_once<T>(
        &self,
        each: impl Iterator<Item = impl Future<Output = Result<T, CallError>>>,
    ) -> Result<(), CallError> {
        stream::iter(each)
            .buffer_unordered(self.size.parallelism)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    async fn ids(
        &self,
        kind: ObjectKind,
        field: &str,
        labels: &LabelFilter,
    ) -> Result<Vec<String>, CallError> {
        let objects = self.engine.docker.list(kind, labels).await?;
        let id = |object: &Json| Some(object[field].as_str()?.to_owned());
        Ok(objects.iter().filter_map(id).collect())
    }

    fn labels(&self) -> LabelFilter {
        LabelFilter::from([(LABEL.to_owned(), Some(self.project.clone()))])
    }

    fn name(&self, kind: &str, number: usize) -> String {
        format!("{}-{kind}-{number}", self.project)
    }

    fn container(&self, number: usize) -> Json {
        json!({
            "Image": image::REFERENCE,
            "Cmd": ["sleep"],
            "Env": [format!("NUMBER={number}")],
            "Labels": {LABEL: self.project},
            "HostConfig": {
                "NetworkMode": self.name("net", number % self.size.networks),
                "Mounts": [{
                    "Type": "volume",
                    "Source": self.name("data", number % self.size.volumes),
                    "Target": "/data",
                }],
            },
        })
    }
}

fn removal(kind: ObjectKind, id: String) -> Call {
    match kind {
        ObjectKind::Container => Call::ContainerRemove {
            id,
            force: true,
            volumes: true,
        },
        ObjectKind::Network => Call::NetworkRemove { id },
        ObjectKind::Volume => Call::VolumeRemove { name: id },
        ObjectKind::Image => Call::ImageRemove { reference: id },
    }
}
