//! The way of a volume's data into the volume that takes its place.
//!
//! Volumes cannot be renamed, and two of them cannot have one name: the data goes by way of an interim volume, and each copy is verified
//! before what it was made from goes. The interim volume bears the nonce of the new one. So it can be told at any time how far a migration
//! is: while the volume that is there has another nonce it still has all the data; when there is none, or it has the same nonce,
//! the interim volume has.

use serde_json::{Value as Json, json};

use crate::engine::{Call, Op, Target};
use crate::kinds::{Binding, Ops, Ownership, Spec, labels};

/// Where the copier has the volume that is read.
const FROM: &str = "/from/data";

/// Where the copier has the volume that is written. The last names are equal, as those in an archive are.
const TO: &str = "/to/data";

/// Returns the name of the volume that holds the data meanwhile.
pub fn interim(name: &str) -> String {
    format!("{name}.interim")
}

/// Puts a new volume with the same data in the place of the one that is there.
pub(super) fn replace(id: &str, name: &str) -> Ops {
    let mut down = vec![(Target::New, Op::InterimCreate)];
    down.extend(copy(id, &interim(name)));
    down.push((Target::Existing(id.to_owned()), Op::VolumeRemove));
    Ops {
        down,
        ..finish(name, false)
    }
}

/// Takes a migration up again when the interim volume has the data: the new volume is there already, but maybe not whole, or is
/// still to be made.
pub fn finish(name: &str, is_there: bool) -> Ops {
    let interim = interim(name);
    let mut up = Vec::new();
    if !is_there {
        up.push((Target::New, Op::VolumeCreate));
    }
    up.extend(copy(&interim, name));
    up.push(drop_interim(name));
    Ops { up, ..Ops::default() }
}

/// Takes the interim volume away.
fn drop_interim(name: &str) -> (Target, Op) {
    (Target::Existing(interim(name)), Op::InterimRemove)
}

fn copy(from: &str, to: &str) -> [(Target, Op); 3] {
    let create = Op::CopierCreate {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    [create, Op::VolumeCopy, Op::ReceiverRemove].map(|op| (Target::New, op))
}

/// Turns an op of a migration into the call; `None` if it is none.
pub(super) fn call(op: &Op, binding: &Binding<'_>) -> Option<Result<Call, String>> {
    Some(Ok(match op {
        Op::InterimCreate => Call::VolumeCreate {
            body: json!({"Name": interim(binding.name), "Labels": labelled(binding, "interim")}),
        },
        Op::InterimRemove => Call::VolumeRemove {
            name: binding.id.to_owned(),
        },
        Op::CopierCreate { from, to } => {
            let Some(image) = binding.image else {
                return Some(Err("the receiver's image is not on the engine".to_owned()));
            };
            Call::ContainerCreate {
                name: format!("wharf-copier-{}", binding.ownership.nonce),
                body: copier(binding, image, from, to),
            }
        }
        Op::VolumeCopy => Call::VolumeCopy {
            id: binding.id.to_owned(),
            from: FROM.to_owned(),
            to: TO.to_owned(),
        },
        _ => return None,
    }))
}

/// A container that is never started: its mounts are all that it is for.
fn copier(binding: &Binding<'_>, image: &str, from: &str, to: &str) -> Json {
    let mount = |volume: &str, target: &str, read_only: bool| {
        json!({
            "Type": "volume", "Source": volume, "Target": target, "ReadOnly": read_only, "VolumeOptions": {"NoCopy": true},
        })
    };
    json!({
        "Image": image,
        "NetworkDisabled": true,
        "Labels": labelled(binding, "receiver"),
        "HostConfig": {
            "NetworkMode": "none",
            "Mounts": [mount(from, FROM, true), mount(to, TO, false)],
        },
    })
}

fn labelled(binding: &Binding<'_>, role: &str) -> Json {
    let mut labels = labels::owned(binding.ownership, &Spec::new());
    labels.insert(Ownership::ROLE.into(), role.into());
    Json::Object(labels)
}
