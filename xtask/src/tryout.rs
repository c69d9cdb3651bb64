//! `cargo xtask try`: the newcomer's first command.

use std::process::Command;

use crate::{command, engine, image, say};

/// Plans and applies the first example, and says how to look at it and take it away.
///
/// # Errors
/// No engine can be had, the build fails, or the example does not come up.
pub(crate) fn run() -> Result<(), String> {
    let engine = engine::find_or_start()?;
    say(&format!("engine: {}", engine.host));
    command::cargo(&["build", "--package", "wharf", "--package", "stand-in"])?;
    image::ensure(&engine)?;
    for arguments in [&["plan"][..], &["apply", "--auto-approve"][..]] {
        say(&format!("\n$ wharf {} examples/hello.hcl", arguments.join(" ")));
        command::run(wharf(&engine, arguments).arg("examples/hello.hcl"))?;
    }
    let url = wharf(&engine, &["output", "--raw", "url"])
        .arg("examples/hello.hcl")
        .output();
    let url = url.map_err(|error| format!("wharf output: {error}"))?;
    let url = String::from_utf8_lossy(&url.stdout).into_owned();
    let program = command::built("wharf");
    let program = program
        .strip_prefix(command::root())
        .unwrap_or(&program)
        .display()
        .to_string();
    say(&format!(
        "
Look at it:         {url}
See what is there:  {program} show examples/hello.hcl
Change something:   edit examples/hello.hcl, then {program} plan examples/hello.hcl
Take it away:       {program} destroy examples/hello.hcl"
    ));
    Ok(())
}

fn wharf(engine: &engine::Engine, arguments: &[&str]) -> Command {
    let mut wharf = Command::new(command::built("wharf"));
    wharf
        .args(arguments)
        .current_dir(command::root())
        .env("DOCKER_HOST", &engine.host);
    wharf
}
