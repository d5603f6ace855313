//! What a repository and its clone show that a policy can be proposed from: the remote, the branches,
//! CODEOWNERS, who signs, which key is the user's own.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs;

use super::{InitError, Person, Wishes};
use crate::change::{Markers, Oid, RepoPath, readable};
use crate::evidence::{Untrusted, policy_at};
use crate::git::{GitError, Store};
use crate::policy::{DIRECTORY, POLICY_TOML, Policy};
use crate::queue::{MAX_OWNERS, PLACES};
use crate::review::me::{signing_config, surroundings};
use crate::review::{ReviewError, Session, full_ref};
use crate::signing::{ResolvedKey, SigningConfig, Surroundings, fingerprint, verify_git};
use crate::verdict::SignError;

/// Commits that are looked at for who signs and what agents made.
const COMMITS: usize = 300;
/// Commits of the target that are looked at for the one that brought the policy.
const ROOTS: usize = 100_000;
/// Lines of an allowed signers file, and owners, that are looked at.
const LINES: usize = 1_000;
/// Folders and files at the top that steer what runs in production, where they are there.
const STEERING: [&str; 18] = [
    "infra",
    "infrastructure",
    "terraform",
    "tofu",
    "k8s",
    "kubernetes",
    "helm",
    "charts",
    "deploy",
    "deployment",
    "ansible",
    "migrations",
    "nginx",
    "envoy",
    ".github",
    ".gitlab-ci.yml",
    "Jenkinsfile",
    ".buildkite",
];

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The remote and its URL.
    pub remote: Option<(String, String)>,
    /// Remote branches that are known here; local ones where there is no remote.
    pub branches: usize,
    /// The branch that changes go to, in full.
    pub target: Option<String>,
    /// The branch that is checked out, in full.
    pub head: Option<String>,
    /// Where a CODEOWNERS file lies, and whom it names.
    pub owners: Option<(&'static str, Vec<String>)>,
    /// The key that this clone signs with.
    pub key: Result<ResolvedKey, SignError>,
    /// `user.email`
    pub email: Option<String>,
    /// Public keys in `~/.ssh`, as paths from home.
    pub keys_at_hand: Vec<String>,
    /// What git's own `gpg.ssh.allowedSignersFile` trusts.
    pub known: Vec<KeyFound>,
    /// Who signs commits here already.
    pub signs: Vec<SignsAlready>,
    /// Commits that were looked at, and how many of them carry the mark of an AI tool.
    pub commits: (usize, usize),
    /// Globs of what steers production here.
    pub guard: Vec<String>,
    /// The policy that lies in the work tree.
    pub here: Here,
    /// The commit of the target that brought the policy that is in force there.
    pub root: Option<Oid>,
}

/// A key of git's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFound {
    /// Whose.
    pub principal: String,
    /// Type and base64.
    pub key: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// An author whose commits carry good signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignsAlready {
    /// The address the commits carry: a claim.
    pub email: String,
    /// The key that signed them.
    pub fingerprint: String,
    /// How many.
    pub commits: usize,
}

/// What of a policy lies in the work tree.
#[derive(Debug, Default)]
pub struct Here {
    /// A folder `.countersign` is there.
    pub folder: bool,
    /// The name that its policy gives the repository.
    pub repository: Option<String>,
}

/// Looks at the repository. Nothing is fetched and nobody is asked.
///
/// # Errors
/// Where the repository or git's configuration cannot be read.
pub fn look(session: &Session) -> Result<Found, ReviewError> {
    let store = &session.store;
    let at = surroundings(session);
    let target = match session.first_branch()? {
        Some(target) => Some(target),
        None => store.head_branch()?,
    };
    let tip = match &target {
        Some(target) => session.target_tip(target)?,
        None => None,
    };
    let prefix = session.remote.as_ref().map_or_else(
        || "refs/heads/".to_owned(),
        |remote| format!("refs/remotes/{remote}/"),
    );
    let branches = store.refs(&prefix)?;
    let remote = match &session.remote {
        Some(name) => Some((name.clone(), store.remote_url(name)?.unwrap_or_default())),
        None => None,
    };
    let (signs, commits) = tip.map_or_else(Default::default, |tip| lately(store, tip));
    Ok(Found {
        remote,
        branches: branches
            .iter()
            .filter(|entry| !entry.name.ends_with(b"/HEAD"))
            .count(),
        head: store.head_branch()?,
        owners: tip.and_then(|tip| owners(store, tip)),
        key: signing_config(session)?.resolve(&at),
        email: store.config_string("user.email")?.filter(|e| !e.is_empty()),
        keys_at_hand: keys_at_hand(&at),
        known: match store.config_string("gpg.ssh.allowedSignersFile")? {
            Some(file) if !file.is_empty() => known(&at, &file),
            _ => Vec::new(),
        },
        signs,
        commits,
        guard: tip.map_or_else(Vec::new, |tip| guard(store, tip)),
        here: here(store),
        root: tip.and_then(|tip| root(store, tip)),
        target,
    })
}

