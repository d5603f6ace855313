//! What every built-in theme has to hold, in full colour and with 256: contrast, hues that are the
//! diff's alone, added and removed told apart also by eyes that do not see red and green.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use ratatui::style::{Color, Modifier, Style};

use super::colour::{self, Lab};
use super::{Depth, Role, Theme, library};

/// Themes that leave the colours to the terminal.
const TERMINALS: [&str; 2] = ["terminal", "mono"];

/// Text that may be paler than the rest.
const DIM: [Role; 8] = [
    Role::Dim,
    Role::BarDim,
    Role::FileDim,
    Role::Number,
    Role::Hunk,
    Role::Comment,
    Role::Sign,
    Role::NoteScanned,
];
/// What only decorates or repeats.
const FAINT: [Role; 2] = [Role::Faint, Role::Rule];
/// Signs in the gutter of a changed line.
const MARKS: [Role; 8] = [
    Role::Focus,
    Role::NumberCursor,
    Role::NoteAnswer,
    Role::NoteRemark,
    Role::RemovedSign,
    Role::AddedSign,
    Role::You,
    Role::Ask,
];
const GROUNDS: [Role; 3] = [Role::Text, Role::Select, Role::SelectAway];
const CHANGED: [Role; 2] = [Role::Removed, Role::Added];
const WORDS: [Role; 2] = [Role::RemovedWord, Role::AddedWord];

/// How anomalous eyes see light, for want of the cones for red and of those for green.
const EYES: [[[f64; 3]; 3]; 2] = [
    [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ],
    [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ],
];

/// Every theme with colours of its own, in both depths.
fn coloured() -> impl Iterator<Item = (Theme, Depth)> {
    let names = Theme::names().filter(|name| !TERMINALS.contains(name));
    names.flat_map(|name| {
        [Depth::Full, Depth::Indexed].map(|depth| (Theme::built_in(name, depth).unwrap(), depth))
    })
}

fn levels(colour: Color) -> (u8, u8, u8) {
    match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index @ 16..) => colour::levels(index),
        other => panic!("{other:?} is what the terminal makes of it"),
    }
}

fn luminance(colour: Color) -> f64 {
    let (r, g, b) = levels(colour);
    0.2126 * colour::light(r) + 0.7152 * colour::light(g) + 0.0722 * colour::light(b)
}

/// The contrast of two colours as WCAG 2 has it, 1 to 21.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn distance(a: Color, b: Color) -> f64 {
    Lab::of(levels(a)).squared(Lab::of(levels(b))).sqrt()
}

/// The distance of two colours to eyes of this kind.
fn distance_to(eyes: &[[f64; 3]; 3], a: Color, b: Color) -> f64 {
    let seen = |colour| {
        let (r, g, b) = levels(colour);
        let light = [r, g, b].map(colour::light);
        Lab::of_light(eyes.map(|row| row.iter().zip(light).map(|(part, of)| part * of).sum()))
    };
    seen(a).squared(seen(b)).sqrt()
}

/// Hue in degrees and how colourful, 0 to 1.
fn hue(colour: Color) -> (f64, f64) {
    let (r, g, b) = levels(colour);
    let [r, g, b] = [r, g, b].map(|c| f64::from(c) / 255.0);
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let span = max - min;
    let hue = if span == 0.0 {
        0.0
    } else if max == r {
        60.0 * ((g - b) / span)
    } else if max == g {
        60.0 * ((b - r) / span + 2.0)
    } else {
        60.0 * ((r - g) / span + 4.0)
    };
    (hue.rem_euclid(360.0), span / max.max(0.01))
}

/// The ink of a role where it is written on this ground. Changed words bring their own with 256.
fn ink(theme: &Theme, role: Role, ground: Role) -> Color {
    let own = theme.style(ground).fg.filter(|_| WORDS.contains(&ground));
    own.or(theme.style(role).fg).unwrap()
}

fn ground(theme: &Theme, role: Role) -> Color {
    theme.style(role).bg.unwrap()
}

fn is_syntax(role: Role) -> bool {
    role.name().starts_with("syntax.")
}

/// What a text of this role has at least, as (text, dim text).
fn least(theme: &Theme, depth: Depth, role: Role) -> f64 {
    let strong = theme.name().starts_with("high-contrast") && depth == Depth::Full;
    match (DIM.contains(&role), strong) {
        (false, true) => 7.0,
        (false, false) | (true, true) => 4.5,
        (true, false) => 3.0,
    }
}

#[test]
fn text_stands_out_from_every_ground_it_can_stand_on() {
    let mut pale = Vec::new();
    for (theme, depth) in coloured() {
        let mut check = |role: Role, on: Role, least: f64| {
            let has = contrast(ink(&theme, role, on), ground(&theme, on));
            if has < least {
                let (theme, role, on) = (theme.name(), role.name(), on.name());
                pale.push(format!("{theme} {depth:?}: {role} on {on}: {has:.2}"));
            }
        };
        for role in Role::ALL.iter().copied().filter(|r| !FAINT.contains(r)) {
            let style = theme.style(role);
            let least = least(&theme, depth, role);
            match (style.fg, style.bg) {
                // What brings its ground stands on that.
                (Some(_), Some(_)) if !WORDS.contains(&role) => check(role, role, least),
                (Some(_), None) => {
                    for on in GROUNDS.into_iter().chain([Role::Bar, Role::File]) {
                        check(role, on, least);
                    }
                }
                _ => {}
            }
        }
        for on in CHANGED {
            let code = Role::ALL.iter().copied().filter(|role| is_syntax(*role));
            for role in code.chain([Role::Text, Role::Number]) {
                check(role, on, least(&theme, depth, role));
            }
            for role in MARKS {
                check(role, on, 3.0);
            }
        }
        for on in WORDS {
            let code = Role::ALL.iter().copied().filter(|role| is_syntax(*role));
            for role in code.chain([Role::Text]) {
                check(role, on, least(&theme, depth, role));
            }
        }
        for role in FAINT {
            let strong = theme.name().starts_with("high-contrast");
            check(role, Role::Text, if strong { 4.5 } else { 2.5 });
        }
    }
    assert!(pale.is_empty(), "{pale:#?}");
}

