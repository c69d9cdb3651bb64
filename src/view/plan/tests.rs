use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::{Cost, FieldType};
use crate::plan::{Cause, Difference, Impact, OutputChange, Schedule};

const FIELDS: &[Field] = &[
    Field {
        name: "memory",
        ty: FieldType::Bytes,
        ..Field::BASE
    },
    Field {
        name: "env",
        ty: FieldType::Map(&FieldType::String),
        ..Field::BASE
    },
    Field {
        name: "healthcheck",
        ty: FieldType::Block(&[Field {
            name: "interval",
            ty: FieldType::Duration,
            ..Field::BASE
        }]),
        ..Field::BASE
    },
    Field {
        name: "mount",
        ty: FieldType::Blocks(
            &[
                Field {
                    name: "target",
                    ..Field::BASE
                },
                Field {
                    name: "read_only",
                    ty: FieldType::Bool,
                    ..Field::BASE
                },
            ],
            &["target"],
        ),
        ..Field::BASE
    },
];

fn change(address: &str, action: Action, before: Json, after: Json) -> Change {
    Change {
        address: address.parse().unwrap(),
        moved_from: None,
        action,
        id: None,
        name: String::new(),
        nonce: String::new(),
        before,
        after,
        differences: Vec::new(),
        cause: Cause::New,
        impact: Impact::None,
        notes: Vec::new(),
        keeps: std::collections::BTreeMap::new(),
        dependencies: Vec::new(),
        protect: false,
        imported: false,
    }
}

/// Notes differences of the given paths, all of one cost.
fn differ(mut change: Change, cost: Cost, paths: &[&str]) -> Change {
    change.differences = paths
        .iter()
        .map(|path| Difference {
            path: (*path).to_owned(),
            before: Json::Null,
            after: Json::Null,
            cost,
            drift: false,
        })
        .collect();
    change.cause = Cause::Differences {
        decisive: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    change
}

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        project: "shop".to_owned(),
        workspace: "default".to_owned(),
        lineage: String::new(),
        generation: 0,
        engine_id: String::new(),
        destroy: false,
        changes,
        outputs: Vec::new(),
        schedule: Schedule::default(),
        preconditions: Vec::new(),
        checks: Vec::new(),
    }
}

fn shown(change: &Change) -> String {
    change_text(change, FIELDS, Paint::PLAIN)
}

