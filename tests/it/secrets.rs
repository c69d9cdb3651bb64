//! No secret in a terminal, a plan, the state or a label, from wherever it comes and whatever goes wrong.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use wharf::engine::ObjectKind;

use crate::engine;
use crate::world::{Ran, World, ran};

/// One secret per way in. Each holds characters that JSON escapes.
const CANARIES: [(&str, &str); 6] = [
    ("option", "canary\"option\\1"),
    ("environment", "canary\"environment\\2"),
    ("file", "canary\"file\\3"),
    ("env", "canary\"env\\4"),
    ("content", "canary\"content\\5"),
    ("changed", "canary\"changed\\6"),
];

fn canary(name: &str) -> &'static str {
    CANARIES.iter().find(|(known, _)| *known == name).unwrap().1
}

/// Insists that no canary is in a text, whether plain, escaped, or in base64 at any alignment.
#[track_caller]
fn assert_clean(place: &str, text: &[u8]) {
    for (name, secret) in CANARIES {
        for form in forms(secret) {
            let found = text.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(
                !found,
                "the secret `{name}` is in {place} as {form}:\n{}",
                String::from_utf8_lossy(text)
            );
        }
    }
}

fn forms(secret: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(secret).to_string();
    let twice = serde_json::Value::from(quoted.as_str()).to_string();
    let base64 = (0..3).map(|shift| {
        let padded = format!("{}{secret}", "x".repeat(shift));
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        // The characters at both ends depend on what stands beside them.
        text[4..text.len() - 2].to_owned()
    });
    [
        secret.to_owned(),
        quoted.trim_matches('"').to_owned(),
        twice.trim_matches(['"', '\\']).to_owned(),
    ]
    .into_iter()
    .chain(base64)
    .collect()
}

#[track_caller]
fn assert_quiet(ran: Ran) -> Ran {
    assert_clean("standard output", ran.stdout.as_bytes());
    assert_clean("standard error", ran.stderr.as_bytes());
    ran
}

/// Insists that no file of a directory holds a canary.
#[track_caller]
fn assert_clean_files(directory: &Path) {
    let mut count = 0;
    for entry in walkdir::WalkDir::new(directory) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            assert_clean(
                &entry.path().display().to_string(),
                &std::fs::read(entry.path()).unwrap(),
            );
            count += 1;
        }
    }
    assert!(count > 0, "there is nothing in {}", directory.display());
}

#[track_caller]
fn assert_clean_labels(project: &str) {
    for (kind, id) in engine::objects_of(project) {
        let object = engine::inspect(kind, &id).unwrap();
        let labels = match kind {
            ObjectKind::Container | ObjectKind::Image => &object["Config"]["Labels"],
            ObjectKind::Network | ObjectKind::Volume => &object["Labels"],
        };
        assert_clean(
            &format!("the labels of {kind:?} {id}"),
            labels.to_string().as_bytes(),
        );
    }
}

const DECLARATIONS: &str = r#"
variable "by_option" { sensitive = true }
variable "by_environment" { sensitive = true }
variable "by_file" { sensitive = true }
locals {
  by_env     = env("CANARY_ENV")
  by_content = sensitive(trimspace(file("content.txt")))
  all        = join(",", [var.by_option, var.by_environment, var.by_file, local.by_env, local.by_content])
}
"#;

/// A project whose secrets come in every way.
struct Vault {
    world: World,
    option: String,
}

impl Vault {
    fn new(test: &str, config: &str) -> Self {
        let world = World::new(test);
        let by_file = serde_json::Value::from(canary("file")).to_string();
        world
            .config(&format!("{DECLARATIONS}{config}"))
            .write("secrets/given.vars.hcl", &format!("by_file = {by_file}\n"))
            .write("content.txt", canary("content"));
        Self {
            world,
            option: canary("option").to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command
            .args(["--var-file", "secrets/given.vars.hcl", "--var"])
            .arg(format!("by_option={}", self.option))
            .env("WHARF_VAR_by_environment", canary("environment"))
            .env("CANARY_ENV", canary("env"))
            .env("WHARF_LOG", "trace,bollard::docker=trace,hyper=trace");
        command
    }

    #[track_caller]
    fn wharf(&self, arguments: &[&str]) -> Ran {
        assert_quiet(ran(&self.command(arguments).output().unwrap()))
    }
}

const STACK: &str = r#"
job "speak" {
  image   = "wharf-stand-in:1"
  command = ["env"]
  env     = { SECRET = local.all }
}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  env = {
    SECRET = local.all
    SPOKEN = job.speak.stdout
    OPEN   = "open"
  }
  file {
    path    = "/secret.txt"
    content = "all: ${local.all}"
  }
  healthcheck {
    test     = ["CMD", "cat", "/secret.txt"]
    interval = "1s"
  }
}
job "once" {
  image    = "wharf-stand-in:1"
  command  = ["ls", "/"]
  triggers = { secret = var.by_option, web = container.web.id }
}
output "secret" {
  value     = local.all
  sensitive = true
}
output "spoken" {
  value     = job.speak.stdout
  sensitive = true
}
"#;