#[test]
fn no_syntax_colour_uses_a_hue_of_the_diff() {
    let mut wrong = Vec::new();
    for (theme, depth) in coloured() {
        let blind = theme.name().starts_with("colour-blind");
        let signs = [Role::RemovedSign, Role::AddedSign].map(|r| hue(theme.style(r).fg.unwrap()).0);
        for role in Role::ALL.iter().copied().filter(|role| is_syntax(*role)) {
            let (hue, colourful) = hue(theme.style(role).fg.unwrap());
            let red = !(30.0..=330.0).contains(&hue);
            let green = (80.0..=170.0).contains(&hue);
            let near = |of: &f64| ((hue - of + 180.0).rem_euclid(360.0) - 180.0).abs() < 25.0;
            let diff = if blind {
                signs.iter().any(near)
            } else {
                red || green
            };
            if colourful >= 0.15 && diff {
                wrong.push(format!(
                    "{} {depth:?} {}: {hue:.0}",
                    theme.name(),
                    role.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn added_and_removed_and_their_words_are_told_apart() {
    let pairs = [
        (Role::Removed, Role::Added, 0.045),
        (Role::Removed, Role::Text, 0.03),
        (Role::Added, Role::Text, 0.03),
        (Role::Removed, Role::RemovedWord, 0.045),
        (Role::Added, Role::AddedWord, 0.045),
        (Role::RemovedWord, Role::AddedWord, 0.085),
    ];
    let mut close = Vec::new();
    for (theme, depth) in coloured() {
        for (a, b, least) in pairs {
            let grounds = (ground(&theme, a), ground(&theme, b));
            let mut far = distance(grounds.0, grounds.1);
            if theme.name().starts_with("colour-blind") {
                for eyes in &EYES {
                    far = far.min(distance_to(eyes, grounds.0, grounds.1));
                }
            }
            if far < least {
                let (theme, a, b) = (theme.name(), a.name(), b.name());
                close.push(format!("{theme} {depth:?}: {a} and {b}: {far:.3}"));
            }
        }
    }
    assert!(close.is_empty(), "{close:#?}");
}

#[test]
fn the_themes_for_colour_blind_eyes_tell_settled_from_wrong() {
    for name in ["colour-blind-dark", "colour-blind-light"] {
        let theme = Theme::built_in(name, Depth::Full).unwrap();
        let [good, bad] = [Role::Good, Role::Bad].map(|role| theme.style(role).fg.unwrap());
        for eyes in &EYES {
            assert!(distance_to(eyes, good, bad) > 0.12, "{name}");
        }
    }
}

#[test]
fn every_role_has_a_look_and_every_theme_its_own_palette() {
    let table = |name: &str| -> toml::Table {
        let found = library::BUILT_IN.iter().find(|(known, _)| *known == name);
        found.unwrap().1.parse().unwrap()
    };
    let keys = |table: &toml::Table| -> BTreeSet<String> {
        table["palette"]
            .as_table()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let mut of_dark = keys(&table("dark"));
    // Says only whether the words have an ink of their own.
    of_dark.remove("word-ink");
    for (theme, _) in coloured() {
        for role in Role::ALL {
            let plain = theme.style(*role) == Style::new();
            assert!(!plain, "{} has no {}", theme.name(), role.name());
        }
        let missing: Vec<String> = of_dark
            .difference(&keys(&table(theme.name())))
            .cloned()
            .collect();
        assert!(
            missing.is_empty(),
            "{} inherits dark's {missing:?}",
            theme.name()
        );
    }
}

#[test]
fn with_256_colours_nothing_finer_is_asked_for() {
    for (theme, depth) in coloured() {
        for role in Role::ALL {
            let style = theme.style(*role);
            let fine = [style.fg, style.bg]
                .iter()
                .any(|c| matches!(c, Some(Color::Rgb(..))));
            assert!(
                depth == Depth::Full || !fine,
                "{} {}",
                theme.name(),
                role.name()
            );
        }
    }
}

#[test]
fn the_terminal_s_own_themes_say_by_shape_what_a_ground_would_say() {
    // What must be seen to differ from plain text.
    let seen = [
        Role::Bar,
        Role::File,
        Role::Heading,
        Role::Select,
        Role::Focus,
        Role::Ask,
        Role::High,
        Role::Critical,
        Role::RemovedWord,
        Role::AddedWord,
        Role::RemovedSign,
        Role::AddedSign,
        Role::Escape,
        Role::Match,
        Role::NoteAnswer,
        Role::Input,
    ];
    for name in TERMINALS {
        let theme = Theme::built_in(name, Depth::Indexed).unwrap();
        for role in seen {
            assert_ne!(theme.style(role), Style::new(), "{name} {}", role.name());
        }
        for role in Role::ALL {
            let Style { fg, bg, .. } = theme.style(*role);
            let own = |c: Option<Color>| matches!(c, Some(Color::Rgb(..) | Color::Indexed(_)));
            assert!(!own(fg) && bg.is_none(), "{name} {}", role.name());
            assert!(name != "mono" || fg.is_none(), "{name} {}", role.name());
        }
        let critical = theme.style(Role::Critical).add_modifier;
        assert!(
            critical.contains(Modifier::REVERSED | Modifier::BOLD),
            "{name}"
        );
    }
}
