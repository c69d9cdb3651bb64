//! The programs of a Debian release: the machine's own, or those in a root file system that is made once.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::{apt, can_install, is_installed};
use crate::{command, say};

/// What is put into a root file system.
const PACKAGES: &str =
    "docker.io,podman,runc,crun,catatonit,iproute2,iptables,nftables,netavark,aardvark-dns,ca-certificates";

/// What Podman needs of the machine's own packages; Docker is there already.
const PODMAN: &[&str] = &[
    "podman",
    "runc",
    "catatonit",
    "iproute2",
    "iptables",
    "netavark",
    "aardvark-dns",
];

/// Makes sure that the programs of a release are there; returns the root file system, `/` for the machine's own.
///
/// # Errors
/// This is not Debian or Ubuntu, not root, or the packages cannot be had.
pub(super) fn ensure(release: &str, podman: bool) -> Result<PathBuf, String> {
    if !can_install() {
        return Err("starting engines needs root, and Debian or Ubuntu".into());
    }
    if codename()? == release {
        install_here(podman)?;
        return Ok(PathBuf::from("/"));
    }
    let root = cache()?.join(release);
    if root.exists() {
        return Ok(root);
    }
    say(&format!(
        "making a root file system of Debian {release}: {}",
        root.display()
    ));
    install("debootstrap", &["debootstrap"])?;
    // What is begun under another name is never taken for a whole one.
    let begun = cache()?.join(format!("{release}.part"));
    if begun.exists() {
        std::fs::remove_dir_all(&begun).map_err(|error| format!("{}: {error}", begun.display()))?;
    }
    std::fs::create_dir_all(&begun).map_err(|error| format!("{}: {error}", begun.display()))?;
    let mut debootstrap = Command::new("debootstrap");
    debootstrap
        .args(["--variant=minbase", &format!("--include={PACKAGES}"), release])
        .arg(&begun)
        .arg(mirror()?)
        .stdout(std::process::Stdio::null());
    command::run(&mut debootstrap)?;
    let archives = begun.join("var/cache/apt/archives");
    let packages = std::fs::read_dir(&archives).into_iter().flatten().flatten();
    for package in packages.filter(|entry| entry.path().extension().is_some_and(|end| end == "deb")) {
        std::fs::remove_file(package.path()).map_err(|error| error.to_string())?;
    }
    std::fs::rename(&begun, &root).map_err(|error| format!("{}: {error}", root.display()))?;
    Ok(root)
}

fn install_here(podman: bool) -> Result<(), String> {
    if podman {
        install("podman", PODMAN)
    } else {
        install("dockerd", &["docker.io", "iptables", "iproute2"])
    }
}

fn install(program: &str, packages: &[&str]) -> Result<(), String> {
    if is_installed(program) {
        return Ok(());
    }
    command::run(&mut apt(&["update"]))?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    command::run(&mut apt(&arguments))
}

/// Returns where root file systems are kept.
fn cache() -> Result<PathBuf, String> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")));
    let base = base.ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("wharf/engines"))
}

/// Returns the release that this machine runs.
fn codename() -> Result<String, String> {
    let path = "/etc/os-release";
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .unwrap_or_default();
    Ok(name.trim_matches('"').to_owned())
}

/// Returns the mirror of Debian that apt uses here.
fn mirror() -> Result<String, String> {
    let format = "$(ORIGIN) $(CODENAME) $(REPO_URI)";
    let arguments = ["indextargets", "--format", format, "Created-By: Packages"];
    let output = command::command("apt-get", &arguments).output();
    let output = output.map_err(|error| format!("apt-get: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| {
            let (origin, rest) = line.split_once(' ')?;
            let (release, mirror) = rest.split_once(' ')?;
            let whole = origin == "Debian" && !release.contains('-');
            whole.then(|| mirror.to_owned())
        })
        .next()
        .ok_or_else(|| "apt knows no mirror of Debian on this machine".to_owned())
}
