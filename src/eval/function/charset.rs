//! Text in other encodings, in base64. The names are those of the IANA register.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use encoding_rs::{EncoderResult, Encoding, UTF_8};

use super::encoding::base64_bytes;
use super::{Call, Failure, Function, Kind, Outcome, Param, function, param, string};
use crate::value::Value;

const ENCODING: Param = param("encoding", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "textdecodebase64",
        &[param("source", Kind::String), ENCODING],
        string,
        textdecodebase64,
    ),
    function(
        "textencodebase64",
        &[param("string", Kind::String), ENCODING],
        string,
        textencodebase64,
    ),
];

/// How text becomes bytes.
enum Charset {
    /// Two bytes a unit; the flags: the lower one first, and a mark in front.
    Utf16 { little: bool, mark: bool },
    /// Only the lower half, or the whole of one byte.
    Latin { limit: u32 },
    /// All the others.
    Other(&'static Encoding),
}

/// Labels that the web knows and the register does not, or for encodings that are no longer written.
const NOT_REGISTERED: &[&str] = &[
    "866",
    "ascii",
    "big5-hkscs",
    "cn-big5",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "dos-874",
    "euckr",
    "gb2312",
    "iso88591",
    "iso885910",
    "iso885911",
    "iso885913",
    "iso885914",
    "iso885915",
    "iso88592",
    "iso88593",
    "iso88594",
    "iso88595",
    "iso88596",
    "iso88597",
    "iso88598",
    "iso88599",
    "koi",
    "koi8",
    "koi8_r",
    "korean",
    "ks_c_5601-1987",
    "ks_c_5601-1989",
    "ksc5601",
    "ksc_5601",
    "logical",
    "ms932",
    "replacement",
    "csunicode",
    "iso-10646-ucs-2",
    "ucs-2",
    "unicodefeff",
    "unicodefffe",
    "shift-jis",
    "sjis",
    "sun_eu_greek",
    "tis-620",
    "unicode",
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "utf8",
    "visual",
    "windows-31j",
    "windows-949",
    "x-cp1250",
    "x-cp1251",
    "x-cp1252",
    "x-cp1253",
    "x-cp1254",
    "x-cp1255",
    "x-cp1256",
    "x-cp1257",
    "x-cp1258",
    "x-euc-jp",
    "x-gbk",
    "x-mac-cyrillic",
    "x-mac-roman",
    "x-mac-ukrainian",
    "x-sjis",
    "x-unicode20utf8",
    "x-user-defined",
    "x-x-big5",
];

fn charset(call: &Call<'_>) -> Result<Charset, Failure> {
    let name = call.text(1).to_ascii_lowercase();
    let unknown = || {
        Failure::at(
            1,
            "there is no encoding with this name; the names are those of IANA, such as UTF-16LE",
        )
    };
    Ok(match name.as_str() {
        "utf-16" => Charset::Utf16 {
            little: false,
            mark: true,
        },
        "utf-16le" => Charset::Utf16 {
            little: true,
            mark: false,
        },
        "utf-16be" => Charset::Utf16 {
            little: false,
            mark: false,
        },
        "us-ascii" | "iso-ir-6" | "ansi_x3.4-1968" | "iso646-us" | "us" | "ibm367" | "cp367" | "csascii" => {
            Charset::Latin { limit: 0x80 }
        }
        "iso-8859-1" | "iso_8859-1" | "iso_8859-1:1987" | "iso-ir-100" | "latin1" | "l1" | "ibm819"
        | "cp819" | "csisolatin1" => Charset::Latin { limit: 0x100 },
        "cp936" | "ms936" => Charset::Other(encoding_rs::GBK),
        name if NOT_REGISTERED.contains(&name) || name.starts_with("iso8859-") => return Err(unknown()),
        name => Charset::Other(Encoding::for_label_no_replacement(name.as_bytes()).ok_or_else(unknown)?),
    })
}

fn textencodebase64(call: &Call<'_>) -> Outcome {
    let charset = charset(call)?;
    let text = call.text(0);
    let missing = || Failure::at(0, "it holds a character that this encoding does not have");
    let bytes = match charset {
        Charset::Utf16 { little, mark } => {
            let mark = if mark { Some(0xfeff) } else { None };
            let units = mark.into_iter().chain(text.encode_utf16());
            units
                .flat_map(|unit| {
                    if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect()
        }
        Charset::Latin { limit } => {
            let byte = |c: char| {
                u8::try_from(u32::from(c))
                    .ok()
                    .filter(|byte| u32::from(*byte) < limit)
            };
            let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
            bytes.ok_or_else(missing)?
        }
        Charset::Other(encoding) if encoding == UTF_8 => text.as_bytes().to_vec(),
        Charset::Other(encoding) => {
            let mut encoder = encoding.new_encoder();
            let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
            let mut bytes = Vec::with_capacity(room.unwrap_or_default());
            match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
                (EncoderResult::InputEmpty, _) => bytes,
                _ => return Err(missing()),
            }
        }
    };
    Ok(BASE64.encode(bytes).into())
}

fn textdecodebase64(call: &Call<'_>) -> Outcome {
    let charset = charset(call)?;
    let bytes = base64_bytes(call.text(0)).map_err(|message| Failure::at(0, message))?;
    let wrong = || Failure::at(0, "what it encodes is not text in this encoding");
    let text = match charset {
        Charset::Utf16 { little, mark } => decode_utf16(&bytes, little, mark).ok_or_else(wrong)?,
        Charset::Latin { limit } if bytes.iter().all(|byte| u32::from(*byte) < limit) => {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
        Charset::Latin { .. } => return Err(wrong()),
        Charset::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .ok_or_else(wrong)?
            .into_owned(),
    };
    Ok(Value::normalised(text))
}

/// Reads units of two bytes; a mark in front, where one may stand, says which byte comes first.
fn decode_utf16(bytes: &[u8], little: bool, mark: bool) -> Option<String> {
    let (little, bytes) = match bytes {
        [0xff, 0xfe, rest @ ..] if mark => (true, rest),
        [0xfe, 0xff, rest @ ..] if mark => (false, rest),
        _ => (little, bytes),
    };
    if bytes.len() % 2 != 0 {
        return None;
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| match little {
            true => u16::from_le_bytes([pair[0], pair[1]]),
            false => u16::from_be_bytes([pair[0], pair[1]]),
        })
        .collect();
    String::from_utf16(&units).ok()
}
