//! An input cut into what a target needs: numbers in front, or texts between marks that an editor
//! shows.

/// The bytes of an input, taken from its front. An input that is used up gives zeros and nothing.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`, from two bytes.
    pub fn below(&mut self, end: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number % end.max(1)
    }

    /// One of these.
    pub fn one<'o, T>(&mut self, of: &'o [T]) -> &'o T {
        &of[usize::from(self.byte()) % of.len()]
    }

    /// Whether anything is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes up to the next line that is only `--`, or all the rest.
    pub fn part(&mut self) -> &'a [u8] {
        const MARK: &[u8] = b"\n--\n";
        if let Some(rest) = self.0.strip_prefix(b"--\n") {
            self.0 = rest;
            return b"";
        }
        let at = self.0.windows(MARK.len()).position(|bytes| bytes == MARK);
        let (part, rest) = match at {
            // The line break in front of the mark stays with the text.
            Some(at) => (&self.0[..=at], &self.0[at + MARK.len()..]),
            None => (self.0, &b""[..]),
        };
        self.0 = rest;
        part
    }
}

/// Where files of an input go: memory, where the system has such a folder.
pub fn memory() -> std::path::PathBuf {
    let shm = std::path::Path::new("/dev/shm");
    if shm.is_dir() {
        shm.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Whether a terminal would obey any of this: a control character other than a line break or tab, or
/// one that turns the direction of writing.
pub fn is_tame(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || c == '\t' || !is_wild(c))
}

/// Whether a terminal obeys this character.
pub fn is_wild(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
