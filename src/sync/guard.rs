//! Targets that are refused, whatever the source.

use std::path::{Component, Path, PathBuf};

/// Directories that hold a system or other people's files: never a target themselves, but some directory inside may be.
const NOT_ITSELF: &[&str] = &[
    "/",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/tmp",
    "/usr",
    "/usr/local",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
];

/// Directories in which no target may be either.
const NOT_INSIDE: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/sbin",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
];

/// Says why a path of a host cannot be a sync's target; `None` if it can.
///
/// `home` is the home directory of whoever runs wharf, if known.
pub fn refused_target(path: &Path, home: Option<&Path>) -> Option<String> {
    let shown = path.display();
    if !path.is_absolute() {
        return Some(format!("`{shown}` is no absolute path"));
    }
    if path
        .components()
        .any(|component| component == Component::ParentDir)
    {
        return Some(format!(
            "`{shown}` contains `..`, so where it leads is not plain to see"
        ));
    }
    let path: PathBuf = path.components().collect();
    if NOT_ITSELF.iter().any(|refused| path == Path::new(refused)) {
        return Some(format!(
            "`{shown}` is a directory of the system; choose one of your own inside it"
        ));
    }
    if let Some(refused) = NOT_INSIDE.iter().find(|refused| path.starts_with(refused)) {
        return Some(format!(
            "`{shown}` is inside `{refused}`, which belongs to the system"
        ));
    }
    let home = home.filter(|home| home.starts_with(&path))?;
    Some(format!(
        "`{shown}` holds the home directory `{}`; choose a directory inside it",
        home.display()
    ))
}

/// Tells whether one of two directories lies in the other, or both are the same. Links are resolved as far as the paths exist.
pub fn overlap(one: &Path, other: &Path) -> bool {
    let (one, other) = (resolved(one), resolved(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// Resolves the part of a path that exists.
fn resolved(path: &Path) -> PathBuf {
    for existing in path.ancestors() {
        let (Ok(real), Ok(rest)) = (existing.canonicalize(), path.strip_prefix(existing)) else {
            continue;
        };
        return real.join(rest).components().collect();
    }
    path.components().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_nobody_means() {
        let home = Some(Path::new("/home/ann"));
        let refused = |path: &str| refused_target(Path::new(path), home).is_some();
        for path in [
            "/",
            "//",
            "/etc",
            "/etc/",
            "/./etc",
            "/home",
            "/home/ann",
            "/home/ann/",
            "/root",
            "/usr/bin/x",
            "/proc/1",
            "/var/lib/docker/volumes/x/_data",
            "/srv/../etc",
            "srv",
            "",
            "/tmp",
        ] {
            assert!(refused(path), "{path}");
        }
        for path in [
            "/srv",
            "/srv/site",
            "/etc/nginx",
            "/home/ann/site",
            "/home/annette",
            "/opt/app",
            "/tmp/x",
            "/var/www",
        ] {
            assert!(!refused(path), "{path}");
        }
    }

    #[test]
    fn sees_overlaps_through_links() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        std::fs::create_dir_all(at("real/inner")).unwrap();
        std::os::unix::fs::symlink("real", at("link")).unwrap();
        assert!(overlap(&at("real"), &at("link/inner")));
        assert!(overlap(&at("link/not/there"), &at("real")));
        assert!(overlap(&at("real"), &at("real/")));
        assert!(!overlap(&at("real"), &at("really")));
        assert!(!overlap(&at("real/inner"), &at("real/other")));
    }
}
