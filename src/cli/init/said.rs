//! What `init` says: what it found, what it proposes and means, what is to be done next.

use serde_json::{Value, json};

use super::super::row::text_or_bytes;
use super::super::{Context, Failure};
use super::Outcome;
use crate::change::escape_ascii;
use crate::policy::Policy;
use crate::review::init::{Found, Proposed, Stands, consequences};

/// Names that are listed before the rest is counted.
const LISTED: usize = 8;

/// What was looked at, a line each.
pub(super) fn found(context: &mut Context, found: &Found) -> Result<(), Failure> {
    let mut lines = Vec::new();
    lines.push(match &found.remote {
        Some((name, url)) => format!("remote     {name} {url}, {} branches", found.branches),
        None => format!("remote     none, {} branches", found.branches),
    });
    lines.push(format!(
        "target     {}",
        found.target.as_deref().map_or("none", short)
    ));
    lines.push(match &found.owners {
        Some((place, names)) => format!("owners     {place}: {}", some(names.iter())),
        None => "owners     no CODEOWNERS".to_owned(),
    });
    lines.push(match &found.key {
        Ok(key) => format!("your key   {} ({})", key.fingerprint, key.setting),
        Err(why) => format!("your key   none: {why}"),
    });
    if !found.known.is_empty() {
        let names = found.known.iter().map(|key| &key.principal);
        lines.push(format!("git trusts {}", some(names)));
    }
    let (looked_at, marked) = found.commits;
    let signed: usize = found.signs.iter().map(|one| one.commits).sum();
    lines.push(format!(
        "history    the newest {looked_at} commits: {signed} signed with SSH keys, {marked} marked as an AI tool's"
    ));
    print(context, &lines)
}

/// The people, and what the policy means for them.
pub(super) fn proposal(
    context: &mut Context,
    found: &Found,
    proposed: &Proposed,
) -> Result<(), Failure> {
    let mut lines = vec![String::new(), "People".to_owned()];
    for person in &proposed.people {
        lines.push(format!(
            "  {} <{}> {} ({})",
            person.id, person.email, person.fingerprint, person.from
        ));
    }
    lines.push(
        "  compare each fingerprint with its owner, by voice: ssh-keygen -lf KEYFILE".to_owned(),
    );
    lines.extend([String::new(), "What it means".to_owned()]);
    let means = consequences(&proposed.policy);
    lines.extend(means.iter().map(|sentence| format!("  - {sentence}")));
    lines.extend(
        strangers(found, &proposed.policy)
            .iter()
            .map(|one| format!("  ! {one}")),
    );
    print(context, &lines)
}

/// Who could be meant and is not in it.
fn strangers(found: &Found, policy: &Policy) -> Vec<String> {
    let (owners, signs) = found.strangers(policy);
    let mut said = Vec::new();
    if !owners.is_empty() {
        said.push(format!(
            "CODEOWNERS names people the policy does not: {}; --person adds one",
            some(owners.iter())
        ));
    }
    for one in signs.iter().take(LISTED) {
        said.push(format!(
            "{} signed {} of the newest commits with {}; a key in the history proves nothing: ask for it, then --person",
            one.email, one.commits, one.fingerprint
        ));
    }
    said
}

/// What became of each file.
pub(super) fn files(context: &mut Context, outcome: &Outcome<'_>) -> Result<(), Failure> {
    let mut lines = vec![String::new(), "Files".to_owned()];
    for put in &outcome.puts {
        lines.push(format!("  {} {}", put.path, state(outcome, put.stands)));
        lines.extend(put.difference.iter().map(|line| format!("    {line}")));
    }
    if outcome.undecorated {
        lines.push(
            "  .git/config: log.excludeDecoration, so that git log stays readable".to_owned(),
        );
    }
    if outcome.dry_run {
        lines.extend([String::new(), ".countersign/policy.toml".to_owned()]);
        let text = String::from_utf8_lossy(&outcome.proposed.files.policy_toml);
        lines.extend(text.lines().map(|line| format!("  {line}")));
    }
    print(context, &lines)
}

