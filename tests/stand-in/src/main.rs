//! The one static program in the small local image that examples and tests run.
//!
//! It stands in for images that cannot be pulled everywhere: each applet keeps the contract of the program it is named
//! after (command, mounts, ports, environment, exit behaviour). The applet is the name it is called by, or its first argument.

mod applets;
mod http;

use std::process::ExitCode;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> ExitCode {
    obey_signals();
    let mut words: Vec<String> = std::env::args().collect();
    let called_as = words.remove(0);
    let name = called_as.rsplit('/').next().unwrap_or_default();
    if name == "stand-in" && !words.is_empty() {
        let applet = words.remove(0);
        return applets::run(&applet, &words);
    }
    applets::run(name, &words)
}

/// The first process of a container gets no default signal handling from the kernel: without this, every stop would take
/// the whole grace time.
fn obey_signals() {
    let mut signals = match Signals::new([SIGTERM, SIGINT, SIGHUP]) {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("cannot listen for signals: {error}");
            return;
        }
    };
    std::thread::spawn(move || {
        for signal in &mut signals {
            if signal == SIGHUP {
                println!("reloaded");
            } else {
                std::process::exit(0);
            }
        }
    });
}
