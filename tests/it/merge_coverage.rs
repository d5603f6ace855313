//! Coverage by `merge`: an approval reaches a file that moved upstream, by git's own clean merge and
//! by nothing else.

use serde_json::Value;

use crate::attacks::{answers, judged, say};
use crate::common::{Checkout, Ran, World};

const FILE: &str = "src/lines.py";

/// Twelve lines, with some of them replaced.
fn lines(edits: &[(usize, &str)]) -> String {
    let line = |n: usize| {
        let edit = edits.iter().find(|(at, _)| *at == n);
        edit.map_or_else(
            || format!("line_{n} = {n}\n"),
            |(_, text)| format!("{text}\n"),
        )
    };
    (1..=12).map(line).collect()
}

/// A world whose `main` has a file of twelve lines.
fn world() -> World {
    let world = World::new();
    upstream(&world, |bob| bob.write(FILE, lines(&[])));
    world
}

/// Somebody exempt changes `main`.
fn upstream(world: &World, edit: impl FnOnce(&Checkout)) -> String {
    world.bob.start("upstream");
    edit(&world.bob);
    world.bob.commit_signed("Upstream");
    world.bob.push_main()
}

/// The agent queues a change of `main` as it is, and Alice approves it.
fn approved(world: &World, edit: impl FnOnce(&Checkout)) -> String {
    world.agent.start("change");
    edit(&world.agent);
    let trailer = "Co-authored-by: Claude <noreply@anthropic.com>";
    world.agent.commit(&format!("Change\n\n{trailer}"));
    let head = world.agent.push_queue("change", 1);
    say(&world.alice, "approve", "change");
    world.bob.fetch_queue("change", 1);
    head
}

