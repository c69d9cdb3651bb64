//! The FIELDS of limits beyond memory and CPUs as a whole: shares of CPU time, real time, block devices.

use super::{LIMIT, REQUIRED};
use crate::kinds::{Field, FieldType};

/// The limits.
pub(in crate::kinds) const LIMITS: &[Field] = &[
    Field {
        name: "memory_swappiness",
        ty: FieldType::Int(0, 100),
        at: "HostConfig.MemorySwappiness",
        default: "the host's",
        needs: "CgroupV1",
        doc: "How willingly its memory is swapped out.",
        ..Field::BASE
    },
    Field {
        name: "cpu_period",
        ty: FieldType::Duration,
        at: "HostConfig.CpuPeriod",
        default: "`\"100ms\"`",
        needs: "CpuCfsPeriod",
        doc: "The time in which it may use `cpu_quota`, 1 ms to 1 s.",
        ..LIMIT
    },
    Field {
        name: "cpu_quota",
        ty: FieldType::Duration,
        at: "HostConfig.CpuQuota",
        default: "no limit",
        needs: "CpuCfsQuota",
        doc: "The CPU time that it may use in each `cpu_period`, at least 1 ms. `cpus` says the same in one number.",
        ..LIMIT
    },
    Field {
        name: "cpu_rt_period",
        ty: FieldType::Duration,
        at: "HostConfig.CpuRealtimePeriod",
        default: "the host's",
        needs: "CgroupV1",
        doc: "The time in which it may use `cpu_rt_runtime`.",
        ..LIMIT
    },
    Field {
        name: "cpu_rt_runtime",
        ty: FieldType::Duration,
        at: "HostConfig.CpuRealtimeRuntime",
        default: "none",
        needs: "CgroupV1",
        doc: "The CPU time that its real-time tasks may use in each `cpu_rt_period`. The engine must have been given some to hand out.",
        ..LIMIT
    },
    Field {
        name: "cpuset_mems",
        at: "HostConfig.CpusetMems",
        default: "all",
        needs: "CPUSet",
        doc: "The memory nodes that it may use, such as `0-1`.",
        ..LIMIT
    },
    Field {
        name: "blkio_weight",
        ty: FieldType::Int(10, 1000),
        at: "HostConfig.BlkioWeight",
        default: "the kernel's",
        doc: "Its weight against other containers when block devices are busy.",
        ..LIMIT
    },
    Field {
        name: "blkio_weight_device",
        ty: FieldType::Blocks(WEIGHT, &["path"]),
        at: "HostConfig.BlkioWeightDevice",
        doc: "Its weight on one block device.",
        ..Field::BASE
    },
    Field {
        name: "device_read_bps",
        ty: FieldType::Blocks(BYTES, &["path"]),
        at: "HostConfig.BlkioDeviceReadBps",
        doc: "How many bytes a second it may read from a block device.",
        ..Field::BASE
    },
    Field {
        name: "device_read_iops",
        ty: FieldType::Blocks(COUNT, &["path"]),
        at: "HostConfig.BlkioDeviceReadIOps",
        doc: "How many times a second it may read from a block device.",
        ..Field::BASE
    },
    Field {
        name: "device_write_bps",
        ty: FieldType::Blocks(BYTES, &["path"]),
        at: "HostConfig.BlkioDeviceWriteBps",
        doc: "How many bytes a second it may write to a block device.",
        ..Field::BASE
    },
    Field {
        name: "device_write_iops",
        ty: FieldType::Blocks(COUNT, &["path"]),
        at: "HostConfig.BlkioDeviceWriteIOps",
        doc: "How many times a second it may write to a block device.",
        ..Field::BASE
    },
];

const PATH: Field = Field {
    name: "path",
    ty: FieldType::HostPath,
    at: "Path",
    doc: "The block device on the host, such as `/dev/sda`.",
    ..REQUIRED
};

const WEIGHT: &[Field] = &[
    PATH,
    Field {
        name: "weight",
        ty: FieldType::Int(10, 1000),
        at: "Weight",
        doc: "The weight.",
        ..REQUIRED
    },
];

const BYTES: &[Field] = &[
    PATH,
    Field {
        name: "rate",
        ty: FieldType::Bytes,
        at: "Rate",
        doc: "Bytes a second, such as `\"10m\"`.",
        ..REQUIRED
    },
];

const COUNT: &[Field] = &[
    PATH,
    Field {
        name: "rate",
        ty: FieldType::Int(1, i64::MAX),
        at: "Rate",
        doc: "Operations a second.",
        ..REQUIRED
    },
];
