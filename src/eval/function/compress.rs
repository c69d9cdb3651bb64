//! gzip in base64.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::MultiGzDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::encoding::base64_bytes;
use super::{Call, Failure, Function, Kind, Outcome, Param, function, param, string};
use crate::eval::budget::MAX_TEXT;
use crate::value::Value;

const STR: Param = param("str", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64gunzip", &[STR], string, base64gunzip),
    function("base64gzip", &[STR], string, base64gzip),
];

fn base64gzip(call: &Call<'_>) -> Outcome {
    let text = call.text(0).as_bytes();
    let mut deflate = DeflateEncoder::new(HEADER.to_vec(), Compression::default());
    // What follows the flush says nothing but that this was all: an empty block, as it is.
    let mut bytes = deflate
        .write_all(text)
        .and_then(|()| deflate.flush())
        .map(|()| std::mem::take(deflate.get_mut()))
        .map_err(|error| Failure::new(error.to_string()))?;
    if text.is_empty() {
        bytes = [HEADER, EMPTY_BLOCK].concat();
    }
    bytes.extend(LAST_BLOCK);
    let mut check = Crc::new();
    check.update(text);
    bytes.extend(check.sum().to_le_bytes());
    bytes.extend(check.amount().to_le_bytes());
    Ok(BASE64.encode(bytes).into())
}

/// Of a stream without name and time, from an unknown system.
const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

const EMPTY_BLOCK: &[u8] = &[0, 0, 0, 0xff, 0xff];

const LAST_BLOCK: &[u8] = &[1, 0, 0, 0xff, 0xff];

/// Unpacks, and stops before the memory is full: a few bytes can stand for gigabytes.
fn base64gunzip(call: &Call<'_>) -> Outcome {
    let packed = base64_bytes(call.text(0)).map_err(|message| Failure::at(0, message))?;
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed.as_slice())
        .take(MAX_TEXT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| Failure::at(0, "what it encodes is not valid gzip"))?;
    if bytes.len() > MAX_TEXT {
        return Err(Failure::at(0, "it unpacks to more than 16 MiB"));
    }
    String::from_utf8(bytes)
        .map(Value::normalised)
        .map_err(|_| Failure::at(0, "what it packs is not UTF-8 text"))
}
