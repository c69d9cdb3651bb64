//! What is tried: each attribute of each kind at several values. A test holds the list to the FIELDS tables.
//!
//! Words in capitals stand for what differs from run to run: `PROJECT`, `PORT` (a free port), `SUBNET` (a free `10.x.y`),
//! `DEVICE` (a block device of this machine).

/// One attribute, and the lines that set it in a block, one for each value.
pub(super) struct Case {
    /// The kind and the path in its FIELDS table, such as `container.mount.no_copy`.
    pub(super) path: &'static str,
    /// The values, as lines of the language, with what else they need.
    pub(super) values: &'static [&'static str],
    /// Why some engines, or the kernels under them, refuse it; empty if all must take it.
    pub(super) refused: &'static str,
}

const fn case(path: &'static str, values: &'static [&'static str]) -> Case {
    Case {
        path,
        values,
        refused: "",
    }
}

const fn may_be_refused(path: &'static str, why: &'static str, values: &'static [&'static str]) -> Case {
    Case {
        path,
        values,
        refused: why,
    }
}

/// Attributes that have no meaning on the engine, or that other tests are about.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    (
        "volume.protect",
        "what is protected cannot be swept away: `safety`",
    ),
    ("volume.adopt", "`changes`"),
    ("network.adopt", "`changes`"),
    ("image.name", "every case of an image has one"),
    ("image.build.context", "every case of a build has one"),
    ("image.build.pull", "needs a registry"),
];

/// What Podman refuses: the attribute, and a part of the values that are meant. Docker takes all of these.
pub(super) const NOT_WITH_PODMAN: &[(&str, &str)] = &[
    ("container.domainname", "example.test"),
    ("container.network.driver_opts", "org.example.a"),
    ("container.mount.no_copy", "true"),
    ("container.healthcheck.test", "a b"),
    ("container.healthcheck.start_interval", ""),
    ("container.cpus", "0.333333333"),
    ("container.security_opt", "seccomp=${file("),
    ("container.seccomp_profile", ""),
    ("container.cgroupns", ""),
    ("container.runtime", ""),
    ("container.device_cgroup_rules", "c 189"),
    ("container.device_request", "device_request"),
    ("container.device_request.driver", "cdi"),
    ("container.device_request.count", ""),
    ("container.device_request.device_ids", ""),
    ("container.device_request.capabilities", ""),
    ("container.device_request.options", ""),
    // Podman 4 raises what is not named to limits that the engine itself may not have.
    ("container.ulimit", ""),
    ("container.ulimit.name", ""),
    ("container.ulimit.soft", ""),
    ("container.ulimit.hard", ""),
    // Podman 4 takes the size for a quota of the disk.
    ("volume.driver_opts", "size=1m"),
    ("volume.migrate", "true"),
    ("network.ipam.options", "org.example.a"),
    ("network.ipam.config.aux_addresses", ""),
    ("image.build.cache_from", ":1"),
];

const CGROUPS: &str = "needs a controller that not every kernel has";
const HARDWARE: &str = "needs hardware and a driver for it";
const SETUP: &str = "needs the engine to be set up for it";

