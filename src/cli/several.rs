//! The queues of several clones as one list: each is read in its own clone, with its own policy and
//! key. One that cannot be read is a warning, and the others are listed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::context::{Context, failure};
use super::own_files::settings;
use super::{ExitCode, Failure};
use crate::queue::Entry;
use crate::review::Session;

/// A clone of the list.
pub(super) struct Home {
    /// Its short name: that of its folder.
    name: String,
    /// Where it is.
    dir: PathBuf,
}

/// What is listed: the clones, and each entry with the number of its clone.
pub(super) type Listed = (Vec<Home>, Vec<(usize, Entry)>);

impl Home {
    fn of(session: &Session) -> Self {
        let dir = session
            .store
            .workdir()
            .unwrap_or_else(|| session.store.git_dir());
        let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy();
        Self {
            name: name.strip_suffix(".git").unwrap_or(&name).to_owned(),
            dir: dir.to_owned(),
        }
    }

    /// Its short name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A field of a row that the clone tells, or none where it tells no field of that name.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        match name {
            "repository" => Some(json!(self.name)),
            "directory" => Some(json!(self.dir.to_string_lossy())),
            _ => None,
        }
    }
}

/// The queue of the clone the command runs in.
pub(super) fn one(context: &mut Context, sync: bool) -> Result<Listed, Failure> {
    let session = context.session()?;
    if sync {
        super::sync::once(context, &session)?;
    }
    let queue = context.queue(&session)?;
    let entries = queue.entries.into_iter().map(|entry| (0, entry));
    Ok((vec![Home::of(&session)], entries.collect()))
}

/// The queues of the clone the command runs in, if it runs in one, and of those in `config.toml`.
pub(super) fn all(context: &mut Context, sync: bool) -> Result<Listed, Failure> {
    let paths = settings(context)?.repositories;
    let here = Session::open(&context.dir(), context.global.remote.as_deref()).is_ok();
    if paths.is_empty() && !here {
        return Err(
            Failure::usage("no repository here, and none in config.toml".to_owned())
                .hint("repositories = [\"~/src/shop\"] in config.toml names them"),
        );
    }
    let (mut homes, mut entries): Listed = (Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    if here {
        let session = context.session()?;
        known.insert(session.store.common_dir().to_owned());
        let (home, rows) = one(context, sync)?;
        homes.extend(home);
        entries.extend(rows);
    }
    for path in &paths {
        match read(context, path, sync, &mut known) {
            Ok(Some((home, rows))) => {
                entries.extend(rows.into_iter().map(|entry| (homes.len(), entry)));
                homes.push(home);
            }
            Ok(None) => {}
            Err(why) => context
                .output
                .warn(&format!("WARN repository {path}: {}", why.message)),
        }
    }
    Ok((homes, entries))
}

/// One clone of `config.toml`; none where it is there already by another path.
fn read(
    context: &mut Context,
    path: &str,
    sync: bool,
    known: &mut BTreeSet<PathBuf>,
) -> Result<Option<(Home, Vec<Entry>)>, Failure> {
    let dir = from_home(path)?;
    let session = Session::open(&dir, None).map_err(|error| failure(&error))?;
    let session = session.with_cache(super::context::cache_dir().as_deref());
    if !known.insert(session.store.common_dir().to_owned()) {
        return Ok(None);
    }
    let home = Home::of(&session);
    // What is here is listed all the same.
    if let Some(failed) = sync
        .then(|| super::sync::once(context, &session).err())
        .flatten()
    {
        let text = format!(
            "WARN repository {}: not synced: {}",
            home.name, failed.message
        );
        context.output.warn(&text);
    }
    let queue = context.queue(&session)?;
    Ok(Some((home, queue.entries)))
}

fn from_home(path: &str) -> Result<PathBuf, Failure> {
    let Some(rest) = path.strip_prefix("~/") else {
        return Ok(Path::new(path).to_owned());
    };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home.filter(|home| home.is_absolute());
    let none = || Failure::new(ExitCode::Usage, "HOME is not set, so ~ is nowhere");
    Ok(home.ok_or_else(none)?.join(rest))
}
