//! What the command line of the benchmark asks for.

use std::path::{Path, PathBuf};

/// What is printed where the command line is not understood.
pub(crate) const USAGE: &str = "\
cargo bench --bench risk -- --data DIR --repos DIR [--only NAME]… [--sample N] [--once]
                            [--answers DIR] [--json FILE] [--program FILE]

  --data DIR      holds dev/*.csv.gz (labels, history) and content/*.csv.gz (which signals fired)
  --repos DIR     holds a git directory for each repository: owner+name, owner+name.git
  --repo NAME=DIR the git directory of one repository; before --repos
  --only NAME     this repository alone (owner+name); may be given again
  --sample N      every N-th commit
  --once          no second run: neither the time with warm statistics nor the byte comparison
  --answers DIR   keep the program's own lines there, a file for each repository
  --json FILE     write every figure there, with the commits that differ from the reference
  --program FILE  this countersign instead of the one that was just built

Exit: 0 every goal met, 1 one not met, 2 the benchmark could not run.";

/// The command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) data: PathBuf,
    repos: Option<PathBuf>,
    named: Vec<(String, PathBuf)>,
    only: Vec<String>,
    pub(crate) sample: usize,
    pub(crate) once: bool,
    pub(crate) answers: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) program: PathBuf,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            data: PathBuf::new(),
            repos: None,
            named: Vec::new(),
            only: Vec::new(),
            sample: 1,
            once: false,
            answers: None,
            json: None,
            program: PathBuf::from(env!("CARGO_BIN_EXE_countersign")),
        };
        while let Some(flag) = arguments.next() {
            // What `cargo bench` itself passes on.
            if flag == "--bench" {
                continue;
            }
            if flag == "--once" {
                options.once = true;
                continue;
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--data" => options.data = value.into(),
                "--repos" => options.repos = Some(value.into()),
                "--repo" => options.named.push(named(&value)?),
                "--only" => options.only.push(value.replace('/', "+")),
                "--sample" => options.sample = number(&value)?,
                "--answers" => options.answers = Some(value.into()),
                "--json" => options.json = Some(value.into()),
                "--program" => options.program = value.into(),
                _ => return Err(format!("no such option: {flag}")),
            }
        }
        if options.data.as_os_str().is_empty() {
            return Err("--data is missing".to_owned());
        }
        Ok(options)
    }

    /// The repositories of the data and where each is, by name. One that is asked for and not there
    /// is a mistake; of the others it is said that they are left out.
    pub(crate) fn repositories(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let mut found = Vec::new();
        for name in crate::data::names(&self.data)? {
            if !self.only.is_empty() && !self.only.contains(&name) {
                continue;
            }
            match self.place(&name) {
                Some(path) => found.push((name, path)),
                None if self.only.is_empty() => crate::say(&format!("{name}: not here, left out")),
                None => return Err(format!("{name}: no git directory")),
            }
        }
        match found.is_empty() {
            true => Err("none of the repositories of the data is here".to_owned()),
            false => Ok(found),
        }
    }

    fn place(&self, name: &str) -> Option<PathBuf> {
        let given = self.named.iter().find(|(known, _)| known == name);
        if let Some((_, path)) = given {
            return Some(path.clone());
        }
        let repos = self.repos.as_ref()?;
        let places = [repos.join(name), repos.join(format!("{name}.git"))];
        places.into_iter().find(|path| is_repository(path))
    }
}

fn is_repository(path: &Path) -> bool {
    path.join("HEAD").exists() || path.join(".git").exists()
}

fn named(value: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = value
        .split_once('=')
        .ok_or_else(|| format!("not NAME=DIR: {value}"))?;
    Ok((name.replace('/', "+"), path.into()))
}

fn number(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("not a number above 0: {value}")),
    }
}
