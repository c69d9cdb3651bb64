//! The one form that different spellings of the same text are brought into.

use std::collections::BTreeSet;

/// The signals of Linux with numbers that are the same everywhere.
const SIGNALS: &[(u8, &str)] = &[
    (1, "HUP"),
    (2, "INT"),
    (3, "QUIT"),
    (4, "ILL"),
    (5, "TRAP"),
    (6, "ABRT"),
    (7, "BUS"),
    (8, "FPE"),
    (9, "KILL"),
    (10, "USR1"),
    (11, "SEGV"),
    (12, "USR2"),
    (13, "PIPE"),
    (14, "ALRM"),
    (15, "TERM"),
    (16, "STKFLT"),
    (17, "CHLD"),
    (18, "CONT"),
    (19, "STOP"),
    (20, "TSTP"),
    (21, "TTIN"),
    (22, "TTOU"),
    (23, "URG"),
    (24, "XCPU"),
    (25, "XFSZ"),
    (26, "VTALRM"),
    (27, "PROF"),
    (28, "WINCH"),
    (29, "IO"),
    (30, "PWR"),
    (31, "SYS"),
];

/// `15`, `term` and `TERM` are `SIGTERM`.
pub(super) fn signal(text: &str) -> String {
    let by_number = |number: u8| SIGNALS.iter().find(|(known, _)| *known == number);
    if let Some((_, name)) = text.parse().ok().and_then(by_number) {
        return format!("SIG{name}");
    }
    let upper = text.to_uppercase();
    if upper.starts_with("SIG") || upper.chars().all(|c| c.is_ascii_digit()) {
        upper
    } else {
        format!("SIG{upper}")
    }
}

/// `net_admin` is `CAP_NET_ADMIN`; `ALL` stays.
pub(super) fn capability(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == "ALL" || upper.starts_with("CAP_") {
        upper
    } else {
        format!("CAP_{upper}")
    }
}

/// `key:value` is `key=value`, `no-new-privileges=true` is `no-new-privileges`, and a profile written as JSON counts by its
/// content.
pub(super) fn security_option(text: &str) -> String {
    let Some((key, value)) = text.split_once(['=', ':']) else {
        return text.to_owned();
    };
    if key == "no-new-privileges" && value == "true" {
        return key.to_owned();
    }
    match serde_json::from_str::<serde_json::Value>(value) {
        Ok(profile @ serde_json::Value::Object(_)) => format!("{key}={profile}"),
        _ => format!("{key}={value}"),
    }
}

/// `0,1,2` is `0-2`.
pub(super) fn cpu_set(text: &str) -> String {
    match parse_cpu_set(text) {
        Some(cpus) => ranges(&cpus),
        None => text.to_owned(),
    }
}

/// Returns the CPUs that a text such as `0-2,4` names; `None` if it is no such text.
pub(super) fn parse_cpu_set(text: &str) -> Option<BTreeSet<u16>> {
    let mut cpus = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if first > last {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

fn ranges(cpus: &BTreeSet<u16>) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for &cpu in cpus {
        match ranges.last_mut() {
            Some((_, last)) if cpu == *last + 1 => *last = cpu,
            _ => ranges.push((cpu, cpu)),
        }
    }
    let range = |(first, last): (u16, u16)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    ranges.into_iter().map(range).collect::<Vec<_>>().join(",")
}

/// One blank stands between words.
pub(super) fn spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `db` is `db:db`.
pub(super) fn link(text: &str) -> String {
    if text.contains(':') {
        text.to_owned()
    } else {
        format!("{text}:{text}")
    }
}

/// `ID:rw` is `ID`.
pub(super) fn volumes_from(text: &str) -> String {
    text.strip_suffix(":rw").unwrap_or(text).to_owned()
}

/// `02-42-AC-11-00-02` is `02:42:ac:11:00:02`.
pub(super) fn mac_address(text: &str) -> String {
    text.to_lowercase().replace('-', ":")
}

/// Tells whether a text in canonical form is a hardware address.
pub(super) fn is_mac_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Mount options have no order.
pub(super) fn mount_options(text: &str) -> String {
    let options: BTreeSet<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|option| !option.is_empty())
        .collect();
    options.into_iter().collect::<Vec<_>>().join(",")
}

/// `no` has several spellings, and `on-failure:0` sets no bound.
pub(super) fn restart_policy(text: &str) -> String {
    match text {
        "" | "no" => "no".into(),
        "on-failure:0" => "on-failure".into(),
        other => other.to_owned(),
    }
}

