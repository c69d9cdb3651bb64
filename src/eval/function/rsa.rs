//! RSA decryption, of what was encrypted for a key with the padding of PKCS #1 v1.5.
//!
//! Our own few lines, on whole numbers that are here anyway: the one crate for it has a known weakness against those who
//! can measure how long it takes, which nobody can who does not run wharf himself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dashu_base::BitTest;
use dashu_int::UBig;

use super::encoding::base64_bytes;
use super::{Call, Failure, Function, Kind, Outcome, function, param, string};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[function(
    "rsadecrypt",
    &[
        param("ciphertext", Kind::String),
        param("privatekey", Kind::String),
    ],
    string,
    rsadecrypt,
)];

/// The longest modulus in bytes: 16,384 bits.
const MAX_MODULUS: usize = 2048;

fn rsadecrypt(call: &Call<'_>) -> Outcome {
    let cipher = base64_bytes(call.text(0)).map_err(|message| Failure::at(0, message))?;
    let (modulus, exponent) = private_key(call.text(1)).ok_or_else(|| {
        Failure::at(
            1,
            "an RSA private key in PEM form, without a password, is required",
        )
    })?;
    let wrong = || Failure::at(0, "it cannot be decrypted with this key");
    let length = modulus.bit_len().div_ceil(8);
    let number = UBig::from_be_bytes(&cipher);
    if cipher.len() != length || number >= modulus {
        return Err(wrong());
    }
    let plain = power(&number, &exponent, &modulus).to_be_bytes();
    let text = unpadded(&plain, length).ok_or_else(wrong)?;
    String::from_utf8(text.to_vec())
        .map(Value::normalised)
        .map_err(|_| Failure::at(0, "what it encrypts is not UTF-8 text"))
}

fn power(base: &UBig, exponent: &UBig, modulus: &UBig) -> UBig {
    let mut result = UBig::ONE;
    for byte in exponent.to_be_bytes() {
        for bit in (0..8).rev() {
            result = &result * &result % modulus;
            if byte >> bit & 1 == 1 {
                result = result * base % modulus;
            }
        }
    }
    result
}

/// Takes the padding away: 0, 2, at least eight bytes that are not 0, and a 0. The first 0 is not among the bytes.
fn unpadded(plain: &[u8], length: usize) -> Option<&[u8]> {
    if plain.len() + 1 != length || plain.first() != Some(&2) {
        return None;
    }
    let end = plain.iter().position(|byte| *byte == 0).filter(|end| *end > 8)?;
    Some(&plain[end + 1..])
}

/// Reads modulus and private exponent from a key in PEM form, as PKCS #1 or PKCS #8 writes it.
fn private_key(pem: &str) -> Option<(UBig, UBig)> {
    let begin = pem.find("-----BEGIN ")?;
    let (label, rest) = pem[begin + 11..].split_once("-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let der = BASE64.decode(body.split_whitespace().collect::<String>()).ok()?;
    let key = match label {
        "RSA PRIVATE KEY" => der,
        "PRIVATE KEY" => {
            let (mut fields, _) = element(&der, SEQUENCE)?;
            (_, fields) = element(fields, INTEGER)?;
            (_, fields) = element(fields, SEQUENCE)?;
            element(fields, OCTETS)?.0.to_vec()
        }
        _ => return None,
    };
    let (fields, _) = element(&key, SEQUENCE)?;
    let (_version, fields) = element(fields, INTEGER)?;
    let (modulus, fields) = element(fields, INTEGER)?;
    let (_public, fields) = element(fields, INTEGER)?;
    let (exponent, _) = element(fields, INTEGER)?;
    let (modulus, exponent) = (UBig::from_be_bytes(modulus), UBig::from_be_bytes(exponent));
    let is_usable = modulus > UBig::ONE && modulus.bit_len() <= MAX_MODULUS * 8 && exponent < modulus;
    is_usable.then_some((modulus, exponent))
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Takes an element of DER off the front; returns its content and the rest.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(*short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (length, rest)
        }
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}
