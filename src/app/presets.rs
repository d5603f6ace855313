//! Keymaps for hands that come from elsewhere: laid over the built-in table, under the user's own.

/// The presets, by name, with their tables.
const PRESETS: [(&str, &str); 3] = [
    ("vim", include_str!("presets/vim.toml")),
    ("arrows", include_str!("presets/arrows.toml")),
    ("gerrit", include_str!("presets/gerrit.toml")),
];

/// The names of the presets.
pub const NAMES: [&str; 3] = [PRESETS[0].0, PRESETS[1].0, PRESETS[2].0];

/// The table of a preset.
pub fn preset(name: &str) -> Option<&'static str> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::action::Action;
    use super::super::key::{Code, Key};
    use super::super::keymap::{Keymap, Place};
    use super::*;

    /// Characters that need AltGr, or a dead key and a blank, on these layouts.
    const HARD: [(&str, &str); 3] = [
        ("de", "[]{}\\|@~€²³µ^`´"),
        ("fr", "[]{}\\|@~€#`^¤¨"),
        ("es", "[]{}\\|@~€#¬`^´¨"),
    ];

    /// The built-in table and each preset over it.
    fn keymaps() -> Vec<(&'static str, Keymap)> {
        let mut out = vec![("built in", Keymap::built_in())];
        for (name, text) in PRESETS {
            let (keymap, mistakes) = Keymap::layered(Some((name, text)), None);
            assert_eq!(mistakes, [], "{name}");
            out.push((name, keymap));
        }
        out
    }

    #[test]
    fn every_action_is_reached_in_every_preset_without_alt_gr() {
        let built_in = Keymap::built_in();
        let hard =
            |key: &Key, letters: &str| matches!(key.code, Code::Char(c) if letters.contains(c));
        let mut missing = Vec::new();
        for (name, keymap) in keymaps() {
            for place in Place::ALL {
                for action in Action::ALL {
                    if !built_in.belongs(place, *action) {
                        continue;
                    }
                    let keys = keymap.keys(place, *action);
                    for (layout, letters) in HARD {
                        if keys.iter().all(|key| hard(key, letters)) {
                            let action = action.name();
                            missing.push(format!("{name} {layout}: {}.{action}", place.name()));
                        }
                    }
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn what_signs_and_ticks_is_where_it_is_in_every_preset() {
        for (name, keymap) in keymaps() {
            let key = |text: &str| -> Key { text.parse().unwrap() };
            let main = |text| keymap.lookup(Place::Main, key(text));
            assert_eq!(main("Space"), Some(Action::ReadOn), "{name}");
            assert_eq!(main("x"), Some(Action::Tick), "{name}");
            assert_eq!(main("a"), Some(Action::Approve), "{name}");
            let sign = keymap.keys(Place::Sheet, Action::Sign);
            assert_eq!(sign, [key("Enter")], "{name}");
        }
    }

    #[test]
    fn a_preset_does_what_its_name_says() {
        let of = |name: &str, text: &str| {
            let keymap = Keymap::layered(Some((name, preset(name).unwrap())), None).0;
            keymap.lookup(Place::Main, text.parse().unwrap())
        };
        assert_eq!(of("gerrit", "n"), Some(Action::NextHunk));
        assert_eq!(of("gerrit", "u"), Some(Action::Quit));
        assert_eq!(of("gerrit", "r"), Some(Action::FileSeen));
        assert_eq!(of("arrows", "j"), None);
        assert_eq!(of("arrows", "F1"), Some(Action::Help));
        assert_eq!(of("vim", "^f"), Some(Action::PageDown));
        assert!(preset("emacs").is_none());
    }
}
