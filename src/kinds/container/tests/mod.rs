//! What a container looks like to the engine, and what its changes come to.

mod bodies;
mod checks;
mod reads;
mod steps;

use serde_json::{Value as Json, json};

/// What Docker 20.10 shows of a container made by `docker create` with one of everything, connected to a second network.
fn running() -> Json {
    serde_json::from_str(include_str!("running.json")).unwrap()
}

/// The least that an engine shows of a container, as one made through the API without any option.
fn bare() -> Json {
    json!({
        "Id": "0123456789abcdef", "Name": "/shop-web", "Image": "sha256:1",
        "State": {"Status": "running", "Running": true, "ExitCode": 0},
        "Config": {
            "Hostname": "0123456789ab", "User": "", "Env": null, "Cmd": ["/bin/httpd"], "Entrypoint": null,
            "Labels": {}, "WorkingDir": "", "Tty": false, "OpenStdin": false,
        },
        "HostConfig": {
            "NetworkMode": "default", "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "PortBindings": null,
            "Binds": null, "CapAdd": null, "Memory": 0, "MemorySwap": 0, "NanoCpus": 0, "PidsLimit": null,
            "ShmSize": 67_108_864, "LogConfig": {"Type": "json-file", "Config": {}}, "Ulimits": null,
        },
        "NetworkSettings": {
            "Ports": {},
            "Networks": {"bridge": {"NetworkID": "e1", "Aliases": null, "IPAMConfig": null, "IPAddress": "172.17.0.2"}},
        },
    })
}
