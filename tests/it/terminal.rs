//! What stands on a terminal and what a program reads: approval, bars, colours, JSON, exit codes.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use crate::engine;
use crate::world::{World, ran};

const STACK: &str = r#"
network "net" {}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
}
output "name" { value = container.web.name }
"#;

/// Starts the program on a terminal of its own, of some width.
fn on_terminal(world: &World, arguments: &[&str], columns: u16) -> OsSession {
    let mut command = world.command(arguments);
    command
        .env("TERM", "xterm-256color")
        .env("COLUMNS", columns.to_string());
    command.stdin(Stdio::inherit());
    let mut session = Session::spawn(command).unwrap();
    session.get_process_mut().set_window_size(columns, 24).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session
}

/// Reads what is said to its end.
fn rest(session: &mut OsSession) -> String {
    let found = session.expect(Eof).unwrap();
    String::from_utf8_lossy(found.as_bytes()).into_owned()
}

fn code(session: &mut OsSession) -> i32 {
    match session.get_process().wait().unwrap() {
        expectrl::process::unix::WaitStatus::Exited(_, code) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_yes_is_taken_for_a_yes() {
    let world = World::new("answer");
    world.config(STACK);
    for answer in ["no", "y", "YES", "", "yes please"] {
        let mut session = on_terminal(&world, &["apply"], 80);
        session.expect("Answer:").unwrap();
        session.send_line(answer).unwrap();
        let said = rest(&mut session);
        assert!(said.contains("Not approved"), "{answer:?}: {said}");
        assert_eq!(code(&mut session), 1, "{answer:?}");
    }
    let mut session = on_terminal(&world, &["apply"], 80);
    session.expect("Answer:").unwrap();
    session.send(expectrl::ControlCode::EndOfTransmission).unwrap();
    assert!(rest(&mut session).contains("Not approved"));
    assert_eq!(code(&mut session), 1);
    assert_eq!(engine::objects_of(&world.project), []);

    for columns in [1, 20, 200] {
        let mut session = on_terminal(&world, &["apply"], columns);
        session.expect("nswer:").unwrap();
        session.send_line("yes").unwrap();
        let said = rest(&mut session);
        assert_eq!(code(&mut session), 0, "{columns} columns: {said}");
        let mut session = on_terminal(&world, &["destroy"], columns);
        session.expect("nswer:").unwrap();
        session.send_line("yes").unwrap();
        let said = rest(&mut session);
        assert_eq!(code(&mut session), 0, "{columns} columns: {said}");
    }
    assert_eq!(engine::objects_of(&world.project), []);
}

#[test]
fn colours_can_be_refused_on_a_terminal() {
    let world = World::new("colour");
    world.config(STACK);
    let mut coloured = on_terminal(&world, &["plan"], 80);
    assert!(rest(&mut coloured).contains('\u{1b}'), "a terminal gets colours");
    let mut plain = on_terminal(&world, &["plan", "--no-color"], 80);
    assert!(!rest(&mut plain).contains('\u{1b}'));
    let mut command = world.command(&["plan"]);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    let mut plain = Session::spawn(command).unwrap();
    assert!(!rest(&mut plain).contains('\u{1b}'));
    let _ = plain.get_process().wait();
}

#[test]
fn without_a_terminal_nothing_is_done_unasked() {
    let world = World::new("unasked");
    world.config(STACK);
    let _ = world
        .wharf(&["apply"])
        .code(1)
        .says("Approval is needed")
        .says("--auto-approve");
    let _ = world.wharf(&["apply", "--json"]).code(1);
    assert_eq!(engine::objects_of(&world.project), []);
}

#[test]
fn a_reader_that_goes_away_does_no_harm() {
    let world = World::new("head");
    world.config(STACK);
    let mut command = world.command(&["plan"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn text_from_outside_never_reaches_the_terminal_raw() {
    let world = World::new("hostile");
    world.config(
        r#"
container "web" {
  image   = "wharf-stand-in:1"
  command = ["print", "\u001b[2Jcleared\u202egnp.exe\u0007"]
  labels  = { "note" = "\u001b]0;owned\u0007 a\nb \u202e" }
}
container "other" {
  image   = "no/such/\u001b[31mimage"
}
"#,
    );
    let plan = world.wharf(&["plan"]);
    world.config(
        r#"
container "web" {
  image   = "wharf-stand-in:1"
  command = ["print", "\u001b[2Jcleared\u202egnp.exe\u0007"]
  labels  = { "note" = "\u001b]0;owned\u0007 a\nb \u202e" }
}
"#,
    );
    let again = world.wharf(&["plan"]).code(0);
    let apply = world.wharf(&["apply", "--auto-approve"]).code(4).says("cleared");
    let json = world.wharf(&["apply", "--auto-approve", "--json"]);
    let show = world.wharf(&["state", "show", "container.web"]);
    for (what, ran) in [
        ("bad", plan),
        ("plan", again),
        ("apply", apply),
        ("json", json),
        ("show", show),
    ] {
        for text in [&ran.stdout, &ran.stderr] {
            let raw = text.contains(['\u{1b}', '\u{7}', '\u{202e}']);
            assert!(!raw, "{what}: {text:?}");
        }
    }
}

#[test]
fn json_is_json_line_by_line() {
    let world = World::new("json");
    world.config(STACK);
    let parse = |text: &str| -> Vec<serde_json::Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    };
    let apply = world.wharf(&["apply", "--auto-approve", "--json"]).code(0);
    assert!(parse(&apply.stdout).len() > 3);
    let destroy = world.wharf(&["destroy", "--auto-approve", "--json"]).code(0);
    assert!(parse(&destroy.stdout).len() > 2);
    world.config("container \"a\" {\n");
    let bad = world.wharf(&["validate", "--json"]).code(1);
    let bad: serde_json::Value = serde_json::from_str(&bad.stdout).expect(&bad.stdout);
    assert!(bad.is_object(), "{bad}");
}

#[test]
fn options_may_be_written_with_one_dash_and_wrong_ones_exit_with_64() {
    let world = World::new("dash");
    world.config(&format!("variable \"x\" {{}}\n{STACK}"));
    let _ = world
        .wharf(&["apply", "-auto-approve", "-var", "x=y", "-no-color"])
        .code(0);
    let _ = world.wharf(&["plan", "-var=x=y", "-detailed-exitcode"]).code(0);
    let _ = world.wharf(&["destroy", "-auto-approve", "-var", "x=y"]).code(0);
    for wrong in [
        &["nosuch"][..],
        &["plan", "--nosuch"],
        &["plan", "--var", "x"],
        &["plan", "--parallelism", "3"],
        &["apply", "--parallelism", "0"],
        &["state"],
        &["output", "--raw"],
        &["output", "--raw", "main.hcl"],
        &[],
    ] {
        let ran = world.wharf(wrong);
        assert_eq!(ran.code, 64, "{wrong:?}: {}{}", ran.stdout, ran.stderr);
    }
    let _ = world.wharf(&["version"]).code(0).says("wharf");
    let _ = world.wharf(&["--version"]).code(0).says("wharf");
    let _ = world.wharf(&["plan", "--help"]).code(0).says("PATH");
    let _ = world.wharf(&["completions", "bash"]).code(0).says("_wharf");
}

#[test]
fn a_progress_that_nobody_reads_does_no_harm() {
    let world = World::new("closed");
    world.config(STACK);
    let mut command = world.command(&["apply", "--auto-approve"]);
    command.stderr(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stderr.take());
    drop(child.stdout.take());
    let _ = ran(&child.wait_with_output().unwrap()).code(0);
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}
