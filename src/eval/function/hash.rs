//! Hashes, of text and of files.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::{Call, Failure, Function, Kind, Outcome, Param, function, param, string};
use crate::eval::Moment;
use crate::eval::files::unreadable;
use crate::value::{Type, Value};

const STR: Param = param("str", Kind::String);
const PATH: Param = param("path", Kind::String);

/// The cost of `bcrypt` if none is given.
const BCRYPT_COST: u32 = 10;

/// The greatest cost: it takes about a second, and each step more doubles it.
const BCRYPT_MAX_COST: u32 = 14;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64sha256", &[STR], string, |call| {
        of_text::<Sha256>(call, base64)
    }),
    function("base64sha512", &[STR], string, |call| {
        of_text::<Sha512>(call, base64)
    }),
    function("bcrypt", &[STR], string, bcrypt).variadic(param("cost", Kind::Number)),
    function("filebase64sha256", &[PATH], string, |call| {
        of_file::<Sha256>(call, base64)
    }),
    function("filebase64sha512", &[PATH], string, |call| {
        of_file::<Sha512>(call, base64)
    }),
    function("filemd5", &[PATH], string, |call| of_file::<Md5>(call, hex)),
    function("filesha1", &[PATH], string, |call| of_file::<Sha1>(call, hex)),
    function("filesha256", &[PATH], string, |call| of_file::<Sha256>(call, hex)),
    function("filesha512", &[PATH], string, |call| of_file::<Sha512>(call, hex)),
    function("md5", &[STR], string, |call| of_text::<Md5>(call, hex)),
    function("sha1", &[STR], string, |call| of_text::<Sha1>(call, hex)),
    function("sha256", &[STR], string, |call| of_text::<Sha256>(call, hex)),
    function("sha512", &[STR], string, |call| of_text::<Sha512>(call, hex)),
    function("uuid", &[], string, uuid),
    function(
        "uuidv5",
        &[param("namespace", Kind::String), param("name", Kind::String)],
        string,
        uuidv5,
    ),
];

fn of_text<D: Digest>(call: &Call<'_>, written: fn(&[u8]) -> String) -> Outcome {
    Ok(written(&D::digest(call.text(0).as_bytes())).into())
}

fn of_file<D: Digest>(call: &Call<'_>, written: fn(&[u8]) -> String) -> Outcome {
    let path = call.text(0);
    let content = super::file::open(call.scope, call.budget, path).map_err(Failure::unreadable)?;
    let mut hasher = Hasher(D::new());
    content
        .copy_to(&mut hasher)
        .map_err(|error| Failure::unreadable(unreadable(path, &error).to_string()))?;
    Ok(written(&hasher.0.finalize()).into())
}

/// Hashes what is written to it.
pub(super) struct Hasher<D>(pub(super) D);

impl<D: Digest> Write for Hasher<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Another hash at each call, for the salt is drawn anew: unknown until apply.
fn bcrypt(call: &Call<'_>) -> Outcome {
    if call.len() > 2 {
        return Err(Failure::at(2, "only one cost can be given"));
    }
    let cost = match call.get(1) {
        None => BCRYPT_COST,
        Some(_) => u32::try_from(call.whole(1)?)
            .ok()
            .filter(|cost| *cost <= BCRYPT_MAX_COST)
            .ok_or_else(|| Failure::at(1, format!("the cost must be between 4 and {BCRYPT_MAX_COST}")))?,
    };
    if call.text(0).len() > 72 {
        return Err(Failure::at(0, "it is longer than the 72 bytes that bcrypt takes"));
    }
    if call.scope.moment() == Moment::Planning {
        return Ok(Value::unknown(Type::String));
    }
    // What is too cheap counts as not given.
    let cost = if cost < 4 { BCRYPT_COST } else { cost };
    ::bcrypt::non_truncating_hash(call.text(0), cost)
        .map(Value::from)
        .map_err(|_| Failure::new("this text cannot be hashed"))
}

/// Another one at each call: unknown until apply.
fn uuid(call: &Call<'_>) -> Outcome {
    Ok(match call.scope.moment() {
        Moment::Planning => Value::unknown(Type::String),
        Moment::Now => Uuid::new_v4().to_string().into(),
    })
}

fn uuidv5(call: &Call<'_>) -> Outcome {
    let namespace = match call.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other)
            .map_err(|_| Failure::at(0, "a UUID, or one of dns, url, oid and x500, is required"))?,
    };
    Ok(Uuid::new_v5(&namespace, call.text(1).as_bytes())
        .to_string()
        .into())
}
