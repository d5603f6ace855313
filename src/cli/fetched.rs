//! `gate --fetch`: the clone's own remote, or a URL. What a clone cannot tell, because it is cut off or
//! lacks contents, and what a URL names, is read in a bare cache of our own, where no configuration
//! and no hook of a checkout has a say.

use std::fs::{File, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::args::GateArgs;
use super::context::{cache_dir, failure, git_failure, state_dir, unresolved};
use super::{Context, ExitCode, Failure};
use crate::change::Oid;
use crate::git::{Store, without_password};
use crate::journal::Journal;
use crate::review::{GistCache, HISTORY_EFFORT, HistoryCache, Session, fetch, full_ref};

/// How long a gate waits for another one that reads in the same cache.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the gate reads, and the range in words that are understood there.
pub(super) struct Place {
    /// The clone, or the cache of a remote.
    pub(super) session: Session,
    /// The clone that the command runs in, where a cache is read instead.
    home: Option<Session>,
    /// The cache is ours until this is dropped.
    cache: Option<File>,
    /// What to judge.
    pub(super) range: Option<String>,
}

impl Place {
    /// The clone that the command runs in; none where a URL alone says what is read.
    pub(super) fn here(&self) -> Option<&Session> {
        let own = self.cache.is_none().then_some(&self.session);
        self.home.as_ref().or(own)
    }
}

/// Opens the place, after fetching what was asked for.
pub(super) fn place(context: &mut Context, args: &GateArgs) -> Result<Place, Failure> {
    let range = args.range.clone();
    let Some(url) = args.fetch.as_deref() else {
        let session = context.session()?;
        return Ok(Place {
            session,
            home: None,
            cache: None,
            range,
        });
    };
    let mut place = if url.is_empty() {
        of_the_clone(context, range)?
    } else {
        // Names are the checkout's; the cache has objects only.
        let range = as_ids(context, range.as_deref().unwrap_or("HEAD"))?;
        let url = as_path(&context.dir(), url);
        let (session, lock) = cache(&url, Vec::new())?;
        Place {
            session,
            home: None,
            cache: Some(lock),
            range: Some(range),
        }
    };
    place.session = place.session.with_watch(context.output.teller.watch());
    let progress = context.output.teller.begin("fetching");
    let fetched = bring(&mut place, args, context.now);
    drop(progress);
    for warning in fetched? {
        context.output.warn(&warning);
    }
    if place.session.store.is_shallow() {
        return Err(Failure::new(
            ExitCode::Undecided,
            "E-HISTORY-SHALLOW the remote itself has a history that is cut off",
        )
        .hint("give the URL of a whole one: --fetch=URL"));
    }
    Ok(place)
}

/// The clone, or where its history or contents are not whole the cache of its remote.
fn of_the_clone(context: &mut Context, range: Option<String>) -> Result<Place, Failure> {
    let home = context.session()?;
    let failed = |error| git_failure(&error);
    let whole = !home.store.is_shallow() && !home.store.is_partial().map_err(failed)?;
    let Some(remote) = home.remote.as_deref().filter(|_| !whole) else {
        return Ok(Place {
            session: home,
            home: None,
            cache: None,
            range,
        });
    };
    let url = home.store.remote_url(remote).map_err(failed)?;
    let url = url.unwrap_or_else(|| remote.to_owned());
    let dir = home.store.workdir().unwrap_or_else(|| home.store.git_dir());
    let url = as_path(dir, &url);
    let ways = home.store.transport_settings().map_err(failed)?;
    let range = as_ids(context, range.as_deref().unwrap_or("HEAD"))?;
    let (session, lock) = cache(&url, ways)?;
    Ok(Place {
        session,
        home: Some(home),
        cache: Some(lock),
        range: Some(range),
    })
}

/// Fetches into the place. The answer is what is odd.
fn bring(place: &mut Place, args: &GateArgs, now: jiff::Timestamp) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    if place.cache.is_some() {
        branches(place, &mut warnings)?;
    }
    let session = &place.session;
    let fetched = fetch(session, now).map_err(|error| failure(&error))?;
    warnings.extend(fetched.warnings);
    // Without the remote's verdicts what is here may be old, and silence is no approval of it.
    if let Some(error) = &fetched.notes_error {
        return Err(Failure {
            code: ExitCode::Undecided,
            ..git_failure(error)
        });
    }
    if let Some(target) = &args.target {
        fetch_target(session, &full_ref(target))?;
    }
    if place.cache.is_some() {
        for id in place.range.iter().flat_map(|range| range.split("..")) {
            commit(place, id);
        }
    }
    Ok(warnings)
}

