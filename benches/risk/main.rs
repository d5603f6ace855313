//! The risk benchmark: scores commits of known fate with this program's own `scan`, compares them
//! with the reference formula, and says which goals are met. `docs/risk.md` explains the figures.

mod data;
mod goals;
mod measures;
mod options;
mod parity;
mod reference;
mod report;
mod scan;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => return fail(&format!("{message}\n\n{}", options::USAGE)),
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => fail(&message),
    }
}

/// Measures every repository and prints the report; whether every goal was met.
fn run(options: &Options) -> Result<bool, String> {
    let mut results = Vec::new();
    for (name, path) in options.repositories()? {
        let rows = data::rows(&options.data, &name, options.sample)?;
        say(&format!("{name}: {} commits", rows.len()));
        let scanned = scan::scan(&options.program, &path, &rows, options.once)?;
        if let Some(dir) = &options.answers {
            let file = dir.join(format!("{name}.jsonl"));
            write(&file, &scanned.lines.concat())?;
        }
        results.push(report::Repository::new(&name, &rows, &scanned)?);
    }
    let goals = goals::all(&results);
    let text = report::text(&results, &goals);
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| error.to_string())?;
    if let Some(path) = &options.json {
        write(path, &format!("{:#}\n", report::json(&results, &goals)))?;
    }
    Ok(goals.iter().all(|goal| goal.met != Some(false)))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made.and_then(|()| std::fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn fail(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}

/// Progress and mistakes go beside the report.
fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
