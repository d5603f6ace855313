//! `gate --fetch`: the clone's own remote, or a URL, whose queue, verdicts and target are then read in
//! a bare cache of our own, where no configuration and no hook of a checkout has a say.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::args::GateArgs;
use super::context::{cache_dir, failure, git_failure, unresolved};
use super::{Context, ExitCode, Failure};
use crate::change::Oid;
use crate::git::Store;
use crate::journal::Journal;
use crate::review::{GistCache, HISTORY_EFFORT, HistoryCache, Session, fetch, full_ref};

/// Where the gate reads, and the range in words that are understood there.
pub(super) struct Place {
    /// The clone, or the cache of a URL.
    pub(super) session: Session,
    /// What to judge.
    pub(super) range: Option<String>,
}

/// Opens the place, after fetching what was asked for.
pub(super) fn place(context: &mut Context, args: &GateArgs) -> Result<Place, Failure> {
    let range = args.range.clone();
    let Some(url) = args.fetch.as_deref() else {
        let session = context.session()?;
        return Ok(Place { session, range });
    };
    let (session, range) = if url.is_empty() {
        (context.session()?, range)
    } else {
        // Names are the checkout's; the cache has objects only.
        let range = as_ids(context, range.as_deref().unwrap_or("HEAD"))?;
        (cache(context, url)?, Some(range))
    };
    if session.store.is_shallow() {
        return Err(Failure::new(
            ExitCode::Undecided,
            "E-HISTORY-SHALLOW this clone is shallow and --fetch does not deepen it",
        )
        .hint("git fetch --unshallow"));
    }
    let session = session.with_watch(context.output.teller.watch());
    let progress = context.output.teller.begin("fetching");
    let fetched = fetch(&session, context.now);
    drop(progress);
    let fetched = fetched.map_err(|error| failure(&error))?;
    for warning in fetched.warnings {
        context.output.warn(&warning);
    }
    // Without the remote's verdicts what is here may be old, and silence is no approval of it.
    if let Some(error) = &fetched.notes_error {
        return Err(Failure {
            code: ExitCode::Undecided,
            ..git_failure(error)
        });
    }
    if let Some(target) = &args.target {
        fetch_target(&session, &full_ref(target))?;
    }
    Ok(Place { session, range })
}

/// A target that nothing named before is fetched by its name.
fn fetch_target(session: &Session, target: &str) -> Result<(), Failure> {
    let failed = |error| git_failure(&error);
    let (Some(remote), Some(tracked)) = (&session.remote, session.tracked_target(target)) else {
        return Ok(());
    };
    if session.store.ref_oid(&tracked).map_err(failed)?.is_some() {
        return Ok(());
    }
    let there = session.store.ls_remote(remote, &[target]).map_err(failed)?;
    if there.is_empty() {
        return Ok(());
    }
    let spec = format!("+{target}:{tracked}");
    session
        .store
        .fetch(remote, &[&spec], false)
        .map_err(failed)?;
    Ok(())
}

/// The cache of a URL, made where there is none.
fn cache(context: &Context, url: &str) -> Result<Session, Failure> {
    // A path is one from where the command runs, not from the cache.
    let local = context.dir().join(url);
    let url = match local.canonicalize() {
        Ok(path) if local.exists() => path.display().to_string(),
        _ => url.to_owned(),
    };
    let dir = cache_dir().ok_or_else(|| {
        Failure::new(ExitCode::Undecided, "there is no folder for a cache")
            .hint("set XDG_CACHE_HOME to one")
    })?;
    // The URL may hold a password: its folder has another name.
    let mut name = DefaultHasher::new();
    url.hash(&mut name);
    let folder = dir.join("remotes").join(format!("{:016x}", name.finish()));
    let store = Store::open_cache(&folder, &url);
    let store = store.map_err(|error| git_failure(&error))?;
    Ok(Session {
        journal: Journal::of(store.common_dir()),
        remote: Some("origin".to_owned()),
        gists: GistCache::new(Some(&dir)),
        histories: HistoryCache::new(Some(&dir)),
        effort: HISTORY_EFFORT,
        fresh: usize::MAX,
        store,
    })
}

/// A range with full ids for names, looked up in the checkout; ids need none.
fn as_ids(context: &mut Context, range: &str) -> Result<String, Failure> {
    let mut id = |name: &str| -> Result<String, Failure> {
        let name = if name.is_empty() { "HEAD" } else { name };
        if name.parse::<Oid>().is_ok() {
            return Ok(name.to_owned());
        }
        let session = context.session()?;
        let commit = session.store.resolve_commit(name);
        let commit = commit.map_err(|error| unresolved(&session.store, &error))?;
        Ok(commit.to_string())
    };
    match range.split_once("..") {
        Some((base, candidate)) if !candidate.starts_with('.') => {
            Ok(format!("{}..{}", id(base)?, id(candidate)?))
        }
        Some(_) => Ok(range.to_owned()),
        None => id(range),
    }
}
