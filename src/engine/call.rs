//! One engine call with everything in it, and how it can end.
//!
//! A [`Call`] holds secrets in clear: it is made just before it is sent, and has no `Debug` and no `Serialize`.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::ObjectKind;

/// A mutating call.
pub enum Call {
    /// `POST /volumes/create`.
    VolumeCreate {
        /// The request's body.
        body: Json,
    },
    /// `DELETE /volumes/{name}`.
    VolumeRemove {
        /// The volume's name.
        name: String,
    },
    /// `POST /networks/create`.
    NetworkCreate {
        /// The request's body.
        body: Json,
    },
    /// `DELETE /networks/{id}`.
    NetworkRemove {
        /// The network's id.
        id: String,
    },
    /// `POST /networks/{id}/connect`.
    NetworkConnect {
        /// The network's id.
        id: String,
        /// The request's body, which names the container.
        body: Json,
    },
    /// `POST /networks/{id}/disconnect`.
    NetworkDisconnect {
        /// The network's id or name.
        id: String,
        /// The container's id.
        container: String,
    },
    /// `POST /images/create?fromImage=`, with the user's stored login for that registry.
    ImagePull {
        /// The reference, with tag or digest.
        reference: String,
        /// `os/architecture[/variant]`.
        platform: Option<String>,
    },
    /// `POST /build` with a directory as context, packed while it is sent.
    ImageBuild(Box<Build>),
    /// `POST /images/create?fromSrc=-`: an image of one layer.
    ImageImport {
        /// The whole layer, as a tar archive.
        layer: Vec<u8>,
        /// The reference it gets.
        reference: String,
        /// Dockerfile instructions, such as `ENTRYPOINT ["/wharf"]`.
        changes: Vec<String>,
    },
    /// `DELETE /images/{reference}`.
    ImageRemove {
        /// The reference or id.
        reference: String,
    },
    /// `POST /containers/create`.
    ContainerCreate {
        /// The name.
        name: String,
        /// The request's body.
        body: Json,
    },
    /// `POST /containers/{id}/start`.
    ContainerStart {
        /// The container's id.
        id: String,
    },
    /// `POST /containers/{id}/stop`.
    ContainerStop {
        /// The container's id.
        id: String,
        /// Seconds before it is killed; the container's own when absent.
        timeout: Option<i64>,
    },
    /// `POST /containers/{id}/restart`.
    ContainerRestart {
        /// The container's id.
        id: String,
        /// Seconds before it is killed; the container's own when absent.
        timeout: Option<i64>,
    },
    /// `POST /containers/{id}/kill`.
    ContainerKill {
        /// The container's id.
        id: String,
        /// The signal's name, such as `HUP`.
        signal: String,
    },
    /// `DELETE /containers/{id}`.
    ContainerRemove {
        /// The container's id.
        id: String,
        /// Whether a running one is killed.
        force: bool,
        /// Whether the volumes go too that the engine made for it without a name; never one with a name.
        volumes: bool,
    },
    /// `POST /containers/{id}/rename`.
    ContainerRename {
        /// The container's id.
        id: String,
        /// The new name.
        name: String,
    },
    /// `POST /containers/{id}/update`.
    ContainerUpdate {
        /// The container's id.
        id: String,
        /// The request's body.
        body: Json,
    },
    /// `PUT /containers/{id}/archive`, never compressed.
    ArchivePut {
        /// The container's id.
        id: String,
        /// The directory in the container.
        path: String,
        /// The tar archive.
        tar: Vec<u8>,
    },
    /// `GET` and `PUT /containers/{id}/archive`, one into the other: a directory of a container is copied into another of the same name,
    /// and both are compared.
    VolumeCopy {
        /// The container's id.
        id: String,
        /// The directory that is read.
        from: String,
        /// The directory that is written.
        to: String,
    },
    /// Starts a container, attached, and speaks with it until both sides are done.
    Converse {
        /// The container's id.
        id: String,
        /// What is said to it: gets the two ends of the connection.
        talk: Talk,
    },
}

/// The two ends of a conversation: what the container writes, and what is written to it.
pub type Talk = Box<
    dyn FnOnce(
            Box<dyn tokio::io::AsyncRead + Send + Unpin>,
            Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
        ) -> futures_util::future::BoxFuture<'static, std::io::Result<Json>>
        + Send,
>;

