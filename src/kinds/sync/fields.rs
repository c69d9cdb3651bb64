//! The FIELDS table of syncs. No engine shows a sync: everything is compared with what was applied last, and the trees
//! with each other.

use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

/// The table.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "source",
        ty: FieldType::LocalPath,
        presence: Presence::Required,
        doc: "The directory. What counts is what stands in it, not where it is.",
        ..REMEMBERED
    },
    Field {
        name: "target",
        ty: FieldType::Block(TARGET),
        presence: Presence::Required,
        doc: "Where the files go.",
        ..APPLIED
    },
    Field {
        name: "exclude",
        ty: FieldType::List(&FieldType::String),
        cost: Cost::Live,
        doc: "Patterns, as in `.dockerignore`, of files that are neither sent nor deleted.",
        ..APPLIED
    },
    Field {
        name: "delete",
        ty: FieldType::Bool,
        cost: Cost::Live,
        default: "false",
        doc: "Whether files of the target that the source does not have are deleted.",
        ..APPLIED
    },
    Field {
        name: "allow_empty",
        ty: FieldType::Bool,
        default: "false",
        doc: "Whether an empty source, or the loss of more than half of the target, is meant.",
        ..REMEMBERED
    },
    Field {
        name: "on_change",
        ty: FieldType::Block(ON_CHANGE),
        doc: "What is done with a container that was running before, when files have changed. It adds no order between the two.",
        ..REMEMBERED
    },
    Field {
        name: "manifest",
        presence: Presence::Derived,
        compare: Compare::Never,
        doc: "The digest of the source's files, to which an apply is held.",
        ..REMEMBERED
    },
];

const TARGET: &[Field] = &[
    Field {
        name: "volume",
        ty: FieldType::ObjectName,
        doc: "The volume's name.",
        ..APPLIED
    },
    Field {
        name: "path",
        default: "the volume's root",
        doc: "A directory in the volume, relative to its root; without `volume` an absolute path of the engine's host. It is made if it is not there.",
        ..APPLIED
    },
];

const ON_CHANGE: &[Field] = &[
    Field {
        name: "container",
        ty: FieldType::Reference,
        presence: Presence::Required,
        doc: "The container's block, such as `container.web`.",
        ..REMEMBERED
    },
    Field {
        name: "signal",
        ty: FieldType::Signal,
        doc: "The signal that it gets, such as `HUP`.",
        ..REMEMBERED
    },
    Field {
        name: "restart",
        ty: FieldType::Bool,
        default: "false",
        doc: "Whether it is restarted.",
        ..REMEMBERED
    },
];

const APPLIED: Field = Field {
    compare: Compare::LastApplied,
    ..Field::BASE
};

const REMEMBERED: Field = Field {
    cost: Cost::Remember,
    compare: Compare::LastApplied,
    ..Field::BASE
};