/// Containers; `running` ones, unless a case says otherwise.
pub(super) const CONTAINER: &[Case] = &[
    case("container", &[""]),
    case("container.name", &["name = \"PROJECT-renamed\""]),
    case(
        "container.image",
        &["image = \"wharf-stand-in:1\"", "image = data.image.stand_in.id"],
    ),
    case(
        "container.command",
        &["command = [\"sleep\", \"1000\"]", "command = [\"sleep\"]"],
    ),
    case(
        "container.entrypoint",
        &[
            "entrypoint = [\"/bin/sleep\", \"1000\"]\ncommand = null",
            "entrypoint = []",
            "entrypoint = [\"/bin/stand-in\"]",
        ],
    ),
    case(
        "container.env",
        &[
            "env = { A = \"1\", B = \"\", C = \"x=y z\" }",
            "env = { PATH = \"/bin\" }",
            "env = {}",
        ],
    ),
    case(
        "container.labels",
        &["labels = { a = \"b\", \"c.d/e\" = \"\" }", "labels = {}"],
    ),
    case("container.user", &["user = \"0\"", "user = \"1000:1000\""]),
    case(
        "container.working_dir",
        &["working_dir = \"/\"", "working_dir = \"/tmp/x/../y/\""],
    ),
    case(
        "container.hostname",
        &["hostname = \"a\"", "hostname = \"a.example.test\""],
    ),
    case(
        "container.domainname",
        &["domainname = \"example.test\"", "domainname = \"\""],
    ),
    case("container.tty", &["tty = true", "tty = false"]),
    case(
        "container.stdin_open",
        &["stdin_open = true", "stdin_open = false"],
    ),
    case("container.init", &["init = true", "init = false"]),
    case(
        "container.stop_signal",
        &[
            "stop_signal = \"kill\"",
            "stop_signal = \"9\"",
            "stop_signal = \"SIGHUP\"",
        ],
    ),
    case(
        "container.stop_timeout",
        &[
            "stop_timeout = \"0s\"",
            "stop_timeout = \"3s\"",
            "stop_timeout = \"1m\"",
        ],
    ),
    case(
        "container.network",
        &[
            "network {\n name = network.a.name\n}",
            "network {\n name = network.a.name\n}\nnetwork {\n name = network.b.name\n}",
            "network {\n name = \"bridge\"\n}",
        ],
    ),
    case(
        "container.network.name",
        &["network {\n name = network.b.name\n}"],
    ),
    case(
        "container.network.aliases",
        &[
            "network {\n name = network.a.name\n aliases = [\"x\", \"y.z\"]\n}",
            "network {\n name = network.a.name\n aliases = []\n}",
        ],
    ),
    case(
        "container.network.ipv4_address",
        &["network {\n name = network.a.name\n ipv4_address = \"SUBNET.77\"\n}"],
    ),
    case(
        "container.network.ipv6_address",
        &["network {\n name = network.six.name\n ipv6_address = \"fd00:SIX::0077\"\n}"],
    ),
    may_be_refused(
        "container.network.link_local_ips",
        SETUP,
        &["network {\n name = network.a.name\n link_local_ips = [\"169.254.8.8\"]\n}"],
    ),
    case(
        "container.network.mac_address",
        &["network {\n name = network.a.name\n mac_address = \"02-42-0A-0B-0C-0E\"\n}"],
    ),
    case(
        "container.network.driver_opts",
        &[
            "network {\n name = network.a.name\n driver_opts = { \"org.example.a\" = \"b\" }\n}",
            "network {\n name = network.a.name\n driver_opts = {}\n}",
        ],
    ),
    case(
        "container.network.gw_priority",
        &[
            "network {\n name = network.a.name\n gw_priority = 5\n}",
            "network {\n name = network.a.name\n gw_priority = 0\n}",
        ],
    ),
    case(
        "container.network_mode",
        &[
            "network_mode = \"bridge\"",
            "network_mode = \"host\"",
            "network_mode = \"none\"",
            "network_mode = \"container:${container.peer.id}\"",
        ],
    ),
    case(
        "container.extra_hosts",
        &[
            "extra_hosts = { a = \"1.2.3.4\", b = \"[::1]\" }",
            "extra_hosts = { a = \"host-gateway\" }",
            "extra_hosts = {}",
        ],
    ),
    case(
        "container.dns",
        &[
            "dns = [\"10.9.9.9\", \"10.9.9.8\"]",
            "dns = [\"2001:DB8::0001\"]",
            "dns = []",
        ],
    ),
    case(
        "container.dns_opt",
        &["dns_opt = [\"ndots:2\", \"timeout:1\"]", "dns_opt = []"],
    ),
    case(
        "container.dns_search",
        &["dns_search = [\"example.test\", \"a.test\"]", "dns_search = []"],
    ),
    case(
        "container.mac_address",
        &[
            "mac_address = \"02:42:0a:0b:0c:0d\"",
            "mac_address = \"02-42-0A-0B-0C-0F\"\nnetwork {\n name = network.a.name\n}",
        ],
    ),
    may_be_refused(
        "container.links",
        "not every engine has links",
        &[
            "links = [\"${container.peer.name}:db\"]",
            "links = [container.peer.name]",
            "links = []",
        ],
    ),
    case(
        "container.mount",
        &[
            "mount {\n target = \"/a\"\n volume = volume.data.name\n}\nmount {\n target = \"/b/\"\n tmpfs {}\n}",
        ],
    ),
    case(
        "container.mount.target",
        &["mount {\n target = \"/a/../b/\"\n volume = volume.data.name\n}"],
    ),
    case(
        "container.mount.volume",
        &["mount {\n target = \"/a\"\n volume = volume.data.name\n}"],
    ),
    case(
        "container.mount.source",
        &["mount {\n target = \"/a\"\n source = \"/tmp/../etc/\"\n}"],
    ),
    case(
        "container.mount.tmpfs",
        &["mount {\n target = \"/a\"\n tmpfs {}\n}"],
    ),
    case(
        "container.mount.tmpfs.size",
        &["mount {\n target = \"/a\"\n tmpfs {\n  size = \"1m\"\n }\n}"],
    ),
    case(
        "container.mount.tmpfs.mode",
        &[
            "mount {\n target = \"/a\"\n tmpfs {\n  mode = \"1777\"\n }\n}",
            "mount {\n target = \"/a\"\n tmpfs {\n  mode = \"0700\"\n }\n}",
        ],
    ),
    case(
        "container.mount.tmpfs.options",
        &[
            "mount {\n target = \"/a\"\n tmpfs {\n  options = [\"exec\"]\n }\n}",
            "mount {\n target = \"/a\"\n tmpfs {\n  options = []\n }\n}",
        ],
    ),
    case(
        "container.mount.image",
        &["mount {\n target = \"/a\"\n image = \"wharf-stand-in:1\"\n}"],
    ),
    case(
        "container.mount.read_only",
        &[
            "mount {\n target = \"/a\"\n source = \"/etc\"\n read_only = true\n}",
            "mount {\n target = \"/a\"\n volume = volume.data.name\n read_only = false\n}",
        ],
    ),
    case(
        "container.mount.propagation",
        &[
            "mount {\n target = \"/a\"\n source = \"/etc\"\n propagation = \"rprivate\"\n}",
            "mount {\n target = \"/a\"\n source = \"/etc\"\n propagation = \"private\"\n}",
        ],
    ),
    case(
        "container.mount.non_recursive",
        &[
            "mount {\n target = \"/a\"\n source = \"/etc\"\n non_recursive = true\n}",
            "mount {\n target = \"/a\"\n source = \"/etc\"\n non_recursive = false\n}",
        ],
    ),
    case(
        "container.mount.create_host_path",
        &["mount {\n target = \"/a\"\n source = \"/tmp/PROJECT\"\n create_host_path = true\n}"],
    ),
    may_be_refused(
        "container.mount.read_only_non_recursive",
        "not every kernel can",
        &[
            "mount {\n target = \"/a\"\n source = \"/etc\"\n read_only = true\n read_only_non_recursive = true\n}",
        ],
    ),
    may_be_refused(
        "container.mount.read_only_force_recursive",
        "not every kernel can",
        &[
            "mount {\n target = \"/a\"\n source = \"/etc\"\n read_only = true\n propagation = \"rprivate\"\n read_only_force_recursive = true\n}",
        ],
    ),
    case(
        "container.mount.no_copy",
        &[
            "mount {\n target = \"/a\"\n volume = volume.data.name\n no_copy = true\n}",
            "mount {\n target = \"/a\"\n volume = volume.data.name\n no_copy = false\n}",
        ],
    ),
    may_be_refused(
        "container.mount.subpath",
        "the directory must be there",
        &["mount {\n target = \"/a\"\n volume = volume.data.name\n subpath = \"x\"\n}"],
    ),
    case(
        "container.tmpfs",
        &[
            "tmpfs = { \"/run\" = \"size=64m,mode=1777\", \"/x\" = \"\" }",
            "tmpfs = {}",
        ],
    ),
    case(
        "container.volumes_from",
        &[
            "volumes_from = [container.peer.id]",
            "volumes_from = [\"${container.peer.id}:ro\"]",
            "volumes_from = [\"${container.peer.id}:rw\"]",
        ],
    ),
    case(
        "container.file",
        &["file {\n path = \"/a\"\n content = \"b\"\n}\nfile {\n path = \"/c/d\"\n content = \"\"\n}"],
    ),
    case(
        "container.file.path",
        &["file {\n path = \"/x/../a\"\n content = \"b\"\n}"],
    ),
    case(
        "container.file.content",
        &["file {\n path = \"/a\"\n content = \"b\"\n}"],
    ),
    case(
        "container.file.source",
        &["file {\n path = \"/a\"\n source = \"profile.json\"\n}"],
    ),
    case(
        "container.file.mode",
        &["file {\n path = \"/a\"\n content = \"b\"\n mode = \"0600\"\n}"],
    ),
    case(
        "container.file.uid",
        &["file {\n path = \"/a\"\n content = \"b\"\n uid = 1000\n}"],
    ),
    case(
        "container.file.gid",
        &["file {\n path = \"/a\"\n content = \"b\"\n gid = 0\n}"],
    ),
    case("container.log", &["log {\n driver = \"json-file\"\n}", "log {}"]),
    case(
        "container.log.driver",
        &[
            "log {\n driver = \"json-file\"\n}",
            "log {\n driver = \"none\"\n}",
        ],
    ),
    case(
        "container.log.options",
        &[
            "log {\n driver = \"json-file\"\n options = { max-size = \"1m\", max-file = \"2\" }\n}",
            "log {\n driver = \"json-file\"\n options = {}\n}",
        ],
    ),
    case(
        "container.port",
        &["port {\n container = 8080\n}\nport {\n container = 8081\n}"],
    ),
    case("container.port.container", &["port {\n container = 80\n}"]),
    case(
        "container.port.host",
        &["port {\n container = 80\n host = PORT\n}"],
    ),
    case(
        "container.port.ip",
        &[
            "port {\n container = 80\n ip = \"127.0.0.1\"\n}",
            "port {\n container = 80\n ip = \"0.0.0.0\"\n}",
        ],
    ),
    case(
        "container.port.protocol",
        &["port {\n container = 53\n protocol = \"udp\"\n}\nport {\n container = 53\n protocol = \"tcp\"\n}"],
    ),
    case(
        "container.expose",
        &[
            "expose = [\"9000\", \"53/UDP\"]",
            "expose = [\"80\"]\nport {\n container = 80\n}",
            "expose = []",
        ],
    ),
    case(
        "container.publish_all",
        &["publish_all = true\nexpose = [\"9000\"]", "publish_all = false"],
    ),
    case(
        "container.restart",
        &[
            "restart = \"no\"",
            "restart = \"always\"",
            "restart = \"unless-stopped\"",
            "restart = \"on-failure\"",
            "restart = \"on-failure:3\"",
            "restart = \"on-failure:0\"",
        ],
    ),
    case(
        "container.healthcheck",
        &["healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"200ms\"\n}"],
    ),
    case(
        "container.healthcheck.test",
        &["healthcheck {\n test = [\"CMD\", \"print\", \"a b\", \"$c\"]\n interval = \"200ms\"\n}"],
    ),
    case(
        "container.healthcheck.interval",
        &["healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"1.5s\"\n}"],
    ),
    case(
        "container.healthcheck.timeout",
        &[
            "healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"200ms\"\n timeout = \"1m30s\"\n}",
        ],
    ),
    case(
        "container.healthcheck.start_period",
        &[
            "healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"200ms\"\n start_period = \"10s\"\n}",
        ],
    ),
    case(
        "container.healthcheck.start_interval",
        &[
            "healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"200ms\"\n start_period = \"10s\"\n start_interval = \"1s\"\n}",
        ],
    ),
    case(
        "container.healthcheck.retries",
        &["healthcheck {\n test = [\"CMD\", \"print\", \"fine\"]\n interval = \"200ms\"\n retries = 7\n}"],
    ),
    case(
        "container.healthcheck.disable",
        &["healthcheck {\n disable = true\n}"],
    ),
    case("container.running", &["running = true", "running = false"]),
    case("container.start_timeout", &["start_timeout = \"50s\""]),
    case("container.update", &["update {}"]),
    case(
        "container.update.max_parallel",
        &["update {\n max_parallel = 3\n}"],
    ),
    case("container.update.pause", &["update {\n pause = \"1.5s\"\n}"]),
    case(
        "container.update.order",
        &[
            "update {\n order = \"stop_first\"\n}",
            "update {\n order = \"start_first\"\n}",
        ],
    ),
    case(
        "container.update.on_failure",
        &[
            "update {\n on_failure = \"stop\"\n}",
            "update {\n on_failure = \"rollback\"\n}",
        ],
    ),
    case(
        "container.memory",
        &[
            "memory = \"6m\"\nrunning = false",
            "memory = \"64m\"",
            "memory = 100000001",
        ],
    ),
    may_be_refused(
        "container.memory_swap",
        CGROUPS,
        &[
            "memory = \"64m\"\nmemory_swap = \"100m\"",
            "memory = \"64m\"\nmemory_swap = \"64m\"",
            "memory = \"64m\"\nmemory_swap = -1",
            "memory_swap = -1",
        ],
    ),
    case(
        "container.memory_reservation",
        &[
            "memory_reservation = \"32m\"",
            "memory = \"64m\"\nmemory_reservation = \"32m\"",
        ],
    ),
    may_be_refused(
        "container.memory_swappiness",
        CGROUPS,
        &[
            "memory_swappiness = 0",
            "memory_swappiness = 60",
            "memory_swappiness = 100",
        ],
    ),
    case(
        "container.cpus",
        &["cpus = 0.5", "cpus = 1", "cpus = \"0.333333333\"", "cpus = 0.01"],
    ),
    case(
        "container.cpu_shares",
        &["cpu_shares = 2", "cpu_shares = 512", "cpu_shares = 1024"],
    ),
    case(
        "container.cpu_period",
        &[
            "cpu_period = \"50ms\"",
            "cpu_period = \"100ms\"\ncpu_quota = \"1.5ms\"",
        ],
    ),
    case(
        "container.cpu_quota",
        &["cpu_quota = \"20ms\"", "cpu_quota = \"0s\""],
    ),
    may_be_refused("container.cpu_rt_period", CGROUPS, &["cpu_rt_period = \"1s\""]),
    may_be_refused(
        "container.cpu_rt_runtime",
        CGROUPS,
        &[
            "cpu_rt_runtime = \"10ms\"",
            "cpu_rt_period = \"500ms\"\ncpu_rt_runtime = \"100us\"",
        ],
    ),
    case(
        "container.cpuset_cpus",
        &[
            "cpuset_cpus = \"0\"",
            "cpuset_cpus = \"1,0\"",
            "cpuset_cpus = \"0-1\"",
        ],
    ),
    case(
        "container.cpuset_mems",
        &["cpuset_mems = \"0\"", "cpuset_mems = \"\""],
    ),
    case(
        "container.pids_limit",
        &["pids_limit = 100", "pids_limit = -1", "pids_limit = 0"],
    ),
    case(
        "container.shm_size",
        &["shm_size = \"1m\"", "shm_size = \"128m\""],
    ),
    may_be_refused(
        "container.blkio_weight",
        CGROUPS,
        &["blkio_weight = 300", "blkio_weight = 10"],
    ),
    may_be_refused(
        "container.blkio_weight_device",
        CGROUPS,
        &["blkio_weight_device {\n path = \"DEVICE\"\n weight = 300\n}"],
    ),
    may_be_refused(
        "container.blkio_weight_device.path",
        CGROUPS,
        &["blkio_weight_device {\n path = \"/dev/../DEVICE\"\n weight = 300\n}"],
    ),
    may_be_refused(
        "container.blkio_weight_device.weight",
        CGROUPS,
        &["blkio_weight_device {\n path = \"DEVICE\"\n weight = 1000\n}"],
    ),
    may_be_refused(
        "container.device_read_bps",
        CGROUPS,
        &["device_read_bps {\n path = \"DEVICE\"\n rate = \"10m\"\n}"],
    ),
    may_be_refused(
        "container.device_read_bps.path",
        CGROUPS,
        &["device_read_bps {\n path = \"/dev/../DEVICE\"\n rate = 1\n}"],
    ),
    may_be_refused(
        "container.device_read_bps.rate",
        CGROUPS,
        &["device_read_bps {\n path = \"DEVICE\"\n rate = 12345\n}"],
    ),
    may_be_refused(
        "container.device_read_iops",
        CGROUPS,
        &["device_read_iops {\n path = \"DEVICE\"\n rate = 100\n}"],
    ),
    may_be_refused(
        "container.device_read_iops.path",
        CGROUPS,
        &["device_read_iops {\n path = \"/dev/../DEVICE\"\n rate = 1\n}"],
    ),
    may_be_refused(
        "container.device_read_iops.rate",
        CGROUPS,
        &["device_read_iops {\n path = \"DEVICE\"\n rate = 99\n}"],
    ),
    may_be_refused(
        "container.device_write_bps",
        CGROUPS,
        &["device_write_bps {\n path = \"DEVICE\"\n rate = \"10m\"\n}"],
    ),
    may_be_refused(
        "container.device_write_bps.path",
        CGROUPS,
        &["device_write_bps {\n path = \"/dev/../DEVICE\"\n rate = 1\n}"],
    ),
    may_be_refused(
        "container.device_write_bps.rate",
        CGROUPS,
        &["device_write_bps {\n path = \"DEVICE\"\n rate = 12345\n}"],
    ),
    may_be_refused(
        "container.device_write_iops",
        CGROUPS,
        &["device_write_iops {\n path = \"DEVICE\"\n rate = 100\n}"],
    ),
    may_be_refused(
        "container.device_write_iops.path",
        CGROUPS,
        &["device_write_iops {\n path = \"/dev/../DEVICE\"\n rate = 1\n}"],
    ),
    may_be_refused(
        "container.device_write_iops.rate",
        CGROUPS,
        &["device_write_iops {\n path = \"DEVICE\"\n rate = 99\n}"],
    ),
    case(
        "container.privileged",
        &[
            "privileged = false",
            "privileged = true\nrunning = false",
            "privileged = true\nrunning = false\nsecurity_opt = [\"label=disable\"]",
        ],
    ),
    may_be_refused(
        "container.privileged",
        "the engine must have every capability itself",
        &["privileged = true"],
    ),
    case("container.read_only", &["read_only = true", "read_only = false"]),
    case(
        "container.cap_add",
        &[
            "cap_add = [\"net_admin\", \"CAP_SYS_TIME\"]",
            "cap_add = [\"all\"]\nrunning = false",
            "cap_add = []",
        ],
    ),
    may_be_refused(
        "container.cap_add",
        "the engine must have every capability itself",
        &["cap_add = [\"all\"]"],
    ),
    case(
        "container.cap_drop",
        &[
            "cap_drop = [\"Mknod\", \"cap_chown\"]",
            "cap_drop = [\"ALL\"]\ncap_add = [\"CHOWN\"]",
        ],
    ),
    case(
        "container.group_add",
        &["group_add = [\"20\", \"10\"]", "group_add = []"],
    ),
    case(
        "container.security_opt",
        &[
            "security_opt = [\"no-new-privileges:true\"]",
            "security_opt = [\"no-new-privileges\", \"seccomp=unconfined\"]",
            "security_opt = [\"label:disable\"]",
            "security_opt = [\"systempaths=unconfined\"]",
            "security_opt = [\"seccomp=${file(\"profile.json\")}\"]",
            "security_opt = []",
        ],
    ),
    case(
        "container.sysctls",
        &["sysctls = { \"net.core.somaxconn\" = 100 }", "sysctls = {}"],
    ),
    case(
        "container.ulimit",
        &[
            "ulimit {\n name = \"nofile\"\n soft = 100\n hard = 200\n}\nulimit {\n name = \"core\"\n soft = 0\n}",
        ],
    ),
    case(
        "container.ulimit.name",
        &["ulimit {\n name = \"nproc\"\n soft = 1000\n}"],
    ),
    case(
        "container.ulimit.soft",
        &["ulimit {\n name = \"core\"\n soft = -1\n}"],
    ),
    case(
        "container.ulimit.hard",
        &["ulimit {\n name = \"core\"\n soft = 0\n hard = -1\n}"],
    ),
    case(
        "container.device",
        &["device {\n host = \"/dev/null\"\n}\ndevice {\n host = \"/dev/zero\"\n}"],
    ),
    case("container.device.host", &["device {\n host = \"/dev/./null\"\n}"]),
    case(
        "container.device.container",
        &[
            "device {\n host = \"/dev/null\"\n container = \"/dev/n\"\n}",
            "device {\n host = \"/dev/null\"\n container = \"/dev/null\"\n}",
        ],
    ),
    case(
        "container.device.permissions",
        &[
            "device {\n host = \"/dev/zero\"\n permissions = \"r\"\n}",
            "device {\n host = \"/dev/null\"\n permissions = \"rwm\"\n}",
        ],
    ),
    case(
        "container.pid",
        &["pid = \"host\"", "pid = \"container:${container.peer.id}\""],
    ),
    case(
        "container.ipc",
        &[
            "ipc = \"private\"",
            "ipc = \"shareable\"",
            "ipc = \"none\"",
            "ipc = \"host\"",
            "ipc = \"container:${container.peer.id}\"",
        ],
    ),
    case("container.uts", &["uts = \"host\""]),
    case(
        "container.userns_mode",
        &["userns_mode = \"host\"", "userns_mode = \"\""],
    ),
    may_be_refused(
        "container.cgroupns",
        "the kernel must have the namespace",
        &["cgroupns = \"host\"", "cgroupns = \"private\""],
    ),
    may_be_refused(
        "container.cgroup_parent",
        SETUP,
        &["cgroup_parent = \"/PROJECT\"", "cgroup_parent = \"\""],
    ),
    may_be_refused("container.runtime", SETUP, &["runtime = \"runc\""]),
    case(
        "container.seccomp_profile",
        &[
            "seccomp_profile = \"profile.json\"",
            "seccomp_profile = \"profile.json\"\nsecurity_opt = [\"no-new-privileges\"]",
        ],
    ),
    case(
        "container.device_cgroup_rules",
        &[
            "device_cgroup_rules = [\"c 189:* rmw\", \"a  *:*  rwm\"]",
            "device_cgroup_rules = []",
        ],
    ),
    may_be_refused(
        "container.device_request",
        HARDWARE,
        &["device_request {}", "device_request {}\nrunning = false"],
    ),
    may_be_refused(
        "container.device_request.driver",
        HARDWARE,
        &[
            "device_request {\n driver = \"cdi\"\n device_ids = [\"vendor.example/class=a\"]\n}\nrunning = false",
        ],
    ),
    may_be_refused(
        "container.device_request.count",
        HARDWARE,
        &[
            "device_request {\n count = 2\n}\nrunning = false",
            "device_request {\n count = -1\n}\nrunning = false",
        ],
    ),
    may_be_refused(
        "container.device_request.device_ids",
        HARDWARE,
        &["device_request {\n device_ids = [\"1\", \"0\"]\n}\nrunning = false"],
    ),
    may_be_refused(
        "container.device_request.capabilities",
        HARDWARE,
        &["device_request {\n capabilities = [\"utility\", \"compute\", \"gpu\"]\n}\nrunning = false"],
    ),
    may_be_refused(
        "container.device_request.options",
        HARDWARE,
        &["device_request {\n options = { a = \"b\" }\n}\nrunning = false"],
    ),
    case(
        "container.annotations",
        &["annotations = { \"org.example.a\" = \"b\" }"],
    ),
    may_be_refused(
        "container.storage_opt",
        "the storage driver must be able to",
        &["storage_opt = { size = \"1G\" }", "storage_opt = {}"],
    ),
    case("container.oom_kill_disable", &["oom_kill_disable = false"]),
    may_be_refused(
        "container.oom_kill_disable",
        CGROUPS,
        &["memory = \"64m\"\noom_kill_disable = true"],
    ),
    case(
        "container.oom_score_adj",
        &["oom_score_adj = 500", "oom_score_adj = 0"],
    ),
];