fn here(store: &Store) -> Here {
    let Some(top) = store.workdir() else {
        return Here::default();
    };
    let text = fs::read_to_string(top.join(POLICY_TOML)).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("repository"));
    let name = line
        .and_then(|line| line.split('"').nth(1))
        .map(str::to_owned);
    Here {
        folder: fs::symlink_metadata(top.join(DIRECTORY)).is_ok(),
        repository: name,
    }
}

/// The oldest commit of the target's first-parent chain from which on the policy was as it is now.
fn root(store: &Store, tip: Oid) -> Option<Oid> {
    match policy_at(store, tip) {
        Ok(_) | Err(Untrusted::Invalid { .. }) => {}
        Err(_) => return None,
    }
    let folder = |oid| -> Result<_, GitError> {
        let commit = store.commit(oid)?;
        let entry = store.entry_at(commit.tree, &DIRECTORY.into())?;
        Ok((entry, commit.parents.first().copied()))
    };
    let (now, mut parent) = folder(tip).ok()?;
    let mut oldest = tip;
    for _ in 0..ROOTS {
        let Some(at) = parent else { break };
        match folder(at) {
            Ok((entry, before)) if entry == now => (oldest, parent) = (at, before),
            _ => break,
        }
    }
    Some(oldest)
}

/// Who signed the newest commits, and how many carry the mark of an AI tool.
fn lately(store: &Store, tip: Oid) -> (Vec<SignsAlready>, (usize, usize)) {
    let (markers, mut marked, mut seen) = (Markers::built_in(), 0, HashSet::from([tip]));
    let mut signed: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut waiting = VecDeque::from([tip]);
    let mut looked_at = 0;
    while let Some(oid) = waiting.pop_front().filter(|_| looked_at < COMMITS) {
        let Ok(commit) = store.commit(oid) else {
            continue;
        };
        looked_at += 1;
        marked += usize::from(markers.find([&commit]).is_ai());
        if let Ok(Some((armoured, payload))) = store.commit_signature(oid)
            && let Ok(key) = verify_git(armoured.as_bytes(), &payload)
        {
            let who = (commit.author.email.to_ascii_lowercase(), key.fingerprint);
            *signed.entry(who).or_default() += 1;
        }
        let parents = commit.parents.into_iter();
        waiting.extend(parents.filter(|parent| seen.insert(*parent)));
    }
    let signs = signed.into_iter();
    let signs = signs.map(|((email, fingerprint), commits)| SignsAlready {
        email,
        fingerprint,
        commits,
    });
    (signs.collect(), (looked_at, marked))
}

fn owners(store: &Store, tip: Oid) -> Option<(&'static str, Vec<String>)> {
    let read = |place: &'static str| {
        let bytes = store.read_path(tip, &place.into(), MAX_OWNERS).ok()??;
        Some((place, readable(&bytes).into_owned()))
    };
    let (place, text) = PLACES.into_iter().find_map(read)?;
    let mut names: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split_whitespace().skip(1))
        .take_while(|word| !word.starts_with('#'))
        .filter(|word| word.contains('@'))
        .take(LINES)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    Some((place, names))
}

fn guard(store: &Store, tip: Oid) -> Vec<String> {
    let root = RepoPath::new(Vec::new());
    let Ok(commit) = store.commit(tip) else {
        return Vec::new();
    };
    let entries = store.list_dir(commit.tree, &root).ok().flatten();
    let mut globs = Vec::new();
    for (name, mode, _) in entries.unwrap_or_default() {
        let name = readable(&name);
        if STEERING.contains(&name.as_ref()) {
            let folder = mode == 0o040_000;
            globs.push(format!("{name}{}", if folder { "/**" } else { "" }));
        }
    }
    globs
}

fn keys_at_hand(at: &Surroundings) -> Vec<String> {
    let folder = at.home.as_ref().map(|home| home.join(".ssh"));
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .take(LINES)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".pub"))
        .map(|name| format!("~/.ssh/{name}"))
        .collect();
    names.sort();
    names
}

/// The lines of git's own list that name one address and one key.
fn known(at: &Surroundings, file: &str) -> Vec<KeyFound> {
    let text = fs::read_to_string(at.expand(file)).unwrap_or_default();
    let one = |line: &str| {
        let (principal, rest) = line.trim().split_once(char::is_whitespace)?;
        if principal.contains(['*', '?', '!', ',', '"', '#']) || !principal.contains('@') {
            return None;
        }
        let mut words = rest.split_whitespace().skip_while(|word| {
            !["ssh-", "ecdsa-", "sk-"]
                .iter()
                .any(|kind| word.starts_with(kind))
        });
        let options = rest.split_whitespace().next()?.to_ascii_lowercase();
        if options.contains("cert-authority") {
            return None;
        }
        let key = format!("{} {}", words.next()?, words.next()?);
        Some(KeyFound {
            principal: principal.to_owned(),
            fingerprint: fingerprint(&key).ok()?,
            key,
        })
    };
    text.lines().take(LINES).filter_map(one).collect()
}

