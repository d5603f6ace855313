//! The blocks of commands of a page, with what the comment above each says.

/// How a block of commands is run.
#[derive(Debug, PartialEq)]
pub enum Mark {
    /// In the page's session; its last command ends with this code.
    Run(i32),
    /// By the test of this name.
    By(String),
    /// Not at all, for a reason that the page gives.
    Not,
    /// In the page's session, not shown to the reader.
    Setup,
}

/// One block of commands.
#[derive(Debug)]
pub struct Block {
    /// How it is run.
    pub mark: Mark,
    /// The line it begins on.
    pub line: usize,
    /// Whether its commands begin with `$ ` and are followed by what they print.
    dialogue: bool,
    text: Vec<String>,
}

/// One command to run, and what the page says about it.
#[derive(Debug)]
pub struct Step {
    /// The line of the page.
    pub line: usize,
    /// For the shell; may have several lines.
    pub command: String,
    /// The exit code it has to end with.
    pub exits: i32,
    /// The lines that the page shows below it, in order; `…` stands for anything.
    pub shown: Vec<String>,
}

/// The blocks of a page, or the first that does not say how it is run.
pub fn of(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut mark: Option<Mark> = None;
    let mut lines = page.lines().enumerate().map(|(at, line)| (at + 1, line));
    while let Some((line, text)) = lines.next() {
        if text == "<!-- setup" {
            let rest = lines.by_ref().map(|(_, text)| text);
            let text = rest.take_while(|text| *text != "-->").map(str::to_owned);
            blocks.push(Block {
                mark: Mark::Setup,
                line,
                dialogue: false,
                text: text.collect(),
            });
        } else if let Some(said) = text.strip_prefix("<!-- ") {
            mark = read(said.trim_end_matches("-->").trim());
        } else if let Some(language) = text.strip_prefix("```") {
            let rest = lines.by_ref().map(|(_, text)| text);
            let inside = rest.take_while(|text| *text != "```").map(str::to_owned);
            let inside = inside.collect();
            if !["console", "sh", "bash", "shell"].contains(&language) {
                continue;
            }
            blocks.push(Block {
                mark: mark
                    .take()
                    .ok_or(format!("{line}: how is this block run?"))?,
                line,
                dialogue: language == "console",
                text: inside,
            });
        } else if text.trim_start().starts_with("```") {
            return Err(format!("{line}: a block that is indented is not read"));
        } else if !text.is_empty() {
            mark = None;
        }
    }
    Ok(blocks)
}

fn read(said: &str) -> Option<Mark> {
    if said == "run" {
        return Some(Mark::Run(0));
    }
    if let Some(code) = said.strip_prefix("run: ends with ") {
        return code.parse().ok().map(Mark::Run);
    }
    if let Some(test) = said.strip_prefix("run by: ") {
        return Some(Mark::By(test.to_owned()));
    }
    let reason = said.strip_prefix("not run: ")?;
    (reason.len() > 10).then_some(Mark::Not)
}

impl Block {
    /// What is run of it in the page's session.
    pub fn steps(&self) -> Vec<Step> {
        let last = match self.mark {
            Mark::Run(code) => code,
            Mark::Setup => 0,
            Mark::By(_) | Mark::Not => return Vec::new(),
        };
        let mut steps: Vec<Step> = Vec::new();
        if !self.dialogue {
            steps.push(self.step(0, self.text.join("\n")));
        }
        for (at, text) in self.text.iter().enumerate().filter(|_| self.dialogue) {
            match (text.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(self.step(at + 1, command.to_owned())),
                (None, Some(step)) => match text.strip_prefix("> ") {
                    Some(more) => step.command = format!("{}\n{more}", step.command),
                    None => step.shown.push(text.clone()),
                },
                (None, None) => {}
            }
        }
        if let Some(step) = steps.last_mut() {
            step.exits = last;
        }
        steps
    }

    fn step(&self, below: usize, command: String) -> Step {
        Step {
            line: self.line + below,
            command,
            exits: 0,
            shown: Vec::new(),
        }
    }
}

/// The first shown line that was not said, after those before it; none when all were.
pub fn not_said<'a>(shown: &'a [String], said: &str) -> Option<&'a str> {
    let mut lines = said.lines();
    let mut left = shown
        .iter()
        .filter(|line| !line.trim().is_empty() && line.as_str() != "…");
    left.find(|line| !lines.any(|given| fits(line, given)))
        .map(String::as_str)
}

/// Whether a line is what the page shows, where `…` stands for anything.
fn fits(shown: &str, given: &str) -> bool {
    let mut parts = shown.trim_end().split('…');
    let Some(mut rest) = parts.next().and_then(|first| given.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        open = part.is_empty();
    }
    open || rest.trim_end().is_empty()
}

#[test]
fn a_shown_line_may_leave_things_out_and_says_nothing_else() {
    assert!(fits("OK  git …", "OK  git 2.47"));
    assert!(fits("a … c", "a b c"));
    assert!(!fits("a … c", "a b c d"));
    assert!(!fits("a", "a b"));
    let shown = ["two".to_owned(), "one".to_owned()];
    assert_eq!(not_said(&shown, "one\ntwo\n"), Some("one"));
}

#[test]
fn a_block_without_a_word_about_it_is_found() {
    assert!(of("```sh\ntrue\n```\n").is_err());
    assert!(of("<!-- run -->\nsome words\n\n```sh\ntrue\n```\n").is_err());
    assert!(of("<!-- not run: no -->\n```sh\ntrue\n```\n").is_err());
    let page = "<!-- setup\ncd alice\n-->\n<!-- run: ends with 8 -->\n```console\n$ a\nsaid\n$ b\n> c\n```\n";
    let steps: Vec<Step> = of(page).unwrap().iter().flat_map(Block::steps).collect();
    let seen: Vec<_> = steps
        .iter()
        .map(|step| (step.line, step.command.as_str(), step.exits))
        .collect();
    assert_eq!(seen, [(1, "cd alice", 0), (6, "a", 0), (8, "b\nc", 8)]);
    assert_eq!(steps[1].shown, ["said"]);
}
