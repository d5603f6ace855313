//! The three files put into a work tree: what is there already stays as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::policy::{ALLOWED_SIGNERS, DIRECTORY, POLICY_TOML, PolicyFiles, REVOKED_KEYS};

/// A file larger than this is shown as different, not read to its end.
const LARGEST: u64 = 4 * 1024 * 1024;

/// How a file of the work tree stands to the one proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Nothing is there.
    Missing,
    /// The same bytes.
    Same,
    /// Something else: other bytes, or no plain file.
    Differs,
}

/// One of the three files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its path from the top of the work tree.
    pub path: &'static str,
    /// How it stood before anything was written.
    pub stands: Stands,
    /// What lies there and what was proposed, line by line, where they differ.
    pub difference: Vec<String>,
}

/// How the files here stand to these, and writes those that are missing where `write` says so and
/// none differs. The caller tells from the answer whether anything was written.
///
/// # Errors
/// Where the folder cannot be read or written; what was begun is taken back.
pub fn put(top: &Path, files: &PolicyFiles, write: bool) -> io::Result<Vec<Put>> {
    let all = [
        (POLICY_TOML, &files.policy_toml),
        (ALLOWED_SIGNERS, &files.allowed_signers),
        (REVOKED_KEYS, &files.revoked_keys),
    ];
    let folder = top.join(DIRECTORY);
    match fs::symlink_metadata(&folder) {
        Ok(kind) if !kind.is_dir() => {
            let why = format!("{DIRECTORY} is there and is no folder");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut puts = Vec::with_capacity(all.len());
    for (path, bytes) in all {
        puts.push(compare(top, path, bytes)?);
    }
    let in_the_way = puts.iter().any(|put| put.stands == Stands::Differs);
    if !write || in_the_way {
        return Ok(puts);
    }
    fs::create_dir_all(&folder)?;
    let mut made: Vec<PathBuf> = Vec::new();
    for (put, (path, bytes)) in puts.iter().zip(all) {
        if put.stands != Stands::Missing {
            continue;
        }
        let file = top.join(path);
        if let Err(error) = create(&file, bytes) {
            for file in made {
                let _ = fs::remove_file(file);
            }
            return Err(error);
        }
        made.push(file);
    }
    Ok(puts)
}

/// Fails where anything is there, a link that leads nowhere included.
fn create(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut opened = OpenOptions::new().write(true).create_new(true).open(file)?;
    let written = opened.write_all(bytes).and_then(|()| opened.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(file);
    }
    written
}

fn compare(top: &Path, path: &'static str, proposed: &[u8]) -> io::Result<Put> {
    let file = top.join(path);
    let put = |stands, difference| Put {
        path,
        stands,
        difference,
    };
    let kind = match fs::symlink_metadata(&file) {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(put(Stands::Missing, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    if !kind.is_file() || kind.len() > LARGEST {
        let why = vec!["it is no plain file of ordinary size".to_owned()];
        return Ok(put(Stands::Differs, why));
    }
    let here = fs::read(&file)?;
    if here == proposed {
        return Ok(put(Stands::Same, Vec::new()));
    }
    Ok(put(Stands::Differs, difference(&here, proposed)))
}

/// Lines that only one of them has: `-` lies here, `+` was proposed; at most twenty.
fn difference(here: &[u8], proposed: &[u8]) -> Vec<String> {
    let (here, proposed) = (
        String::from_utf8_lossy(here),
        String::from_utf8_lossy(proposed),
    );
    let only = |of: &str, other: &str, sign: char| -> Vec<String> {
        let other: std::collections::HashSet<&str> = other.lines().collect();
        let lines = of.lines().filter(|line| !other.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let mut lines = only(&here, &proposed, '-');
    lines.extend(only(&proposed, &here, '+'));
    if lines.is_empty() {
        return vec!["the same lines in another order or with other line ends".to_owned()];
    }
    if lines.len() > 20 {
        let more = lines.len() - 20;
        lines.truncate(20);
        lines.push(format!("… {more} more"));
    }
    lines
}