/// The second line is approved, the eleventh changes upstream: the head and the moved `main`.
fn moved(world: &World) -> (String, String) {
    let head = approved(world, |agent| {
        agent.write(FILE, lines(&[(2, "approved = 2")]))
    });
    let moved = upstream(world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    (head, moved)
}

/// Starts a merge on `main` that is not committed yet, whatever conflicts there are.
fn begin_merge(world: &World, head: &str) -> Ran {
    world.bob.start("landing");
    world
        .bob
        .try_git(&["merge", "-q", "--no-ff", "--no-commit", head])
}

/// Commits what was begun, and pushes it.
fn finish_merge(world: &World) -> String {
    world.bob.commit("Merge");
    world.bob.push_main()
}

/// What the step after `base` is: allowed by one approval carried by `how`.
#[track_caller]
fn carried(world: &World, base: &str, tip: &str, how: &str) -> Value {
    let ran = judged(world, base, tip);
    answers(&ran, 0, "");
    let report = ran.json();
    assert_eq!(
        report["runs"][0]["approvals"][0]["carried"], how,
        "{report:#}"
    );
    report
}

/// What the step after `base` is: not covered.
#[track_caller]
fn waits(world: &World, base: &str, tip: &str) {
    answers(&judged(world, base, tip), 8, "E-UNAPPROVED");
}

#[test]
fn an_approval_reaches_a_file_that_moved_by_merge_squash_and_rebase() {
    let world = world();
    let (head, moved) = moved(&world);
    let merged = world.bob.land_merge(&head);
    let both = lines(&[(2, "approved = 2"), (11, "fixed = 11")]);
    assert_eq!(
        world.bob.git(&["show", &format!("{merged}:{FILE}")]),
        both.trim_end()
    );
    carried(&world, &moved, &merged, "merge");

    for (branch, how) in [("squashed", "--squash"), ("picked", "--no-ff")] {
        world.bob.git(&["checkout", "-q", "-B", branch, &moved]);
        if branch == "picked" {
            world.bob.git(&["cherry-pick", &head]);
        } else {
            world.bob.git(&["merge", "-q", how, &head]);
            world.bob.commit("Squashed");
        }
        let refspec = format!("HEAD:refs/heads/{branch}");
        world.bob.git(&["push", "-q", "origin", &refspec]);
        let tip = world.bob.oid("HEAD");
        carried(&world, &moved, &tip, "merge");
    }
}

#[test]
fn a_rebase_of_several_commits_is_one_run() {
    let world = world();
    world.agent.start("change");
    world
        .agent
        .commit_by_ai(FILE, &lines(&[(2, "a = 2")]), "One");
    world
        .agent
        .commit_by_ai(FILE, &lines(&[(2, "a = 2"), (5, "b = 5")]), "Two");
    world.agent.push_queue("change", 1);
    say(&world.alice, "approve", "change");
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    world.agent.git(&["fetch", "-q", "origin"]);
    world.agent.git(&["rebase", "-q", "origin/main"]);
    let tip = world.agent.push_main();
    let report = carried(&world, &moved, &tip, "merge");
    assert_eq!(report["runs"].as_array().map(Vec::len), Some(1));
    let half = world.agent.oid("HEAD^");
    waits(&world, &moved, &half);
}

#[test]
fn a_merge_with_an_edit_of_its_own_is_not_covered() {
    let world = world();
    let (head, moved) = moved(&world);
    let both = lines(&[(2, "approved = 2"), (7, "evil = 7"), (11, "fixed = 11")]);
    for (path, text) in [
        (FILE, both.as_str()),
        ("src/app.py", "evil\n"),
        ("new.py", "evil\n"),
    ] {
        begin_merge(&world, &head).ok();
        world.bob.write(path, text);
        world.bob.commit("Merge");
        world
            .bob
            .git(&["push", "-q", "-f", "origin", "HEAD:refs/heads/evil"]);
        let tip = world.bob.oid("HEAD");
        waits(&world, &moved, &tip);
    }
}

#[test]
fn a_merge_that_drops_an_upstream_fix_is_not_covered() {
    let world = world();
    let (head, moved) = moved(&world);
    begin_merge(&world, &head).ok();
    world.bob.write(FILE, lines(&[(2, "approved = 2")]));
    let tip = finish_merge(&world);
    waits(&world, &moved, &tip);
}

#[test]
fn a_merge_that_drops_a_fix_in_an_untouched_file_is_not_covered() {
    let world = world();
    let head = approved(&world, |agent| {
        agent.write(FILE, lines(&[(2, "approved = 2")]))
    });
    let moved = upstream(&world, |bob| {
        bob.write(FILE, lines(&[(11, "fixed = 11")]));
        bob.write("src/app.py", "def main():\n    return safe()\n");
    });
    begin_merge(&world, &head).ok();
    world.bob.write("src/app.py", "def main():\n    return 0\n");
    let tip = finish_merge(&world);
    waits(&world, &moved, &tip);
}

#[test]
fn what_a_person_resolved_is_not_covered() {
    for (approved_line, upstream_line) in [(5, 5), (5, 6)] {
        let world = world();
        let head = approved(&world, |agent| {
            agent.write(FILE, lines(&[(approved_line, "a = 1")]))
        });
        let moved = upstream(&world, |bob| {
            bob.write(FILE, lines(&[(upstream_line, "b = 1")]))
        });
        begin_merge(&world, &head).exits(1);
        world.bob.write(FILE, lines(&[(5, "a = 1"), (6, "b = 1")]));
        let tip = finish_merge(&world);
        waits(&world, &moved, &tip);
        // Taking the approved side whole loses what was upstream.
        world.bob.git(&["checkout", "-q", "-B", "theirs", &moved]);
        world.bob.try_git(&[
            "merge", "-q", "-X", "theirs", "--no-ff", "-m", "Merge", &head,
        ]);
        world
            .bob
            .git(&["push", "-q", "origin", "HEAD:refs/heads/theirs"]);
        let tip = world.bob.oid("HEAD");
        if tip != moved {
            waits(&world, &moved, &tip);
        }
    }
}

#[test]
fn half_of_a_change_is_not_the_change() {
    let world = world();
    let head = approved(&world, |agent| {
        agent.write(FILE, lines(&[(2, "approved = 2")]));
        agent.write("src/check.py", "CHECK = True\n");
    });
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    begin_merge(&world, &head).ok();
    world.bob.git(&["rm", "-q", "-f", "src/check.py"]);
    let tip = finish_merge(&world);
    waits(&world, &moved, &tip);
}

#[test]
fn a_mode_is_part_of_what_was_approved() {
    let world = world();
    let (head, moved) = moved(&world);
    begin_merge(&world, &head).ok();
    world.bob.git(&["update-index", "--chmod=+x", FILE]);
    let tip = finish_merge(&world);
    waits(&world, &moved, &tip);
}

#[test]
fn a_change_of_mode_does_not_reach_a_file_that_moved() {
    let world = world();
    let head = approved(&world, |agent| {
        agent.git(&["update-index", "--chmod=+x", FILE]);
    });
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    let tip = world.bob.land_merge(&head);
    waits(&world, &moved, &tip);
}

#[test]
fn a_rename_does_not_follow_what_moved() {
    let world = world();
    let head = approved(&world, |agent| {
        agent.git(&["mv", FILE, "src/renamed.py"]);
    });
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    // Git merges this without a conflict, by its guess of a rename.
    let tip = world.bob.land_merge(&head);
    waits(&world, &moved, &tip);
}

#[test]
fn a_deletion_does_not_reach_what_moved() {
    let world = world();
    let head = approved(&world, |agent| {
        agent.git(&["rm", "-q", FILE]);
    });
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    begin_merge(&world, &head).exits(1);
    world.bob.git(&["rm", "-q", FILE]);
    let tip = finish_merge(&world);
    waits(&world, &moved, &tip);
}

#[test]
fn what_is_upstream_already_stands_in_nobodys_way() {
    let world = world();
    let check = "CHECK = True\n";
    let head = approved(&world, |agent| {
        agent.write(FILE, lines(&[(2, "approved = 2"), (9, "both = 9")]));
        agent.write("src/check.py", check);
    });
    let moved = upstream(&world, |bob| {
        bob.write(FILE, lines(&[(9, "both = 9")]));
        bob.write("src/check.py", check);
    });
    let tip = world.bob.land_merge(&head);
    carried(&world, &moved, &tip, "merge");
}

#[test]
fn line_ends_are_merged_as_they_are() {
    let crlf = |edits: &[(usize, &str)]| lines(edits).replace('\n', "\r\n");
    let bare = |edits: &[(usize, &str)]| lines(edits).trim_end().to_owned();
    for windows in [true, false] {
        let form = |edits: &[(usize, &str)]| if windows { crlf(edits) } else { bare(edits) };
        let world = World::new();
        upstream(&world, |bob| bob.write(FILE, form(&[])));
        let head = approved(&world, |agent| agent.write(FILE, form(&[(2, "a = 2")])));
        let moved = upstream(&world, |bob| bob.write(FILE, form(&[(12, "b = 12")])));
        let tip = world.bob.land_merge(&head);
        carried(&world, &moved, &tip, "merge");
        // A merge that turns the line ends on its way is not this merge.
        world.bob.git(&["checkout", "-q", "-B", "turned", &moved]);
        world
            .bob
            .git(&["merge", "-q", "--no-commit", "--no-ff", &head]);
        world
            .bob
            .write(FILE, lines(&[(2, "a = 2"), (12, "b = 12")]));
        world.bob.commit("Merge");
        world
            .bob
            .git(&["push", "-q", "origin", "HEAD:refs/heads/turned"]);
        let tip = world.bob.oid("HEAD");
        waits(&world, &moved, &tip);
    }
}

#[test]
fn attributes_and_merge_drivers_have_no_say() {
    let world = world();
    upstream(&world, |bob| {
        bob.write(".gitattributes", "*.py merge=ours text eol=crlf diff=no\n");
    });
    let head = approved(&world, |agent| {
        agent.write(FILE, lines(&[(2, "approved = 2")]))
    });
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(11, "fixed = 11")])));
    let honest = lines(&[(2, "approved = 2"), (11, "fixed = 11")]);
    // In Bob's clone, which also judges here, the driver keeps what was there: the change is lost.
    world.bob.git(&["config", "merge.ours.driver", "true"]);
    world.bob.git(&["config", "merge.conflictStyle", "diff3"]);
    let lost = world.bob.land_merge(&head);
    assert_ne!(
        world.bob.git(&["show", &format!("{lost}:{FILE}")]),
        honest.trim_end()
    );
    let answer = judged(&world, &moved, &lost);
    assert_ne!(answer.code, Some(0), "{}", answer.stdout);

    // An honest merge counts, whatever the attributes and the configuration say.
    let tree = {
        world.bob.git(&["checkout", "-q", "-B", "honest", &moved]);
        std::fs::write(world.sandbox.path("honest"), &honest).unwrap();
        let from = world.sandbox.path("honest");
        let blob = world
            .bob
            .git(&["hash-object", "-w", "--no-filters", from.to_str().unwrap()]);
        let entry = format!("100644,{blob},{FILE}");
        world.bob.git(&["update-index", "--cacheinfo", &entry]);
        world.bob.git(&["write-tree"])
    };
    let merge = [
        "commit-tree",
        &tree,
        "-p",
        &moved,
        "-p",
        &head,
        "-m",
        "Merge",
    ];
    let tip = world.bob.git(&merge);
    let refspec = format!("{tip}:refs/heads/honest");
    world.bob.git(&["push", "-q", "origin", &refspec]);
    carried(&world, &moved, &tip, "merge");
}

