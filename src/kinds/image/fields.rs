//! The FIELDS table of images.

use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

/// The table.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        ty: FieldType::ImageReference,
        presence: Presence::Required,
        // An image has many names, some in another spelling: it was found by this one.
        compare: Compare::LastApplied,
        at: "RepoTags",
        doc: "The image's reference, such as `shop/app:1.4`. Without tag and digest it means the tag `latest`.",
        ..Field::BASE
    },
    Field {
        name: "pull",
        ty: FieldType::Block(PULL),
        presence: Presence::Optional,
        cost: Cost::Remember,
        compare: Compare::Never,
        doc: "Says that the image comes from a registry. This is the default: an image that the engine does not have is pulled.",
        ..Field::BASE
    },
    Field {
        name: "build",
        ty: FieldType::Block(BUILD),
        doc: "Builds the image from a directory, through the engine's API. A `.dockerignore` file is heeded.",
        ..BUILT
    },
    Field {
        name: "platform",
        default: "the engine's own",
        doc: "The platform, as `os/architecture[/variant]`.",
        ..BUILT
    },
    Field {
        name: "keep",
        ty: FieldType::Bool,
        cost: Cost::Remember,
        compare: Compare::LastApplied,
        default: "false for an image that is built, true for any other",
        doc: "Whether the image stays on the engine when it is destroyed.",
        ..Field::BASE
    },
    Field {
        name: "context_digest",
        presence: Presence::Derived,
        doc: "The hash of everything in the directory that the image is built from.",
        ..BUILT
    },
    Field {
        name: "id",
        at: "Id",
        doc: "The image's id: what containers should refer to, so that they follow it when it is built anew.",
        ..COMPUTED
    },
    Field {
        name: "digest",
        at: "RepoDigests",
        doc: "The registry's digest of the image, such as `sha256:…`; empty for an image that no registry has.",
        ..COMPUTED
    },
];

/// What a `data` block asks by.
pub(super) const DATA_FIELDS: &[Field] = &[Field {
    name: "name",
    ty: FieldType::ImageReference,
    presence: Presence::Required,
    doc: "The image's reference.",
    ..Field::BASE
}];

const PULL: &[Field] = &[Field {
    name: "policy",
    ty: FieldType::Enum(&["missing", "always", "never"]),
    cost: Cost::Remember,
    compare: Compare::Never,
    default: "`missing`",
    doc: "When it is pulled. `missing`: if the engine has no image of this name. `always`: also if the registry has another one by now, which every plan asks it for; a tag that has moved shows as a change of `digest`. `never`: the engine has to have it.",
    ..Field::BASE
}];

const BUILD: &[Field] = &[
    Field {
        name: "context",
        ty: FieldType::LocalPath,
        presence: Presence::Required,
        doc: "The directory. The image is built anew when anything in it changes.",
        ..BUILT
    },
    Field {
        name: "dockerfile",
        default: "`Dockerfile`",
        doc: "The Dockerfile's path in the directory.",
        ..BUILT
    },
    Field {
        name: "args",
        ty: FieldType::Map(&FieldType::String),
        doc: "Build arguments. They can be seen in the image's history: they are no place for secrets.",
        ..BUILT
    },
    Field {
        name: "target",
        default: "the last stage",
        doc: "The stage to build.",
        ..BUILT
    },
    Field {
        name: "labels",
        ty: FieldType::Map(&FieldType::String),
        doc: "Labels of the image.",
        ..BUILT
    },
    Field {
        name: "cache_from",
        ty: FieldType::List(&FieldType::ImageReference),
        cost: Cost::Remember,
        doc: "Images whose layers may be used again, besides what the engine has built before.",
        ..BUILT
    },
    Field {
        name: "network",
        default: "the default bridge",
        doc: "What the build's containers are connected to: `none`, `host`, or a network's name.",
        ..BUILT
    },
    Field {
        name: "extra_hosts",
        ty: FieldType::Map(&FieldType::String),
        doc: "Host names and their addresses in the build's containers.",
        ..BUILT
    },
    Field {
        name: "shm_size",
        ty: FieldType::Bytes,
        cost: Cost::Remember,
        default: "the engine's, mostly 64 MiB",
        doc: "The size of `/dev/shm` in the build's containers.",
        ..BUILT
    },
    Field {
        name: "no_cache",
        ty: FieldType::Bool,
        cost: Cost::Remember,
        default: "false",
        doc: "Whether earlier results are ignored when it is built.",
        ..BUILT
    },
    Field {
        name: "pull",
        ty: FieldType::Bool,
        cost: Cost::Remember,
        default: "false",
        doc: "Whether the images it is built from are pulled even if the engine has them.",
        ..BUILT
    },
];

/// What an image does not show of how it was made.
const BUILT: Field = Field {
    compare: Compare::LastApplied,
    ..Field::BASE
};

const COMPUTED: Field = Field {
    presence: Presence::Computed,
    cost: Cost::Remember,
    compare: Compare::Never,
    ..Field::BASE
};
