//! Networks, volumes, images, and what data blocks read.

use std::collections::BTreeMap;

use serde_json::json;
use wharf::engine::{Call, ObjectKind};

use super::{Image, assert_shows, idle};
use crate::engine;
use crate::world::World;

#[test]
fn attributes_of_networks_and_volumes() {
    let world = World::new("nets");
    let config = |network: &str, volume: &str| {
        format!("network \"n\" {{\n{network}\n}}\nvolume \"v\" {{\n{volume}\n}}\n")
    };
    let full = config(
        r#"
  driver      = "bridge"
  driver_opts = { "com.docker.network.bridge.enable_icc" = false, "com.docker.network.driver.mtu" = 1400 }
  internal    = true
  attachable  = true
  labels      = { a = "b" }
  ipam {
    config {
      subnet   = "10.213.85.0/24"
      ip_range = "10.213.85.128/25"
      gateway  = "10.213.85.254"
    }
  }
"#,
        r#"
  driver      = "local"
  driver_opts = { type = "tmpfs", device = "tmpfs", o = "mode=0700,uid=1000" }
  labels      = { a = "b" }
"#,
    );
    world.config(&full).apply(&[]);
    let inspect = |kind, name: &str| engine::inspect(kind, &format!("{}-{name}", world.project)).unwrap();
    assert_shows(
        &inspect(ObjectKind::Network, "n"),
        &[
            ("internal", "/Internal", json!(true)),
            ("attachable", "/Attachable", json!(true)),
            ("labels", "/Labels/a", json!("b")),
            (
                "driver_opts",
                "/Options",
                json!({"com.docker.network.bridge.enable_icc": "false", "com.docker.network.driver.mtu": "1400"}),
            ),
            (
                "ipam",
                "/IPAM/Config/0",
                json!({"Subnet": "10.213.85.0/24", "IPRange": "10.213.85.128/25", "Gateway": "10.213.85.254"}),
            ),
        ],
    );
    assert_shows(
        &inspect(ObjectKind::Volume, "v"),
        &[
            ("labels", "/Labels/a", json!("b")),
            (
                "driver_opts",
                "/Options",
                json!({"type": "tmpfs", "device": "tmpfs", "o": "mode=0700,uid=1000"}),
            ),
        ],
    );

    world.config(&config("", ""));
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says("internal")
        .says("driver_opts")
        .says("ip_range");
    assert_eq!(
        world.planned(&[]),
        [
            ("network.n".to_owned(), "delete, create".to_owned()),
            ("volume.v".to_owned(), "delete, create".to_owned())
        ]
    );
    world.apply(&[]);
    assert_shows(
        &inspect(ObjectKind::Network, "n"),
        &[
            ("internal", "/Internal", json!(false)),
            ("labels", "/Labels/a", json!(null)),
        ],
    );
    world.destroy(&[]);
}

const BUILD: &str = r#"
FROM wharf-stand-in:1 AS base
ARG GREETING=none
ENV GREETING=$GREETING
COPY . /context
FROM base AS wanted
STOPSIGNAL KILL
FROM scratch AS last
"#;

#[test]
fn an_image_is_built_as_it_is_asked_for() {
    let world = World::new("built");
    world
        .write("app/docker/Build", BUILD)
        .write("app/.dockerignore", "*.tmp\n!keep.tmp\n")
        .write("app/kept.txt", "kept")
        .write("app/keep.tmp", "kept too")
        .write("app/left.tmp", "left out");
    let reference = format!("{}-app:1", world.project);
    let config = |greeting: &str| {
        format!(
            r#"
image "app" {{
  name = "{reference}"
  build {{
    context    = "./app"
    dockerfile = "docker/Build"
    target     = "wanted"
    args       = {{ GREETING = "{greeting}" }}
    labels     = {{ a = "b" }}
  }}
}}
image "there" {{
  name = "wharf-stand-in:1"
}}
container "web" {{
  image   = image.app.id
  command = ["sleep"]
}}
job "list" {{
  image   = image.app.id
  command = ["ls", "/context"]
}}
output "list" {{
  value = job.list.stdout
}}
"#
        )
    };
    world.config(&config("hello")).apply(&[]);
    assert_eq!(
        world
            .wharf(&["output", "--raw", "list"])
            .code(0)
            .stdout
            .trim_end(),
        ".dockerignore\ndocker\nkeep.tmp\nkept.txt"
    );
    let built = || engine::inspect(ObjectKind::Image, &reference).unwrap();
    assert_shows(
        &built(),
        &[
            ("labels", "/Config/Labels/a", json!("b")),
            ("args", "/Config/Env/1", json!("GREETING=hello")),
            ("target", "/Config/StopSignal", json!("KILL")),
        ],
    );

    world.write("app/left.tmp", "changed, but left out");
    world.assert_nothing_to_do(&[]);
    let replaced = |world: &World| {
        let planned: BTreeMap<_, _> = world.planned(&[]).into_iter().collect();
        let actions = ["image.app", "container.web", "job.list"].map(|address| planned.get(address).cloned());
        assert!(actions.iter().all(Option::is_some), "{planned:?}");
        assert_eq!(planned.len(), 3, "{planned:?}");
    };
    world.write("app/kept.txt", "changed");
    replaced(&world);
    world.config(&config("bye"));
    replaced(&world);
    let before = built()["Id"].clone();
    world.apply(&[]);
    assert_shows(&built(), &[("args", "/Config/Env/1", json!("GREETING=bye"))]);
    assert_eq!(world.container("web")["Image"], built()["Id"]);
    world.destroy(&[]);
    assert!(engine::inspect(ObjectKind::Image, &reference).is_none());
    assert!(engine::inspect(ObjectKind::Image, "wharf-stand-in:1").is_some());
    assert!(
        engine::inspect(ObjectKind::Image, before.as_str().unwrap()).is_none(),
        "what was superseded goes too"
    );
}

