//! The FIELDS table of jobs.

use crate::kinds::process::fields::{
    CONFINEMENT, FILES, ISOLATION, KNOWN_TO_ENGINE, LIMITS, NETWORK, NETWORKING, PROGRAM, RESOURCES, STORAGE,
    join,
};
use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

const TABLES: &[&[Field]] = &[
    PROGRAM,
    NETWORKING,
    STORAGE,
    RUN,
    RESOURCES,
    LIMITS,
    CONFINEMENT,
    ISOLATION,
    KNOWN_TO_ENGINE,
];

const JOINED: [Field;
    PROGRAM.len()
        + NETWORKING.len()
        + STORAGE.len()
        + RUN.len()
        + RESOURCES.len()
        + LIMITS.len()
        + CONFINEMENT.len()
        + ISOLATION.len()
        + KNOWN_TO_ENGINE.len()] = join(TABLES);

/// The table: whatever of a job changes, other than its name and whether its container stays, runs it again.
pub(super) const FIELDS: &[Field] = &run_again(of_jobs(JOINED));

const NETWORK_OF_JOBS: [Field; NETWORK.len()] = run_again(join(&[NETWORK]));

const FILES_OF_JOBS: [Field; FILES.len()] = run_again(join(&[FILES]));

/// Says of rows that containers have as well what they are in a job, which nothing is changed of in place.
const fn of_jobs<const N: usize>(mut fields: [Field; N]) -> [Field; N] {
    let mut row = 0;
    while row < N {
        let field = &mut fields[row];
        match field.name.as_bytes() {
            b"name" => {
                field.doc = "The name of its container. A change renames that in place, and runs nothing.";
            }
            b"memory" => field.doc = "The most memory that it may use, at least 6 MiB, such as `\"512m\"`.",
            b"network" => {
                field.ty = FieldType::Blocks(&NETWORK_OF_JOBS, &["name"]);
                field.doc = "A network that it is connected to while it runs.";
            }
            b"file" => {
                field.ty = FieldType::Blocks(&FILES_OF_JOBS, &["path"]);
                field.doc = "A file that is put into its container before it starts. Exactly one of `content` and `source` says what stands in it.";
            }
            _ => {}
        }
        row += 1;
    }
    fields
}

/// Makes every change of what was run a replacement: a job that has ended has nothing left to update.
const fn run_again<const N: usize>(mut fields: [Field; N]) -> [Field; N] {
    let mut row = 0;
    while row < N {
        if matches!(fields[row].cost, Cost::Reconnect | Cost::Restart)
            || matches!(fields[row].cost, Cost::Live)
                && !matches!(fields[row].name.as_bytes(), b"name" | b"auto_remove")
        {
            fields[row].cost = Cost::Replace;
        }
        row += 1;
    }
    fields
}

/// What only what runs to its end has.
const RUN: &[Field] = &[
    Field {
        name: "triggers",
        ty: FieldType::Map(&FieldType::Any),
        compare: Compare::LastApplied,
        doc: "Values whose change runs the job again.",
        ..Field::BASE
    },
    Field {
        name: "timeout",
        ty: FieldType::Duration,
        cost: Cost::Remember,
        compare: Compare::Never,
        default: "`\"1h\"`",
        doc: "How long it may take.",
        ..Field::BASE
    },
    Field {
        name: "auto_remove",
        ty: FieldType::Bool,
        cost: Cost::Live,
        default: "`false`",
        doc: "Whether its container is removed once it has ended well. What it ended with and wrote stays known as long as the state does.",
        ..Field::BASE
    },
    Field {
        name: "exit_code",
        ty: FieldType::Int(0, 255),
        at: "State.ExitCode",
        doc: "What it ended with: 0, for anything else is an error.",
        ..COMPUTED
    },
    Field {
        name: "stdout",
        doc: "What it wrote to standard output; sensitive if anything that it was given is.",
        ..COMPUTED
    },
    Field {
        name: "stderr",
        doc: "What it wrote to standard error; sensitive if anything that it was given is.",
        ..COMPUTED
    },
];

const COMPUTED: Field = Field {
    presence: Presence::Computed,
    cost: Cost::Remember,
    compare: Compare::Never,
    ..Field::BASE
};
