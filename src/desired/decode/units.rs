//! Text of the user → canonical values of sizes, durations, addresses, paths, signals and names.

use std::net::IpAddr;

use ipnet::IpNet;

/// Why a text is not what it should be: a sentence about "it", and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong, such as `is not a size`.
    pub(super) what: String,
    /// How to mend it; may be empty.
    pub(super) help: String,
}

pub(super) fn wrong(what: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong {
        what: what.into(),
        help: help.into(),
    }
}

const SIZE_HELP: &str = "A size is a number of bytes, or text such as `\"512m\"` or `\"2g\"`.";

/// Reads a size such as `512m`; units are powers of 1024.
pub(super) fn bytes(text: &str) -> Result<i64, Wrong> {
    let not = || wrong("is not a size", SIZE_HELP);
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let exponent = match unit.trim() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return Err(not()),
    };
    scaled(number, 1_i64 << (10 * exponent)).ok_or_else(not)
}

const DURATION_HELP: &str = "A duration is text such as `\"30s\"`, `\"1m30s\"` or `\"500ms\"`.";

/// Reads a duration such as `1m30s` as nanoseconds.
pub(super) fn duration(text: &str) -> Result<i64, Wrong> {
    let not = || wrong("is not a duration", DURATION_HELP);
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(not());
    }
    let mut total = 0_i64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(not)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, after) = tail.split_at(letters);
        let nanoseconds = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(not()),
        };
        let part = scaled(number, nanoseconds).ok_or_else(not)?;
        total = total.checked_add(part).ok_or_else(not)?;
        rest = after;
    }
    Ok(total)
}

/// Multiplies a decimal number without ever going through floating point.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole = match whole {
        "" => 0,
        digits => digits.parse::<i64>().ok()?.checked_mul(unit)?,
    };
    // More digits than these cannot make a difference of one.
    let fraction = &fraction[..fraction.len().min(15)];
    let part = match fraction {
        "" => 0,
        digits => {
            let scale = 10_i128.pow(u32::try_from(digits.len()).ok()?);
            i64::try_from(digits.parse::<i128>().ok()? * i128::from(unit) / scale).ok()?
        }
    };
    whole.checked_add(part)
}

/// Reads an octal mode such as `0644`.
pub(super) fn file_mode(text: &str) -> Result<i64, Wrong> {
    let not = || {
        wrong(
            "is not a file mode",
            "A file mode is text with an octal number, such as `\"0644\"`.",
        )
    };
    let digits = text.strip_prefix("0o").unwrap_or(text);
    match i64::from_str_radix(digits, 8) {
        Ok(mode) if (0..=0o7777).contains(&mode) => Ok(mode),
        _ => Err(not()),
    }
}

/// Brings an IP address into its canonical form.
pub(super) fn ip(text: &str) -> Result<String, Wrong> {
    text.trim()
        .parse::<IpAddr>()
        .map(|ip| ip.to_string())
        .map_err(|_| {
            wrong(
                "is not an IP address",
                "An IP address looks like `\"10.0.0.1\"` or `\"fd00::1\"`.",
            )
        })
}

/// Brings a network with its prefix length into canonical form.
pub(super) fn cidr(text: &str) -> Result<String, Wrong> {
    let network: IpNet = text.trim().parse().map_err(|_| {
        wrong(
            "is not a network with a prefix length",
            "A network looks like `\"10.0.0.0/24\"` or `\"fd00::/64\"`.",
        )
    })?;
    if network.trunc() != network {
        return Err(Wrong {
            what: format!(
                "has bits set behind its prefix: the network is `{}`",
                network.trunc()
            ),
            help: String::new(),
        });
    }
    Ok(network.to_string())
}

/// Checks the name of a container, network or volume.
pub(super) fn object_name(text: &str) -> Result<String, Wrong> {
    let tail = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(tail) {
        return Ok(text.to_owned());
    }
    Err(wrong(
        "is not a name that engines take",
        "A name begins with a letter or digit, and goes on with letters, digits, `_`, `.` and `-`.",
    ))
}

