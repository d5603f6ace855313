//! Every command of a page is run, or the page says which test runs it, or why nothing can.
//!
//! A comment above a block of commands says which, in the page's source where a reader does not see it:
//! `<!-- run -->` here, `<!-- run: ends with 8 -->` where the last command has to, `<!-- run by: TEST -->`
//! elsewhere, `<!-- not run: REASON -->`. `<!-- setup` brings commands that the reader has behind him already.
//! What is run of a page is one session of a shell, from top to bottom, in a world of its own.

mod blocks;

use std::path::Path;

use crate::common::{Ran, World, run};
use crate::tidy;
use blocks::{Block, Mark, Step};

/// The steps of a page, or what is wrong with it.
fn steps(page: &str, text: &str) -> Result<Vec<Step>, String> {
    let blocks = blocks::of(text).map_err(|why| format!("{page}: {why}"))?;
    Ok(blocks.iter().flat_map(Block::steps).collect())
}

#[test]
fn every_block_of_commands_says_how_it_is_run() {
    let sources = tidy::sources(&["src", "tests"]);
    let sources: String = sources.into_iter().map(|(_, text)| text).collect();
    let mut wrong = Vec::new();
    for (page, text) in tidy::pages() {
        match blocks::of(&text) {
            Err(why) => wrong.push(format!("{page}: {why}")),
            Ok(blocks) => wrong.extend(blocks.iter().filter_map(|block| match &block.mark {
                Mark::By(test) if !sources.contains(&format!("fn {test}()")) => {
                    Some(format!("{page}:{}: no test `{test}`", block.line))
                }
                _ => None,
            })),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Runs the steps in one shell, each into files of its own: `N.said` and `N.code`.
fn session(world: &World, steps: &[Step]) -> Ran {
    let out = world.sandbox.path("said");
    std::fs::create_dir_all(&out).unwrap();
    let mut script = String::new();
    for (at, step) in steps.iter().enumerate() {
        // The braces keep what a step sets and where it goes to.
        script += &format!(
            "{{\n{}\n}} >\"$SAID/{at}.said\" 2>&1\ncode=$?\necho $code >\"$SAID/{at}.code\"\n\
             [ $code = {} ] || exit 99\n",
            step.command, step.exits
        );
    }
    let program = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::iter::once(program.parent().unwrap().to_owned()).chain(std::env::split_paths(&path));
    let mut shell = world.sandbox.command("bash", &world.sandbox.path(""));
    shell
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("SAID", &out)
        .env("ROOT", &world.root)
        .env("REMOTE", &world.remote)
        .env("PAGES", env!("CARGO_MANIFEST_DIR"));
    run(shell.args(["-u", "-c", &script]), b"")
}

/// Holds a page to its word: each command ends as it should and says what the page shows.
fn check(page: &str) {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(whole).unwrap();
    let steps = steps(page, &text).unwrap();
    assert!(!steps.is_empty(), "{page} has nothing to run");
    let world = World::new();
    let ran = session(&world, &steps);
    for (at, step) in steps.iter().enumerate() {
        let read = |what: &str| {
            let path = world.sandbox.path("said").join(format!("{at}.{what}"));
            std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let said = read("said").unwrap_or_default();
        let code = read("code").unwrap_or_else(|_| format!("nothing; {ran:?}"));
        assert_eq!(
            code.trim(),
            step.exits.to_string(),
            "{page}:{}: {}\n{said}",
            step.line,
            step.command
        );
        if let Some(line) = blocks::not_said(&step.shown, &said) {
            panic!(
                "{page}:{}: {}\nthe page shows: {line}\nit said:\n{said}",
                step.line, step.command
            );
        }
    }
}

/// The pages with something to run; a test holds the list to the pages.
macro_rules! pages_to_run {
    ($($name:ident: $page:literal,)*) => {
        $(#[test] fn $name() { check($page); })*

        #[test]
        fn every_page_with_something_to_run_is_run() {
            let run = [$($page),*];
            for (page, text) in tidy::pages() {
                let has = steps(&page, &text).is_ok_and(|steps| !steps.is_empty());
                assert_eq!(has, run.contains(&page.as_str()), "{page}");
            }
        }
    };
}

pages_to_run! {
    the_first_page: "README.md",
    checkout: "docs/checkout.md",
    first_day: "docs/first-day.md",
    gate: "docs/gate.md",
    provenance: "docs/provenance.md",
    scanners: "docs/scanners.md",
    stats: "docs/stats.md",
    tour: "docs/tour.md",
}
