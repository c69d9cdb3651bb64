//! Hashes, of text and of files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::{Call, Failure, Function, Kind, Outcome, Param, function, param, string};

const STR: Param = param("str", Kind::String);
const PATH: Param = param("path", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64sha256", &[STR], string, |call| {
        Ok(base64(&sha256(call.text(0).as_bytes())).into())
    }),
    function("base64sha512", &[STR], string, |call| {
        Ok(base64(&sha512(call.text(0).as_bytes())).into())
    }),
    function("filebase64sha256", &[PATH], string, |call| {
        Ok(base64(&sha256(&read(call)?)).into())
    }),
    function("filebase64sha512", &[PATH], string, |call| {
        Ok(base64(&sha512(&read(call)?)).into())
    }),
    function("filesha256", &[PATH], string, |call| {
        Ok(hex(&sha256(&read(call)?)).into())
    }),
    function("filesha512", &[PATH], string, |call| {
        Ok(hex(&sha512(&read(call)?)).into())
    }),
    function("sha256", &[STR], string, |call| {
        Ok(hex(&sha256(call.text(0).as_bytes())).into())
    }),
    function("sha512", &[STR], string, |call| {
        Ok(hex(&sha512(call.text(0).as_bytes())).into())
    }),
    function(
        "uuidv5",
        &[param("namespace", Kind::String), param("name", Kind::String)],
        string,
        uuidv5,
    ),
];

fn read(call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    super::file::read_bytes(call.scope, call.text(0)).map_err(Failure::unreadable)
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn sha512(bytes: &[u8]) -> Vec<u8> {
    Sha512::digest(bytes).to_vec()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
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
