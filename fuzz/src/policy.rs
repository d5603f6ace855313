//! The three files of a policy, the floor that somebody else lays under it, and globs.

use countersign::change::RepoPath;
use countersign::policy::{Floor, Glob, Invalid, Mistake, Policy, PolicyFiles, compare};
use countersign::risk::{ChangeText, PolicyRisk, assess};

use super::input::Input;

/// `policy.toml`, `allowed_signers` and `revoked_keys`, with `--` between them. What is wrong is said
/// in short lines without control characters; what holds compares as equal with itself, and no key
/// is revoked in silence.
pub fn files(data: &[u8]) {
    let mut input = Input(data);
    let files = PolicyFiles {
        policy_toml: input.part().to_vec(),
        allowed_signers: input.part().to_vec(),
        revoked_keys: input.part().to_vec(),
    };
    assert_eq!(files.digest(), files.clone().digest());
    match files.parse() {
        Ok(policy) => holds(&policy, &files),
        Err(Invalid::NewerSchema { found }) => assert!(found > 1),
        Err(Invalid::Mistakes(mistakes)) => {
            assert!(!mistakes.is_empty(), "refused without a reason");
            let lines = data.iter().filter(|b| **b == b'\n').count() + 3;
            mistakes.iter().for_each(|mistake| said(mistake, lines));
        }
    }
}

fn said(mistake: &Mistake, lines: usize) {
    let text = mistake.to_string();
    assert!(
        mistake.line.is_none_or(|line| (1..=lines).contains(&line)),
        "{text}"
    );
    assert!(!mistake.text.is_empty() && !mistake.remedy.is_empty());
}

fn holds(policy: &Policy, files: &PolicyFiles) {
    assert_eq!(compare(policy, policy), Vec::new(), "equal to itself");
    assert_eq!(files.parse().as_ref(), Ok(policy), "read twice, the same");
    for key in policy.signers.iter() {
        assert!(key.fingerprint.len() == 50, "{}", key.fingerprint);
        assert_eq!(
            policy.signers.find(&key.fingerprint),
            Some(key),
            "a key is found once"
        );
        policy.owner(&key.fingerprint);
    }
    let own = &policy.risk.rules;
    for bad in own.bad_examples() {
        assert!(!format!("{bad:?}").is_empty());
    }
    let risk = PolicyRisk {
        own,
        ..PolicyRisk::NONE
    };
    assess(&ChangeText::default(), &[], &risk, None, None);
}

/// A floor: what is wrong is said.
pub(crate) fn floor(text: &str) {
    if let Err(why) = Floor::parse(text) {
        assert!(!why.is_empty());
    }
}

/// A glob and a path, with `--` between them. A literal matches itself alone; `**` matches everything; a folder's glob what
/// lies in it.
pub(crate) fn glob(input: &mut Input<'_>) {
    let (glob, path) = (input.part().trim_ascii_end(), input.part().trim_ascii_end());
    let Ok(text) = std::str::from_utf8(glob) else {
        return;
    };
    let Ok(glob) = Glob::new(text) else {
        return;
    };
    assert_eq!(glob.as_str(), text);
    let matches = glob.matches(path);
    assert_eq!(matches, glob.matches_path(&RepoPath::new(path)));
    if glob.is_literal() {
        assert_eq!(matches, path == text.as_bytes(), "a literal is one path");
        assert!(glob.matches(text.as_bytes()));
    }
    if glob.is_everything() {
        assert!(matches, "everything");
    }
    if let Ok(below) = Glob::new(&format!("{text}/**"))
        && matches
    {
        assert!(
            below.matches(&[path, b"/x"].concat()),
            "a folder has what is in it"
        );
    }
    assert_eq!(
        matches,
        slowly(text.as_bytes(), path),
        "as the definition says"
    );
}

/// The definition of a glob, by trying everything.
fn slowly(glob: &[u8], path: &[u8]) -> bool {
    if glob.len() > 24 || path.len() > 24 {
        return Glob::new(&String::from_utf8_lossy(glob)).is_ok_and(|glob| glob.matches(path));
    }
    let glob: Vec<&[u8]> = glob.split(|b| *b == b'/').collect();
    let path: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    folders(&glob, &path)
}

fn folders(glob: &[&[u8]], path: &[&[u8]]) -> bool {
    match (glob, path) {
        ([], []) => true,
        ([b"**", rest @ ..], _) => (0..=path.len()).any(|skip| folders(rest, &path[skip..])),
        ([first, rest @ ..], [name, more @ ..]) => letters(first, name) && folders(rest, more),
        _ => false,
    }
}

fn letters(glob: &[u8], name: &[u8]) -> bool {
    match (glob, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skip| letters(rest, &name[skip..])),
        ([b'?', rest @ ..], [_, more @ ..]) => letters(rest, more),
        ([a, rest @ ..], [b, more @ ..]) => a == b && letters(rest, more),
        _ => false,
    }
}