#[test]
fn a_union_of_conflicting_lines_is_not_covered() {
    let world = world();
    upstream(&world, |bob| {
        bob.write(".gitattributes", "*.py merge=union\n")
    });
    let head = approved(&world, |agent| agent.write(FILE, lines(&[(5, "a = 1")])));
    let moved = upstream(&world, |bob| bob.write(FILE, lines(&[(5, "b = 1")])));
    let tip = world.bob.land_merge(&head);
    waits(&world, &moved, &tip);
}

#[test]
fn a_rule_that_asks_for_content_does_not_take_a_merge() {
    let world = World::with_policy(|policy| policy.defaults = "coverage = \"content\"".to_owned());
    upstream(&world, |bob| bob.write(FILE, lines(&[])));
    let (head, moved) = moved(&world);
    let tip = world.bob.land_merge(&head);
    answers(&judged(&world, &moved, &tip), 8, "E-COVERAGE");
}

#[test]
fn an_approval_is_for_one_landing_however_it_was_merged() {
    let world = world();
    let (head, moved) = moved(&world);
    let landed = world.bob.land_merge(&head);
    carried(&world, &moved, &landed, "merge");
    // Taken back, moved once more, and landed again: other bytes, and the same change.
    let reverted = upstream(&world, |bob| {
        bob.write(FILE, lines(&[(8, "more = 8"), (11, "fixed = 11")]));
    });
    let again = world.bob.try_git(&["cherry-pick", "--no-commit", &head]);
    again.ok();
    world.bob.commit("Again");
    let tip = world.bob.push_main();
    answers(&judged(&world, &reverted, &tip), 8, "E-RELANDED");
}

