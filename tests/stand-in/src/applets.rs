//! The applets.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use crate::http;

/// The names under which the program can be called.
const APPLETS: &[&str] = &[
    "serve",
    "fetch",
    "sleep",
    "exit",
    "print",
    "spell",
    "cat",
    "env",
    "ls",
    "chown",
    "write",
    "vnode-local",
    "scylla",
    "nodetool",
    "cchost",
    "recovery-agent",
    "train",
];

/// Runs an applet.
pub fn run(name: &str, words: &[String]) -> ExitCode {
    let result = match name {
        "applets" => {
            println!("{}", APPLETS.join("\n"));
            Ok(())
        }
        "serve" => serve(words),
        "fetch" => fetch(words),
        "sleep" => sleep(words),
        "exit" => return exit(words),
        "print" => print(words),
        "spell" => spell(words),
        "cat" => cat(words),
        "env" => print_environment(),
        "ls" => list(words),
        "chown" => chown(words),
        "write" => write(words),
        "vnode-local" => vnode_local(words),
        "scylla" => scylla(words),
        "nodetool" => nodetool(words),
        "cchost" => cchost(),
        "recovery-agent" => recovery_agent(words),
        "train" => train(words),
        _ => Err(format!(
            "no such applet: {name:?}; there are: {}",
            APPLETS.join(", ")
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{name}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the word after a flag.
fn option<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word == flag)?;
    words.get(at + 1).map(String::as_str)
}

fn required<'a>(words: &'a [String], flag: &str) -> Result<&'a str, String> {
    option(words, flag).ok_or_else(|| format!("{flag} is missing"))
}

