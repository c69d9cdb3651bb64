//! What the engine says of an object → the object, in the terms of its kind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;

use crate::engine::{CallError, ObjectKind, Read, Reason};
use crate::kinds::{Found, Kind, Live};

/// The images of containers by id: many share one.
pub(super) type Images = HashMap<String, Arc<OnceCell<Option<Json>>>>;

/// Puts objects into the terms of their kinds, with the images that they were made from.
pub(super) struct Lives<'a> {
    read: &'a dyn Read,
    images: Mutex<Images>,
}

impl<'a> Lives<'a> {
    /// Goes on with the images that are known already.
    pub(super) fn new(read: &'a dyn Read, images: Images) -> Self {
        Self {
            read,
            images: Mutex::new(images),
        }
    }

    pub(super) fn into_images(self) -> Images {
        self.images.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one object into the terms of its kind.
    pub(super) async fn of(&self, kind: &dyn Kind, inspect: &Json) -> Result<Live, CallError> {
        let image = self.image(inspect).await?;
        // What a job wrote is one of its attributes.
        let ended = kind.survives_removal() && inspect["State"]["Running"].as_bool() == Some(false);
        let logs = match inspect["Id"].as_str().filter(|_| ended) {
            Some(id) => match self.read.logs(id, None).await {
                Ok(logs) => Some(logs),
                // Removed meanwhile, or a log driver that cannot be read.
                Err(error) if matches!(error.reason, Reason::NotFound | Reason::Failed | Reason::Invalid) => {
                    None
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok(kind.read(&Found {
            inspect,
            image: image.get().and_then(Option::as_ref),
            logs: logs.as_ref(),
            api: self.read.about().api,
        }))
    }

    /// Inspects the image that a container was made from, each once.
    async fn image(&self, container: &Json) -> Result<Arc<OnceCell<Option<Json>>>, CallError> {
        let Some(id) = container["Image"].as_str() else {
            return Ok(Arc::new(OnceCell::new_with(None)));
        };
        let cell = {
            let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(images.entry(id.to_owned()).or_default())
        };
        cell.get_or_try_init(|| existing(self.read, ObjectKind::Image, id))
            .await?;
        Ok(cell)
    }
}

/// Inspects by id or name; what vanished since it was listed is gone.
pub(super) async fn existing(read: &dyn Read, kind: ObjectKind, id: &str) -> Result<Option<Json>, CallError> {
    match read.inspect(kind, id).await {
        Err(error) if error.is_not_found() => Ok(None),
        other => other,
    }
}
