//! Where the engine is looked for, and how it is said that it is not there.

use super::*;

fn host(host: &str) -> Result<Endpoint, String> {
    locate(&Choice::Host(host.into()), &Environment::default())
        .map(|location| location.endpoint)
        .map_err(|problem| problem.summary)
}

fn in_home(home: &Path) -> Environment {
    Environment {
        home: Some(home.to_owned()),
        ..Environment::default()
    }
}

/// Writes a context as the Docker client does.
fn write_context(home: &Path, name: &str, host: &str) {
    let directory = home.join(".docker/contexts/meta").join(digest(name));
    std::fs::create_dir_all(&directory).unwrap();
    let meta = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    std::fs::write(directory.join("meta.json"), meta).unwrap();
}

#[test]
fn addresses_are_read() {
    assert_eq!(
        host("unix:///run/docker.sock"),
        Ok(Endpoint::Unix("/run/docker.sock".into()))
    );
    let tcp = |host: &str, port| {
        Ok(Endpoint::Tcp {
            host: host.into(),
            port,
        })
    };
    assert_eq!(host("tcp://localhost"), tcp("localhost", 2375));
    assert_eq!(host("tcp://127.0.0.1:99/"), tcp("127.0.0.1", 99));
    assert_eq!(host("tcp://[::1]:99"), tcp("::1", 99));
    assert_eq!(host("tcp://[::1]"), tcp("::1", 2375));
}

#[test]
fn what_is_no_address_is_refused() {
    for wrong in [
        "",
        "/run/docker.sock",
        "unix://run/docker.sock",
        "tcp://localhost:port",
        "tcp://",
        "ftp://a",
        "tcp://-o/x",
    ] {
        assert_eq!(host(wrong), Err("Invalid address of an engine".into()), "{wrong}");
    }
}

#[test]
fn plain_tcp_never_leaves_the_machine() {
    for far in [
        "tcp://10.0.0.1:2375",
        "tcp://example.org",
        "tcp://127.0.0.1.example.org",
        "tcp://[2001:db8::1]:2375",
    ] {
        assert_eq!(
            host(far),
            Err("Unprotected connection to an engine".into()),
            "{far}"
        );
    }
}

#[test]
fn ssh_and_tls_are_refused_by_name() {
    for transport in ["ssh://me@zeus", "https://zeus:2376"] {
        assert_eq!(
            host(transport),
            Err("Unsupported address of an engine".into()),
            "{transport}"
        );
    }
}

#[test]
fn the_configuration_wins_over_the_environment() {
    let environment = Environment {
        docker_host: Some("unix:///from/environment".into()),
        container_host: Some("unix:///from/podman".into()),
        ..Environment::default()
    };
    let located = |choice| locate(&choice, &environment).unwrap();
    assert_eq!(
        located(Choice::Host("unix:///from/configuration".into())).host,
        "unix:///from/configuration"
    );
    let from_environment = located(Choice::Default);
    assert_eq!(
        (from_environment.host.as_str(), from_environment.origin.as_str()),
        ("unix:///from/environment", "DOCKER_HOST")
    );
}

#[test]
fn the_current_context_comes_before_container_host() {
    let home = tempfile::tempdir().unwrap();
    write_context(home.path(), "zeus", "unix:///zeus.sock");
    std::fs::write(
        home.path().join(".docker/config.json"),
        r#"{"currentContext":"zeus"}"#,
    )
    .unwrap();
    let environment = Environment {
        container_host: Some("unix:///podman.sock".into()),
        ..in_home(home.path())
    };
    let location = locate(&Choice::Default, &environment).unwrap();
    assert_eq!(location.host, "unix:///zeus.sock");
    assert_eq!(location.origin, "context `zeus` (the current Docker context)");
    assert_eq!(location.logins, Some(home.path().join(".docker/config.json")));

    let named = Environment {
        docker_context: Some("default".into()),
        ..environment
    };
    assert_eq!(
        locate(&Choice::Default, &named).unwrap().host,
        "unix:///var/run/docker.sock"
    );
}

#[test]
fn a_context_that_is_not_there_is_named() {
    let home = tempfile::tempdir().unwrap();
    let problem = locate(&Choice::Context("hera".into()), &in_home(home.path())).unwrap_err();
    assert_eq!(problem.summary, "Docker context not found");
    assert!(problem.detail.contains("`hera`"), "{}", problem.detail);
}

#[test]
fn a_context_over_ssh_is_refused_with_the_contexts_name() {
    let home = tempfile::tempdir().unwrap();
    write_context(home.path(), "zeus", "ssh://zeus");
    let problem = locate(&Choice::Context("zeus".into()), &in_home(home.path())).unwrap_err();
    assert_eq!(problem.summary, "Unsupported address of an engine");
    assert!(problem.detail.contains("context `zeus`"), "{}", problem.detail);
}

#[test]
fn a_file_in_the_place_of_a_socket_is_told_from_a_dead_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let dead = directory.path().join("dead");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let reason = |path: &Path| why(path, &UnixStream::connect(path).unwrap_err());
    assert_eq!(reason(&file), "not a socket");
    assert_eq!(reason(&dead), "nobody listens");
    assert_eq!(reason(&directory.path().join("none")), "not there");
}

#[test]
fn a_wrong_address_on_the_command_line_was_said_to_come_from_the_configuration() {
    let environment = Environment {
        docker_host: Some("wrong".into()),
        ..Environment::default()
    };
    for (choice, origin) in [
        (Choice::Option("wrong".into()), "`--host`"),
        (Choice::Host("wrong".into()), "the configuration"),
        (Choice::Default, "DOCKER_HOST"),
    ] {
        let problem = locate(&choice, &environment).unwrap_err();
        assert!(
            problem.detail.contains(&format!("which comes from {origin}")),
            "{}",
            problem.detail
        );
    }
}
