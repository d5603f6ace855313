//! Which look lies where: a letter for each pair of roles, and what the palettes make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign::ui::theme::{Depth, Role, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The themes that frames are kept in, and what each stands for.
pub const PALETTES: [(&str, &str); 4] = [
    ("dark", "dark"),
    ("light", "light"),
    ("terminal", "16 colours"),
    ("mono", "no colour"),
];

/// What gives a cell its ink and its ground, and how each palette shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    ink: &'static str,
    ground: &'static str,
    shown: [String; 4],
}

/// A theme by which the role of every cell can be told: its colours are numbers of roles. A role
/// gives a ground where it gives one in any of these themes.
pub fn probe(themes: &[Theme]) -> Theme {
    let mut text = "[roles]\n".to_owned();
    for (number, role) in Role::ALL.iter().enumerate() {
        let styles = || themes.iter().map(|theme| theme.style(*role));
        let fg = styles().any(|style| style.fg.is_some() || !style.add_modifier.is_empty());
        let bg = styles().any(|style| style.bg.is_some());
        let fg = fg.then(|| format!("fg = \"{number}\""));
        let bg = bg.then(|| format!("bg = \"{number}\""));
        let both: Vec<String> = fg.into_iter().chain(bg).collect();
        let _ = writeln!(text, "{:?} = {{ {} }}", role.name(), both.join(", "));
    }
    Theme::read("probe", &text, Depth::Full).unwrap()
}

fn role(colour: Color) -> &'static str {
    match colour {
        Color::Indexed(number) => Role::ALL[usize::from(number)].name(),
        _ => Role::Text.name(),
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(number) => Some(number.to_string()),
        named => Some(named.to_string().to_lowercase()),
    }
}

/// What of a blank can be seen.
const ON_BLANKS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED);

fn shown(cell: &Cell, blank: bool) -> String {
    let mut words = Vec::new();
    if !blank || cell.modifier.contains(Modifier::REVERSED) {
        words.extend(colour(cell.fg));
    }
    words.extend(colour(cell.bg).map(|ground| format!("on {ground}")));
    for (modifier, name) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underline"),
        (Modifier::REVERSED, "reverse"),
    ] {
        if cell.modifier.contains(modifier) && (!blank || ON_BLANKS.contains(modifier)) {
            words.push(name.to_owned());
        }
    }
    if words.is_empty() {
        words.push("plain".to_owned());
    }
    words.join(" ")
}

fn look(probe: &Cell, cells: &[&Cell; 4], blank: bool) -> Look {
    Look {
        ink: if blank { "blank" } else { role(probe.fg) },
        ground: role(probe.bg),
        shown: cells.map(|cell| shown(cell, blank)),
    }
}

/// The letters of a frame, a line for each row. A blank takes the letter of what stands before it
/// where it looks the same.
pub fn map(probe: &Buffer, frames: &[Buffer; 4], letters: &mut Letters) -> String {
    let area = probe.area;
    let mut out = String::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut before: Option<(Look, char)> = None;
        for x in 0..area.width {
            let cells = frames.each_ref().map(|frame| &frame[(x, y)]);
            let cell = &probe[(x, y)];
            let blank = cell.symbol() == " ";
            let own = look(cell, &cells, blank);
            let seen = look(cell, &cells, true);
            let bare = seen.ground == Role::Text.name()
                && seen.shown[2..].iter().all(|shown| shown == "plain");
            let letter = match &before {
                _ if blank && bare => ' ',
                _ if own.ink == Role::Text.name() && bare => ' ',
                Some((look, letter)) if blank && *look == seen => *letter,
                _ => letters.letter(&own),
            };
            before = (letter != ' ').then_some((seen, letter));
            line.push(letter);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Looks and their letters. A look keeps its letter for as long as there is a cell of it.
pub struct Letters {
    known: BTreeMap<String, char>,
    used: BTreeMap<Look, char>,
    taken: BTreeSet<char>,
}

/// What stands before the lines of the page of looks.
const HEAD: &str = "\
Looks of the frames in this folder: a letter, the role that gives the ink, the role that gives the
ground, and what each palette makes of them.

";

impl Letters {
    /// The letters of a page that was written before.
    pub fn of(page: &str) -> Self {
        let mut known = BTreeMap::new();
        for line in page.lines().filter(|line| line.contains(" | ")) {
            let mut chars = line.chars();
            if let Some(letter) = chars.next() {
                let name = chars.as_str().split(" | ").next().unwrap_or_default();
                known.insert(name.trim().to_owned(), letter);
            }
        }
        Self {
            taken: known.values().copied().collect(),
            known,
            used: BTreeMap::new(),
        }
    }

    fn letter(&mut self, look: &Look) -> char {
        if let Some(letter) = self.used.get(look) {
            return *letter;
        }
        let same = |other: &&Look| other.ink == look.ink && other.ground == look.ground;
        let nth = self.used.keys().filter(same).count();
        let name = name(look, nth);
        let letter = self.known.get(&name).copied().unwrap_or_else(|| {
            let mut pool = ('a'..='z').chain('A'..='Z').chain('0'..='9');
            let more = "!#$%&*+=?@^~<>/:;"
                .chars()
                .chain('α'..='ω')
                .chain('Α'..='Ρ');
            let letter = pool.find(|c| !self.taken.contains(c));
            let letter = letter.or_else(|| more.into_iter().find(|c| !self.taken.contains(c)));
            letter.expect("a letter that is free")
        });
        self.taken.insert(letter);
        self.known.insert(name, letter);
        self.used.insert(look.clone(), letter);
        letter
    }

    /// The page that says what the letters are.
    pub fn page(&self) -> String {
        let mut rows: Vec<[String; 6]> = Vec::new();
        rows.push(
            [" ", "ink on ground"]
                .into_iter()
                .chain(PALETTES.map(|(_, name)| name))
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .try_into()
                .unwrap(),
        );
        for (look, letter) in &self.used {
            let name = self.known.iter().find(|(_, known)| *known == letter);
            let [a, b, c, d] = look.shown.clone();
            let name = name.map(|(name, _)| name.clone()).unwrap_or_default();
            rows.push([letter.to_string(), name, a, b, c, d]);
        }
        rows[1..].sort_by(|a, b| a[1].cmp(&b[1]));
        let mut widths = [0; 6];
        for row in &rows {
            for (width, field) in widths.iter_mut().zip(row) {
                *width = (*width).max(field.chars().count());
            }
        }
        let mut out = HEAD.to_owned();
        for row in &rows {
            let fields = row.iter().zip(widths);
            let fields = fields.map(|(field, width)| format!("{field:width$}"));
            let fields: Vec<String> = fields.collect();
            let line = format!("{} {}", fields[0], fields[1..].join(" | "));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// The name of a look; the second of the same roles says so.
fn name(look: &Look, nth: usize) -> String {
    let ground = match look.ground {
        "text" => String::new(),
        ground => format!(" on {ground}"),
    };
    match nth {
        0 => format!("{}{ground}", look.ink),
        _ => format!("{}{ground}, {}", look.ink, nth + 1),
    }
}
