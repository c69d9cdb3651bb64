//! The user's stored logins for registries, as the headers that an engine passes on.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use docker_credential::DockerCredential;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use oci_spec::distribution::Reference;
use serde_json::{Value as Json, json};

/// The header with the login for one registry.
const AUTH: HeaderName = HeaderName::from_static("x-registry-auth");

/// The header with the logins for several registries, for builds.
const CONFIG: HeaderName = HeaderName::from_static("x-registry-config");

/// Under which name Docker's own registry stands in the file.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Reads logins from a client's `config.json`, each time anew: a login may be made while wharf runs.
pub(super) struct Logins {
    file: Option<PathBuf>,
}

impl Logins {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// Returns the header for the registry of an image; asks the user's credential helper if one is configured.
    pub(super) async fn header(&self, image: &str) -> HeaderMap {
        self.look_up(image, true).await
    }

    /// The same, but runs no helper: planning runs no programs.
    pub(super) async fn stored(&self, image: &str) -> HeaderMap {
        self.look_up(image, false).await
    }

    /// Tells whether a credential helper is configured for the registry of an image, so that `stored` knows no login.
    pub(super) async fn asks_helper(&self, image: &str) -> bool {
        let (Some(file), Some(server)) = (self.file.clone(), server(image)) else {
            return false;
        };
        let asks = tokio::task::spawn_blocking(move || asks_helper(&file, &server));
        asks.await.ok().flatten().is_some()
    }

    async fn look_up(&self, image: &str, helpers: bool) -> HeaderMap {
        let (Some(file), Some(server)) = (self.file.clone(), server(image)) else {
            return HeaderMap::new();
        };
        // The helpers are programs, and the library waits for them in place.
        let login = tokio::task::spawn_blocking(move || login(&file, &server, helpers)).await;
        headers(AUTH, login.ok().flatten().as_ref())
    }

    /// Returns the header with all logins that stand in the file itself, for the base images of a build.
    pub(super) async fn all(&self) -> HeaderMap {
        let Some(file) = self.file.clone() else {
            return HeaderMap::new();
        };
        let logins = tokio::task::spawn_blocking(move || {
            let servers: Vec<String> = config(&file)?["auths"].as_object()?.keys().cloned().collect();
            let logins: serde_json::Map<String, Json> = servers
                .into_iter()
                .filter_map(|server| Some((server.clone(), login(&file, &server, true)?)))
                .collect();
            (!logins.is_empty()).then_some(Json::Object(logins))
        });
        headers(CONFIG, logins.await.ok().flatten().as_ref())
    }
}

/// Returns the name under which the registry of an image stands in the file.
fn server(image: &str) -> Option<String> {
    let reference: Reference = image.parse().ok()?;
    match reference.registry() {
        "docker.io" | "index.docker.io" => Some(DOCKER_HUB.to_owned()),
        registry => Some(registry.to_owned()),
    }
}

fn login(file: &Path, server: &str, helpers: bool) -> Option<Json> {
    let mut config = config(file)?;
    if !helpers {
        if has_own_helper(&config, server) {
            return None;
        }
        // What stands in the file counts, whatever keeps the logins otherwise.
        config.as_object_mut()?.remove("credsStore");
    }
    let text = serde_json::to_vec(&config).ok()?;
    match docker_credential::get_credential_from_reader(text.as_slice(), server).ok()? {
        DockerCredential::IdentityToken(token) => {
            Some(json!({ "identitytoken": token, "serveraddress": server }))
        }
        DockerCredential::UsernamePassword(username, password) => {
            Some(json!({ "username": username, "password": password, "serveraddress": server }))
        }
    }
}

/// Tells whether a server has a helper of its own.
fn has_own_helper(config: &Json, server: &str) -> bool {
    config["credHelpers"].get(server).is_some()
}

/// Tells whether the login for a server is with a helper and not in the file.
fn asks_helper(file: &Path, server: &str) -> Option<()> {
    let config = config(file)?;
    let has_store = config["credsStore"]
        .as_str()
        .is_some_and(|store| !store.is_empty());
    let asks = has_own_helper(&config, server) || has_store && login(file, server, false).is_none();
    asks.then_some(())
}

fn config(file: &Path) -> Option<Json> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Engines want the URL-safe alphabet: with the standard one some passwords are silently not seen.
fn headers(name: HeaderName, login: Option<&Json>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(login) = login
        && let Ok(mut value) = HeaderValue::from_str(&URL_SAFE.encode(login.to_string()))
    {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[tokio::test]
    async fn a_password_with_question_marks_reaches_the_registry() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let auth = base64::engine::general_purpose::STANDARD.encode("me:a???");
        write!(file, r#"{{"auths":{{"localhost:5000":{{"auth":"{auth}"}}}}}}"#).unwrap();
        let logins = Logins::new(Some(file.path().to_owned()));

        let headers = logins.header("localhost:5000/a:1").await;

        let value = headers[&AUTH].to_str().unwrap();
        assert!(!value.contains(['+', '/']), "{value}");
        let login: Json = serde_json::from_slice(&URL_SAFE.decode(value).unwrap()).unwrap();
        assert_eq!(
            (login["username"].as_str(), login["password"].as_str()),
            (Some("me"), Some("a???"))
        );
        assert!(logins.header("elsewhere:5000/a:1").await.is_empty());
    }

    #[test]
    fn short_names_belong_to_the_default_registry() {
        assert_eq!(server("busybox").unwrap(), DOCKER_HUB);
        assert_eq!(server("localhost:5000/a").unwrap(), "localhost:5000");
    }

    #[tokio::test]
    async fn planning_runs_no_credential_helper() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, r#"{{"credsStore":"does-not-exist"}}"#).unwrap();
        let logins = Logins::new(Some(file.path().to_owned()));
        assert!(logins.stored("localhost:5000/a:1").await.is_empty());
        assert!(logins.asks_helper("localhost:5000/a:1").await);
    }

    #[tokio::test]
    async fn a_login_that_stands_in_the_file_needs_no_helper() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(
            file,
            r#"{{"credsStore":"does-not-exist","auths":{{"localhost:5000":{{"auth":"bWU6eA=="}},"localhost:5001":{{}}}}}}"#
        )
        .unwrap();
        let logins = Logins::new(Some(file.path().to_owned()));
        assert!(!logins.stored("localhost:5000/a:1").await.is_empty());
        assert!(!logins.asks_helper("localhost:5000/a:1").await);
        assert!(logins.asks_helper("localhost:5001/a:1").await);
    }

    #[tokio::test]
    async fn a_helper_may_be_configured_for_one_registry() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, r#"{{"credHelpers":{{"localhost:5000":"does-not-exist"}}}}"#).unwrap();
        let logins = Logins::new(Some(file.path().to_owned()));
        assert!(logins.asks_helper("localhost:5000/a:1").await);
        assert!(!logins.asks_helper("elsewhere:5000/a:1").await);
        assert!(!Logins::new(None).asks_helper("localhost:5000/a:1").await);
    }
}
