//! The FIELDS table of volumes.

use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

/// The table.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        ty: FieldType::ObjectName,
        at: "Name",
        default: "the project's name, the workspace's unless it is `default`, the block's label and the instance key, joined by `-`",
        doc: "The volume's name. A volume cannot be renamed: another name is another volume.",
        ..Field::BASE
    },
    Field {
        name: "driver",
        at: "Driver",
        default: "`local`",
        doc: "The volume driver.",
        ..Field::BASE
    },
    Field {
        name: "driver_opts",
        ty: FieldType::Map(&FieldType::String),
        at: "Options",
        doc: "Options of the driver.",
        ..Field::BASE
    },
    Field {
        name: "labels",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Labels",
        doc: "Labels. A volume with other labels is another volume.",
        ..Field::BASE
    },
    Field {
        name: "protect",
        doc: "Whether the volume is never destroyed, nor replaced unless `migrate` takes its data along. Protection outlives the block: set it to `false` and apply to lift it.",
        ..REMEMBERED_FLAG
    },
    Field {
        name: "adopt",
        doc: "Whether a volume of this name that is already there is taken over as it is, instead of being an error.",
        ..REMEMBERED_FLAG
    },
    Field {
        name: "migrate",
        doc: "Whether what is in the volume is copied to the new one when a change replaces it, such as another `driver` or other `driver_opts`. Those that use it are stopped meanwhile. Without it what is in the volume is lost then, unless `protect` forbids the change.",
        ..REMEMBERED_FLAG
    },
    Field {
        name: "id",
        at: "Name",
        doc: "The volume's id, which is its name.",
        ..COMPUTED
    },
    Field {
        name: "mountpoint",
        at: "Mountpoint",
        doc: "Where the engine's host keeps its data.",
        ..COMPUTED
    },
];

/// What a `data` block asks by.
pub(super) const DATA_FIELDS: &[Field] = &[Field {
    name: "name",
    ty: FieldType::ObjectName,
    presence: Presence::Required,
    doc: "The volume's name.",
    ..Field::BASE
}];

const REMEMBERED_FLAG: Field = Field {
    ty: FieldType::Bool,
    cost: Cost::Remember,
    compare: Compare::LastApplied,
    default: "false",
    ..Field::BASE
};

const COMPUTED: Field = Field {
    presence: Presence::Computed,
    cost: Cost::Remember,
    compare: Compare::Never,
    ..Field::BASE
};
