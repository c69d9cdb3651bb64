//! Images of the in-memory engine: imported, built by a handful of Dockerfile instructions, or pulled from a made-up registry.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::super::call::Build;
use super::{Refusal, refuse};

/// An image.
#[derive(Clone, Default)]
pub(super) struct Image {
    /// Its configuration, as `Config` of an inspect.
    pub(super) config: Map<String, Json>,
    /// Its references.
    pub(super) tags: Vec<String>,
    /// The digest in its registry, if it was pulled.
    pub(super) digest: Option<String>,
}

impl Image {
    /// Returns what `GET /images/{id}/json` shows.
    pub(super) fn inspect(&self, id: &str) -> Json {
        json!({
            "Id": id, "RepoTags": self.tags, "RepoDigests": self.repo_digests(), "Config": self.config,
            "Architecture": "amd64", "Os": "linux", "Size": 1, "Created": "2026-01-01T00:00:00Z"
        })
    }

    /// Returns what a list shows.
    pub(super) fn summary(&self, id: &str) -> Json {
        let labels = self.config.get("Labels");
        json!({ "Id": id, "RepoTags": self.tags, "RepoDigests": self.repo_digests(), "Labels": labels })
    }

    fn repo_digests(&self) -> Vec<String> {
        let digest = self.digest.as_ref();
        let repositories = self.tags.iter().map(|tag| repository(tag));
        digest
            .map(|digest| repositories.map(|name| format!("{name}@{digest}")).collect())
            .unwrap_or_default()
    }
}

/// Writes a reference in its short form, with its tag: as engines show it.
pub(super) fn familiar(reference: &str) -> String {
    let short = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let tagged = short.contains('@') || short.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged {
        short.to_owned()
    } else {
        format!("{short}:latest")
    }
}

fn repository(tag: &str) -> &str {
    tag.rsplit_once(':').map_or(tag, |(name, _)| name)
}

/// Makes an id of whatever the image comes from: the same source gives the same image.
pub(super) fn id(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Imports a layer.
pub(super) fn import(layer: &[u8], changes: &[String]) -> Result<(String, Image), Refusal> {
    let mut image = Image::default();
    for change in changes {
        instruct(&mut image, change)?;
    }
    Ok((id(&[layer, changes.join("\n").as_bytes()]), image))
}

/// Builds an image; `base` finds the image that a `FROM` names.
pub(super) fn build(build: &Build, base: impl Fn(&str) -> Option<Image>) -> Result<(String, Image), Refusal> {
    let context = std::fs::read(&build.context).map_err(|error| refuse(400, error.to_string()))?;
    let files = unpack(&context)?;
    let dockerfile = files.get(&build.dockerfile).ok_or_else(|| {
        refuse(
            500,
            format!("Cannot locate specified Dockerfile: {}", build.dockerfile),
        )
    })?;
    let mut image = Image::default();
    let mut text = String::from_utf8_lossy(dockerfile).into_owned();
    for (name, value) in &build.args {
        text = text
            .replace(&format!("${{{name}}}"), value)
            .replace(&format!("${name}"), value);
    }
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["FROM", "scratch", ..] => image = Image::default(),
            ["FROM", name, ..] => {
                image = base(name).ok_or_else(|| refuse(500, format!("No such image: {name}")))?;
                image.tags.clear();
            }
            ["COPY", from, ..] if from.starts_with("--from=") => {}
            ["COPY" | "ADD", sources @ .., _] => missing_source(sources, &files)?,
            ["RUN", "false"] => return Err(refuse(500, "The command 'false' returned a non-zero code: 1")),
            ["ARG" | "RUN" | "EXPOSE" | "WORKDIR" | "USER" | "VOLUME", ..] => {}
            _ => instruct(&mut image, line)?,
        }
    }
    let labels = entry(&mut image.config, "Labels");
    for (name, value) in &build.labels {
        labels.insert(name.clone(), value.clone().into());
    }
    let settings = json!([build.args, build.labels, build.target, build.platform]).to_string();
    Ok((id(&[&context, settings.as_bytes()]), image))
}

fn missing_source(sources: &[&str], files: &BTreeMap<String, Vec<u8>>) -> Result<(), Refusal> {
    for source in sources.iter().map(|source| source.trim_start_matches("./")) {
        let directory = format!("{}/", source.trim_end_matches('/'));
        let there = matches!(source, "" | ".")
            || files
                .keys()
                .any(|path| path == source || path.starts_with(&directory));
        if !there {
            return Err(refuse(
                500,
                format!("COPY failed: {source}: no such file or directory"),
            ));
        }
    }
    Ok(())
}

/// Applies one Dockerfile instruction that changes the configuration alone.
fn instruct(image: &mut Image, line: &str) -> Result<(), Refusal> {
    let unknown = || refuse(400, format!("dockerfile parse error: {line}"));
    let (instruction, rest) = line.split_once(' ').ok_or_else(unknown)?;
    let pair = || rest.split_once('=').ok_or_else(unknown);
    let words = || serde_json::from_str::<Vec<String>>(rest).map_err(|_| unknown());
    match instruction {
        "ENTRYPOINT" => image.config.insert("Entrypoint".into(), json!(words()?)),
        "CMD" => image.config.insert("Cmd".into(), json!(words()?)),
        "LABEL" => {
            let (name, value) = pair()?;
            entry(&mut image.config, "Labels").insert(name.into(), value.trim_matches('"').into())
        }
        "ENV" => {
            pair()?;
            let mut env = image.config.remove("Env").unwrap_or_else(|| json!([]));
            if let Some(env) = env.as_array_mut() {
                env.push(rest.into());
            }
            image.config.insert("Env".into(), env)
        }
        _ => return Err(unknown()),
    };
    Ok(())
}

/// Returns the object under a name, and makes it if there is none.
pub(super) fn entry<'a>(map: &'a mut Map<String, Json>, name: &str) -> &'a mut Map<String, Json> {
    let value = map.entry(name).or_insert(Json::Null);
    if !value.is_object() {
        *value = Json::Object(Map::new());
    }
    match value {
        Json::Object(object) => object,
        _ => unreachable!("it was made an object just now"),
    }
}

/// Reads the files of an archive.
pub(super) fn unpack(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(tar);
    for file in archive
        .entries()
        .map_err(|error| refuse(400, error.to_string()))?
    {
        let mut file = file.map_err(|error| refuse(400, error.to_string()))?;
        if !file.header().entry_type().is_file() {
            continue;
        }
        let path = file
            .path()
            .map_err(|error| refuse(400, error.to_string()))?
            .display()
            .to_string();
        let mut content = Vec::new();
        file.read_to_end(&mut content)
            .map_err(|error| refuse(400, error.to_string()))?;
        files.insert(path.trim_start_matches("./").to_owned(), content);
    }
    Ok(files)
}