#[test]
fn no_secret_reaches_terminal_plan_state_or_label() {
    let mut vault = Vault::new("secret", STACK);
    let project = vault.world.project.clone();
    let _ = vault.wharf(&["plan"]).code(0).says("(sensitive");
    let _ = vault.wharf(&["plan", "-vvv", "--json"]).code(0);
    let _ = vault.wharf(&["plan", "--out", "state/first.plan"]).code(0);
    let _ = vault.wharf(&["show", "state/first.plan"]).code(0);
    let _ = vault.wharf(&["show", "state/first.plan", "--json"]).code(0);
    assert_clean_files(&vault.world.path("state"));
    let _ = vault.wharf(&["apply", "state/first.plan", "-v"]).code(0);
    assert_clean_files(&vault.world.path("state"));
    assert_clean_labels(&project);
    let inspect = vault.world.container("web");
    let env = inspect["Config"]["Env"].to_string();
    assert!(
        env.contains(forms(canary("option"))[1].as_str()),
        "the container did not get its secret: {env}"
    );

    let _ = vault.wharf(&["plan", "--detailed-exitcode"]).code(0);
    for arguments in [
        &["show"][..],
        &["show", "--json"],
        &["output"],
        &["output", "--json"],
        &["state", "list"],
        &["state", "show", "container.web"],
        &["state", "show", "container.web", "--json"],
        &["state", "show", "job.speak", "--json"],
        &["apply", "--auto-approve", "--json", "-vv"],
    ] {
        let _ = vault.wharf(arguments).code(0);
    }
    let _ = vault.wharf(&["output", "secret"]).code(1);
    let _ = vault.wharf(&["output", "--raw", "spoken"]).code(1);

    // A changed secret shows that it changed, and not how.
    vault.option = canary("changed").to_owned();
    let _ = vault
        .wharf(&["plan", "--detailed-exitcode"])
        .code(2)
        .says("env.SECRET")
        .says("(sensitive");
    let _ = vault.wharf(&["plan", "--json"]).code(0);
    let _ = vault
        .wharf(&["apply", "--auto-approve", "--json", "-vvv"])
        .code(0);
    let _ = vault.wharf(&["plan", "--detailed-exitcode"]).code(0);
    assert_clean_files(&vault.world.path("state"));
    assert_clean_labels(&project);

    let _ = vault.wharf(&["plan", "--destroy"]).code(0);
    let _ = vault.wharf(&["destroy", "--auto-approve", "-vv"]).code(0);
    assert_clean_files(&vault.world.path("state"));
    assert_eq!(engine::objects_of(&project), []);
}

#[test]
fn a_container_that_dies_does_not_tell_its_secrets() {
    let vault = Vault::new(
        "secretlog",
        r#"
container "web" {
  image   = "wharf-stand-in:1"
  command = ["env"]
  env     = { SECRET = local.all, OPEN = "open" }
}
job "speak" {
  image   = "wharf-stand-in:1"
  command = ["nosuchapplet"]
  env     = { SECRET = local.all }
}
"#,
    );
    let _ = vault
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("OPEN=open")
        .says("SECRET=(sensitive)");
    let _ = vault.wharf(&["apply", "--auto-approve", "--json", "-vv"]);
    assert_clean_files(&vault.world.path("state"));
}

#[test]
fn errors_of_the_engine_do_not_tell_the_request() {
    let vault = Vault::new(
        "secretbad",
        r#"
container "user" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  user    = local.all
}
container "domain" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  sysctls = { "no.such.key" = local.all }
}
container "log" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  log {
    driver  = "json-file"
    options = { "max-size" = local.all }
  }
}
volume "bad" {
  driver_opts = { o = local.all, type = "nosuch", device = local.all }
}
"#,
    );
    let ran = vault.wharf(&["apply", "--auto-approve", "-vv"]);
    assert!(ran.code == 1 || ran.code == 4, "{}", ran.stderr);
    let _ = vault.wharf(&["apply", "--auto-approve", "--json"]);
    assert_clean_files(&vault.world.path("state"));
}

