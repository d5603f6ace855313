//! The dialogue of lines for screen readers: a review from the list to the signed verdict, by commands
//! that are typed, on a terminal that places no cursor. The rules are the screen's.

use std::process::Command;

use crate::common::{Demo, Screen};

impl Demo {
    fn dumb(&self, filter: &str) -> Talk {
        let mut command = self.tui(&[filter]);
        command.env("TERM", "dumb");
        Talk::start(&command)
    }
}

/// A dialogue, and how much of it was heard.
struct Talk {
    screen: Screen,
    heard: usize,
}

impl Talk {
    fn start(command: &Command) -> Self {
        // Wide and high: nothing wraps, nothing scrolls off.
        let screen = Screen::start(command, 240, 400);
        let mut talk = Self { screen, heard: 0 };
        talk.hears("> ");
        talk
    }

    fn new_text(&self) -> String {
        let bytes = &self.screen.bytes()[self.heard..];
        String::from_utf8_lossy(bytes).replace('\r', "")
    }

    /// Waits for this after what was heard last.
    #[track_caller]
    fn hears(&mut self, text: &str) -> String {
        let heard = self.heard;
        self.screen.wait_until(text, |screen| {
            String::from_utf8_lossy(&screen.bytes()[heard..])
                .replace('\r', "")
                .contains(text)
        });
        self.new_text()
    }

    /// Types a command and waits for the answer, up to the next prompt.
    #[track_caller]
    fn says(&mut self, command: &str) -> String {
        self.heard = self.screen.bytes().len();
        self.screen.send(&format!("{command}\n"));
        let answer = self.hears("\n> ");
        // The sheet is dead for a moment after it was printed, as on the screen.
        self.screen.settle();
        answer
    }
}

#[test]
fn a_change_is_read_and_approved_by_typed_commands() {
    let demo = Demo::new();
    let mut talk = demo.dumb("risk:low");
    let list = talk.says("list");
    assert!(list.contains("1. log-wording@1: "), "{list}");
    let opened = talk.says("open 1");
    assert!(opened.contains("0 of 1 hunks read"), "{opened}");
    // Nothing can be signed of what was not read.
    let early = talk.says("approve");
    assert!(early.contains("Read it first"), "{early}");
    talk.says("read");
    let hunk = talk.says("read");
    assert!(hunk.contains("60 added: "), "{hunk}");
    assert!(hunk.contains("60 removed: "), "{hunk}");
    assert!(talk.says("where").contains("1 of 1 hunks read"));
    let sheet = talk.says("approve");
    let queued = "refs/countersign-remote/origin/countersign/queue/log-wording/1^{commit}";
    let alice = demo.dir.join("alice");
    let head = demo.sandbox.git(&alice, &["rev-parse", queued]);
    assert!(sheet.contains(&head), "{sheet}");
    assert!(sheet.contains("Type sign to sign exactly this"), "{sheet}");
    assert!(demo.status().contains("nothing waits here"));
    let signed = talk.says("sign");
    assert!(
        signed.contains("log-wording@1 approved, still here only"),
        "{signed}"
    );
    assert!(demo.status().contains("waits for push"));
    assert!(
        talk.says("push")
            .contains("log-wording@1 approved · on origin")
    );
    talk.screen.send("quit\n");
    assert_eq!(talk.screen.exit_code(), 0);
    let all = talk.screen.bytes();
    assert!(!all.contains(&0x1b), "no control sequence anywhere");
}

#[test]
fn what_is_typed_ahead_of_the_sheet_signs_nothing() {
    let demo = Demo::new();
    let mut talk = demo.dumb("risk:low");
    talk.says("open log-wording");
    talk.says("read");
    talk.says("read");
    talk.heard = talk.screen.bytes().len();
    talk.screen.send("approve\nsign\nsign\n");
    talk.hears("Type sign to sign exactly this");
    talk.screen.settle();
    assert!(
        demo.status().contains("nothing waits here"),
        "{}",
        talk.new_text()
    );
    assert!(talk.says("leave").contains("nothing was signed"));
}