/// Jobs: what they have besides what containers have.
pub(super) const JOB: &[Case] = &[
    case("job", &[""]),
    case(
        "job.triggers",
        &["triggers = { a = 1, b = [\"c\"] }", "triggers = {}"],
    ),
    case("job.auto_remove", &["auto_remove = false", "auto_remove = true"]),
    case("job.timeout", &["timeout = \"5m\""]),
];

/// Volumes.
pub(super) const VOLUME: &[Case] = &[
    case("volume", &[""]),
    case("volume.name", &["name = \"PROJECT-named\""]),
    case("volume.migrate", &["migrate = true", "migrate = false"]),
    case("volume.driver", &["driver = \"local\"", "driver = \"\""]),
    case(
        "volume.driver_opts",
        &[
            "driver_opts = { type = \"tmpfs\", device = \"tmpfs\", o = \"size=1m\" }",
            "driver_opts = {}",
        ],
    ),
    case(
        "volume.labels",
        &["labels = { a = \"b\", c = \"\" }", "labels = {}"],
    ),
];

/// Networks.
pub(super) const NETWORK: &[Case] = &[
    case("network", &[""]),
    case("network.name", &["name = \"PROJECT-named\""]),
    case("network.driver", &["driver = \"bridge\"", "driver = \"\""]),
    may_be_refused(
        "network.driver",
        "the kernel must have it",
        &["driver = \"macvlan\"", "driver = \"ipvlan\""],
    ),
    case(
        "network.driver_opts",
        &[
            "driver_opts = { \"com.docker.network.bridge.enable_icc\" = \"false\" }",
            "driver_opts = { \"com.docker.network.driver.mtu\" = 1400 }",
            "driver_opts = {}",
        ],
    ),
    case("network.internal", &["internal = true", "internal = false"]),
    may_be_refused(
        "network.attachable",
        "for swarms",
        &["attachable = true", "attachable = false"],
    ),
    may_be_refused(
        "network.ingress",
        "for swarms",
        &["ingress = true", "ingress = false"],
    ),
    may_be_refused(
        "network.scope",
        "for swarms",
        &["scope = \"local\"", "scope = \"swarm\""],
    ),
    case("network.ipv4", &["ipv4 = true"]),
    case(
        "network.ipv6",
        &[
            "ipv6 = true\nipam {\n config {\n  subnet = \"fd00:SIX::/64\"\n }\n}",
            "ipv6 = false",
        ],
    ),
    case(
        "network.labels",
        &["labels = { a = \"b\", c = \"\" }", "labels = {}"],
    ),
    case(
        "network.ipam",
        &["ipam {\n config {\n  subnet = \"SUBNET.0/24\"\n }\n}", "ipam {}"],
    ),
    case(
        "network.ipam.driver",
        &["ipam {\n driver = \"default\"\n}", "ipam {\n driver = \"\"\n}"],
    ),
    case(
        "network.ipam.options",
        &[
            "ipam {\n options = { \"org.example.a\" = \"b\" }\n}",
            "ipam {\n options = {}\n}",
        ],
    ),
    case(
        "network.ipam.config",
        &[
            "ipv6 = true\nipam {\n config {\n  subnet = \"SUBNET.0/24\"\n }\n config {\n  subnet = \"fd00:SIX::/64\"\n }\n}",
        ],
    ),
    case(
        "network.ipam.config.subnet",
        &["ipam {\n config {\n  subnet = \"SUBNET.0/28\"\n }\n}"],
    ),
    case(
        "network.ipam.config.ip_range",
        &["ipam {\n config {\n  subnet = \"SUBNET.0/24\"\n  ip_range = \"SUBNET.128/25\"\n }\n}"],
    ),
    case(
        "network.ipam.config.gateway",
        &["ipam {\n config {\n  subnet = \"SUBNET.0/24\"\n  gateway = \"SUBNET.9\"\n }\n}"],
    ),
    may_be_refused(
        "network.ipam.config.aux_addresses",
        "not every engine has them",
        &[
            "ipam {\n config {\n  subnet = \"SUBNET.0/24\"\n  aux_addresses = { a = \"SUBNET.5\", b = \"SUBNET.6\" }\n }\n}",
            "ipam {\n config {\n  subnet = \"SUBNET.0/24\"\n  aux_addresses = {}\n }\n}",
        ],
    ),
];