#[test]
fn secrets_in_labels_and_arguments_are_refused() {
    for (attribute, summary) in [
        ("labels = { a = local.all }", "Sensitive label"),
        ("command = [\"sleep\", local.all]", "Sensitive argument"),
        ("entrypoint = [local.all]", "Sensitive argument"),
        (
            "healthcheck { test = [\"CMD\", local.all] }",
            "Sensitive argument",
        ),
        ("name = sensitive(\"web\")", "Sensitive name"),
    ] {
        let config = format!("container \"web\" {{\n  image = \"wharf-stand-in:1\"\n  {attribute}\n}}\n");
        let vault = Vault::new("secretno", &config);
        let _ = vault.wharf(&["validate"]).code(1).says(summary);
        let _ = vault.wharf(&["plan"]).code(1).says(summary);
        let _ = vault.wharf(&["plan", "--json"]).code(1);
    }
    for kind in ["volume", "network"] {
        let vault = Vault::new(
            "secretno",
            &format!("{kind} \"a\" {{\n  labels = {{ a = local.all }}\n}}\n"),
        );
        let _ = vault.wharf(&["plan"]).code(1).says("Sensitive label");
    }
}

#[test]
fn problems_with_secrets_do_not_quote_them() {
    for config in [
        "output \"a\" { value = local.all }",
        "output \"a\" { value = nosuch(local.all) }",
        "container \"a\" {\n  image = local.all\n}",
        "container \"a\" {\n  image = \"a\"\n  memory = local.all\n}",
        "container \"a\" {\n  image = \"a\"\n  restart = local.all\n}",
        "container \"a\" {\n  image = \"a\"\n  cpuset_cpus = local.all\n}",
        "container \"a\" {\n  image = \"a\"\n  network_mode = local.all\n}",
        "container \"a\" {\n  image = \"a\"\n  file {\n    path = \"/a\"\n    source = local.all\n  }\n}",
        "container \"a\" {\n  image = \"a\"\n  network { name = local.all }\n  network { name = local.all }\n}",
        "container \"a\" {\n  for_each = toset([local.all])\n  image = \"a\"\n}",
        "container \"a\" {\n  image = \"a\"\n  count = local.all\n}",
        "sync \"a\" {\n  source = local.all\n  target {\n    path = \"/a\"\n  }\n}",
        "locals {\n  b = tonumber(local.all)\n}",
        "locals {\n  b = { a = 1 }[local.all]\n}",
        "locals {\n  b = jsondecode(local.all)\n}",
        "locals {\n  b = file(local.all)\n}",
        "locals {\n  b = [1][local.all]\n}",
        "locals {\n  b = regex(local.all, local.all)\n}",
        "locals {\n  b = 1 + local.all\n}",
        "variable \"b\" {\n  default = \"a\"\n  validation {\n    condition = var.b == \"b\"\n    error_message = \"not ${local.all}\"\n  }\n}",
    ] {
        let vault = Vault::new("secretbad", config);
        let _ = vault.wharf(&["plan"]).code(1);
        let _ = vault.wharf(&["validate", "--json"]);
    }
}

#[test]
fn without_the_key_a_secret_that_the_engine_shows_is_still_compared() {
    let vault = Vault::new(
        "secretkey",
        r#"
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  env     = { SECRET = local.all }
}
job "once" {
  image    = "wharf-stand-in:1"
  command  = ["ls", "/"]
  triggers = { secret = local.all }
}
"#,
    );
    let _ = vault.wharf(&["apply", "--auto-approve"]).code(0);
    let _ = vault.wharf(&["plan", "--detailed-exitcode"]).code(0);
    let key = std::fs::read_dir(vault.world.path("state"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|it| it == "key"))
        .expect("a key");
    std::fs::remove_file(key).unwrap();
    let plan = vault.wharf(&["plan", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let actions = |address: &str| {
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        let mut changes = changes.filter(|change| change["address"] == address);
        changes.next().map(|change| change["change"]["actions"].clone())
    };
    let no_op = Some(serde_json::json!(["no-op"]));
    assert!(
        [None, no_op].contains(&actions("container.web")),
        "{:?}",
        actions("container.web")
    );
    let replaced = Some(serde_json::json!(["delete", "create"]));
    assert_eq!(actions("job.once"), replaced, "its trigger cannot be compared");
    let _ = vault.wharf(&["destroy", "--auto-approve"]).code(0);
}
