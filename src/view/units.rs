//! Numbers with units, as people write them: `512m`, `1m30s`, `0644`.

/// Writes a number of bytes with the largest unit that divides it, such as `512m`.
pub fn bytes(count: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(1 << 40, "t"), (1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")];
    UNITS
        .iter()
        .find(|(size, _)| count != 0 && count % size == 0)
        .map_or_else(
            || count.to_string(),
            |(size, unit)| format!("{}{unit}", count / size),
        )
}

/// Writes a number of bytes roughly, for progress and summaries, such as `1.4 MB`.
pub fn rough_bytes(count: u64) -> String {
    indicatif::DecimalBytes(count).to_string()
}

/// Writes a number of nanoseconds, such as `1m30s`.
pub fn duration(nanoseconds: i64) -> String {
    const UNITS: [(i64, &str); 6] = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    if nanoseconds <= 0 {
        return if nanoseconds == 0 {
            "0s".to_owned()
        } else {
            format!("{nanoseconds}ns")
        };
    }
    let mut rest = nanoseconds;
    let mut text = String::new();
    for (size, unit) in UNITS {
        if rest >= size {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    text
}

/// Writes a file mode, such as `0644`.
pub fn file_mode(mode: i64) -> String {
    format!("{mode:04o}")
}

/// Writes how long something took, such as `0.4s` or `2m05s`.
pub fn took(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_that_is_exact() {
        let shown = [0, 1000, 1024, 512 << 20, 3 << 30, (1 << 30) + 1, -1].map(bytes);
        assert_eq!(shown, ["0", "1000", "1k", "512m", "3g", "1073741825", "-1"]);
    }

    #[test]
    fn durations_are_written_as_in_the_configuration() {
        let shown = [
            0,
            1,
            500_000_000,
            30_000_000_000,
            90_000_000_000,
            3_600_000_000_000,
        ]
        .map(duration);
        assert_eq!(shown, ["0s", "1ns", "500ms", "30s", "1m30s", "1h"]);
    }

    #[test]
    fn times_are_short() {
        assert_eq!(took(Duration::from_millis(412)), "0.4s");
        assert_eq!(took(Duration::from_secs(125)), "2m05s");
    }
}