#[test]
fn an_approval_that_landed_by_merge_does_not_land_again_as_it_was() {
    let world = world();
    let (head, moved) = moved(&world);
    let landed = world.bob.land_merge(&head);
    carried(&world, &moved, &landed, "merge");
    let reverted = upstream(&world, |bob| bob.write(FILE, lines(&[])));
    world.bob.git(&["cherry-pick", &head]);
    let tip = world.bob.push_main();
    answers(&judged(&world, &reverted, &tip), 8, "E-RELANDED");
}

#[test]
fn a_rejected_change_is_denied_when_it_lands_in_moved_files() {
    let world = world();
    let (head, moved) = moved(&world);
    say(&world.bob, "reject", "change");
    // Squashed and signed by somebody exempt: neither its head nor its digest is to be seen.
    world.bob.start("landing");
    world.bob.git(&["merge", "-q", "--squash", &head]);
    world.bob.commit_signed("Mine");
    let tip = world.bob.push_main();
    answers(&judged(&world, &moved, &tip), 1, "E-REJECTED");
}

#[test]
fn without_the_approved_commits_nothing_is_known_of_a_merge() {
    let world = world();
    let (head, moved) = moved(&world);
    let tip = world.bob.land_squash(&head, "Squashed");
    // Only what leads to `main`, and the notes: a clone that shares no objects with the remote.
    let (top, dir) = (world.sandbox.path(""), world.sandbox.path("deployer"));
    let remote = world.remote.to_str().unwrap();
    let clone = ["clone", "-q", "--no-local", remote, "deployer"];
    world.sandbox.git(&top, &clone);
    let notes = "+refs/notes/countersign:refs/notes/countersign";
    world.sandbox.git(&dir, &["fetch", "-q", "origin", notes]);
    let range = format!("{moved}..{tip}");
    let root = world.root.as_str();
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        root,
        &range,
    ];
    let ran = world.sandbox.countersign(&dir, &words);
    answers(&ran, 8, "E-UNAPPROVED");
    answers(&ran, 8, "E-APPROVED-OBJECTS-MISSING");
    // With them it is decided.
    let queue = "+refs/countersign/*:refs/countersign/*";
    world.sandbox.git(&dir, &["fetch", "-q", "origin", queue]);
    answers(&world.sandbox.countersign(&dir, &words), 0, "");
}