#[test]
fn a_rejection_takes_its_reason_with_it_and_is_taken_back() {
    let demo = Demo::new();
    let mut talk = demo.dumb("risk:low");
    talk.says("open 1");
    talk.says("read");
    talk.says("read");
    let remark = talk.says("comment 60 which address, of which listener?");
    assert!(!remark.contains("not in the hunk"), "{remark}");
    assert!(
        talk.says("comment 7 no such line")
            .contains("not in the hunk")
    );
    assert!(talk.says("reject").contains("a rejection needs a reason"));
    let sheet = talk.says("reject the message names no listener");
    assert!(sheet.contains("the message names no listener"), "{sheet}");
    assert!(
        sheet.contains("which address, of which listener?"),
        "{sheet}"
    );
    assert!(talk.says("sign").contains("log-wording@1 rejected"));
    assert!(talk.says("undo").contains("taken back: log-wording@1"));
    assert!(demo.status().contains("nothing waits here"));
}

#[test]
fn what_the_policy_asks_is_asked_here_too() {
    let demo = Demo::new();
    let mut talk = demo.dumb("state:pending risk:critical");
    talk.says("open 1");
    talk.says("read");
    let sheet = talk.says("approve");
    assert!(sheet.contains("It waits for: "), "{sheet}");
    let refused = talk.says("sign");
    assert!(refused.contains("Nothing was signed"), "{refused}");
    talk.says("leave");
    let findings = talk.says("findings");
    assert!(findings.contains("wants an answer"), "{findings}");
    let number = findings
        .lines()
        .rfind(|line| line.contains("wants an answer:"))
        .and_then(|line| line.split_once('.'))
        .map(|(number, _)| number.to_owned())
        .unwrap();
    // It was not read yet: its hunk is, and only then it can be answered.
    let first = talk.says(&format!("answer {number}"));
    assert!(first.contains("Now that it was read"), "{first}");
    let second = talk.says(&format!("answer {number} the caller holds the lock"));
    assert!(second.contains(", 1 of "), "{second}");
}

#[test]
fn two_revisions_are_compared_and_read() {
    let demo = Demo::new();
    let mut talk = demo.dumb("id:fix-lb-timeouts");
    talk.says("open 1");
    let whole = talk.says("where");
    let compared = talk.says("compare @1 @2");
    assert!(compared.contains("read reads what differs"), "{compared}");
    let where_now = talk.says("where");
    assert_ne!(whole, where_now);
    talk.says("read");
    let hunk = talk.says("read");
    assert!(
        hunk.contains("added: ") || hunk.contains("removed: "),
        "{hunk}"
    );
    let unknown = talk.says("compare @1 @77");
    assert!(unknown.contains("cannot be compared"), "{unknown}");
}

#[test]
fn a_locked_key_asks_in_the_dialogue() {
    let demo = Demo::new();
    demo.lock_key("right one");
    let mut talk = demo.dumb("risk:low");
    talk.says("open 1");
    talk.says("read");
    talk.says("approve");
    talk.heard = talk.screen.bytes().len();
    talk.screen.send("sign\n");
    talk.hears("passphrase");
    talk.screen.send("right one\n");
    let signed = talk.hears("still here only");
    assert!(!signed.contains("right one"), "it is not echoed");
}

#[test]
fn leaving_asks_while_a_verdict_waits() {
    let demo = Demo::new();
    let mut talk = demo.dumb("risk:low");
    talk.says("open 1");
    talk.says("read");
    talk.says("approve");
    talk.says("sign");
    assert!(talk.says("quit").contains("Verdicts wait here: 1"));
    talk.screen.send("push\n");
    assert_eq!(talk.screen.exit_code(), 0);
    assert!(demo.status().contains("nothing waits here"));
}

#[test]
fn the_flag_does_on_any_terminal_what_a_dumb_one_gets_and_pipes_get_neither() {
    let demo = Demo::new();
    let mut talk = Talk::start(&demo.tui(&["--accessible", "risk:low"]));
    let help = talk.says("help");
    assert!(help.contains("next hunk: "), "{help}");
    assert!(
        talk.says("aprove")
            .contains("is no command; help lists them")
    );
    // The end of the input ends it.
    talk.screen.send("\x04");
    assert_eq!(talk.screen.exit_code(), 0);
    assert!(!talk.screen.bytes().contains(&0x1b));
    let alice = demo.dir.join("alice");
    let piped = demo
        .sandbox
        .countersign_fed(&alice, &["tui", "--accessible"], b"list\nquit\n")
        .exits(2);
    assert!(
        piped.stderr.contains("must be a terminal"),
        "{}",
        piped.stderr
    );
}
