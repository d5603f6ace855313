//! The user's own files: config.toml, keymap.toml, themes. Never those of the repository under review.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::{ExitCode, Failure};
use crate::config::Config;
#[cfg(feature = "tui")]
use crate::ui::theme::Own;

/// Settings larger than this are no settings.
const LARGEST: u64 = 256 * 1024;
#[cfg(feature = "tui")]
/// More themes than this are not looked at.
const MOST: usize = 100;

/// The folder of the user's configuration, if the system has one.
pub(super) struct OwnFiles {
    dir: Option<PathBuf>,
}

impl OwnFiles {
    /// Finds the folder; `XDG_CONFIG_HOME` counts on every system.
    pub(super) fn find() -> Self {
        let xdg = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let dir = xdg
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join("countersign"))
            .or_else(|| {
                let dirs = directories::ProjectDirs::from("", "", "countersign")?;
                Some(dirs.config_dir().to_owned())
            });
        Self { dir }
    }

    /// What to call a file of it in a message: its path, from the home directory where it is in it.
    pub(super) fn path(&self, name: &str) -> String {
        let path = self.dir.as_deref().unwrap_or(Path::new("")).join(name);
        let home = directories::BaseDirs::new();
        let below = home
            .as_ref()
            .and_then(|home| path.strip_prefix(home.home_dir()).ok());
        match below {
            Some(below) => format!("~/{}", below.display()),
            None => path.display().to_string(),
        }
    }

    /// Where a file of it lies, or would; none where the system has no such folder.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.dir.as_ref()?.join(name))
    }

    /// The text of a file of it; none where there is no such file.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        match &self.dir {
            Some(dir) => read(&dir.join(name)),
            None => Ok(None),
        }
    }

    #[cfg(feature = "tui")]
    /// The themes, by name, and a sentence for each file that is none.
    pub(super) fn themes(&self) -> (Vec<Own>, Vec<String>) {
        let (mut themes, mut odd) = (Vec::new(), Vec::new());
        let folder = self.dir.as_ref().map(|dir| dir.join("themes"));
        let entries = folder.and_then(|folder| folder.read_dir().ok());
        let mut files: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect();
        files.sort();
        if files.len() > MOST {
            odd.push(format!(
                "{}: {} themes, only the first {MOST} are read",
                self.path("themes"),
                files.len()
            ));
        }
        for file in files.iter().take(MOST) {
            let name = file.file_stem().and_then(|name| name.to_str());
            match (name, read(file)) {
                (Some(name), Ok(Some(text))) => themes.push(Own {
                    name: name.to_owned(),
                    file: format!("themes/{name}.toml"),
                    text,
                }),
                (Some(_), Ok(None)) => {}
                (None, Ok(_)) => odd.push(format!("{}: no name for a theme", file.display())),
                (_, Err(failure)) => odd.push(failure.message),
            }
        }
        (themes, odd)
    }
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let mut text = String::new();
    match file.take(LARGEST + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 > LARGEST => {
            let why = format!("{}: larger than {LARGEST} bytes", path.display());
            Err(Failure::usage(why).hint("make it shorter, or move it away"))
        }
        Ok(_) => Ok(Some(text)),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
        .hint("see that it is a text file of yours, or move it away")
}

/// Settings that cannot be read.
pub(super) fn bad_settings(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::from_error(ExitCode::Usage, error)
        .hint("mend it: countersign config edit; docs/configuration.md says what can be set")
}

/// The user's settings; an unknown key warns, a bad value is named with its place.
pub(super) fn settings(context: &mut Context) -> Result<Config, Failure> {
    let Some(text) = OwnFiles::find().read("config.toml")? else {
        return Ok(Config::default());
    };
    let (settings, warnings) = Config::read(&text).map_err(|error| bad_settings(&error))?;
    for warning in warnings {
        context.output.warn(&warning);
    }
    Ok(settings)
}

#[cfg(all(test, feature = "tui"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_that_are_not_there_are_none_and_those_that_cannot_be_read_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let own = OwnFiles {
            dir: Some(dir.path().to_owned()),
        };
        assert!(own.read("keymap.toml").unwrap().is_none());
        assert_eq!(own.themes().0.len(), 0);
        std::fs::create_dir(dir.path().join("themes")).unwrap();
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(dir.path().join("themes").join(name), bytes).unwrap();
        };
        write("b.toml", b"inherits = \"a\"\n");
        write("a.toml", b"");
        write("note.txt", b"");
        write("bad.toml", b"\xff");
        write("big.toml", &vec![b'#'; 300 * 1024]);
        let (themes, odd) = own.themes();
        let names: Vec<&str> = themes.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(odd.len(), 2, "{odd:?}");
        assert!(odd[0].contains("bad.toml: ") && odd[1].contains("big.toml: larger than"));
    }
}