/// Images; `name` is added to each.
pub(super) const IMAGE: &[Case] = &[
    case("image.pull", &["name = \"wharf-stand-in:1\"\npull {}"]),
    case(
        "image.pull.policy",
        &[
            "name = \"wharf-stand-in:1\"\npull {\n policy = \"missing\"\n}",
            "name = \"wharf-stand-in:1\"\npull {\n policy = \"never\"\n}",
        ],
    ),
    case(
        "image.platform",
        &["platform = \"linux/amd64\"\nbuild {\n context = \"context\"\n}"],
    ),
    case(
        "image.keep",
        &["keep = false\nbuild {\n context = \"context\"\n}"],
    ),
    case("image.build", &["build {\n context = \"context\"\n}"]),
    case(
        "image.build.dockerfile",
        &["build {\n context = \"context\"\n dockerfile = \"other/Dockerfile\"\n}"],
    ),
    case(
        "image.build.args",
        &[
            "build {\n context = \"context\"\n args = { A = \"1\", B = \"\" }\n}",
            "build {\n context = \"context\"\n args = {}\n}",
        ],
    ),
    case(
        "image.build.target",
        &["build {\n context = \"context\"\n target = \"first\"\n}"],
    ),
    case(
        "image.build.labels",
        &["build {\n context = \"context\"\n labels = { a = \"b\" }\n}"],
    ),
    case(
        "image.build.cache_from",
        &["build {\n context = \"context\"\n cache_from = [\"wharf-stand-in:1\"]\n}"],
    ),
    case(
        "image.build.network",
        &["build {\n context = \"context\"\n network = \"none\"\n}"],
    ),
    case(
        "image.build.extra_hosts",
        &["build {\n context = \"context\"\n extra_hosts = { a = \"1.2.3.4\" }\n}"],
    ),
    case(
        "image.build.shm_size",
        &["build {\n context = \"context\"\n shm_size = \"1m\"\n}"],
    ),
    case(
        "image.build.no_cache",
        &[
            "build {\n context = \"context\"\n no_cache = true\n}",
            "build {\n context = \"context\"\n no_cache = false\n}",
        ],
    ),
];
