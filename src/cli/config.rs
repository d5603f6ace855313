//! `countersign config`: which value of each setting holds and who set it, and the user's own file.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::args::{ConfigArgs, ConfigCommand, ConfigShowArgs};
use super::own_files::{OwnFiles, bad_settings};
use super::{Context, ExitCode, Failure};
use crate::change::escape_ascii;
use crate::config::origin::{Origin, Setting, own, settle};
use crate::config::{Config, suggest};
use crate::git::Store;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ConfigArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        ConfigCommand::Show(args) => show(context, args),
        ConfigCommand::Path => {
            let path = file()?;
            context.output.data(path.as_os_str().as_encoded_bytes())?;
            context.output.data(b"\n")?;
            Ok(ExitCode::Done)
        }
        ConfigCommand::Edit => edit(context),
    }
}

fn file() -> Result<std::path::PathBuf, Failure> {
    OwnFiles::find().file("config.toml").ok_or_else(|| {
        Failure::new(
            ExitCode::Unavailable,
            "there is no folder for configuration",
        )
        .hint("set XDG_CONFIG_HOME to one")
    })
}

fn show(context: &mut Context, args: &ConfigShowArgs) -> Result<ExitCode, Failure> {
    let mut settings = settings(context)?;
    if let Some(name) = &args.name {
        let names: Vec<&str> = settings.iter().map(|setting| setting.name).collect();
        if !names.contains(&name.as_str()) {
            let hint = suggest::hint(name, &names);
            return Err(
                Failure::usage(format!("no setting is called {name:?}{hint}"))
                    .hint("countersign config show lists them"),
            );
        }
        settings.retain(|setting| setting.name == name);
    }
    if args.json {
        context.output.json(&json!({
            "schema": "countersign/config/1",
            "settings": settings.iter().map(|setting| json!({
                "name": setting.name,
                "value": setting.value,
                "origin": setting.origin.kind(),
                "by": setting.origin.name(),
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(ExitCode::Done);
    }
    for setting in &settings {
        let mut line = format!("{} = {}", setting.name, escape_ascii(&setting.value));
        if args.origin {
            let name = setting.origin.name().unwrap_or_default();
            let origin = format!("{} {name}", setting.origin.kind());
            line = format!("{}\t{line}", origin.trim_end());
        }
        context.output.line(line.trim_end())?;
    }
    Ok(ExitCode::Done)
}

/// Every setting. Outside a repository git's own settings are not asked.
fn settings(context: &mut Context) -> Result<Vec<Setting>, Failure> {
    let text = OwnFiles::find().read("config.toml")?.unwrap_or_default();
    let (config, warnings) = Config::read(&text).map_err(|error| bad_settings(&error))?;
    for warning in warnings {
        context.output.warn(&warning);
    }
    let store = Store::discover(&context.dir()).ok();
    let git = |key: &'static str| {
        let value = store
            .as_ref()
            .and_then(|store| store.config_string(key).ok());
        (Origin::Git(key), value.flatten())
    };
    let mut settings = vec![
        remote(context, &git),
        settle("target", [git("countersign.target")], ""),
        settle(
            "signing_key",
            [
                "countersign.signingKey",
                "user.signingKey",
                "gpg.ssh.defaultKeyCommand",
            ]
            .map(git),
            "",
        ),
        colour(&git),
    ];
    for (name, value, is_set) in own(&text, &config) {
        let user = (Origin::User, is_set.then(|| value.clone()));
        let variable = match name {
            "theme" => Some("COUNTERSIGN_THEME"),
            "keys" => Some("COUNTERSIGN_KEYS"),
            _ => None,
        };
        let environment = variable.map(|name| (Origin::Environment(name), environment(name)));
        let candidates = environment.into_iter().chain([user]);
        settings.push(settle(name, candidates, value));
    }
    Ok(settings)
}

fn remote(context: &Context, git: &dyn Fn(&'static str) -> (Origin, Option<String>)) -> Setting {
    let given = context.global.remote.clone();
    let flag = given.clone().filter(|_| typed("--remote"));
    settle(
        "remote",
        [
            (Origin::Flag("--remote"), flag),
            (Origin::Environment("COUNTERSIGN_REMOTE"), given),
            git("countersign.remote"),
        ],
        "origin",
    )
}

fn colour(git: &dyn Fn(&'static str) -> (Origin, Option<String>)) -> Setting {
    let flag = std::env::args().skip_while(|word| !word.starts_with("--color"));
    let flag: Vec<String> = flag.take(2).collect();
    let flag = flag.first().and_then(|first| match first.split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => flag.get(1).cloned(),
    });
    let forced = environment("CLICOLOR_FORCE").filter(|value| value != "0");
    settle(
        "color",
        [
            (Origin::Flag("--color"), flag),
            (
                Origin::Environment("NO_COLOR"),
                environment("NO_COLOR").map(|_| "never".to_owned()),
            ),
            (
                Origin::Environment("CLICOLOR_FORCE"),
                forced.map(|_| "always".to_owned()),
            ),
            git("color.ui"),
        ],
        "auto",
    )
}

/// Whether a flag stands on the command line, rather than its variable in the environment.
fn typed(flag: &str) -> bool {
    std::env::args().any(|word| word.split('=').next() == Some(flag))
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Opens the file in the editor that git would run, and says what is wrong with it afterwards.
fn edit(context: &mut Context) -> Result<ExitCode, Failure> {
    let path = file()?;
    let failed = |error: &std::io::Error| {
        Failure::new(
            ExitCode::Unavailable,
            format!("cannot make {}", path.display()),
        )
        .caused_by(error)
        .hint("see that the folder is yours to write")
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    if !path.exists() {
        std::fs::write(&path, START).map_err(|error| failed(&error))?;
    }
    open(&path)?;
    let text = OwnFiles::find().read("config.toml")?.unwrap_or_default();
    let (_, warnings) = Config::read(&text).map_err(|error| {
        Failure::from_error(ExitCode::Usage, &error).hint("countersign config edit opens it again")
    })?;
    for warning in warnings {
        context.output.warn(&warning);
    }
    Ok(ExitCode::Done)
}

/// What a new file begins with.
const START: &str = "# Settings of countersign; docs/configuration.md says what each takes.\n\
# theme = \"auto\"\n# undo_seconds = 10\n# fetch_seconds = 60\n# mouse = true\n";

/// The editor is a command line, read by a shell as git does; the file is no part of it.
fn open(path: &Path) -> Result<(), Failure> {
    let asked = Command::new("git").args(["var", "GIT_EDITOR"]).output();
    let editor = asked
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "vi".to_owned());
    let status = Command::new("sh")
        .args([OsString::from("-c"), format!("{editor} \"$@\"").into()])
        .arg("editor")
        .arg(path)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(
            ExitCode::Unavailable,
            format!("the editor ({editor}) ended with {status}"),
        )
        .hint("git config --global core.editor names another")),
        Err(error) => Err(Failure::new(ExitCode::Unavailable, "no editor was started")
            .caused_by(&error)
            .hint("git config --global core.editor names one")),
    }
}
