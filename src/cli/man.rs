//! `countersign man`: the manual, made from the same definition that reads the command line.

use std::path::Path;

use clap::CommandFactory as _;

use super::args::ManArgs;
use super::{Cli, Context, ExitCode, Failure};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ManArgs) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.build();
    match &args.out {
        None => context.output.data(&page(&command)?)?,
        Some(dir) => {
            let dir = context.dir().join(dir);
            std::fs::create_dir_all(&dir).map_err(|error| unwritten(&dir, &error))?;
            for (name, page) in pages(&command)? {
                let file = dir.join(&name);
                std::fs::write(&file, page).map_err(|error| unwritten(&file, &error))?;
                context.output.line(&file.display().to_string())?;
            }
            // git help countersign looks for the page of git-countersign.
            let file = dir.join("git-countersign.1");
            std::fs::write(&file, ".so man1/countersign.1\n")
                .map_err(|error| unwritten(&file, &error))?;
            context.output.line(&file.display().to_string())?;
        }
    }
    Ok(ExitCode::Done)
}

/// The page of every command that is shown, by its file name.
fn pages(root: &clap::Command) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut waiting = vec![root];
    let mut pages = Vec::new();
    while let Some(command) = waiting.pop() {
        let name = command.get_display_name().unwrap_or(command.get_name());
        pages.push((format!("{name}.1"), page(command)?));
        waiting.extend(command.get_subcommands().filter(|sub| !sub.is_hide_set()));
    }
    pages.sort();
    Ok(pages)
}

fn page(command: &clap::Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let made = clap_mangen::Man::new(command.clone())
        .manual("Countersign")
        .render(&mut text);
    made.map_err(|error| {
        Failure::new(ExitCode::Unavailable, "cannot make the page")
            .caused_by(&error)
            .report_it()
    })?;
    Ok(ascii(&String::from_utf8_lossy(&text)))
}

/// What is beyond ASCII, as roff's own names: not every reader of pages takes UTF-8.
fn ascii(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(&format!("\\[u{:04X}]", u32::from(c)));
        }
    }
    out.into_bytes()
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        ExitCode::Unavailable,
        format!("cannot write {}", path.display()),
    )
    .caused_by(error)
    .hint("name a folder of your own: countersign man --out DIR")
}
