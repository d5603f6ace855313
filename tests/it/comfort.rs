//! Comfort: themes and their picker, commands by name, presets of keys, the help; and what is said
//! when a file of the user's own has mistakes.

mod commands;

use std::path::PathBuf;

use ratatui::style::{Color, Modifier};

use crate::common::{Sandbox, Screen};
use crate::screen::play::state;
use crate::screen::{draw, press, text};

/// A repository in which nothing waits, and a configuration directory.
struct Desk {
    sandbox: Sandbox,
    repository: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let repository = sandbox.path("repository");
        std::fs::create_dir_all(&repository).unwrap();
        sandbox.git(&repository, &["init", "-q", "-b", "main"]);
        Self {
            sandbox,
            repository,
        }
    }

    /// Writes a file of the user's own.
    fn write(&self, name: &str, content: &str) -> &Self {
        let file = self.sandbox.path("config/countersign").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.sandbox.path("config/countersign").join(name)).unwrap()
    }

    fn screen(&self, environment: &[(&str, &str)]) -> Screen {
        let program = env!("CARGO_BIN_EXE_countersign");
        let mut command = self.sandbox.command(program, &self.repository);
        command
            .env("XDG_CONFIG_HOME", self.sandbox.path("config"))
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env_remove("NO_COLOR")
            .envs(environment.iter().copied())
            .arg("tui");
        Screen::start(&command, 100, 30)
    }

    /// What the screen says that does not begin, which is a matter of usage.
    fn refused(&self, environment: &[(&str, &str)]) -> String {
        let mut screen = self.screen(environment);
        assert_eq!(screen.exit_code(), 2, "{}", screen.text());
        let bytes = String::from_utf8_lossy(screen.bytes());
        assert!(!bytes.contains("\u{1b}[?1049h"), "the screen was taken");
        // The terminal breaks long lines.
        screen.text().replace('\n', "")
    }
}

/// The ground of the screen, where nothing is written.
fn ground(screen: &Screen) -> vt100::Color {
    screen.model().cell(20, 90).unwrap().bgcolor()
}

#[track_caller]
fn wait_for_ground(screen: &mut Screen, (r, g, b): (u8, u8, u8)) {
    screen.wait_until("the ground", |s| ground(s) == vt100::Color::Rgb(r, g, b));
}

#[test]
fn an_own_theme_is_shown_and_another_is_tried_and_kept_for_the_session() {
    let desk = Desk::new();
    desk.write("config.toml", "theme = \"mine\"\n").write(
        "themes/mine.toml",
        "inherits = \"nord\"\nabout = \"deep\"\n[palette]\nground = \"#102030\"\n",
    );
    let mut screen = desk.screen(&[]);
    wait_for_ground(&mut screen, (0x10, 0x20, 0x30));
    screen.send("T");
    screen.wait_for("your own: deep");
    screen.send("gruvbox-l");
    wait_for_ground(&mut screen, (0xfb, 0xf1, 0xc7));
    screen.send("\u{1b}");
    wait_for_ground(&mut screen, (0x10, 0x20, 0x30));
    screen.send(":theme nor\r");
    screen.wait_for("theme = \"nord\" in ");
    wait_for_ground(&mut screen, (0x2e, 0x34, 0x40));
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(
        desk.read("config.toml"),
        "theme = \"mine\"\n",
        "nothing is written"
    );
}

