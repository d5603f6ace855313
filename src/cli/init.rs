//! `countersign init`: a policy for this repository, proposed from what is found, said in words, and
//! written into the work tree. Never over anything; nothing is committed and no refspec changed.

mod ask;
mod said;

use std::path::Path;

use super::args::{InitArgs, InitMode};
use super::context::{failure, git_failure};
use super::{Context, ExitCode, Failure};
use crate::policy::Mode;
use crate::review::Session;
use crate::review::init::{
    Found, InitError, NewAgent, Newcomer, Proposed, Put, Stands, Wishes, look, plan, put,
    repository_name,
};

/// What `log` shows no decoration for: the remote's refs as they are tracked here.
const UNDECORATED: &str = "refs/countersign-remote/";

/// Everything there is to say.
struct Outcome<'a> {
    found: &'a Found,
    proposed: &'a Proposed,
    puts: Vec<Put>,
    /// Whether files were written.
    written: bool,
    /// Whether `log.excludeDecoration` was added.
    undecorated: bool,
    dry_run: bool,
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &InitArgs) -> Result<ExitCode, Failure> {
    let mut session = context.session()?;
    let Some(top) = session.store.workdir().map(Path::to_owned) else {
        return Err(Failure::usage("init: a bare repository has no work tree")
            .hint("run it in a clone of it"));
    };
    let found = look(&session).map_err(|error| failure(&error))?;
    let mut wishes = wishes(context, args)?;
    if found.here.folder && wishes == Wishes::default() && args.repository.is_none() {
        return already(context, &session, &found, args);
    }
    let asks = ask::may_ask(args);
    if asks {
        said::found(context, &found)?;
        ask::questions(&mut wishes, &found, &context.dir())?;
    }
    let name = name(args)?;
    let proposed = plan(&wishes, &found, &name).map_err(|error| refused(&error, &found))?;
    if asks {
        said::proposal(context, &found, &proposed)?;
    }
    let write = !args.dry_run && (!asks || ask::yes("Write it?")?);
    let puts = put(&top, &proposed.files, write).map_err(|error| {
        Failure::new(ExitCode::Unavailable, "cannot write .countersign")
            .caused_by(&error)
            .hint("nothing was written; see what lies there: ls -la .countersign")
    })?;
    let missing = puts.iter().any(|put| put.stands == Stands::Missing);
    let differs = puts.iter().any(|put| put.stands == Stands::Differs);
    let undecorated = write && !differs && undecorate(&mut session)?;
    let outcome = Outcome {
        found: &found,
        proposed: &proposed,
        written: write && missing && !differs,
        puts,
        undecorated,
        dry_run: args.dry_run,
    };
    if args.json {
        context.output.json(&said::document(&outcome))?;
    } else {
        if !asks {
            said::found(context, &found)?;
            said::proposal(context, &found, &proposed)?;
        }
        said::files(context, &outcome)?;
        said::next(context, &outcome)?;
    }
    if differs {
        return Err(Failure::new(
            ExitCode::Denied,
            "there is another policy here already; nothing was written",
        )
        .hint(
            "edit the files by hand and raise `version`; countersign policy check finds mistakes",
        ));
    }
    Ok(ExitCode::Done)
}

/// A policy is here and nothing else was asked for: how it stands, and its root.
fn already(
    context: &mut Context,
    session: &Session,
    found: &Found,
    args: &InitArgs,
) -> Result<ExitCode, Failure> {
    let top = session.store.workdir().unwrap_or(Path::new("."));
    let policy = super::policy::in_folder(top)?.map_err(|invalid| {
        Failure::new(
            ExitCode::Undecided,
            format!(
                "E-POLICY-INVALID there is a policy here already, and it is invalid\n{invalid}"
            ),
        )
        .hint("mend it; nothing was written. countersign policy check says whether it is right")
    })?;
    if args.json {
        context.output.json(&said::there(found, &policy))?;
    } else {
        said::already(context, found, &policy)?;
    }
    Ok(ExitCode::Done)
}

fn undecorate(session: &mut Session) -> Result<bool, Failure> {
    let store = &mut session.store;
    let added = store.add_config("log.excludeDecoration", UNDECORATED);
    added.map_err(|error| git_failure(&error))
}