/// The people of the policy to be: the user, who was named, who git knows.
pub(super) fn people(wishes: &Wishes, found: &Found) -> Result<Vec<Person>, InitError> {
    let mut people: Vec<Person> = Vec::new();
    let mut named = Vec::new();
    for new in &wishes.people {
        let key = resolve(&new.key).map_err(|source| InitError::Key {
            id: new.id.clone(),
            source,
        })?;
        named.push(Person {
            id: new.id.clone(),
            email: new.email.clone(),
            key: key.public_key,
            fingerprint: key.fingerprint,
            from: "--person".to_owned(),
        });
    }
    if let Some(me) = myself(wishes, found, named.len())?
        && !named.iter().any(|other| same(other, &me).is_some())
    {
        people.push(me);
    }
    for person in named {
        if let Some(other) = people.iter().find(|other| same(other, &person).is_some()) {
            let what = same(other, &person).unwrap_or_default();
            let (one, other) = (other.id.clone(), person.id);
            return Err(InitError::Twice { one, other, what });
        }
        people.push(person);
    }
    if wishes.without_known_signers {
        return Ok(people);
    }
    for key in &found.known {
        let mut person = Person {
            id: id_of(&key.principal),
            email: key.principal.clone(),
            key: key.key.clone(),
            fingerprint: key.fingerprint.clone(),
            from: "gpg.ssh.allowedSignersFile".to_owned(),
        };
        if people.iter().any(|other| other.id == person.id) {
            person.id = person.principal();
        }
        if !people.iter().any(|other| same(other, &person).is_some()) {
            people.push(person);
        }
    }
    Ok(people)
}

/// The user, if there is a key; without one it takes two others to make a policy.
fn myself(wishes: &Wishes, found: &Found, named: usize) -> Result<Option<Person>, InitError> {
    let key = match &found.key {
        Ok(key) => key,
        Err(_) if named >= 2 => return Ok(None),
        Err(why) => return Err(InitError::NoKey(why.clone())),
    };
    let Some(email) = &found.email else {
        return Err(InitError::NoEmail);
    };
    Ok(Some(Person {
        id: wishes.me.clone().unwrap_or_else(|| id_of(email)),
        email: email.clone(),
        key: key.public_key.clone(),
        fingerprint: key.fingerprint.clone(),
        from: key.setting.to_owned(),
    }))
}

/// What two people must not share.
fn same(one: &Person, other: &Person) -> Option<&'static str> {
    if one.fingerprint == other.fingerprint {
        return Some("key");
    }
    if one.principal() == other.principal() {
        return Some("address");
    }
    (one.id == other.id).then_some("id")
}

/// The public key that a text or a file is. Paths are the command line's: the caller made them
/// absolute.
fn resolve(key: &str) -> Result<ResolvedKey, SignError> {
    let config = SigningConfig {
        countersign_signing_key: Some(key.to_owned()),
        ..SigningConfig::default()
    };
    config.resolve(&Surroundings::of_process("/"))
}

/// An id made from an address: what stands before the `@`.
fn id_of(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default();
    let local = local.rsplit('+').next().unwrap_or_default();
    let id: String = local
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "me" } else { id }.to_owned()
}

/// The protected refs: what was named, else the branch that changes go to.
pub(super) fn targets(wishes: &Wishes, found: &Found) -> Result<Vec<String>, InitError> {
    if wishes.targets.is_empty() {
        return found
            .target
            .clone()
            .map(|target| vec![target])
            .ok_or(InitError::NoTarget);
    }
    let named = wishes.targets.iter();
    Ok(named.map(|branch| full_ref(branch)).collect())
}

impl Found {
    /// Owners in CODEOWNERS, and authors who sign, whom the policy does not know.
    pub fn strangers(&self, policy: &Policy) -> (Vec<&str>, Vec<&SignsAlready>) {
        let knows = |address: &str| {
            let mut people = policy.people.values();
            people.any(|person| {
                let mut all = person.emails.iter();
                all.any(|email| email.eq_ignore_ascii_case(address))
            })
        };
        let known_name = |name: &str| {
            let bare = name.trim_start_matches('@');
            policy.people.contains_key(bare)
                || policy.people.values().any(|one| {
                    let groups = one.teams.iter().chain(&one.roles);
                    groups.into_iter().any(|group| group == bare)
                })
        };
        let owners = self.owners.iter().flat_map(|(_, names)| names);
        let owners = owners
            .map(String::as_str)
            .filter(|name| !knows(name) && !known_name(name));
        let signs = self
            .signs
            .iter()
            .filter(|one| policy.owner(&one.fingerprint).is_none());
        (owners.collect(), signs.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_an_address_begins_with() {
        assert_eq!(id_of("Alice.B@corp.example"), "alice-b");
        assert_eq!(id_of("1234+octo@users.noreply.github.com"), "octo");
        assert_eq!(id_of("@"), "me");
    }
}