#[test]
fn a_theme_with_mistakes_is_refused_with_all_of_them_and_listed_with_the_first() {
    let desk = Desk::new();
    desk.write(
        "themes/odd.toml",
        "inherits = \"drak\"\ncolours = 1\n[roles]\n\"txt\" = {}\n\"rule\" = { fg = \"#12\" }\n",
    );
    desk.write(
        "themes/worse.toml",
        "colours = 1\n[roles]\n\"rulle\" = {}\n\"rule\" = { fg = \"#12\" }\n",
    );
    let said = desk.refused(&[("COUNTERSIGN_THEME", "odd")]);
    assert!(
        said.contains("themes/odd.toml: inherits: no theme is called \"drak\"; did you mean"),
        "{said}"
    );
    let said = desk.refused(&[("COUNTERSIGN_THEME", "worse")]);
    for part in [
        "themes/worse.toml: unknown key \"colours\"",
        "no role is called \"rulle\"; did you mean \"rule\"?",
        "\"#12\" is no colour",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut screen = desk.screen(&[("COUNTERSIGN_THEME", "light")]);
    wait_for_ground(&mut screen, (0xfb, 0xfa, 0xf7));
    screen.send("Todd");
    screen.wait_for("themes/odd.toml: inherits");
    screen.send("\r");
    screen.wait_until("the list stays", |s| {
        s.text().matches("themes/odd.toml").count() > 1
    });
    wait_for_ground(&mut screen, (0xfb, 0xfa, 0xf7));
}

#[test]
fn all_mistakes_of_a_keymap_are_told_before_the_screen_begins() {
    let desk = Desk::new();
    desk.write(
        "keymap.toml",
        "[main]\naprove = [\"F2\"]\nreject = [\"rr\"]\nopen = [\"j\"]\n[mian]\n[box]\nsign = [\"F3\"]\n",
    );
    let said = desk.refused(&[]);
    for part in [
        "keymap.toml:2: main.aprove: no such action; did you mean \"approve\"?",
        "keymap.toml:3: main.reject: \"rr\" is no key",
        "keymap.toml:4: main: j is bound to down and to open",
        "keymap.toml:5: no place is called \"mian\"; did you mean \"main\"?",
        "keymap.toml:7: box.sign: does nothing there; it is of sheet",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn settings_with_a_mistake_name_line_and_column_and_what_was_meant() {
    let desk = Desk::new();
    desk.write("config.toml", "mouse = true\ntheme = 3\n");
    let said = desk.refused(&[]);
    assert!(
        said.contains("config.toml:2:9: theme: expected the name of a theme"),
        "{said}"
    );
    desk.write("config.toml", "keys = \"gerit\"\n");
    let said = desk.refused(&[]);
    assert!(
        said.contains("no preset of keys is called \"gerit\"; did you mean \"gerrit\"?"),
        "{said}"
    );
}

#[test]
fn a_preset_lies_under_the_keymap_of_the_user_s_own() {
    let desk = Desk::new();
    desk.write("config.toml", "keys = \"gerrit\"\n")
        .write("keymap.toml", "[main]\nhelp = [\"F1\", \"E\"]\n");
    let mut screen = desk.screen(&[("COUNTERSIGN_KEYS", "arrows")]);
    screen.wait_for("No commits yet");
    screen.send("j");
    screen.wait_for("j does nothing here · F1 lists the keys");
    screen.send("E");
    screen.wait_for("more below");
    screen.send("\u{1b}[F");
    screen.wait_for("F10 q");
    drop(screen);
    let mut screen = desk.screen(&[]);
    screen.wait_for("No commits yet");
    screen.send("E");
    screen.wait_for("more below");
    screen.send(" ");
    screen.wait_for("X             reject");
}

#[test]
fn nothing_of_the_repository_under_review_changes_keys_or_looks() {
    let desk = Desk::new();
    for name in ["config.toml", "keymap.toml", "themes/mine.toml"] {
        for folder in ["", ".countersign", "countersign", ".config/countersign"] {
            let file = desk.repository.join(folder).join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(
                file,
                "[main]\nquit = [\"z\"]\n[palette]\nground = \"#ff0000\"\n",
            )
            .unwrap();
        }
    }
    let said = desk.refused(&[("COUNTERSIGN_THEME", "mine")]);
    assert!(said.contains("no theme is called \"mine\""), "{said}");
    let mut screen = desk.screen(&[]);
    screen.wait_for("No commits yet");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_theme_of_the_settings_gives_way_to_a_terminal_without_colour() {
    let desk = Desk::new();
    desk.write("config.toml", "theme = \"nord\"\n");
    let mut screen = desk.screen(&[("NO_COLOR", "1")]);
    screen.wait_for("No commits yet");
    screen.settle();
    let model = screen.model();
    let coloured = |row: u16, column: u16| {
        let cell = model.cell(row, column).unwrap();
        [cell.fgcolor(), cell.bgcolor()] != [vt100::Color::Default; 2]
    };
    let cells = (0..30).flat_map(|row| (0..100).map(move |column| (row, column)));
    assert_eq!(
        cells
            .filter(|(row, column)| coloured(*row, *column))
            .count(),
        0
    );
}

#[test]
fn the_help_is_whole_at_80_columns_and_in_two_columns_at_140() {
    let mut narrow = state(80, 24);
    press(&mut narrow, "?");
    let mut pages = String::new();
    for _ in 0..12 {
        pages += &text(&draw(&mut narrow, "dark").0);
        press(&mut narrow, "Space");
    }
    for action in countersign::app::action::Action::ALL {
        // A long sentence goes on in the next line.
        let start: String = action.says().chars().take(40).collect();
        assert!(
            pages.contains(start.trim_end()),
            "{}: {pages}",
            action.name()
        );
    }
    assert!(!pages.contains('…'), "{pages}");
    let mut wide = state(140, 40);
    press(&mut wide, "?");
    let shown = text(&draw(&mut wide, "dark").0);
    let both = |line: &&str| {
        let halves = line.split_once('│');
        halves.is_some_and(|(left, right)| !left.trim().is_empty() && !right.trim().is_empty())
    };
    assert!(shown.lines().filter(both).count() > 20, "{shown}");
}

#[test]
fn bars_of_sixteen_colours_have_no_blocks_in_them() {
    for (columns, rows) in [(80, 24), (140, 40)] {
        let mut state = state(columns, rows);
        for keys in ["", "j Enter"] {
            press(&mut state, keys);
            draw(&mut state, "terminal");
            let (buffer, _) = draw(&mut state, "terminal");
            for y in [0, rows - 1] {
                for x in 0..columns {
                    let cell = &buffer[(x, y)];
                    assert!(cell.modifier.contains(Modifier::REVERSED), "{x} {y}");
                    assert_eq!(cell.fg, Color::Reset, "{x} {y} {}", cell.symbol());
                }
            }
        }
    }
}

#[test]
fn the_page_on_configuration_names_every_theme_role_preset_and_key() {
    use countersign::ui::theme::{Depth, Role, Theme};
    let page = include_str!("../../docs/configuration.md");
    let roles = Role::ALL.iter().map(|role| role.name());
    let names = Theme::names().chain(roles);
    for name in names.chain(countersign::app::presets::NAMES) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let example = page
        .split("```toml\n")
        .find(|part| part.starts_with("about"));
    let example = example.unwrap().split("```").next().unwrap();
    Theme::read("example", example, Depth::Indexed).unwrap();
    for key in countersign::config::KEYS {
        assert!(
            page.contains(&format!("{key}`")) || page.contains(&format!("[{key}]")),
            "{key}"
        );
    }
}
