//! Stacks started with the docker command.

use super::Stack;

macro_rules! stacks {
    ($($name:ident: $lines:literal;)*) => {
        $(
            #[test]
            fn $name() {
                let stack = Stack::new(concat!("adopt-", stringify!($name)).replace('_', "-").as_str());
                stack.docker($lines);
                stack.adopt();
            }
        )*
    };
}

stacks! {
    plain: "
        run -d --name {p}-a wharf-stand-in:1 sleep
    ";
    web_with_ports: "
        run -d --name {p}-a -p 127.0.0.1::8080 -p 8081/udp -p 8082-8083:8082-8083/tcp --expose 9000 wharf-stand-in:1 serve --port 8080 /
    ";
    limits: "
        run -d --name {p}-a --memory 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 100 --shm-size 16m \
            --ulimit nofile=1024:2048 --ulimit nproc=512 --oom-score-adj 100 wharf-stand-in:1 sleep
    ";
    rights: "
        run -d --name {p}-a --cap-add NET_ADMIN --cap-drop MKNOD --security-opt no-new-privileges --read-only --tmpfs /run:size=1m,mode=1777 \
            --user 1000:1000 --group-add 2000 {device} --sysctl net.core.somaxconn=256 --init wharf-stand-in:1 sleep
    ";
    namespaces_of_the_host: "
        run -d --name {p}-a --pid host --ipc host --uts host wharf-stand-in:1 sleep
    ";
    volumes: "
        volume create --label tier=data {p}-data
        run -d --name {p}-a -v {p}-data:/data -v {p}-made:/made:ro -v /tmp:/host:ro --mount type=tmpfs,target=/t,tmpfs-size=1048576 \
            --mount type=volume,target=/anonymous --mount type=tmpfs,target=/bare wharf-stand-in:1 sleep
    ";
    networks: "
        network create --internal --label a=b --opt com.docker.network.bridge.enable_icc=false {p}-back
        network create --subnet 198.18.250.0/24 --gateway 198.18.250.1 --ip-range 198.18.250.128/25 {p}-front
        create --name {p}-a --network {p}-back --network-alias db --network-alias database wharf-stand-in:1 sleep
        network connect --ip 198.18.250.140 --alias www {p}-front {p}-a
        start {p}-a
        run -d --name {p}-b --network container:{p}-a wharf-stand-in:1 sleep
    ";
    modes: "
        run -d --name {p}-host --network host wharf-stand-in:1 sleep
        run -d --name {p}-none --network none wharf-stand-in:1 sleep
    ";
    health_and_restart: "
        run -d --name {p}-a --restart on-failure:3 --health-cmd true --health-interval 7s --health-timeout 3s --health-retries 4 \
            --health-start-period 2s --stop-signal SIGINT --stop-timeout 3 wharf-stand-in:1 sleep
        run -d --name {p}-b --restart unless-stopped --no-healthcheck wharf-stand-in:1 sleep
    ";
    environment_and_labels: "
        run -d --name {p}-a -e PLAIN=1 -e EMPTY= -e DB_PASSWORD=not-for-everybody -e TEMPLATE=a${b}c --label com.example.a=1 --label empty= \
            --hostname h1 --domainname example.test --add-host db:10.0.0.1 --dns 10.0.0.2 --dns-search example.test --workdir /tmp wharf-stand-in:1 sleep
    ";
    logs_and_terminal: "
        run -d -t -i --name {p}-a --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 wharf-stand-in:1 sleep
        run -d --name {p}-b --log-driver none wharf-stand-in:1 sleep
    ";
    entrypoint_and_stopped: "
        run -d --name {p}-a --entrypoint /bin/sleep wharf-stand-in:1 3600
        create --name {p}-b --restart always wharf-stand-in:1 sleep
    ";
}

#[test]
fn a_container_in_the_network_of_another_refers_to_it() {
    let stack = Stack::new("adopt-shared");
    stack.docker("run -d --name {p}-a wharf-stand-in:1 sleep\nrun -d --name {p}-b --network container:{p}-a wharf-stand-in:1 sleep");
    let written = stack.adopt();
    let wanted = stack.text("network_mode = \"container:${container.{p}-a.id}\"");
    assert!(written.contains(&wanted), "{written}");
}

#[test]
fn values_that_look_like_secrets_stand_in_a_file_of_their_own() {
    use std::os::unix::fs::PermissionsExt;

    let stack = Stack::new("adopt-secret");
    stack.docker("run -d --name {p}-a -e API_TOKEN=canary-7f3a -e MODE=prod wharf-stand-in:1 sleep");
    let name = stack.text("{p}-a");
    let shown = stack.world.wharf(&["adopt", &name]).code(0);
    assert!(!shown.stdout.contains("canary") && !shown.stderr.contains("canary"));
    let shown = shown
        .says("import {\n  to = container.")
        .says("Values that look like secrets are left out");
    drop(shown);
    assert!(stack.adopt().contains("var."), "the secret is not a variable");
    let file = stack.world.path("adopted.auto.vars.hcl");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(std::fs::read_to_string(&file).unwrap().contains("canary-7f3a"));
}
