//! A registry of the test's own: just enough of the distribution API to pull from, over plain HTTP on this machine, which engines allow.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use serde_json::json;
use sha2::{Digest, Sha256};

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// What is stored: blobs and manifests by digest, digests of manifests by tag.
#[derive(Default)]
struct Store {
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, String>,
    /// The requests for manifests, as method and reference.
    asked: Vec<String>,
    /// The `Authorization` without which nothing is given.
    login: Option<String>,
    /// Whether every connection is closed without an answer.
    silent: bool,
}

/// A registry that lives as long as the test's process.
pub(crate) struct Registry {
    port: u16,
    store: Arc<Mutex<Store>>,
}

impl Registry {
    /// Starts one on a free port.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let store = Arc::new(Mutex::new(Store::default()));
        let shared = Arc::clone(&store);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let store = Arc::clone(&shared);
                // An engine that goes away in the middle is its own business.
                std::thread::spawn(move || answer(&stream, &store));
            }
        });
        Self { port, store }
    }

    /// Returns the reference of an image, with a tag or a digest.
    pub(crate) fn reference(&self, name: &str, tag: &str) -> String {
        let sign = if tag.starts_with("sha256:") { '@' } else { ':' };
        format!("127.0.0.1:{}/{name}{sign}{tag}", self.port)
    }

    /// Puts an image with one file under a tag, which leaves the image that had it. Returns the digest.
    pub(crate) fn push(&self, tag: &str, content: &str) -> String {
        let layer = layer(content);
        let compressed = compress(&layer);
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": { "Cmd": ["/content"] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
            "history": [{ "created_by": content }],
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "size": config.len(), "digest": digest(&config) },
            "layers": [{ "mediaType": LAYER, "size": compressed.len(), "digest": digest(&compressed) }],
        });
        let manifest = manifest.to_string().into_bytes();
        let pushed = digest(&manifest);
        let mut store = self.store.lock().unwrap();
        store.blobs.insert(digest(&config), config);
        store.blobs.insert(digest(&compressed), compressed);
        store.manifests.insert(pushed.clone(), manifest);
        store.tags.insert(tag.to_owned(), pushed.clone());
        pushed
    }

    /// Answers nobody any more.
    pub(crate) fn fall_silent(&self) {
        self.store.lock().unwrap().silent = true;
    }

    /// Gives nothing any more but to who has this name and this password.
    pub(crate) fn demand(&self, login: &str) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(login);
        self.store.lock().unwrap().login = Some(format!("Basic {encoded}"));
    }

    /// Returns the registry's name, as logins have it.
    pub(crate) fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the requests for manifests so far, and forgets them.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.store.lock().unwrap().asked)
    }
}

fn layer(content: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(content.len() as u64);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header, "content", content.as_bytes())
        .unwrap();
    tar.into_inner().unwrap()
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn answer(mut stream: &TcpStream, store: &Mutex<Store>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).ok()?;
    let mut login = None;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("authorization") {
            login = Some(value.trim().to_owned());
        }
    }
    let mut words = request.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    if store.lock().unwrap().silent {
        return None;
    }
    let demanded = store.lock().unwrap().login.clone();
    if demanded.is_some() && demanded != login {
        let body = json!({ "errors": [{ "code": "UNAUTHORIZED", "message": "authentication required" }] });
        let body = body.to_string();
        return write!(
            stream,
            "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             WWW-Authenticate: Basic realm=\"test\"\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\
             Connection: close\r\n\r\n{}",
            body.len(),
            if method == "HEAD" { "" } else { &body }
        )
        .ok();
    }
    let found = find(&mut store.lock().unwrap(), method, path);
    let (status, media, digest, body) = match found {
        Some((media, digest, body)) => ("200 OK", media, digest, body),
        None => {
            let body = json!({ "errors": [{ "code": "MANIFEST_UNKNOWN", "message": "manifest unknown" }] });
            (
                "404 Not Found",
                "application/json",
                String::new(),
                body.to_string().into_bytes(),
            )
        }
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {}\r\nDocker-Content-Digest: {digest}\r\n\
         Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .ok()?;
    if method == "GET" {
        stream.write_all(&body).ok()?;
    }
    Some(())
}

/// Finds what a path stands for: its type, its digest and its bytes.
fn find(store: &mut Store, method: &str, path: &str) -> Option<(&'static str, String, Vec<u8>)> {
    let path = path.strip_prefix("/v2/")?;
    if path.is_empty() {
        return Some(("application/json", String::new(), b"{}".to_vec()));
    }
    if let Some((_, reference)) = path.split_once("/manifests/") {
        store.asked.push(format!("{method} {reference}"));
        let digest = store
            .tags
            .get(reference)
            .cloned()
            .unwrap_or_else(|| reference.to_owned());
        let manifest = store.manifests.get(&digest)?.clone();
        return Some((MANIFEST, digest, manifest));
    }
    let (_, digest) = path.split_once("/blobs/")?;
    let blob = store.blobs.get(digest)?.clone();
    Some(("application/octet-stream", digest.to_owned(), blob))
}
