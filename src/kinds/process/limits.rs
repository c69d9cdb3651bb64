//! Limits of CPU time, memory nodes and block devices, both ways.

use serde_json::{Map, Value as Json, json};

use super::check::MICROSECOND;
use crate::kinds::{Spec, reading, spec};
use crate::value::Value;

/// Attributes that are times, with the engine's names.
const TIMES: &[(&str, &str)] = &[
    ("cpu_period", "CpuPeriod"),
    ("cpu_quota", "CpuQuota"),
    ("cpu_rt_period", "CpuRealtimePeriod"),
    ("cpu_rt_runtime", "CpuRealtimeRuntime"),
];

/// Attributes that the engine takes as they are, and can change in place.
const PLAIN: &[(&str, &str)] = &[("cpuset_mems", "CpusetMems"), ("blkio_weight", "BlkioWeight")];

/// Blocks of block devices: attribute, engine's name, and what each device is given.
const DEVICES: &[(&str, &str, &str, &str)] = &[
    ("blkio_weight_device", "BlkioWeightDevice", "weight", "Weight"),
    ("device_read_bps", "BlkioDeviceReadBps", "rate", "Rate"),
    ("device_read_iops", "BlkioDeviceReadIOps", "rate", "Rate"),
    ("device_write_bps", "BlkioDeviceWriteBps", "rate", "Rate"),
    ("device_write_iops", "BlkioDeviceWriteIOps", "rate", "Rate"),
];

/// Puts them into the body of a new container.
pub(super) fn write(spec: &Spec, host: &mut Map<String, Json>) {
    for (name, _) in TIMES.iter().chain(PLAIN) {
        update(spec, host, name);
    }
    spec::carry(spec, host, &[("memory_swappiness", "MemorySwappiness")]);
    for (name, engine_name, attribute, engine_attribute) in DEVICES {
        let devices: Vec<Json> = spec::blocks(spec, name)
            .map(|device| {
                json!({
                    "Path": spec::text(device, "path").unwrap_or_default(),
                    *engine_attribute: spec::whole(device, attribute).unwrap_or_default(),
                })
            })
            .collect();
        if !devices.is_empty() {
            host.insert((*engine_name).to_owned(), devices.into());
        }
    }
}

/// Puts one that can be changed in place into a body.
pub(super) fn update(spec: &Spec, body: &mut Map<String, Json>, name: &str) {
    if let Some((name, engine_name)) = TIMES.iter().find(|(it, _)| *it == name) {
        if let Some(time) = spec::whole(spec, name) {
            body.insert((*engine_name).to_owned(), (time / MICROSECOND).into());
        }
    } else if let Some(row) = PLAIN.iter().find(|(it, _)| *it == name) {
        spec::carry(spec, body, &[*row]);
    }
}

/// Reads them.
pub(super) fn read(host: &Json) -> Vec<(&'static str, Option<Value>)> {
    let mut read = vec![
        (
            "memory_swappiness",
            host["MemorySwappiness"]
                .as_i64()
                .filter(|swappiness| *swappiness >= 0)
                .map(Value::from),
        ),
        (
            "cpuset_mems",
            reading::text(&host["CpusetMems"]).map(|nodes| super::read::numbers(&nodes)),
        ),
        ("blkio_weight", reading::whole(&host["BlkioWeight"])),
    ];
    // A quota of -1 is none.
    let time = |name: &str| host[name].as_i64().filter(|time| *time > 0);
    read.extend(TIMES.iter().map(|(name, engine_name)| {
        let time = time(engine_name).map(|time| Value::from(time.saturating_mul(MICROSECOND)));
        (*name, time)
    }));
    read.extend(
        DEVICES
            .iter()
            .map(|(name, engine_name, attribute, engine_attribute)| {
                let devices = reading::elements(&host[*engine_name]).map(|device| {
                    reading::block([
                        ("path", reading::text(&device["Path"])),
                        (*attribute, reading::whole(&device[*engine_attribute])),
                    ])
                });
                (*name, reading::blocks(devices.collect()))
            }),
    );
    read
}
