//! A look at the file of a loose object before libgit2 reads it: where the compressed stream is
//! cut short, libgit2 would never return.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::{GitError, Result, Store};
use crate::change::Oid;

/// What libgit2 inflates to read an object's header.
const HEADER: usize = 64;
/// Bytes read and inflated at a time.
const CHUNK: usize = 32 << 10;

/// The directories in which a repository's objects may lie loose: its own, those it borrows from,
/// and in a hook those that the environment names.
pub(super) fn object_dirs(common: &Path, borrowed: &[PathBuf], from_env: bool) -> Vec<PathBuf> {
    let own = common.join("objects");
    let mut dirs: Vec<PathBuf> = borrowed.iter().map(|dir| own.join(dir)).collect();
    if from_env {
        dirs.extend(std::env::var_os("GIT_OBJECT_DIRECTORY").map(PathBuf::from));
        if let Some(others) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            dirs.extend(std::env::split_paths(&others));
        }
    }
    dirs.push(own);
    dirs
}

impl Store {
    /// Makes sure that the stream of an object ends, if it lies loose: the whole of it, or as much
    /// as its header takes.
    pub(super) fn check_loose(&self, oid: Oid, whole: bool) -> Result<()> {
        if self.whole.borrow().contains(&oid) {
            return Ok(());
        }
        let hex = oid.to_string();
        let (fan, name) = hex.split_at(2);
        for dir in &self.object_dirs {
            match File::open(dir.join(fan).join(name)) {
                Ok(file) => stream_ends(file, whole).map_err(|why| GitError::ObjectCorrupt {
                    oid,
                    why: why.to_owned(),
                })?,
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(e) => {
                    return Err(GitError::io(format!("read the object {oid}"), e));
                }
            }
        }
        Ok(())
    }
}

fn stream_ends(mut file: impl Read, whole: bool) -> std::result::Result<(), &'static str> {
    let mut state = InflateState::new_boxed(DataFormat::Zlib);
    let (mut input, mut output) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut inflated = 0;
    loop {
        let count = file.read(&mut input).map_err(|_| "it cannot be read")?;
        let mut rest = &input[..count];
        loop {
            let step = inflate(&mut state, rest, &mut output, MZFlush::None);
            inflated += step.bytes_written;
            rest = &rest[step.bytes_consumed..];
            match step.status {
                Ok(MZStatus::StreamEnd) => return Ok(()),
                Err(_) if step.bytes_written == 0 && !rest.is_empty() => {
                    return Err("its compressed stream is damaged");
                }
                _ => {}
            }
            if !whole && inflated >= HEADER {
                return Ok(());
            }
            if step.bytes_written == 0 && rest.is_empty() {
                break;
            }
        }
        if count == 0 {
            return Err("its compressed stream is cut short");
        }
    }
}
