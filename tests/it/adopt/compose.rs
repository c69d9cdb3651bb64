//! Stacks started with Compose.

use super::Stack;

fn adopt(test: &str, file: &str) -> String {
    let stack = Stack::new(test);
    stack.world.write("docker-compose.yml", &stack.text(file));
    let project = stack.world.project.clone();
    stack.run("docker-compose", &["-p", &project, "up", "-d"]);
    let written = stack.adopt();
    assert!(
        !written.contains("com.docker.compose"),
        "Compose's own labels are kept:\n{written}"
    );
    written
}

#[test]
fn two_services_on_the_default_network() {
    let written = adopt(
        "compose-two",
        "
version: '2.4'
services:
  web: { image: 'wharf-stand-in:1', command: [serve, --port, '8080', /], ports: ['8080'], depends_on: [db] }
  db: { image: 'wharf-stand-in:1', command: [sleep] }
",
    );
    assert!(
        written.contains("= network."),
        "the network is no reference:\n{written}"
    );
}

#[test]
fn volumes_and_binds() {
    adopt(
        "compose-volumes",
        "
version: '2.4'
services:
  db:
    image: wharf-stand-in:1
    command: [sleep]
    volumes: ['data:/data', './conf:/conf:ro', '/anonymous']
    tmpfs: ['/run:size=1m']
volumes: { data: { labels: { tier: data } } }
",
    );
}

#[test]
fn limits_and_rights() {
    adopt(
        "compose-limits",
        "
version: '2.4'
services:
  a:
    image: wharf-stand-in:1
    command: [sleep]
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 64
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    read_only: true
    security_opt: ['no-new-privileges:true']
    ulimits: { nofile: { soft: 1024, hard: 2048 }, nproc: 4096 }
    user: '1000'
    init: true
",
    );
}

#[test]
fn networks_with_addresses_and_aliases() {
    adopt(
        "compose-networks",
        "
version: '2.4'
services:
  a:
    image: wharf-stand-in:1
    command: [sleep]
    networks:
      front: { aliases: [www], ipv4_address: 198.18.249.9 }
      back: {}
networks:
  front: { ipam: { config: [{ subnet: 198.18.249.0/24 }] } }
  back: { internal: true }
",
    );
}

#[test]
fn health_checks_and_restarts() {
    adopt(
        "compose-health",
        "
version: '2.4'
services:
  a:
    image: wharf-stand-in:1
    command: [sleep]
    restart: unless-stopped
    stop_grace_period: 3s
    stop_signal: SIGINT
    healthcheck: { test: [CMD, /bin/exit, '0'], interval: 7s, timeout: 3s, retries: 2 }
",
    );
}

#[test]
fn environment_labels_and_hosts() {
    adopt(
        "compose-environment",
        "
version: '2.4'
services:
  a:
    image: wharf-stand-in:1
    command: [sleep]
    environment: { MODE: prod, SECRET_KEY: abc, EMPTY: '' }
    labels: { com.example.team: core }
    extra_hosts: ['db:10.0.0.1']
    hostname: alpha
    dns: [10.0.0.2]
",
    );
}

#[test]
fn logs_devices_and_sysctls() {
    adopt(
        "compose-logs",
        "
version: '2.4'
services:
  a:
    image: wharf-stand-in:1
    command: [sleep]
    logging: { driver: json-file, options: { max-size: 10m } }
    devices: ['/dev/null:/dev/zip']
    sysctls: { net.core.somaxconn: '256' }
    tty: true
    stdin_open: true
    shm_size: 16m
",
    );
}

#[test]
fn several_containers_of_one_service() {
    let written = adopt(
        "compose-scale",
        "
version: '2.4'
services:
  a: { image: 'wharf-stand-in:1', command: [sleep], scale: 3 }
",
    );
    assert_eq!(written.matches("\ncontainer ").count(), 3, "{written}");
}
