//! Bad input on a real terminal: whatever a change holds, the screen stays right, says what it hides,
//! and not one byte of content reaches the terminal as a control sequence.

mod changes;
mod large;
mod stream;

use crate::common::{Screen, World};

/// With what each frame ends.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// The screen of Alice on a terminal of this size, the first change of this filter open.
fn open(world: &World, filter: &[&str], columns: u16, rows: u16) -> Screen {
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.args(["tui", "--theme", "dark"]).args(filter);
    let mut screen = Screen::start(&command, columns, rows);
    let listed = |s: &Screen| {
        ["needs you", "asked of others", "decided"]
            .iter()
            .any(|word| s.text().contains(word))
    };
    screen.wait_until("the queue", listed);
    screen.send("\r");
    // The line of the verdict stands under a diff.
    screen.wait_for(" seen ");
    type_keys(&mut screen, "");
    screen
}

/// Types keys and waits until the screen has answered them: the help opens, and closes again.
#[track_caller]
fn type_keys(screen: &mut Screen, keys: &str) {
    screen.send(keys);
    screen.send("?");
    screen.wait_for("Esc back");
    screen.send("q");
    screen.wait_until("the help is closed", |s| !s.text().contains("Esc back"));
    screen.wait_until("the end of the frame", |s| s.bytes().ends_with(FRAME_END));
}

/// Checks what stands on the terminal: the bars fill their rows, and the line between the panes is
/// straight.
#[track_caller]
fn is_right(screen: &Screen, what: &str) {
    let model = screen.model();
    let (rows, columns) = model.size();
    let (rows, columns) = (rows.get(), columns.get());
    let ground = |y: u16, x: u16| model.cell(y, x).unwrap().bgcolor();
    for y in [0, rows - 1] {
        let whole = (0..columns).all(|x| ground(y, x) != vt100::Color::Default);
        assert!(whole, "{what}: row {y} is no bar\n{}", screen.text());
    }
    if columns < countersign::app::TWO_PANES {
        return;
    }
    let is_line = |y: u16, x: u16| model.cell(y, x).unwrap().contents() == "│";
    let straight = (0..columns).filter(|x| (2..rows - 2).all(|y| is_line(y, *x)));
    assert_eq!(straight.count(), 1, "{what}\n{}", screen.text());
}

/// Leaves, and checks every byte that was written on the way.
#[track_caller]
fn leave(mut screen: Screen, what: &str) {
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0, "{what}");
    let problems = stream::problems(screen.bytes());
    assert!(problems.is_empty(), "{what}: {problems:#?}");
    let text = String::from_utf8_lossy(screen.bytes()).into_owned();
    for own in ["\u{1b}[?1049h", "\u{1b}[?1049l"] {
        assert_eq!(text.matches(own).count(), 1, "{what}: {own:?}");
    }
}

/// Reads on until all of these have been on the screen.
#[track_caller]
fn says(screen: &mut Screen, hidden: &[&str], what: &str) {
    let mut shown = screen.text();
    for _ in 0..40 {
        if hidden.iter().all(|sign| shown.contains(sign)) {
            return;
        }
        // Page down: what was seen in an earlier session is read again.
        type_keys(screen, "\x1b[6~");
        is_right(screen, what);
        shown += &screen.text();
    }
    panic!("{what}: not all of {hidden:?} is said\n{shown}");
}

/// Every way to move in a change, to search it and to lay it out, and the pages over it.
#[track_caller]
fn read_through(screen: &mut Screen, what: &str) {
    let moves = [
        "jj", " ", "n", "G", "/x\r", "=", "w", "w", "=", "#", "hh", "g",
    ];
    for keys in moves {
        type_keys(screen, keys);
        is_right(screen, &format!("{what} after {keys:?}"));
    }
    // Boxes and pages take Esc, which must not be read as the start of something else.
    for (key, there, leaves) in PAGES {
        screen.send(key);
        screen.wait_for(there);
        screen.wait_until("the end of the frame", |s| s.bytes().ends_with(FRAME_END));
        is_right(screen, &format!("{what} after {key:?}"));
        screen.send(leaves);
        screen.wait_until("it is left", |s| !s.text().contains(there));
    }
}

/// Pages and boxes over a change: the key, a word that stands there only, and the key that leaves.
const PAGES: [(&str, &str, &str); 5] = [
    ("i", "── details ─", "q"),
    ("L", "── log ─", "q"),
    ("f", "go to file ─", "\x1b"),
    ("c", "── remark on", "\x1b"),
    ("aa", "Approve  ", "\x1b"),
];

#[test]
fn no_content_reaches_the_terminal_and_the_screen_stays_right() {
    let (world, changes) = changes::world();
    for (columns, rows) in [(80, 24), (140, 40)] {
        for (id, hidden) in &changes {
            let what = format!("{id} at {columns}x{rows}");
            let mut screen = open(&world, &[id], columns, rows);
            is_right(&screen, &what);
            says(&mut screen, hidden, &what);
            read_through(&mut screen, &what);
            leave(screen, &what);
        }
    }
}

#[test]
fn what_the_commands_print_holds_no_content_that_a_terminal_obeys() {
    let (world, changes) = changes::world();
    let mut lines = vec!["list --all".to_owned(), "log".to_owned()];
    for (id, _) in &changes {
        lines.push(format!("show {id}"));
        lines.push(format!("show {id} --patch"));
        lines.push(format!("show {id} --comments"));
    }
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        // On a terminal, and into a pipe.
        let mut command = world.sandbox.countersign_command(&world.alice.dir);
        let mut screen = Screen::start(command.args(&words), 140, 40);
        assert_eq!(screen.exit_code(), 0, "{line}\n{}", screen.text());
        let problems = stream::problems(screen.bytes());
        assert!(problems.is_empty(), "{line}: {problems:#?}");
        let ran = world.alice.countersign(&words).exits(0);
        let both = format!("{}{}", ran.stdout, ran.stderr);
        let problems = stream::problems(both.as_bytes());
        assert!(problems.is_empty(), "{line}, piped: {problems:#?}");
    }
}
