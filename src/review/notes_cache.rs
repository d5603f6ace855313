//! Readings of the notes that are kept between runs, in the cache folder. Deleting any of it is
//! always safe. Nothing there is believed for its place: each file is sealed with a key that lies
//! in the state folder, so that whoever can write the cache, and no more, hides no rejection by it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::Digest as _;

use crate::change::Sha256;
use crate::git::NotesShelf;

/// Files that are kept; the oldest go first.
const FILES: usize = 24;
/// A reading larger than this is not kept.
const LARGEST: u64 = 64 << 20;
/// Bytes of the key, and of a seal.
const KEY: usize = 32;
/// The block of SHA-256, for the seal.
const BLOCK: usize = 64;

/// The folder of readings and the key they are sealed with.
pub struct NotesCache {
    dir: PathBuf,
    key: [u8; KEY],
}

impl NotesCache {
    /// A cache below the folder `cache`, with the key in the folder `state`, made where there is none.
    /// None where the key cannot be had: without it nothing that is kept could be believed.
    pub fn open(cache: &Path, state: &Path) -> Option<Self> {
        // A key within the cache would be whoever's the cache is.
        if state.starts_with(cache) {
            return None;
        }
        Some(Self {
            dir: cache.join("notes"),
            key: key(&state.join("cache-key"))?,
        })
    }

    fn path(&self, name: &[u8]) -> PathBuf {
        let name = Sha256::from_bytes(sha2::Sha256::digest(name).into());
        self.dir.join(name.to_string())
    }

    /// HMAC-SHA256 over what is kept and under which name: the file of another name, though sealed,
    /// is none here.
    fn seal(&self, name: &[u8], bytes: &[u8]) -> [u8; KEY] {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            for (byte, key) in block.iter_mut().zip(self.key) {
                *byte ^= key;
            }
            block
        };
        let inner = sha2::Sha256::new()
            .chain_update(pad(0x36))
            .chain_update((name.len() as u64).to_be_bytes())
            .chain_update(name)
            .chain_update(bytes)
            .finalize();
        let outer = sha2::Sha256::new()
            .chain_update(pad(0x5c))
            .chain_update(inner);
        outer.finalize().into()
    }

    fn write(&self, path: &Path, name: &[u8], bytes: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(&self.seal(name, bytes))?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        self.thin_out()
    }

    fn thin_out(&self) -> std::io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort();
        let over = files.len().saturating_sub(FILES);
        for (_, path) in files.into_iter().take(over) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

impl NotesShelf for NotesCache {
    fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        let file = fs::File::open(self.path(name)).ok()?;
        let mut bytes = Vec::new();
        let most = LARGEST + KEY as u64;
        file.take(most + 1).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > most {
            return None;
        }
        let (seal, rest) = bytes.split_first_chunk::<KEY>()?;
        // The time that this takes tells nobody anything: who reads here has no clock at the cache.
        (*seal == self.seal(name, rest)).then(|| rest.to_vec())
    }

    fn put(&self, name: &[u8], bytes: &[u8]) {
        if bytes.len() as u64 > LARGEST {
            return;
        }
        let path = self.path(name);
        if let Err(error) = self.write(&path, name, bytes) {
            tracing::debug!("cannot keep {}: {error}", path.display());
        }
    }
}

/// The key of this user on this machine: random, made once, readable by nobody else.
fn key(path: &Path) -> Option<[u8; KEY]> {
    let read = || -> Option<[u8; KEY]> { fs::read(path).ok()?.try_into().ok() };
    if path.exists() {
        return read();
    }
    let dir = path.parent()?;
    let made = || -> std::io::Result<()> {
        let mut random = [0; KEY];
        fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        fs::create_dir_all(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(&random)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    };
    if let Err(error) = made() {
        tracing::debug!("no key for the cache at {}: {error}", path.display());
    }
    // Another process may have been first.
    read()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_kept_comes_back_under_its_name_only_and_unchanged_only() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, state) = (dir.path().join("cache"), dir.path().join("state"));
        let shelf = NotesCache::open(&cache, &state).unwrap();
        shelf.put(b"one", b"content");
        assert_eq!(shelf.get(b"one").unwrap(), b"content");
        assert!(shelf.get(b"two").is_none());
        let path = shelf.path(b"one");
        fs::copy(&path, shelf.path(b"two")).unwrap();
        assert!(shelf.get(b"two").is_none());
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            fs::write(&path, other).unwrap();
            assert!(shelf.get(b"one").is_none(), "{at}");
        }
        fs::write(&path, &bytes).unwrap();
        let again = NotesCache::open(&cache, &state).unwrap();
        assert!(again.get(b"one").is_some());
        // Another user's key seals nothing here.
        let elsewhere = dir.path().join("elsewhere");
        let other = NotesCache::open(&cache, &elsewhere).unwrap();
        assert!(other.get(b"one").is_none());
        assert!(NotesCache::open(&cache, &cache.join("state")).is_none());
        fs::write(state.join("cache-key"), b"short").unwrap();
        assert!(NotesCache::open(&cache, &state).is_none());
    }

    #[test]
    fn the_folder_stays_small() {
        let dir = tempfile::tempdir().unwrap();
        let cache = NotesCache::open(&dir.path().join("c"), &dir.path().join("s")).unwrap();
        for number in 0..FILES + 5 {
            cache.put(&[u8::try_from(number).unwrap()], b"x");
        }
        assert_eq!(fs::read_dir(&cache.dir).unwrap().count(), FILES);
    }
}
