//! What references see of objects that nobody looks at: what was applied last, as far as it is remembered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::graph::readable;
use super::{Instance, Outlook, Unknowns};
use crate::address::Address;
use crate::kinds::KINDS;
use crate::value::{Attributes, Entries, convert};

/// Knows objects as the state remembers them, and of others what their specs say.
#[derive(Clone, Default)]
pub struct Remembered {
    objects: BTreeMap<Address, Entries>,
    unknowns: Unknowns,
}

impl Remembered {
    /// Takes the attributes of the objects. What is secret in them is unknown, so that what the configuration says counts.
    pub fn new(objects: BTreeMap<Address, Entries>) -> Self {
        Self {
            objects,
            unknowns: Unknowns::default(),
        }
    }
}

impl Outlook for Remembered {
    fn attributes(&mut self, instance: &Instance) -> Arc<Attributes> {
        let attributes = self.unknowns.attributes(instance);
        let Some(known) = self.objects.get(&instance.address) else {
            return attributes;
        };
        let mut attributes = Arc::unwrap_or_clone(attributes);
        // One that was never looked at to the end has none.
        let was_read = known.contains_key("id");
        for field in readable(KINDS, &instance.address.block) {
            let Some(value) = known.get(field.name) else {
                if was_read {
                    // It is not set.
                    attributes.shift_remove(field.name);
                }
                continue;
            };
            if !value.is_wholly_known() {
                continue;
            }
            if let Ok(value) = convert(value, &field.ty.language()) {
                attributes.insert(field.name.to_owned(), value);
            }
        }
        Arc::new(attributes)
    }
}