#[test]
fn data_blocks_read_what_is_not_ours() {
    let world = World::new("data");
    let foreign = format!("{}-foreign", world.project);
    let image = Image::new(&world, &["LABEL a=b"]);
    let made = Foreign::new(&foreign, &image.0);
    let id = &made.container;
    world
        .config(&format!(
            r#"
data "volume" "v" {{
  name = "{foreign}"
}}
data "network" "n" {{
  name = "{foreign}"
}}
data "image" "i" {{
  name = "{image}"
}}
data "container" "c" {{
  name = "{foreign}"
}}
{}
output "all" {{
  value = [data.volume.v.mountpoint, data.network.n.subnet, data.network.n.id, data.image.i.id, data.container.c.id, data.container.c.env.A, data.container.c.image_id]
}}
"#,
            idle(
                "web",
                "network {\n name = data.network.n.name\n}\nmount {\n volume = data.volume.v.name\n target = \"/v\"\n}\nlabels = { image = data.image.i.id, beside = data.container.c.id }"
            ),
            image = image.0,
        ))
        .apply(&[]);
    let ran = world.wharf(&["output", "--json", "all"]).code(0);
    let all: Vec<String> = serde_json::from_str(&ran.stdout).unwrap();
    let inspect = |kind| engine::inspect(kind, &foreign).unwrap();
    assert_eq!(all[0], inspect(ObjectKind::Volume)["Mountpoint"]);
    assert_eq!(all[1], "10.213.86.0/24");
    assert_eq!(all[2], inspect(ObjectKind::Network)["Id"]);
    let image_id = engine::inspect(ObjectKind::Image, &image.0).unwrap()["Id"].clone();
    assert_eq!(all[3], image_id);
    assert_eq!(all[4], *id);
    assert_eq!(all[5], "1");
    assert_eq!(all[6], image_id);
    let web = world.container("web");
    assert_eq!(web["Config"]["Labels"]["beside"], id.as_str());
    world.destroy(&[]);
    for kind in [ObjectKind::Volume, ObjectKind::Network, ObjectKind::Container] {
        assert!(
            engine::inspect(kind, &foreign).is_some(),
            "destroy leaves what is not ours"
        );
    }
}

#[test]
fn a_data_block_for_what_is_not_there_says_so() {
    let world = World::new("nodata");
    for kind in ["volume", "network", "image", "container"] {
        world.config(&format!(
            "data \"{kind}\" \"x\" {{\n  name = \"wharf-test-missing\"\n}}\n"
        ));
        let ran = world.wharf(&["plan"]);
        assert_ne!(ran.code, 0, "{kind}");
        let _ = ran
            .says(&format!("data.{kind}.x"))
            .says("wharf-test-missing")
            .says("main.hcl:5");
    }
}

/// A volume, a network and a container of one name that no project has made.
struct Foreign {
    name: String,
    container: String,
}

impl Foreign {
    fn new(name: &str, image: &str) -> Self {
        let call = |call| engine::call(call).unwrap();
        call(Call::VolumeCreate {
            body: json!({"Name": name}),
        });
        call(Call::NetworkCreate {
            body: json!({"Name": name, "IPAM": {"Config": [{"Subnet": "10.213.86.0/24"}]}}),
        });
        let reply = call(Call::ContainerCreate {
            name: name.to_owned(),
            body: json!({"Image": image, "Cmd": ["sleep"], "Env": ["A=1"]}),
        });
        Self {
            name: name.to_owned(),
            container: reply.id.unwrap(),
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let calls = [
            Call::ContainerRemove {
                id: self.container.clone(),
                force: true,
            },
            Call::NetworkRemove {
                id: self.name.clone(),
            },
            Call::VolumeRemove {
                name: self.name.clone(),
            },
        ];
        for call in calls {
            let _ = engine::call(call);
        }
    }
}