/// A build of an image.
#[derive(Default)]
pub struct Build {
    /// The tar archive of the context.
    pub context: PathBuf,
    /// The path of the Dockerfile in the context.
    pub dockerfile: String,
    /// References that the image gets.
    pub tags: Vec<String>,
    /// Build arguments.
    pub args: Vec<(String, String)>,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// The stage to stop at.
    pub target: Option<String>,
    /// `os/architecture[/variant]`.
    pub platform: Option<String>,
    /// Whether earlier results are ignored.
    pub no_cache: bool,
    /// Whether base images are pulled anew.
    pub pull: bool,
    /// Images whose layers may be used again.
    pub cache_from: Vec<String>,
    /// The network mode of the build's containers.
    pub network: Option<String>,
    /// Host names and their addresses in the build's containers, as `name:address`.
    pub extra_hosts: Vec<String>,
    /// The size of `/dev/shm` in the build's containers.
    pub shm_size: Option<i64>,
}

/// What a call that was done gave back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The id of the object that was made, if one was.
    pub id: Option<String>,
    /// The engine's warnings, such as values that this kernel does not honour. Text from outside.
    pub warnings: Vec<String>,
    /// What a conversation ended with; null for every other call.
    pub result: Json,
}

/// Whether a failed call changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The engine refused, or was never asked.
    NotDone,
    /// The answer was lost, late, cut or a 5xx: only reading the object back tells.
    Unknown,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No engine answers there.
    Unreachable,
    /// The socket may not be opened.
    Forbidden,
    /// 400: the engine does not take the request.
    Invalid,
    /// 401 or 403.
    Denied,
    /// A registry wants a login, and the user's is with a credential helper, which a read does not run.
    LoginUnread,
    /// 404.
    NotFound,
    /// 409, and Podman's 500 of the same meaning.
    Conflict,
    /// 5xx, or an error inside a stream of progress.
    Failed,
    /// No answer in time.
    TimedOut,
    /// The connection broke, or the answer is not what the API promises.
    Broken,
}

/// A call, or a read, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message}")]
pub struct CallError {
    /// Which call, as method and path.
    pub call: String,
    /// Why.
    pub reason: Reason,
    /// Whether anything was changed.
    pub certainty: Certainty,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The engine's words, or ours. Text from outside: escape it before it is shown.
    pub message: String,
}

impl CallError {
    /// Tells whether the object was not there.
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }
}

impl Call {
    /// Returns what the call is, for errors and logs: no argument of it can hold a secret.
    pub fn title(&self) -> String {
        match self {
            Self::VolumeCreate { .. } => "create volume".into(),
            Self::VolumeRemove { name } => format!("remove volume {name}"),
            Self::NetworkCreate { .. } => "create network".into(),
            Self::NetworkRemove { id } => format!("remove network {id}"),
            Self::NetworkConnect { id, .. } => format!("connect to network {id}"),
            Self::NetworkDisconnect { id, .. } => format!("disconnect from network {id}"),
            Self::ImagePull { reference, .. } => format!("pull image {reference}"),
            Self::ImageBuild(build) => format!("build image {}", build.tags.join(", ")),
            Self::ImageImport { reference, .. } => format!("import image {reference}"),
            Self::ImageRemove { reference } => format!("remove image {reference}"),
            Self::ContainerCreate { name, .. } => format!("create container {name}"),
            Self::ContainerStart { id } => format!("start container {id}"),
            Self::ContainerStop { id, .. } => format!("stop container {id}"),
            Self::ContainerRestart { id, .. } => format!("restart container {id}"),
            Self::ContainerKill { id, signal } => format!("send {signal} to container {id}"),
            Self::ContainerRemove { id, .. } => format!("remove container {id}"),
            Self::ContainerRename { id, name } => format!("rename container {id} to {name}"),
            Self::ContainerUpdate { id, .. } => format!("update container {id}"),
            Self::ArchivePut { id, path, .. } => format!("copy files to {path} of container {id}"),
            Self::VolumeCopy { id, .. } => format!("copy a volume through container {id}"),
            Self::Converse { id, .. } => format!("run container {id}"),
        }
    }

    /// Returns the kind of object that the call makes, if it makes one.
    pub fn makes(&self) -> Option<ObjectKind> {
        match self {
            Self::VolumeCreate { .. } => Some(ObjectKind::Volume),
            Self::NetworkCreate { .. } => Some(ObjectKind::Network),
            Self::ImagePull { .. } | Self::ImageBuild(_) | Self::ImageImport { .. } => {
                Some(ObjectKind::Image)
            }
            Self::ContainerCreate { .. } => Some(ObjectKind::Container),
            _ => None,
        }
    }
}
