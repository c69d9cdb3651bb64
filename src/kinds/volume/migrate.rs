//! The way of a volume's data into the volume that takes its place.
//!
//! Volumes cannot be renamed, and two of them cannot have one name: the data goes by way of an interim volume, and each copy is verified
//! before what it was made from goes. The interim volume bears the nonce of the new one. So it can be told at any time how far a migration
//! is: while the volume that is there has another nonce it still has all the data; when there is none, or it has the same nonce,
//! the interim volume has.

use serde_json::{Value as Json, json};

use crate::engine::{Call, Op, Target};
use crate::kinds::{Binding, Cost, Decision, Ops, Ownership, Spec, labels};

/// Where the copier has the volume that is read.
const FROM: &str = "/from/data";

/// Where the copier has the volume that is written. The last names are equal, as those in an archive are.
const TO: &str = "/to/data";

/// Returns the name of the volume that holds the data meanwhile.
fn interim(name: &str) -> String {
    format!("{name}.interim")
}

/// Puts a new volume with the same data in the place of the one that is there.
pub(super) fn replace(id: &str, name: &str) -> Ops {
    let interim = interim(name);
    let mut down = vec![(Target::New, Op::InterimCreate)];
    down.extend(copy(id, &interim));
    down.push(remove(id));
    Ops {
        down,
        up: arrival(&interim, name),
        ..Ops::default()
    }
}

/// Takes a migration up again when the interim volume has all the data. A new volume that is there already is maybe not whole; if it is no
/// longer what is wanted, it has nothing that is not in the interim one as well.
pub(super) fn resumed(decision: &Decision<'_>, interim: &str) -> Ops {
    match decision.live {
        None => Ops {
            up: arrival(interim, decision.name),
            ..Ops::default()
        },
        Some((id, _)) if decision.cost() >= Some(Cost::Replace) => Ops {
            down: vec![remove(id)],
            up: arrival(interim, decision.name),
            ..Ops::default()
        },
        Some((id, _)) => Ops {
            up: filling(interim, id),
            ..Ops::default()
        },
    }
}

/// Takes away what was begun of a migration while the volume that is there still has all the data, before anything else is done.
pub(super) fn given_up(interim: &str, mut ops: Ops) -> Ops {
    ops.down.insert(0, drop_interim(interim));
    ops
}

/// Makes the new volume and fills it.
fn arrival(interim: &str, name: &str) -> Vec<(Target, Op)> {
    let mut up = vec![(Target::New, Op::VolumeCreate)];
    up.extend(filling(interim, name));
    up
}

/// Fills the new volume; then the interim one goes.
fn filling(interim: &str, name: &str) -> Vec<(Target, Op)> {
    let mut up = Vec::from(copy(interim, name));
    up.push(drop_interim(interim));
    up
}

fn drop_interim(interim: &str) -> (Target, Op) {
    (Target::Existing(interim.to_owned()), Op::InterimRemove)
}

fn remove(id: &str) -> (Target, Op) {
    (Target::Existing(id.to_owned()), Op::VolumeRemove)
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
