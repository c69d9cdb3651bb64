//! The network in which a successor warms up before it takes the place of the container that is there.

use serde_json::{Value as Json, json};

use crate::kinds::{Binding, Ownership, Spec, labels};

/// Returns the body of `POST /networks/create`: an internal network, for in any other one ports are published.
pub(super) fn network(binding: &Binding<'_>, name: &str) -> Json {
    let mut labels = labels::owned(binding.ownership, &Spec::new());
    labels.insert(Ownership::ROLE.to_owned(), Ownership::WARM_UP.into());
    json!({"Name": name, "CheckDuplicate": true, "Internal": true, "Labels": labels})
}