/// Splits a restart policy into its name and the most attempts.
pub(super) fn restart_parts(text: &str) -> Option<(&str, i64)> {
    match text.split_once(':') {
        Some(("on-failure", attempts)) => Some(("on-failure", attempts.parse::<u16>().ok()?.into())),
        Some(_) => None,
        None => ["no", "always", "unless-stopped", "on-failure"]
            .contains(&text)
            .then_some((text, 0)),
    }
}

/// `8081` and `8081/TCP` are `8081/tcp`.
pub(in crate::kinds) fn exposed_port(text: &str) -> String {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    format!("{port}/{}", protocol.to_lowercase())
}

/// Tells whether a text in canonical form is the port of a protocol.
pub(in crate::kinds) fn is_exposed_port(text: &str) -> bool {
    text.split_once('/').is_some_and(|(port, protocol)| {
        port.parse::<u16>()
            .is_ok_and(|number| number > 0 && number.to_string() == port)
            && ["tcp", "udp", "sctp"].contains(&protocol)
    })
}

/// `[::1]` is `::1`.
pub(super) fn host_address(text: &str) -> String {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    address(bare)
}

/// Writes an address in its shortest form; what is no address stays.
pub(super) fn address(text: &str) -> String {
    text.parse::<std::net::IpAddr>()
        .map_or_else(|_| text.to_owned(), |address| address.to_string())
}

/// Takes `.`, `..`, doubled and trailing slashes out of an absolute path.
pub(super) fn clean_path(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Makes a path of this machine absolute and clean; a relative one starts at the root.
pub(super) fn local_path(root: &std::path::Path, text: &str) -> String {
    let path = root.join(text);
    // Only an empty path, or a working directory that is gone, cannot be made absolute.
    let path = std::path::absolute(&path).unwrap_or(path);
    clean_path(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_one_form() {
        for text in ["15", "TERM", "term", "SIGTERM", "sigterm"] {
            assert_eq!(signal(text), "SIGTERM", "{text}");
        }
        assert_eq!(signal("RTMIN+3"), "SIGRTMIN+3");
        assert_eq!(signal("37"), "37");
    }

    #[test]
    fn capabilities_have_one_form() {
        assert_eq!(capability("net_admin"), "CAP_NET_ADMIN");
        assert_eq!(capability("CAP_NET_ADMIN"), "CAP_NET_ADMIN");
        assert_eq!(capability("all"), "ALL");
    }

    #[test]
    fn security_options_have_one_form() {
        assert_eq!(security_option("no-new-privileges:true"), "no-new-privileges");
        assert_eq!(security_option("label:disable"), "label=disable");
        assert_eq!(security_option("seccomp={ \"a\": 1 }"), "seccomp={\"a\":1}");
    }

    #[test]
    fn exposed_ports_have_one_form() {
        for text in ["8081", "8081/tcp", "8081/TCP"] {
            assert_eq!(exposed_port(text), "8081/tcp", "{text}");
        }
        assert!(is_exposed_port("53/udp"));
        for text in ["0/tcp", "080/tcp", "65536/tcp", "80/http", "80-90/tcp"] {
            assert!(!is_exposed_port(text), "{text}");
        }
    }

    #[test]
    fn hardware_addresses_have_one_form() {
        assert_eq!(mac_address("02-42-AC-11-00-02"), "02:42:ac:11:00:02");
        assert!(is_mac_address("02:42:ac:11:00:02"));
        for text in ["", "02:42:ac:11:00", "02:42:ac:11:00:0g", "02:42:ac:11:00:002"] {
            assert!(!is_mac_address(text), "{text}");
        }
    }

    #[test]
    fn cpu_sets_are_sets() {
        assert_eq!(cpu_set("0,1,2"), "0-2");
        assert_eq!(cpu_set("4,0-1"), "0-1,4");
        assert_eq!(parse_cpu_set("2-1"), None);
    }

    #[test]
    fn paths_and_options_are_cleaned() {
        assert_eq!(clean_path("/w/../x/"), "/x");
        assert_eq!(clean_path("/"), "/");
        assert_eq!(mount_options("size=64m, mode=755"), "mode=755,size=64m");
    }

    #[test]
    fn a_root_that_is_itself_relative_starts_at_the_working_directory() {
        let here = std::env::current_dir().unwrap();
        let root = std::path::Path::new("project");
        assert_eq!(
            local_path(root, "./site/"),
            here.join("project/site").display().to_string()
        );
        assert_eq!(local_path(root, "/srv/../etc"), "/etc");
    }

    #[test]
    fn restart_policies_are_known_by_name_and_attempts() {
        assert_eq!(restart_parts("on-failure:3"), Some(("on-failure", 3)));
        assert_eq!(restart_parts("always"), Some(("always", 0)));
        assert_eq!(restart_parts("always:3"), None);
        assert_eq!(restart_parts("sometimes"), None);
    }
}
