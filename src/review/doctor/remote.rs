//! The remote: whether it answers, what its server offers, and refspecs that hurt.

use super::Check;
use crate::git::{GitError, Store};
use crate::review::{NOTES, REFS, Session};

/// The remote's answers, or that it is left alone.
pub(super) fn server(session: &Session, offline: bool) -> Vec<Check> {
    let (id, id_server) = ("remote", "server");
    let Some(remote) = &session.remote else {
        let text = "there is none: nothing can be fetched or pushed";
        return vec![Check::warn(id, text, "git remote add origin URL")];
    };
    if offline {
        return vec![Check::ok(id, format!("{remote} is left alone (--offline)"))];
    }
    let store = &session.store;
    let head = store.resolve_commit("HEAD").ok();
    let offers = match store.offers(remote, head) {
        Ok(offers) => offers,
        Err(error) => {
            let fix = format!("git ls-remote {remote}");
            return vec![Check::fail(id, error.to_string(), fix)];
        }
    };
    let mut checks = vec![Check::ok(id, format!("{remote} answers"))];
    if let Some(error) = &offers.push {
        let text = format!("nothing can be pushed: {error}");
        let fix = format!("ask for the right to push refs/countersign/* and {NOTES} to {remote}");
        checks.push(Check::fail("push", text, fix));
    }
    let mut wanting = Vec::new();
    if !offers.version_2 {
        wanting.push("no protocol version 2, so every fetch lists every ref");
    }
    if offers.atomic == Some(false) {
        wanting.push("no atomic push, so of several refs only some may arrive");
    }
    checks.push(if wanting.is_empty() {
        let atomic = if offers.atomic.is_some() { ", atomic push" } else { "" };
        Check::ok(id_server, format!("protocol version 2{atomic}"))
    } else {
        Check::warn(
            id_server,
            wanting.join("; "),
            "git config protocol.version 2 here; on the server git 2.18 or newer, and receive.advertiseAtomic true",
        )
    });
    checks
}

/// Settings of git that harm the queue or the verdicts.
pub(super) fn refspecs(session: &Session) -> Vec<Check> {
    match harm(&session.store) {
        Err(error) => vec![Check::fail(
            "refspecs",
            error.to_string(),
            "git config --list",
        )],
        Ok(found) if found.is_empty() => {
            let text = "no refspec touches the queue or the verdicts";
            vec![Check::ok("refspecs", text)]
        }
        Ok(found) => found,
    }
}

fn harm(store: &Store) -> Result<Vec<Check>, GitError> {
    let mut found = Vec::new();
    for remote in store.remotes()? {
        let key = format!("remote.{remote}.fetch");
        let own = store.config_bool(&format!("remote.{remote}.prune"))?;
        let prune = match own {
            Some(own) => own,
            None => store.config_bool("fetch.prune")?.unwrap_or(false),
        };
        for spec in store.config_strings(&key)? {
            found.extend(of_one(&key, &spec, prune));
        }
    }
    for pattern in store.config_strings("notes.rewriteRef")? {
        if covers(&pattern, NOTES) {
            found.push(Check::warn(
                "rewrite",
                format!("notes.rewriteRef = {pattern}: amend and rebase copy verdicts to other commits, where they do not count"),
                "git config --unset-all notes.rewriteRef, or name only your own notes there",
            ));
        }
    }
    Ok(found)
}

fn of_one(key: &str, spec: &str, prune: bool) -> Option<Check> {
    let plain = spec.strip_prefix('+').unwrap_or(spec);
    let (from, to) = plain.split_once(':').unwrap_or((plain, ""));
    let fix = format!("git config --unset-all --fixed-value {key} '{spec}'");
    let queue = format!("{REFS}/queue/x/1");
    if from == NOTES {
        let text = format!(
            "{key} = {spec}: git pull fails until there is a first verdict, and again when the notes are rewound"
        );
        return Some(Check::warn("refspecs", text, fix));
    }
    if !covers(to, &queue) && !covers(to, NOTES) {
        return None;
    }
    if prune {
        let text = format!(
            "{key} = {spec} with prune: git fetch deletes proposals and verdicts that are not pushed yet"
        );
        return Some(Check::fail("refspecs", text, fix));
    }
    spec.starts_with('+').then(|| {
        let text = format!("{key} = {spec}: git fetch overwrites proposals and verdicts made here");
        Check::warn("refspecs", text, fix)
    })
}

/// Whether a ref pattern with at most one star takes in a name.
fn covers(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn refspecs_hurt_where_they_name_the_notes_or_write_over_own_refs() {
        let health = |spec: &str, prune| of_one("k", spec, prune).map(|check| check.health);
        let heads = "+refs/heads/*:refs/remotes/origin/*";
        assert_eq!(health(heads, true), None);
        assert_eq!(health("refs/notes/*:refs/notes/*", false), None);
        assert_eq!(
            health("refs/notes/*:refs/notes/*", true),
            Some(Health::Fail)
        );
        assert_eq!(
            health("+refs/notes/*:refs/notes/*", false),
            Some(Health::Warn)
        );
        assert_eq!(
            health(&format!("{NOTES}:refs/x"), false),
            Some(Health::Warn)
        );
        assert_eq!(health("+refs/*:refs/*", true), Some(Health::Fail));
        let queue = "refs/countersign/*:refs/countersign/*";
        assert_eq!(health(queue, false), None);
        assert_eq!(health(queue, true), Some(Health::Fail));
        assert_eq!(health("refs/countersign/*:refs/there/*", true), None);
    }
}
