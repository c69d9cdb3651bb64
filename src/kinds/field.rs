//! What a FIELDS table says of one attribute.

use crate::value::{Data, Type, Value};

/// One attribute or nested block of a kind.
///
/// What a nested block's own fields say of cost and comparison holds for a change within it; what the block's row says holds for
/// the block as a whole, when it comes or goes.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name, as Docker and Compose call it, in snake case.
    pub name: &'static str,
    /// Type and unit.
    pub ty: FieldType,
    /// Whether the user must, may, or cannot set it.
    pub presence: Presence,
    /// What a change costs.
    pub cost: Cost,
    /// What taking it out of the configuration costs.
    pub unset: Unset,
    /// How desired and live values are compared.
    pub compare: Compare,
    /// Where it lives in the engine's API, such as `HostConfig.Memory`; empty if it does not.
    pub at: &'static str,
    /// The first API version that has it; (0, 0) if every supported one has.
    pub since: (u32, u32),
    /// What the engine's host must be able to do, as `GET /info` calls it (such as `SwapLimit`), or `CgroupV1`; empty if nothing.
    pub needs: &'static str,
    /// What it is when it is not set, in words; empty if nothing.
    pub default: &'static str,
    /// One or two sentences for the reference.
    pub doc: &'static str,
}

impl Field {
    /// An optional text attribute whose change needs a replacement: the start of most table rows.
    pub const BASE: Self = Self {
        name: "",
        ty: FieldType::String,
        presence: Presence::Optional,
        cost: Cost::Replace,
        unset: Unset::AsChange,
        compare: Compare::Exact,
        at: "",
        since: (0, 0),
        needs: "",
        default: "",
        doc: "",
    };
}

/// The type of an attribute, with its unit. Each says which canonical value stands in a [`Spec`](super::Spec).
#[derive(Clone, Copy, Debug)]
pub enum FieldType {
    /// Text.
    String,
    /// One of some texts.
    Enum(&'static [&'static str]),
    /// True or false.
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number of CPUs, such as `0.5`: a number.
    Cpus,
    /// A size such as `"512m"` or a number of bytes: a number of bytes.
    Bytes,
    /// A size as [`Bytes`](Self::Bytes), or -1 for no limit.
    BytesOrUnlimited,
    /// A duration such as `"1m30s"`: a number of nanoseconds.
    Duration,
    /// A TCP or UDP port, 1 to 65535: a number.
    Port,
    /// An octal file mode such as `"0644"`: a number.
    FileMode,
    /// An IP address: text in canonical form.
    Ip,
    /// A network with prefix length: text in canonical form.
    Cidr,
    /// The name of a container, network or volume.
    ObjectName,
    /// An image reference, or an image id: text.
    ImageReference,
    /// A path on the machine where wharf runs, relative ones from the configuration's directory: text as written.
    LocalPath,
    /// An absolute path on the engine's host: text, cleaned.
    HostPath,
    /// An absolute path in a container: text, cleaned.
    ContainerPath,
    /// A signal name such as `SIGTERM` or a number: text in canonical form (`SIGTERM`).
    Signal,
    /// Elements in order: a tuple.
    List(&'static FieldType),
    /// Elements without order: a tuple, sorted, without repetition.
    Set(&'static FieldType),
    /// Elements by name: an object.
    Map(&'static FieldType),
    /// Any value, kept as it is.
    Any,
    /// The address of a block, written as a reference such as `container.web`: text. It adds no ordering edge.
    Reference,
    /// A nested block that may stand once: an object.
    Block(&'static [Field]),
    /// A nested block that may be repeated: a tuple of objects. They are matched by the value of the named attributes,
    /// and their order does not matter.
    Blocks(&'static [Field], &'static [&'static str]),
}

impl FieldType {
    /// Returns the language's type of such an attribute.
    pub fn language(&self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int(..)
            | Self::Cpus
            | Self::Bytes
            | Self::BytesOrUnlimited
            | Self::Duration
            | Self::Port
            | Self::FileMode => Type::Number,
            Self::List(element) => Type::list(element.language()),
            Self::Set(element) => Type::set(element.language()),
            Self::Map(element) => Type::map(element.language()),
            Self::Any | Self::Block(_) | Self::Blocks(..) => Type::Any,
            Self::String
            | Self::Enum(_)
            | Self::Ip
            | Self::Cidr
            | Self::ObjectName
            | Self::ImageReference
            | Self::LocalPath
            | Self::HostPath
            | Self::ContainerPath
            | Self::Signal
            | Self::Reference => Type::String,
        }
    }

    /// Returns what references see of such an attribute that is not set.
    pub fn absent(&self) -> Value {
        match self {
            Self::Blocks(..) => Value::tuple([]),
            ty => Data::Null(ty.language()).into(),
        }
    }
}

/// Whether the user sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The user may; what is left unset is known after apply (a container's name is foretold instead).
    OptionalComputed,
    /// Only the engine does: it can be referred to, and is unknown until apply.
    Computed,
    /// Found by reading local files while planning, such as the digest of a build's context: cannot be set or referred to.
    Derived,
}

/// What a change of an attribute costs, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Nothing on the engine: it is only remembered.
    Remember,
    /// Changed in place.
    Live,
    /// The container leaves and rejoins a network.
    Reconnect,
    /// The container is stopped and started.
    Restart,
    /// A new object takes its place.
    Replace,
    /// It cannot be changed.
    Refused,
}

/// What taking an attribute out of the configuration costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// As any other change.
    AsChange,
    /// The engine cannot unset it in place: a replacement.
    Replace,
    /// The live value stays and is no longer compared.
    Keep,
}

/// How a desired value is compared with the live one. Values are in canonical form, and unset is never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Equal.
    Exact,
    /// Only the keys that the user sets, or set before; further live keys come from image or engine. For repeated blocks:
    /// only the blocks that the user has, or had before; for a list or set: only the elements.
    Keys,
    /// Desired is an image reference, live the id of an image: equal if the reference stands for that image on the engine.
    Image,
    /// The engine does not show it: desired is compared with what was applied last.
    LastApplied,
    /// Never: it has no meaning on the engine.
    Never,
}