#[test]
fn what_is_made_is_shown_whole() {
    let change = change(
        "container.web[0]",
        Action::Create,
        Json::Null,
        json!({
            "image": "bb:1",
            "command": ["httpd", "-f"],
            "memory": 536_870_912,
            "env": {"TOKEN": {"$sensitive": "ab"}, "MODE": "x"},
            "healthcheck": {"test": ["CMD", "true"], "interval": 5_000_000_000_i64},
            "mount": [{"target": "/srv", "volume": "data"}],
            "id": {"$unknown": true},
        }),
    );
    assert_snapshot!(shown(&change), @r#"
    # container.web[0] will be created
    + container "web" {
        + command = ["httpd", "-f"]
        + env     = {
            + MODE  = "x"
            + TOKEN = (sensitive)
          }
        + id      = (known after apply)
        + image   = "bb:1"
        + memory  = "512m"

        + healthcheck {
            + interval = "5s"
            + test     = ["CMD", "true"]
          }
        + mount {
            + target = "/srv"
            + volume = "data"
          }
      }
    "#);
}

#[test]
fn what_is_changed_in_place_shows_only_what_differs() {
    let mut change = change(
        "container.web",
        Action::Update,
        json!({
            "image": "bb:1", "restart": "no", "memory": 268_435_456,
            "mount": [{"target": "/a", "read_only": false}, {"target": "/b"}],
            "from_image": "not compared"
        }),
        json!({
            "image": "bb:1", "restart": "always", "memory": 536_870_912,
            "mount": [{"target": "/a", "read_only": true}, {"target": "/b"}],
        }),
    );
    change = differ(change, Cost::Live, &["memory", "mount[/a].read_only", "restart"]);
    change.differences[0].drift = true;
    change.impact = Impact::Live;
    assert_snapshot!(shown(&change), @r#"
    # container.web will be changed in place: memory, mount[/a].read_only and restart changed - live
    ~ container "web" {
        ~ memory  = "256m" -> "512m" # changed outside
        ~ restart = "no" -> "always"
          # (2 unchanged attributes hidden)

        ~ mount {
            ~ read_only = false -> true
              target    = "/a"
          }
          # (1 unchanged block hidden)
      }
    "#);
}

#[test]
fn what_is_replaced_says_why_and_what_it_costs() {
    let mut change = change(
        "container.web[0]",
        Action::Replace,
        json!({"env": {"A": "1", "B": "2", "TOKEN": {"$sensitive": "ab"}}, "id": "abc", "image": "bb:1"}),
        json!({"env": {"A": "1", "B": "3", "TOKEN": {"$sensitive": "cd"}}, "id": {"$unknown": true}, "image": "bb:1"}),
    );
    change = differ(change, Cost::Replace, &["env.B", "env.TOKEN"]);
    change.impact = Impact::Downtime;
    assert_snapshot!(shown(&change), @r#"
      # container.web[0] will be replaced: env.B and env.TOKEN changed (these cannot be changed in a running container) - downtime
    -/+ container "web" {
          ~ env = {
              ~ B     = "2" -> "3" # replaces
              ~ TOKEN = (sensitive, changed) # replaces
                # (1 unchanged element hidden)
            }
          ~ id  = "abc" -> (known after apply)
            # (1 unchanged attribute hidden)
        }
    "#);
    change = differ(change, Cost::Replace, &["env.B"]);
    change.action = Action::ReplaceStartFirst;
    assert_snapshot!(heading(&change, Paint::PLAIN), @"# container.web[0] will be replaced, its successor first: env.B changed (env.B cannot be changed in a running container) - downtime");
}

#[test]
fn an_image_that_a_later_build_replaced_was_said_to_be_left_by_a_replacement() {
    let mut gone = change("image.app", Action::Delete, Json::Null, Json::Null);
    gone.cause = Cause::Leftover;
    assert_snapshot!(heading(&gone, Paint::PLAIN), @"# image.app will be destroyed: an image that was built later has taken its place");
}

#[test]
fn a_derived_name_is_shown_with_what_is_made_and_what_goes() {
    let mut made = change(
        "volume.data",
        Action::Create,
        Json::Null,
        json!({"mountpoint": {"$unknown": true}}),
    );
    made.name = "shop-data".to_owned();
    assert_snapshot!(change_text(&made, fields(&made), Paint::PLAIN), @r#"
    # volume.data (shop-data) will be created
    + volume "data" {
        + mountpoint = (known after apply)
        + name       = "shop-data"
      }
    "#);
    let mut gone = change("volume.data", Action::Delete, json!({}), Json::Null);
    gone.name = "shop-data".to_owned();
    gone.cause = Cause::Destroy;
    assert!(change_text(&gone, fields(&gone), Paint::PLAIN).contains("- name = \"shop-data\""));
}

#[test]
fn an_attribute_that_nobody_set_is_shown_when_it_was_changed_outside() {
    let mut change = differ(
        change(
            "container.web",
            Action::Update,
            json!({"image": "bb:1"}),
            json!({"image": "bb:1"}),
        ),
        Cost::Live,
        &["running"],
    );
    change.differences[0].before = false.into();
    change.differences[0].after = true.into();
    change.differences[0].drift = true;
    assert_snapshot!(change_text(&change, fields(&change), Paint::PLAIN), @r#"
    # container.web will be changed in place: running changed outside
    ~ container "web" {
        ~ running = false -> true # changed outside
          # (1 unchanged attribute hidden)
      }
    "#);
}

#[test]
fn what_is_taken_away_shows_what_is_lost() {
    let mut change = change("volume.data", Action::Delete, json!({"name": "data"}), Json::Null);
    change.cause = Cause::NotInConfiguration;
    change.impact = Impact::DataLoss;
    assert_snapshot!(text(&plan(vec![change]), Paint::PLAIN), @r#"
    wharf will do this:

      - destroy

    Look at this first:

      ! volume.data: its data will be lost

      # volume.data will be destroyed: it is no longer in the configuration - data loss
      - volume "data" {
          - name = "data"
        }

    Plan: 0 to add, 0 to change, 0 to replace, 1 to destroy.
    "#);
}

#[test]
fn every_action_and_cause_has_its_heading() {
    let by = || "container.db".parse().unwrap();
    let cases = [
        (Action::NoOp, Cause::None),
        (Action::Create, Cause::New),
        (Action::Create, Cause::Vanished),
        (Action::Replace, Cause::Unfinished),
        (Action::Replace, Cause::Requested),
        (Action::Replace, Cause::Triggered { by: by() }),
        (Action::Update, Cause::Attached { to: by() }),
        (Action::Delete, Cause::Destroy),
        (Action::Delete, Cause::Leftover),
        (Action::Read, Cause::None),
        (Action::Forget, Cause::NotInConfiguration),
        (Action::Forget, Cause::Vanished),
        (Action::Keep, Cause::NotInConfiguration),
        (Action::Adopt, Cause::New),
    ];
    let headings: Vec<String> = cases
        .into_iter()
        .map(|(action, cause)| {
            let mut change = change("container.web", action, Json::Null, Json::Null);
            change.cause = cause;
            heading(&change, Paint::PLAIN)
        })
        .collect();
    assert_snapshot!(headings.join("\n"), @r"
    # container.web stays as it is
    # container.web will be created
    # container.web will be created: it was removed outside
    # container.web will be replaced: an earlier run did not finish it
    # container.web will be replaced: asked for with --replace
    # container.web will be replaced: container.db changes
    # container.web will be changed in place: container.db, which it is attached to, is replaced
    # container.web will be destroyed
    # container.web will be destroyed: a replacement that was cut short left it behind
    # container.web will be read during apply
    # container.web will be forgotten, and stays on the engine: it is no longer in the configuration
    # container.web will be forgotten: it is not on the engine any more
    # container.web is kept although it is no longer in the configuration: it is protected
    # container.web will be adopted as it is
    ");
}

#[test]
fn a_derived_name_is_shown_where_the_address_does_not_say_it() {
    const NAMED: &[Field] = &[Field {
        name: "name",
        ..Field::BASE
    }];
    let mut made = change(
        "container.web",
        Action::Create,
        Json::Null,
        json!({"image": "bb:1"}),
    );
    made.name = "shop-web".to_owned();
    assert_snapshot!(change_text(&made, NAMED, Paint::PLAIN), @r#"
    # container.web (shop-web) will be created
    + container "web" {
        + image = "bb:1"
        + name  = "shop-web"
      }
    "#);
    let mut renamed = change(
        "container.web",
        Action::Update,
        json!({"name": "shop-old"}),
        json!({}),
    );
    renamed = differ(renamed, Cost::Live, &["name"]);
    renamed.name = "shop-web".to_owned();
    assert_snapshot!(change_text(&renamed, NAMED, Paint::PLAIN), @r#"
    # container.web (shop-web) will be changed in place: name changed
    ~ container "web" {
        ~ name = "shop-old" -> "shop-web"
      }
    "#);
    renamed.after = json!({"name": {"$sensitive": "ab"}});
    assert!(!change_text(&renamed, NAMED, Paint::PLAIN).contains("shop-web"));
    made.name = "web".to_owned();
    assert!(heading(&made, Paint::PLAIN).starts_with("# container.web will"));
}

#[test]
fn a_long_text_that_will_be_another_shows_its_beginning() {
    let after = json!({"id": {"$unknown": true}, "stdout": {"$unknown": true}});
    let before = json!({"id": "abc", "stdout": "first\nsecond\n"});
    assert_snapshot!(shown(&change("job.a", Action::Replace, before, after)), @r#"
      # job.a will be replaced
    -/+ job "a" {
          ~ id     = "abc" -> (known after apply)
          ~ stdout = "first"… -> (known after apply)
        }
    "#);
}

#[test]
fn texts_of_several_lines_are_compared_by_line() {
    let old: String = (1..12).map(|number| format!("line {number}\n")).collect();
    let new = old.replace("line 6\n", "line six\n\n");
    let change = differ(
        change(
            "container.web",
            Action::Update,
            json!({"content": old, "gone": "a\nb"}),
            json!({"content": new}),
        ),
        Cost::Restart,
        &["content", "gone"],
    );
    assert_snapshot!(shown(&change), @r#"
    # container.web will be changed in place: content and gone changed
    ~ container "web" {
        ~ content = <<-EOT # restarts
              # (2 unchanged lines hidden)
              line 3
              line 4
              line 5
            - line 6
            + line six
            +
              line 7
              line 8
              line 9
              # (2 unchanged lines hidden)
          EOT
        - gone    = <<-EOT # restarts
              a
              b
          EOT
      }
    "#);
}

#[test]
fn json_in_texts_is_compared_pretty() {
    let change = differ(
        change(
            "container.web",
            Action::Update,
            json!({"config": r#"{"a":1,"b":[1,2]}"#, "same": r#"{"a":1}"#}),
            json!({"config": r#"{"b":[1,3],"a":1}"#, "same": r#"{ "a": 1 }"#}),
        ),
        Cost::Live,
        &["config", "same"],
    );
    assert_snapshot!(shown(&change), @r#"
    # container.web will be changed in place: config and same changed
    ~ container "web" {
        ~ config = jsonencode(
              # (1 unchanged line hidden)
                "a": 1,
                "b": [
                  1,
            -     2
            +     3
                ]
              }
          )
        ~ same   = jsonencode( # only spacing or the order of keys changes
              # (3 unchanged lines hidden)
          )
      }
    "#);
}

#[test]
fn lists_show_what_comes_and_goes() {
    let change = differ(
        change(
            "container.web",
            Action::Replace,
            json!({"command": ["a", "b", "c", "d", "serve", "--port", "80"]}),
            json!({"command": ["a", "b", "c", "d", "serve", "--port", "8080", "-v"]}),
        ),
        Cost::Replace,
        &["command"],
    );
    assert_snapshot!(shown(&change), @r#"
      # container.web will be replaced: command changed (command cannot be changed in a running container)
    -/+ container "web" {
          ~ command = [ # replaces
                # (6 unchanged elements hidden)
              - "80",
              + "8080",
              + "-v",
            ]
        }
    "#);
}

#[test]
fn secrets_are_never_shown_beside_what_they_were() {
    let change = differ(
        change(
            "container.web",
            Action::Update,
            json!({"now_secret": "hunter2", "was_secret": {"$sensitive": "ab"}, "later": {"$sensitive": "ab"}}),
            json!({"now_secret": {"$sensitive": "cd"}, "was_secret": "public", "later": {"$sensitive": ""}}),
        ),
        Cost::Live,
        &["now_secret", "was_secret", "later"],
    );
    let text = shown(&change);
    assert!(!text.contains("hunter2"));
    assert_snapshot!(text, @r#"
    # container.web will be changed in place: now_secret, was_secret and later changed
    ~ container "web" {
        ~ later      = (sensitive, known after apply)
        ~ now_secret = (sensitive, changed)
        ~ was_secret = (sensitive) -> "public"
      }
    "#);
}

#[test]
fn blocks_come_and_go_by_their_keys() {
    let change = differ(
        change(
            "container.web",
            Action::Replace,
            json!({"mount": [{"target": "/a"}, {"target": "/b", "volume": "x"}]}),
            json!({"mount": [{"target": "/c", "volume": "y"}, {"target": "/a"}]}),
        ),
        Cost::Replace,
        &["mount[/b]", "mount[/c]"],
    );
    assert_snapshot!(shown(&change), @r#"
      # container.web will be replaced: mount[/b] and mount[/c] changed (these cannot be changed in a running container)
    -/+ container "web" {
          + mount { # replaces
              + target = "/c"
              + volume = "y"
            }
          - mount { # replaces
              - target = "/b"
              - volume = "x"
            }
            # (1 unchanged block hidden)
        }
    "#);
}

#[test]
fn risks_stand_first() {
    let mut change = change(
        "container.web",
        Action::Create,
        Json::Null,
        json!({
            "privileged": true, "network_mode": "host", "cap_add": ["CAP_SYS_ADMIN", "NET_ADMIN"],
            "mount": [{"source": "/var/run/docker.sock", "target": "/s"}, {"source": "/", "target": "/host"}, {"volume": "x"}],
        }),
    );
    change.notes = vec!["bb:1 is pulled first\x1b[0m".to_owned()];
    assert_snapshot!(text(&plan(vec![change]), Paint::PLAIN), @r#"
    wharf will do this:

      + create

    Look at this first:

      ! container.web: privileged: it can do on the host whatever root can
      ! container.web: gets the capability SYS_ADMIN
      ! container.web: shares the host's network
      ! container.web: mounts "/var/run/docker.sock": it can control the whole engine
      ! container.web: mounts "/" of the host

      # container.web will be created
      # bb:1 is pulled first\x1b[0m
      + container "web" {
          + cap_add      = ["CAP_SYS_ADMIN", "NET_ADMIN"]
          + network_mode = "host"
          + privileged   = true

          + mount {
              + source = "/var/run/docker.sock"
              + target = "/s"
            }
          + mount {
              + source = "/"
              + target = "/host"
            }
          + mount {
              + volume = "x"
            }
        }

    Plan: 1 to add, 0 to change, 0 to replace, 0 to destroy.
    "#);
}

#[test]
fn nothing_to_do_is_said() {
    assert_snapshot!(text(&plan(Vec::new()), Paint::PLAIN), @"No changes. The engine is as the configuration says.");
    let mut destroy = plan(vec![change("volume.a", Action::NoOp, json!({}), json!({}))]);
    destroy.destroy = true;
    assert_snapshot!(text(&destroy, Paint::PLAIN), @"No changes. There is nothing to destroy.");
}

#[test]
fn outputs_are_shown_with_their_values() {
    let mut plan = plan(Vec::new());
    let output = |name: &str, before, after| OutputChange {
        name: name.to_owned(),
        before,
        after,
    };
    plan.outputs = vec![
        output("url", json!("http://localhost:1"), json!({"$unknown": true})),
        output("new", Json::Null, json!(["a"])),
        output("old", json!(1), Json::Null),
        output("secret", json!({"$sensitive": "ab"}), json!({"$sensitive": "cd"})),
        output("same", json!(1), json!(1)),
    ];
    assert_snapshot!(text(&plan, Paint::PLAIN), @r#"
    Outputs will change:
      ~ url    = "http://localhost:1" -> (known after apply)
      + new    = ["a"]
      - old    = 1
      ~ secret = (sensitive, changed)

    Only outputs change. Nothing is done on the engine.
    "#);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let mut hostile = differ(
        change(
            "container.web",
            Action::Update,
            json!({"env": {"\x1b[1m": "\x07"}, "x\x1b": "1"}),
            json!({"env": {"\x1b[1m": "\n\x1b[0m"}, "x\x1b": "2"}),
        ),
        Cost::Replace,
        &["env", "x\x1b"],
    );
    hostile.address.key = Some(crate::address::Key::Name("\x1b[2J\u{202e}".to_owned()));
    hostile.notes = vec!["\x1b]0;x\x07".to_owned()];
    let text = text(&plan(vec![hostile]), Paint::PLAIN);
    assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\r']), "{text}");
}

#[test]
fn colours_carry_no_meaning_alone() {
    let plan = plan(vec![change(
        "volume.a",
        Action::Create,
        Json::Null,
        json!({"name": "a"}),
    )]);
    let coloured = text(&plan, Paint::new(true));
    assert!(coloured.contains('\x1b'));
    let stripped = console::strip_ansi_codes(&coloured);
    assert_eq!(stripped, text(&plan, Paint::PLAIN));
}