/// Brings the branches of a cache to what the remote has, all of them: what an earlier gate left
/// there says nothing.
fn branches(place: &mut Place, warnings: &mut Vec<String>) -> Result<(), Failure> {
    let session = &mut place.session;
    let Some(remote) = session.remote.as_deref() else {
        return Ok(());
    };
    let failed = |error| git_failure(&error);
    let spec = format!("+refs/heads/*:refs/remotes/{remote}/*");
    let outcome = session
        .store
        .fetch(remote, &[&spec], true)
        .map_err(failed)?;
    for failed in outcome.failed {
        warnings.push(format!("W-REF-FAILED {}: {}", failed.name, failed.why));
    }
    let configured = match &place.home {
        Some(home) => home
            .store
            .config_string("countersign.target")
            .map_err(failed)?,
        None => None,
    };
    session.branch = match configured {
        Some(branch) => Some(full_ref(&branch)),
        None => session.store.remote_head(remote).map_err(failed)?,
    };
    Ok(())
}

/// Fetches a commit that no branch brought, from the remote or from the clone. Where neither has it,
/// the gate says so itself.
fn commit(place: &Place, id: &str) {
    let store = &place.session.store;
    let Ok(oid) = id.parse::<Oid>() else {
        return;
    };
    if store.commit(oid).is_ok() {
        return;
    }
    let remote = place.session.remote.as_deref().unwrap_or("origin");
    let _ = store.fetch(remote, &[id], false);
    // A clone that is cut off would cut off the cache as well.
    if let Some(home) = place.home.as_ref().filter(|home| !home.store.is_shallow())
        && store.commit(oid).is_err()
    {
        let _ = store.fetch(&home.store.git_dir().display().to_string(), &[id], false);
    }
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

/// A path is one from where it was written, not from the cache.
fn as_path(dir: &Path, url: &str) -> String {
    match dir.join(url).canonicalize() {
        Ok(path) => path.display().to_string(),
        Err(_) => url.to_owned(),
    }
}

/// The cache of a URL, made where there is none, and nobody else's until the lock is dropped.
fn cache(url: &str, mut ways: Vec<(String, String)>) -> Result<(Session, File), Failure> {
    let dir = cache_dir().ok_or_else(|| {
        Failure::new(ExitCode::Undecided, "there is no folder for a cache")
            .hint("set XDG_CACHE_HOME to one")
    })?;
    // A password is another one each time in many pipelines, and nothing to write down.
    let plain = without_password(url);
    if plain != url {
        ways.push((format!("url.{url}.insteadOf"), plain.clone()));
    }
    let mut name = DefaultHasher::new();
    plain.hash(&mut name);
    let name = format!("{:016x}", name.finish());
    let folder = dir.join("remotes");
    let lock = locked(&folder, &name)?;
    let store = Store::open_cache(&folder.join(name), &plain);
    let mut store = store.map_err(|error| git_failure(&error))?;
    store.set_ways(ways);
    let session = Session {
        journal: Journal::of(store.common_dir()),
        remote: Some("origin".to_owned()),
        gists: GistCache::new(Some(&dir)),
        histories: HistoryCache::new(Some(&dir)),
        effort: HISTORY_EFFORT,
        fresh: usize::MAX,
        branch: None,
        store,
    };
    let session = session.with_notes_cache(Some(&dir), state_dir().as_deref());
    Ok((session, lock))
}

/// The lock of a cache: two gates would take each other's refs away.
fn locked(folder: &Path, name: &str) -> Result<File, Failure> {
    let path = folder.join(format!("{name}.lock"));
    let failed = |error: &std::io::Error| {
        let text = format!("E-UNAVAILABLE the cache {}", path.display());
        Failure::new(ExitCode::Unavailable, text)
            .caused_by(error)
            .hint("set XDG_CACHE_HOME to a folder that can be written")
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let file = File::create(&path).map_err(|error| failed(&error))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(TryLockError::WouldBlock) => {
                let text = format!("E-UNAVAILABLE another gate reads in {}", path.display());
                return Err(
                    Failure::new(ExitCode::Unavailable, text).hint("try again when it is done")
                );
            }
        }
    }
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
