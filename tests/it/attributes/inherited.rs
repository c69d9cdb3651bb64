//! What the image brings, and what the engine fills in, is no difference.

use serde_json::json;

use super::{Image, assert_shows};
use crate::world::World;

const RICH: &[&str] = &[
    "ENV PATH=/bin GREETING=hello",
    "USER 1000:1000",
    "WORKDIR /srv",
    "ENTRYPOINT [\"/bin/stand-in\"]",
    "CMD [\"sleep\"]",
    "HEALTHCHECK --interval=300ms --timeout=2s --retries=4 CMD [\"print\", \"fine\"]",
    "STOPSIGNAL KILL",
    "LABEL org.example.vendor=image",
    "EXPOSE 8080 53/udp",
    "VOLUME /data",
];

#[test]
fn nothing_that_the_image_brings_shows() {
    let world = World::new("rich");
    let image = Image::new(&world, RICH);
    let image = &image.0;
    world
        .config(&format!(
            r#"
container "bare" {{
  image = "{image}"
}}
container "added" {{
  image  = "{image}"
  env    = {{ GREETING = "bye", OWN = "1" }}
  labels = {{ "org.example.vendor" = "own" }}
  expose = ["9000"]
  healthcheck {{
    retries = 7
  }}
}}
container "taken" {{
  image      = "{image}"
  entrypoint = []
  command    = ["/bin/sleep"]
  user       = "0"
  healthcheck {{
    disable = true
  }}
}}
container "entry" {{
  image      = "{image}"
  entrypoint = ["/bin/sleep"]
}}
"#
        ))
        .apply(&[]);
    assert_shows(
        &world.container("bare"),
        &[
            ("user", "/Config/User", json!("1000:1000")),
            ("command", "/Config/Cmd", json!(["sleep"])),
            ("healthy", "/State/Health/Status", json!("healthy")),
        ],
    );
    assert_shows(
        &world.container("added"),
        &[
            (
                "env",
                "/Config/Env",
                json!(["GREETING=bye", "OWN=1", "PATH=/bin"]),
            ),
            ("labels", "/Config/Labels/org.example.vendor", json!("own")),
            ("expose", "/Config/ExposedPorts/9000~1tcp", json!({})),
            ("expose", "/Config/ExposedPorts/8080~1tcp", json!({})),
            ("healthcheck", "/Config/Healthcheck/Retries", json!(7)),
            (
                "healthcheck",
                "/Config/Healthcheck/Test",
                json!(["CMD", "print", "fine"]),
            ),
            ("healthy", "/State/Health/Status", json!("healthy")),
        ],
    );
    assert_shows(
        &world.container("taken"),
        &[
            ("command", "/Config/Cmd", json!(["/bin/sleep"])),
            ("user", "/Config/User", json!("0")),
            ("healthcheck", "/Config/Healthcheck/Test", json!(["NONE"])),
        ],
    );
    assert_shows(
        &world.container("entry"),
        &[
            ("entrypoint", "/Config/Entrypoint", json!(["/bin/sleep"])),
            ("command", "/Config/Cmd", json!(null)),
        ],
    );
    world.destroy(&[]);
}

#[test]
fn a_container_is_listed_under_the_reference_of_its_image() {
    let world = World::new("named");
    world
        .config(
            r#"
container "web" {
  image       = "wharf-stand-in:1"
  command     = ["sleep"]
  stop_signal = "KILL"
}
"#,
        )
        .apply(&[]);
    assert_eq!(world.container("web")["Config"]["Image"], "wharf-stand-in:1");
    world.destroy(&[]);
}

#[test]
fn the_proxies_of_the_client_were_given_to_containers() {
    let world = World::new("proxies");
    let proxies = json!({ "proxies": { "default": { "httpProxy": "http://proxy.example:3128", "noProxy": "localhost" } } });
    world.write(".docker/config.json", &proxies.to_string());
    world.config(&super::idle("web", ""));
    let mut apply = world.command(&["apply", "--auto-approve"]);
    apply
        .env("HTTP_PROXY", "http://proxy.example:3128")
        .env("https_proxy", "http://proxy.example:3128");
    let _ = crate::world::ran(&apply.output().unwrap()).code(0);
    let shown = world.container("web")["Config"].to_string();
    assert!(!shown.to_lowercase().contains("proxy.example"), "{shown}");
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}
