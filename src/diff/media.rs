//! Kinds of files that are no text, by their first bytes, and the pixels of a picture where its
//! header tells. Nothing is decoded: a header is read within bounds, and what it does not say stays
//! unsaid.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// What it is called: `PNG image`, `ZIP archive`.
    pub name: &'static str,
    /// Width and height in pixels, where it is a picture that says so.
    pub pixels: Option<(u32, u32)>,
}

/// Beginnings and what they begin.
const KINDS: [(&[u8], &str); 22] = [
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"BM", "BMP image"),
    (b"\0\0\x01\0", "icon"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"\x7fELF", "ELF program"),
    (b"MZ", "Windows program"),
    (b"\xcf\xfa\xed\xfe", "Mach-O program"),
    (b"\xca\xfe\xba\xbe", "Java class or Mach-O program"),
    (b"\0asm", "WebAssembly module"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"wOF2", "WOFF2 font"),
    (b"\xff\xfe", "UTF-16 text"),
];

/// How many segments of a JPEG are walked to find its size.
const SEGMENTS: usize = 512;

/// What begins like this, where it is known.
pub fn of(bytes: &[u8]) -> Option<Media> {
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Media {
            name: "WebP image",
            pixels: webp(bytes),
        });
    }
    let found = KINDS.iter().find(|(begins, _)| bytes.starts_with(begins));
    let name = found.map(|(_, name)| *name)?;
    let pixels = match name {
        "PNG image" => big32(bytes, 16).zip(big32(bytes, 20)),
        "GIF image" => little16(bytes, 6).zip(little16(bytes, 8)),
        "JPEG image" => jpeg(bytes),
        _ => None,
    };
    Some(Media { name, pixels })
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from.checked_add(N)?)?.try_into().ok()
}

fn big32(bytes: &[u8], from: usize) -> Option<u32> {
    at(bytes, from).map(u32::from_be_bytes)
}

fn big16(bytes: &[u8], from: usize) -> Option<u32> {
    at(bytes, from).map(u16::from_be_bytes).map(u32::from)
}

fn little16(bytes: &[u8], from: usize) -> Option<u32> {
    at(bytes, from).map(u16::from_le_bytes).map(u32::from)
}

/// Three bytes, the lowest first.
fn little24(bytes: &[u8], from: usize) -> Option<u32> {
    let [a, b, c]: [u8; 3] = at(bytes, from)?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

/// The frame header among a JPEG's segments.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut from = 2;
    for _ in 0..SEGMENTS {
        let [mark, kind]: [u8; 2] = at(bytes, from)?;
        if mark != 0xff {
            return None;
        }
        let is_frame = matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return big16(bytes, from + 7).zip(big16(bytes, from + 5));
        }
        let length = match kind {
            // Fill bytes, and marks that stand alone.
            0xff => {
                from += 1;
                continue;
            }
            0x01 | 0xd0..=0xd8 => 0,
            _ => usize::try_from(big16(bytes, from + 2)?).ok()?,
        };
        from = from.checked_add(2 + length)?;
    }
    None
}

/// The canvas of a WebP, in each of its three forms.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => {
            let size = little24(bytes, 24).zip(little24(bytes, 27));
            size.map(|(width, height)| (width + 1, height + 1))
        }
        b"VP8L" => {
            let bits = at(bytes, 21).map(u32::from_le_bytes)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if bytes.get(23..26) == Some(b"\x9d\x01\x2a") => {
            let size = little16(bytes, 26).zip(little16(bytes, 28));
            size.map(|(width, height)| (width & 0x3fff, height & 0x3fff))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_parts(parts: &[&[u8]]) -> Option<(&'static str, Option<(u32, u32)>)> {
        of(&parts.concat()).map(|media| (media.name, media.pixels))
    }

    #[test]
    fn pictures_tell_their_size() {
        let png: [&[u8]; 3] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            &640_u32.to_be_bytes(),
            &480_u32.to_be_bytes(),
        ];
        assert_eq!(of_parts(&png), Some(("PNG image", Some((640, 480)))));
        let gif: [&[u8]; 2] = [b"GIF89a", &[3, 0, 2, 1]];
        assert_eq!(of_parts(&gif), Some(("GIF image", Some((3, 258)))));
        let jpeg: [&[u8]; 3] = [
            b"\xff\xd8\xff\xe0\0\x04ab",
            b"\xff\xc2\0\x11\x08",
            &[0, 5, 0, 7],
        ];
        assert_eq!(of_parts(&jpeg), Some(("JPEG image", Some((7, 5)))));
        let webp: [&[u8]; 2] = [b"RIFF....WEBPVP8X\x0a\0\0\0\0\0\0\0", &[99, 0, 0, 49, 1, 0]];
        assert_eq!(of_parts(&webp), Some(("WebP image", Some((100, 306)))));
        let lossless: [&[u8]; 2] = [
            b"RIFF....WEBPVP8L....\x2f",
            &(9_u32 | 19 << 14).to_le_bytes(),
        ];
        assert_eq!(of_parts(&lossless), Some(("WebP image", Some((10, 20)))));
    }

    #[test]
    fn a_header_that_ends_early_or_lies_says_no_size() {
        for bytes in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"GIF89a\x01",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"\xff\xd8\xff\xff\xff\xff\xff",
            b"RIFF....WEBPVP8 ....",
        ] {
            assert_eq!(of(bytes).map(|media| media.pixels), Some(None));
        }
        assert_eq!(of(b"").map(|m| m.name), None);
        assert_eq!(of(b"PK\x03\x04..").map(|m| m.name), Some("ZIP archive"));
    }
}