/// Checks an image reference or image id; it is kept as it is written.
pub(super) fn image(text: &str) -> Result<String, Wrong> {
    const HELP: &str = "An image looks like `\"postgres:16\"` or `\"ghcr.io/team/app@sha256:…\"`.";
    let not = |what: &str| wrong(what, HELP);
    if text.is_empty() {
        return Err(not("is empty, and not an image"));
    }
    if let Some(hex) = text.strip_prefix("sha256:") {
        return match hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => Ok(text.to_owned()),
            false => Err(not("is not an image id")),
        };
    }
    if text.starts_with('-') || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(not("is not an image"));
    }
    let without_digest = text.split_once('@').map_or(text, |(name, _)| name);
    let (host, path) = without_digest.rsplit_once('/').unwrap_or(("", without_digest));
    let name = path.split_once(':').map_or(path, |(name, _)| name);
    let lower = |text: &str| !text.chars().any(|c| c.is_ascii_uppercase());
    // What comes first is a registry's host only if it looks like one.
    let repository = match host.split_once('/') {
        Some((first, rest)) if is_registry(first) => rest,
        None if is_registry(host) => "",
        _ => host,
    };
    if !lower(name) || !lower(repository) {
        return Err(not(
            "is not an image: the name of an image has no capital letters",
        ));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || !name.chars().all(good) || path.matches(':').count() > 1 {
        return Err(not("is not an image"));
    }
    Ok(text.to_owned())
}

/// Tells a registry's host from the first part of a repository's name, as the engine does.
fn is_registry(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost"
}

/// Checks that a path is absolute, and takes `.`, `..` and repeated slashes out of it.
pub(super) fn absolute_path(text: &str) -> Result<String, Wrong> {
    if !text.starts_with('/') {
        return Err(wrong("is not an absolute path", "The path must begin with `/`."));
    }
    if text.contains('\0') {
        return Err(wrong("is not a path", ""));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

/// Checks a path on this machine; it is kept as it is written.
pub(super) fn local_path(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || text.contains('\0') {
        return Err(wrong("is not a path", ""));
    }
    Ok(text.to_owned())
}

const SIGNALS: &[(&str, u8)] = &[
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
];

/// Brings a signal's name or number into the form `SIGTERM`; a number without a name stays a number.
pub(super) fn signal(text: &str) -> Result<String, Wrong> {
    let upper = text.trim().to_ascii_uppercase();
    if let Ok(number) = upper.parse::<u8>() {
        let name = SIGNALS.iter().find(|(_, value)| *value == number);
        return match name {
            Some((name, _)) => Ok(format!("SIG{name}")),
            None if (32..=64).contains(&number) => Ok(number.to_string()),
            None => Err(wrong("is not a signal", "Signals have the numbers 1 to 64.")),
        };
    }
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let is_realtime = name.starts_with("RTMIN") || name.starts_with("RTMAX");
    if is_realtime || SIGNALS.iter().any(|(known, _)| *known == name) {
        return Ok(format!("SIG{name}"));
    }
    Err(wrong(
        "is not a signal",
        "A signal is a name such as `\"SIGTERM\"` or `\"HUP\"`, or a number.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("512m"), Ok(536_870_912));
        assert_eq!(bytes("1.5 GiB"), Ok(1_610_612_736));
        assert_eq!(bytes("10"), Ok(10));
        for text in ["", "m", "1x", "-1", "1.2.3", "9999999999g"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_add_up() {
        assert_eq!(duration("1m30s"), Ok(90_000_000_000));
        assert_eq!(duration("1.5h"), Ok(5_400_000_000_000));
        assert_eq!(duration("250ms"), Ok(250_000_000));
        for text in ["", "30", "s", "1d", "1m30", "-1s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signals_have_one_spelling() {
        for text in ["15", "term", "SIGTERM", "TERM"] {
            assert_eq!(signal(text), Ok("SIGTERM".to_owned()));
        }
        assert_eq!(signal("sigrtmin+3"), Ok("SIGRTMIN+3".to_owned()));
        assert!(signal("TREM").is_err());
        assert!(signal("0").is_err());
    }

    #[test]
    fn paths_addresses_and_networks_are_cleaned() {
        assert_eq!(absolute_path("/srv//a/../b/."), Ok("/srv/b".to_owned()));
        assert_eq!(absolute_path("/"), Ok("/".to_owned()));
        assert!(absolute_path("srv").is_err());
        assert_eq!(ip("FD00:0::1"), Ok("fd00::1".to_owned()));
        assert_eq!(cidr("10.1.0.0/16"), Ok("10.1.0.0/16".to_owned()));
        assert!(cidr("10.1.0.1/16").is_err());
        assert!(cidr("10.1.0.0").is_err());
        assert_eq!(file_mode("0644"), Ok(0o644));
        assert!(file_mode("0999").is_err());
    }

    #[test]
    fn images_are_references_or_ids() {
        for text in [
            "postgres",
            "postgres:16",
            "localhost:5000/team/app:1.4",
            "Registry.example/team/app",
            "app@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(image(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "App",
            "-it",
            "a b",
            "team/App:1",
            "Team/app",
            "Team/sub/app",
            "a:b:c",
            "sha256:12",
        ] {
            assert!(image(text).is_err(), "{text}");
        }
    }
}