fn for_ever() -> Result<(), String> {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn serve(words: &[String]) -> Result<(), String> {
    let port = required(words, "--port")?
        .parse()
        .map_err(|error| format!("--port: {error}"))?;
    let root = words
        .last()
        .filter(|word| word.starts_with('/'))
        .map_or("/", String::as_str);
    if let Some(delay) = option(words, "--delay") {
        thread::sleep(Duration::from_millis(
            delay.parse().map_err(|error| format!("--delay: {error}"))?,
        ));
    }
    http::serve(port, PathBuf::from(root)).map_err(|error| error.to_string())
}

fn fetch(words: &[String]) -> Result<(), String> {
    let body = http::fetch(words.first().ok_or("an address is missing")?)?;
    std::io::stdout()
        .write_all(&body)
        .map_err(|error| error.to_string())
}

fn sleep(words: &[String]) -> Result<(), String> {
    match words.first() {
        None => for_ever(),
        Some(seconds) => {
            let seconds: f64 = seconds.parse().map_err(|error| format!("{seconds:?}: {error}"))?;
            thread::sleep(Duration::from_secs_f64(seconds));
            Ok(())
        }
    }
}

/// `exit CODE [WORDS…]` says the words on standard error first.
fn exit(words: &[String]) -> ExitCode {
    if words.len() > 1 {
        eprintln!("{}", words[1..].join(" "));
    }
    ExitCode::from(words.first().and_then(|code| code.parse().ok()).unwrap_or(0))
}

fn print(words: &[String]) -> Result<(), String> {
    println!("{}", words.join(" "));
    Ok(())
}

/// `spell WORDS…` writes each word by itself, with time in between, and the line end too.
fn spell(words: &[String]) -> Result<(), String> {
    let line_end = "\n".to_owned();
    for piece in words.iter().chain([&line_end]) {
        let mut out = std::io::stdout();
        let written = out.write_all(piece.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| error.to_string())?;
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// `cat PATH…`; without a path it gives back what it is given.
fn cat(words: &[String]) -> Result<(), String> {
    if words.is_empty() {
        let copied = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::stdout().lock());
        return copied.map(|_| ()).map_err(|error| error.to_string());
    }
    for path in words {
        let content = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        std::io::stdout()
            .write_all(&content)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn print_environment() -> Result<(), String> {
    for (name, value) in env::vars() {
        println!("{name}={value}");
    }
    Ok(())
}

fn list(words: &[String]) -> Result<(), String> {
    let directory = words.first().map_or(".", String::as_str);
    let mut names: Vec<_> = fs::read_dir(directory)
        .map_err(|error| format!("{directory}: {error}"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    println!("{}", names.join("\n"));
    Ok(())
}

/// `chown UID:GID PATH…` changes owners of whole trees.
fn chown(words: &[String]) -> Result<(), String> {
    let (owner, paths) = words.split_first().ok_or("an owner is missing")?;
    let (user, group) = owner.split_once(':').ok_or("the owner is not UID:GID")?;
    let parse = |text: &str| text.parse::<u32>().map_err(|error| format!("{text:?}: {error}"));
    let (user, group) = (parse(user)?, parse(group)?);
    paths
        .iter()
        .try_for_each(|path| chown_tree(Path::new(path), user, group))
}

fn chown_tree(path: &Path, user: u32, group: u32) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    std::os::unix::fs::lchown(path, Some(user), Some(group)).map_err(wrong)?;
    if path.symlink_metadata().map_err(wrong)?.is_dir() {
        for entry in fs::read_dir(path).map_err(wrong)? {
            chown_tree(&entry.map_err(wrong)?.path(), user, group)?;
        }
    }
    Ok(())
}

/// `write PATH WORDS…` writes the words to a file.
fn write(words: &[String]) -> Result<(), String> {
    let (path, rest) = words.split_first().ok_or("a path is missing")?;
    fs::write(path, rest.join(" ")).map_err(|error| format!("{path}: {error}"))
}

fn must_exist(path: &str) -> Result<(), String> {
    if Path::new(path).exists() {
        Ok(())
    } else {
        Err(format!("{path} is missing"))
    }
}

/// The node of a vantage6 network: without a command it ends at once; started, it needs its seven mounts.
fn vnode_local(words: &[String]) -> Result<(), String> {
    if words.first().map(String::as_str) != Some("start") {
        return Err("Usage: vnode-local COMMAND [ARGS]... (commands: start)".into());
    }
    let name = required(words, "--name")?;
    must_exist(required(words, "--config")?)?;
    for path in [
        "/mnt/log",
        "/mnt/config",
        "/mnt/data",
        "/mnt/vpn",
        "/mnt/ssh",
        "/mnt/squid",
        "/var/run/docker.sock",
    ] {
        must_exist(path)?;
    }
    for variable in [
        "DATA_VOLUME_NAME",
        "VPN_VOLUME_NAME",
        "SSH_TUNNEL_VOLUME_NAME",
        "SSH_SQUID_VOLUME_NAME",
        "PRIVATE_KEY",
    ] {
        env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    }
    println!("Starting node {name}");
    println!("Waiting for new tasks....");
    for_ever()
}

/// A database node: reads its configuration, writes to its directories, and listens on its port.
fn scylla(words: &[String]) -> Result<(), String> {
    let configuration =
        fs::read_to_string("/etc/scylla/scylla.yaml").map_err(|error| format!("scylla.yaml: {error}"))?;
    for directory in ["data", "commitlog", "hints", "view_hints", "saved_caches"] {
        let path = format!("/var/lib/scylla/{directory}");
        fs::create_dir_all(&path)
            .and_then(|()| fs::write(format!("{path}/owner"), "scylla"))
            .map_err(|error| format!("{path}: {error}"))?;
    }
    println!("{}", configuration.trim_end());
    println!("seeds: {}", option(words, "--seeds").unwrap_or("none"));
    println!("Starting listening for CQL clients");
    http::serve(9042, PathBuf::from("/var/lib/scylla")).map_err(|error| error.to_string())
}

fn nodetool(words: &[String]) -> Result<(), String> {
    match words.first().map(String::as_str) {
        Some("status") => http::fetch("http://localhost:9042/healthz").map(|_| println!("UN  localhost")),
        _ => Err("Usage: nodetool status".into()),
    }
}

/// A node of a CCF network: unpacks nothing, but insists on a configuration and answers on its three ports.
fn cchost() -> Result<(), String> {
    let packed = env::var("CONFIG_DATA_TGZ").map_err(|_| "CONFIG_DATA_TGZ is not set")?;
    println!("configuration: {} characters", packed.len());
    if let Ok(directory) = env::var("LOGS_DIR") {
        fs::create_dir_all(&directory).map_err(|error| format!("{directory}: {error}"))?;
    }
    let ledger = PathBuf::from("/app/ledger");
    for port in [8081, 8082] {
        let ledger = ledger.clone();
        thread::spawn(move || http::serve(port, ledger));
    }
    http::serve(8080, ledger).map_err(|error| error.to_string())
}

fn recovery_agent(words: &[String]) -> Result<(), String> {
    let endpoint = required(words, "--endpoint")?;
    println!("watching {endpoint}");
    http::serve(9000, PathBuf::from("/")).map_err(|error| error.to_string())
}

/// A training run: reads its script and its data, writes a result beside the data.
fn train(words: &[String]) -> Result<(), String> {
    let script = required(words, "--script")?;
    let text = fs::read_to_string(script).map_err(|error| format!("{script}: {error}"))?;
    let data = required(words, "--data")?;
    let samples = fs::read_dir(data)
        .map_err(|error| format!("{data}: {error}"))?
        .count();
    println!(
        "{{\"script_lines\": {}, \"samples\": {samples}}}",
        text.lines().count()
    );
    Ok(())
}
