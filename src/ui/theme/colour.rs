//! Colours by name and number, and the nearest of the 256 that every terminal of that kind has.

use ratatui::style::Color;

/// The names of a terminal's own sixteen colours, and of what it begins with.
const NAMED: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// The names that a theme may use.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _)| *name)
}

/// The colour that is written `#rrggbb`, `0` to `255`, or by name.
pub(super) fn read(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let plain = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        return plain
            .then(|| Some(Color::Rgb(part(0)?, part(2)?, part(4)?)))
            .flatten();
    }
    if let Ok(index) = text.parse::<u8>() {
        return Some(Color::Indexed(index));
    }
    let found = NAMED.iter().find(|(name, _)| *name == text);
    found.map(|(_, colour)| *colour)
}

/// The same colour for a terminal that has 256: the nearest of them to the eye.
pub(super) fn indexed(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else {
        return colour;
    };
    let wanted = Lab::of((r, g, b));
    let far = |index: u8| (Lab::of(levels(index)).squared(wanted), index);
    let nearest = (16..=255).map(far).min_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.map_or(colour, |(_, index)| Color::Indexed(index))
}

/// Red, green and blue of a colour of the fixed 240, the cube and the greys; the first sixteen are
/// the terminal's own and stand for black here.
pub(super) fn levels(index: u8) -> (u8, u8, u8) {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index.checked_sub(16) {
        None => (0, 0, 0),
        Some(grey @ 216..) => {
            let level = 8 + 10 * (grey - 216);
            (level, level, level)
        }
        Some(cube) => {
            let step = |n: u8| STEPS[usize::from(n % 6)];
            (step(cube / 36), step(cube / 6), step(cube))
        }
    }
}

/// The part of full light that a level of a channel is, 0 to 1.
pub(super) fn light(level: u8) -> f64 {
    let part = f64::from(level) / 255.0;
    if part <= 0.04045 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

/// A colour in Oklab, where distances are about as large as they look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lab([f64; 3]);

impl Lab {
    pub(super) fn of((r, g, b): (u8, u8, u8)) -> Self {
        Self::of_light([light(r), light(g), light(b)])
    }

    /// From the light of the three channels.
    pub(super) fn of_light([r, g, b]: [f64; 3]) -> Self {
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        Self([
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ])
    }

    /// The distance, squared.
    pub(super) fn squared(self, other: Self) -> f64 {
        let parts = self.0.iter().zip(other.0);
        parts.map(|(a, b)| (a - b).powi(2)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_256_is_near() {
        assert_eq!(indexed(Color::Rgb(255, 255, 255)), Color::Indexed(231));
        assert_eq!(indexed(Color::Rgb(0, 0, 95)), Color::Indexed(17));
        assert_eq!(indexed(Color::Rgb(0x76, 0x76, 0x76)), Color::Indexed(243));
        assert_eq!(indexed(Color::Red), Color::Red);
    }

    #[test]
    fn what_is_no_colour_is_none() {
        for text in ["#12345", "#12345g", "#+1+1+1", "256", "-1", "blu", "", "#"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read("#0000ff"), Some(Color::Rgb(0, 0, 255)));
        assert_eq!(read("255"), Some(Color::Indexed(255)));
        assert_eq!(read("bright-red"), Some(Color::LightRed));
    }
}