fn state(outcome: &Outcome<'_>, stands: Stands) -> &'static str {
    match stands {
        Stands::Same => "is there, and the same",
        Stands::Differs => "is there, and is another (- here, + proposed)",
        Stands::Missing if outcome.written => "written",
        Stands::Missing if outcome.dry_run => "would be written",
        Stands::Missing => "not written",
    }
}

/// What to type next, and how the deployer gets the root.
pub(super) fn next(context: &mut Context, outcome: &Outcome<'_>) -> Result<(), Failure> {
    if outcome.puts.iter().any(|put| put.stands == Stands::Differs) {
        return Ok(());
    }
    let mut lines = vec![String::new()];
    match outcome.found.root {
        Some(root)
            if !outcome.written && outcome.puts.iter().all(|put| put.stands == Stands::Same) =>
        {
            lines.push(format!(
                "The policy is in force; its root, for the deployer: {root}"
            ));
        }
        _ => {
            lines.push("Next".to_owned());
            let commands = commands(outcome.found);
            lines.extend(commands.iter().map(|command| format!("  {command}")));
            lines.push(
                "The last line prints the root: hand it to whoever deploys, by another way than this repository."
                    .to_owned(),
            );
        }
    }
    print(context, &lines)
}

/// From the files in the work tree to the root.
fn commands(found: &Found) -> Vec<String> {
    let target = found.target.as_deref().map_or("main", short);
    let mut all = vec![
        "git add .countersign".to_owned(),
        "git commit -S -m 'policy: who may approve what'".to_owned(),
    ];
    let remote = found.remote.as_ref().map(|(name, _)| name.as_str());
    if found.head == found.target || found.target.is_none() {
        if let Some(remote) = remote {
            all.push(format!("git push {remote} HEAD:{target}"));
        }
        all.push("git rev-parse HEAD".to_owned());
    } else {
        let remote = remote.unwrap_or("origin");
        all.push(format!(
            "git push {remote} HEAD   # then bring it to {target}, as you always do"
        ));
        all.push(format!(
            "git fetch {remote} && git rev-parse {remote}/{target}"
        ));
    }
    all
}

/// How the policy that is here stands.
pub(super) fn already(
    context: &mut Context,
    found: &Found,
    policy: &Policy,
) -> Result<(), Failure> {
    let mut lines = vec![format!(
        "There is a policy here already: version {}, valid, {} people. Nothing was written.",
        policy.version,
        policy.people.len()
    )];
    lines.extend(consequences(policy).iter().map(|one| format!("  - {one}")));
    lines.extend(
        strangers(found, policy)
            .iter()
            .map(|one| format!("  ! {one}")),
    );
    match found.root {
        Some(root) => lines.push(format!("Its root, for the deployer: {root}")),
        None => {
            lines.push("It is not on the target yet. Next:".to_owned());
            let commands = commands(found);
            lines.extend(commands.iter().map(|command| format!("  {command}")));
        }
    }
    print(context, &lines)
}

/// The commands that make and configure a key. Keys that are there come first.
pub(super) fn key_commands(found: &Found) -> String {
    let mut lines = vec!["no key is made for you; nothing was written".to_owned()];
    match found.keys_at_hand.first() {
        Some(key) => {
            lines.push(format!("there is {}", some(found.keys_at_hand.iter())));
            lines.push("git config --global gpg.format ssh".to_owned());
            lines.push(format!("git config --global user.signingKey {key}"));
        }
        None => {
            lines.push(
                "ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519   # give it a passphrase".to_owned(),
            );
            lines.push("git config --global gpg.format ssh".to_owned());
            lines.push("git config --global user.signingKey ~/.ssh/id_ed25519.pub".to_owned());
        }
    }
    lines.push(
        "then countersign init again; --person twice sets it up for others without a key here"
            .to_owned(),
    );
    lines.join("\n")
}

/// `countersign/init/1`
pub(super) fn document(outcome: &Outcome<'_>) -> Value {
    let Outcome {
        found, proposed, ..
    } = outcome;
    let people = proposed.people.iter().map(|person| {
        json!({
            "id": person.id,
            "principal": person.principal(),
            "fingerprint": person.fingerprint,
            "from": person.from,
        })
    });
    let contents = [
        &proposed.files.policy_toml,
        &proposed.files.allowed_signers,
        &proposed.files.revoked_keys,
    ];
    let files = outcome.puts.iter().zip(contents).map(|(put, bytes)| {
        let state = match put.stands {
            Stands::Same => "same",
            Stands::Differs => "differs",
            Stands::Missing if outcome.written => "written",
            Stands::Missing => "missing",
        };
        json!({
            "path": put.path,
            "state": state,
            "proposed": text_or_bytes(bytes),
            "difference": put.difference,
        })
    });
    json!({
        "schema": "countersign/init/1",
        "written": outcome.written,
        "dryRun": outcome.dry_run,
        "target": proposed.policy.default_target(),
        "repository": proposed.policy.repository,
        "people": people.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "consequences": consequences(&proposed.policy),
        "warnings": strangers(found, &proposed.policy),
        "next": commands(found),
        "root": found.root.map(|root| root.to_string()),
    })
}

/// The same where a policy was here and nothing else was asked for.
pub(super) fn there(found: &Found, policy: &Policy) -> Value {
    json!({
        "schema": "countersign/init/1",
        "written": false,
        "dryRun": false,
        "target": policy.default_target(),
        "repository": policy.repository,
        "people": policy.people.iter().map(|(id, person)| json!({
            "id": id,
            "principal": person.principal,
        })).collect::<Vec<_>>(),
        "files": [],
        "consequences": consequences(policy),
        "warnings": strangers(found, policy),
        "next": if found.root.is_some() { Vec::new() } else { commands(found) },
        "root": found.root.map(|root| root.to_string()),
    })
}

fn some<T: AsRef<str>>(names: impl ExactSizeIterator<Item = T>) -> String {
    let count = names.len();
    let mut listed: Vec<String> = names
        .take(LISTED)
        .map(|name| name.as_ref().to_owned())
        .collect();
    if count > listed.len() {
        listed.push(format!("{} more", count - listed.len()));
    }
    listed.join(", ")
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").unwrap_or(name)
}

/// Names of a stranger's making stand among these lines: escaped.
fn print(context: &mut Context, lines: &[String]) -> Result<(), Failure> {
    for line in lines {
        context.output.line(&escape_ascii(line))?;
    }
    Ok(())
}
