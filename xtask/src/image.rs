//! The image that examples and tests run: one static program with many names.

use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use wharf::engine::{Call, Engine as _, ObjectKind, Read as _};

use crate::{command, engine, say};

/// The reference that examples and tests use.
pub(crate) const REFERENCE: &str = "wharf-stand-in:1";

/// The label that tells which build of the program the image holds.
const LABEL: &str = "wharf.stand-in";

/// The configuration that the database's stand-in brings along.
const SCYLLA: &str = "cluster_name: test\nnum_tokens: 256\nendpoint_snitch: SimpleSnitch\n";

/// Makes the image, unless the engine has it from this very program.
///
/// # Errors
/// The program was not built, or the engine does not take the image.
pub(crate) fn ensure(engine: &engine::Engine) -> Result<(), String> {
    let path = command::built("stand-in");
    let program = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let digest: String = Sha256::digest(&program)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let docker = &engine.docker;
    let words = |error: wharf::engine::CallError| error.to_string();
    let there = engine
        .runtime
        .block_on(docker.inspect(ObjectKind::Image, REFERENCE))
        .map_err(words)?;
    if there.is_some_and(|image| image["Config"]["Labels"][LABEL] == digest.as_str()) {
        return Ok(());
    }
    say(&format!("making the image {REFERENCE}"));
    let names = names(&path)?;
    let layer = layer(&program, &names).map_err(|error| error.to_string())?;
    let changes = vec!["ENV PATH=/bin".to_owned(), format!("LABEL {LABEL}={digest}")];
    let call = Call::ImageImport {
        layer,
        reference: REFERENCE.to_owned(),
        changes,
    };
    engine
        .runtime
        .block_on(docker.call(call, &|_| {}))
        .map_err(words)?;
    Ok(())
}

/// Asks the program for the names that it answers to, besides its own.
fn names(program: &Path) -> Result<Vec<String>, String> {
    let problem = |error: &dyn std::fmt::Display| format!("{}: {error}", program.display());
    let said = Command::new(program).arg("applets").output();
    let said = said.map_err(|error| problem(&error))?;
    if !said.status.success() {
        return Err(problem(&said.status));
    }
    Ok(String::from_utf8_lossy(&said.stdout)
        .lines()
        .map(str::to_owned)
        .collect())
}

/// Packs the image's only layer.
fn layer(program: &[u8], names: &[String]) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for directory in ["bin/", "etc/", "etc/scylla/", "tmp/"] {
        let mode = if directory == "tmp/" { 0o1777 } else { 0o755 };
        tar.append_data(
            &mut header(tar::EntryType::Directory, mode, 0),
            directory,
            std::io::empty(),
        )?;
    }
    let size = program.len() as u64;
    tar.append_data(
        &mut header(tar::EntryType::Regular, 0o755, size),
        "bin/stand-in",
        program,
    )?;
    for name in names {
        tar.append_link(
            &mut header(tar::EntryType::Symlink, 0o777, 0),
            format!("bin/{name}"),
            "stand-in",
        )?;
    }
    let size = SCYLLA.len() as u64;
    tar.append_data(
        &mut header(tar::EntryType::Regular, 0o644, size),
        "etc/scylla/scylla.yaml",
        SCYLLA.as_bytes(),
    )?;
    tar.into_inner()
}

fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header
}
