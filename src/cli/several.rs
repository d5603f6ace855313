//! The queues of several clones as one list: each is read in its own clone, with its own policy and
//! key. One that cannot be read is a warning, and the others are listed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Failure;
use super::context::{Context, failure};
use super::own_files::settings;
use crate::queue::{Entry, Home, short_names};
use crate::review::Session;

/// A clone that is asked about.
pub(super) struct Site {
    /// What it is called.
    pub(super) home: Home,
    /// Where it is.
    pub(super) dir: PathBuf,
    /// The same as the configuration says it; none of the one that the command runs in.
    path: Option<String>,
    /// The clone, opened; else why it cannot be.
    session: Result<Session, String>,
}

/// What is listed: the clones, and each entry with the number of its clone.
pub(super) type Listed = (Vec<Site>, Vec<(usize, Entry)>);

impl Site {
    /// Its short name.
    pub(super) fn name(&self) -> &str {
        self.home.name()
    }

    /// Whether the command runs in it.
    pub(super) const fn is_here(&self) -> bool {
        self.path.is_none()
    }

    /// A field of a row that the clone tells, or none where it tells no field of that name.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        match name {
            "repository" => Some(json!(self.name())),
            "directory" => Some(json!(self.dir.to_string_lossy())),
            _ => None,
        }
    }
}

/// The top folder of a clone.
fn top(session: &Session) -> PathBuf {
    let dir = session.store.workdir();
    dir.unwrap_or_else(|| session.store.git_dir()).to_owned()
}

/// The clone the command runs in.
pub(super) fn here(context: &mut Context) -> Result<Site, Failure> {
    let session = context.session()?;
    let dir = top(&session);
    let name = short_names(std::slice::from_ref(&dir)).concat();
    Ok(Site {
        home: Home::alone(&name),
        dir,
        path: None,
        session: Ok(session),
    })
}

/// The clone the command runs in, if it runs in one, and those in `config.toml`, each once, with a
/// name of its own. One that cannot be opened is among them.
pub(super) fn sites(context: &mut Context) -> Result<Vec<Site>, Failure> {
    let paths = settings(context)?.repositories;
    let is_here = Session::open(&context.dir(), context.global.remote.as_deref()).is_ok();
    if paths.is_empty() && !is_here {
        return Err(
            Failure::usage("no repository here, and none in config.toml".to_owned())
                .hint("repositories = [\"~/src/shop\"] in config.toml names them"),
        );
    }
    let mut sites = Vec::new();
    if is_here {
        sites.push(here(context)?);
    }
    for path in paths {
        let dir = from_home(&path)?;
        let session = Session::open(&dir, None).map_err(|error| failure(&error).message);
        let session =
            session.map(|session| session.with_cache(super::context::cache_dir().as_deref()));
        sites.push(Site {
            home: Home::default(),
            dir: session.as_ref().map_or(dir, top),
            path: Some(path),
            session,
        });
    }
    let mut known = BTreeSet::new();
    sites.retain(|site| match &site.session {
        Ok(session) => known.insert(session.store.common_dir().to_owned()),
        Err(_) => known.insert(site.dir.clone()),
    });
    let dirs: Vec<PathBuf> = sites.iter().map(|site| site.dir.clone()).collect();
    for (site, name) in sites.iter_mut().zip(short_names(&dirs)) {
        site.home = Home::among(&name);
    }
    Ok(sites)
}

/// The queue of the clone the command runs in.
pub(super) fn one(context: &mut Context, sync: bool) -> Result<Listed, Failure> {
    let site = here(context)?;
    if sync && let Ok(session) = &site.session {
        super::sync::once(context, session)?;
    }
    let entries = read(context, &site, false)?;
    let entries = entries.into_iter().map(|entry| (0, entry)).collect();
    Ok((vec![site], entries))
}

/// The queues of the clone the command runs in, if it runs in one, and of those in `config.toml`.
pub(super) fn all(context: &mut Context, sync: bool) -> Result<Listed, Failure> {
    let (mut read_sites, mut entries): Listed = (Vec::new(), Vec::new());
    for site in sites(context)? {
        if site.is_here() {
            // What goes wrong where the command runs is its answer.
            if sync && let Ok(session) = &site.session {
                super::sync::once(context, session)?;
            }
            let rows = read(context, &site, false)?;
            entries.extend(rows.into_iter().map(|entry| (read_sites.len(), entry)));
            read_sites.push(site);
            continue;
        }
        match read(context, &site, sync) {
            Ok(rows) => {
                entries.extend(rows.into_iter().map(|entry| (read_sites.len(), entry)));
                read_sites.push(site);
            }
            Err(why) => {
                let path = site.path.as_deref().unwrap_or_default();
                let text = format!("WARN repository {path}: {}", why.message);
                context.output.warn(&text);
            }
        }
    }
    Ok((read_sites, entries))
}

/// What waits in a clone.
fn read(context: &mut Context, site: &Site, sync: bool) -> Result<Vec<Entry>, Failure> {
    let session = site.session.as_ref();
    let session = session.map_err(|why| {
        Failure::usage(why.clone())
            .hint("mend `repositories` in config.toml: countersign config edit")
    })?;
    // What is here is listed all the same.
    if sync && let Err(failed) = super::sync::once(context, session) {
        let text = format!(
            "WARN repository {}: not synced: {}",
            site.name(),
            failed.message
        );
        context.output.warn(&text);
    }
    let mut entries = context.queue(session)?.entries;
    for entry in &mut entries {
        entry.home = site.home.clone();
    }
    Ok(entries)
}

fn from_home(path: &str) -> Result<PathBuf, Failure> {
    let Some(rest) = path.strip_prefix("~/") else {
        return Ok(Path::new(path).to_owned());
    };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home.filter(|home| home.is_absolute());
    let none = || {
        Failure::usage("HOME is not set, so ~ is nowhere").hint("set HOME, or write the whole path")
    };
    Ok(home.ok_or_else(none)?.join(rest))
}
