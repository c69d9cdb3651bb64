//! Objects that somebody else made.

use serde_json::{Value as Json, json};
use wharf::engine::{Call, ObjectKind};

use crate::engine;

/// Objects of nobody's project. Dropping it removes them, the last one first.
#[derive(Default)]
pub(crate) struct Foreign(Vec<(ObjectKind, String)>);

impl Foreign {
    /// Makes a container from the engine's own words, and returns its id. It is not started.
    pub(crate) fn create(&mut self, name: &str, body: Json) -> String {
        let name = name.to_owned();
        let made = engine::call(Call::ContainerCreate { name, body });
        let id = made.unwrap().id.unwrap();
        self.0.push((ObjectKind::Container, id.clone()));
        id
    }

    /// Makes a container that sleeps, with labels.
    pub(crate) fn container(&mut self, name: &str, labels: &Json) {
        let body = json!({"Image": "wharf-stand-in:1", "Cmd": ["sleep"], "Labels": labels});
        let id = self.create(name, body);
        engine::call(Call::ContainerStart { id }).unwrap();
    }

    /// Makes a network with labels.
    pub(crate) fn network(&mut self, name: &str, labels: &Json) {
        self.network_of(json!({"Name": name, "Labels": labels}));
    }

    /// Makes a network from the engine's own words.
    pub(crate) fn network_of(&mut self, body: Json) {
        let made = engine::call(Call::NetworkCreate { body }).unwrap();
        self.0.push((ObjectKind::Network, made.id.unwrap()));
    }

    /// Makes a volume with labels.
    pub(crate) fn volume(&mut self, name: &str, labels: &Json) {
        let body = json!({"Name": name, "Labels": labels});
        engine::call(Call::VolumeCreate { body }).unwrap();
        self.0.push((ObjectKind::Volume, name.to_owned()));
    }

    /// Reads them all.
    ///
    /// # Panics
    /// One is gone.
    pub(crate) fn inspects(&self) -> Vec<Json> {
        let each = self.0.iter();
        each.map(|(kind, id)| engine::inspect(*kind, id).unwrap_or_else(|| panic!("{kind:?} {id} is gone")))
            .collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        for (kind, id) in std::mem::take(&mut self.0).into_iter().rev() {
            // Nothing is left to be done about one that is gone already.
            let _ = engine::call(match kind {
                ObjectKind::Container => Call::ContainerRemove {
                    id,
                    force: true,
                    volumes: true,
                },
                ObjectKind::Network => Call::NetworkRemove { id },
                ObjectKind::Volume => Call::VolumeRemove { name: id },
                ObjectKind::Image => Call::ImageRemove { reference: id },
            });
        }
    }
}