fn name(args: &InitArgs) -> Result<String, Failure> {
    match &args.repository {
        None => {
            let mut random = [0; 16];
            fastrand::Rng::new().fill(&mut random);
            Ok(repository_name(random))
        }
        Some(name) if name.starts_with("urn:uuid:") => Ok(name.clone()),
        Some(name) => Err(
            Failure::usage(format!("--repository {name:?} is no urn:uuid:"))
                .hint("leave it out for a new one"),
        ),
    }
}

/// What the flags say.
fn wishes(context: &Context, args: &InitArgs) -> Result<Wishes, Failure> {
    let people = args.person.iter();
    let people = people.map(|text| person(text, &context.dir()));
    let agents = args.agent.iter().map(|text| agent(text));
    Ok(Wishes {
        me: args.me.clone(),
        people: people.collect::<Result<_, _>>()?,
        without_known_signers: args.no_known_signers,
        agents: agents.collect::<Result<_, _>>()?,
        targets: args.target.clone(),
        mode: args.mode.map(|mode| match mode {
            InitMode::All => Mode::All,
            InitMode::UnlessHumanSigned => Mode::UnlessHumanSigned,
            InitMode::Flagged => Mode::Flagged,
        }),
        approvals: args.approvals,
        guard: match (&args.guard, args.no_guard) {
            (_, true) => Some(Vec::new()),
            (globs, false) if globs.is_empty() => None,
            (globs, false) => Some(globs.clone()),
        },
    })
}

/// `NAME=EMAIL=KEYFILE`; a relative path starts where the command runs.
fn person(text: &str, dir: &Path) -> Result<Newcomer, Failure> {
    let mut parts = text.splitn(3, '=');
    let (Some(id), Some(email), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(
            Failure::usage(format!("--person {text:?} is not NAME=EMAIL=KEYFILE"))
                .hint("--person bob=bob@corp.example=keys/bob.pub"),
        );
    };
    let written_out = ["ssh-", "ecdsa-", "sk-", "key::", "~/"];
    let key = if written_out.iter().any(|start| key.starts_with(start)) {
        home(key)
    } else {
        let file = dir.join(key);
        std::path::absolute(&file)
            .unwrap_or(file)
            .display()
            .to_string()
    };
    Ok(Newcomer {
        id: id.to_owned(),
        email: email.to_owned(),
        key,
    })
}

/// A shell leaves `~/` inside a word as it is.
fn home(key: &str) -> String {
    match (key.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest).display().to_string(),
        _ => key.to_owned(),
    }
}

fn agent(text: &str) -> Result<NewAgent, Failure> {
    let mut parts = text.splitn(3, '=').map(str::to_owned);
    match (parts.next(), parts.next()) {
        (Some(id), Some(email)) if email.contains('@') => Ok(NewAgent {
            id,
            email,
            operator: parts.next(),
        }),
        _ => Err(
            Failure::usage(format!("--agent {text:?} is not NAME=EMAIL[=OPERATOR]"))
                .hint("--agent coder=coder-bot@corp.example=alice"),
        ),
    }
}

/// Why there is no proposal, with the commands that would help.
fn refused(error: &InitError, found: &Found) -> Failure {
    let code = match error {
        InitError::NoKey(_) => ExitCode::Unavailable,
        _ => ExitCode::Usage,
    };
    Failure::from_error(code, error).hint(match error {
        InitError::NoKey(_) => said::key_commands(found),
        InitError::NoEmail => "git config --global user.email you@corp.example".to_owned(),
        InitError::TooFew { .. } => "add a second person: countersign init --person NAME=EMAIL=KEYFILE, \
             where KEYFILE is the .pub file of the other's SSH key; compare its fingerprint with them"
            .to_owned(),
        InitError::TooMany { people, .. } => {
            format!("--approvals {} at most, or more people with --person", people - 1)
        }
        InitError::Key { .. } => {
            "KEYFILE is a public key file (~/.ssh/id_ed25519.pub), or the key itself: \
             'bob=bob@corp.example=ssh-ed25519 AAAA…'"
                .to_owned()
        }
        InitError::Twice { .. } => {
            "a key, an address and an id belong to one person; --me NAME changes your own id".to_owned()
        }
        InitError::NoTarget => "--target BRANCH, or commit something first".to_owned(),
        InitError::Invalid(_) => "nothing was written; mend the flag that the text names".to_owned(),
    })
}
