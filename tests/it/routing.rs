//! Who is asked about a change, from CODEOWNERS on the target and the policy's rules; and in which
//! order changes stand.

use serde_json::Value;

use crate::common::{Checkout, World};

/// A world in which three seniors own parts of the tree, and two approvals are asked for `infra/`.
fn world(owners: &[(&str, &str)]) -> World {
    let world = World::with_policy(|policy| {
        policy.tables =
            "[[rule]]\nname = \"infra\"\npaths = [\"infra/**\"]\napprovals = 2\n\n".to_owned();
    });
    for (path, text) in owners {
        world.alice.write(path, text);
    }
    if !owners.is_empty() {
        world.alice.commit_signed("Say who owns what");
        world.alice.push_main();
    }
    world
}

const OWNERS: &str = "* @alice\n/src/ bob@corp.example\n/docs/ @org/writers @carol\n/infra/ @bob\n";

/// The rows of the list, by id.
fn rows(who: &Checkout, filter: &[&str]) -> Vec<Value> {
    let args = [&["--list", "--json", "--"], filter].concat();
    let document = who.countersign(&args).exits(0).json();
    document["changes"].as_array().unwrap().clone()
}

fn ids(who: &Checkout, filter: &[&str]) -> Vec<String> {
    let rows = rows(who, filter);
    let ids = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned());
    ids.collect()
}

fn row(who: &Checkout, id: &str) -> Value {
    rows(who, &[&format!("id:{id}")]).remove(0)
}

fn strings(value: &Value) -> Vec<&str> {
    let items = value.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn owners_are_asked_and_everybody_where_they_are_not_enough() {
    let world = world(&[("CODEOWNERS", OWNERS)]);
    world.queue("in-src", "src/app.py", "def main():\n    return 1\n");
    world.queue("in-root", "main.py", "def main():\n    return 1\n");
    world.queue("in-infra", "infra/lb.yaml", "kind: Service\n");
    world.queue("in-docs", "docs/a.md", "Hello\n");
    for who in [&world.alice, &world.bob] {
        who.countersign(&["sync"]).ok();
    }
    let asked = |id: &str| {
        let (alice, bob) = (row(&world.alice, id), row(&world.bob, id));
        assert_eq!(alice["asked"], bob["asked"]);
        let asked = strings(&alice["asked"]).join(" ");
        (asked, alice["needsMe"] == true, bob["needsMe"] == true)
    };
    assert_eq!(asked("in-src"), ("bob".to_owned(), false, true));
    assert_eq!(asked("in-root"), ("alice".to_owned(), true, false));
    // Two are needed and one owner is not enough; carol runs the agent and may not.
    assert_eq!(asked("in-infra"), ("alice bob".to_owned(), true, true));
    // The only owner may not.
    assert_eq!(asked("in-docs"), ("alice bob".to_owned(), true, true));

    assert_eq!(
        ids(&world.alice, &["needs:me", "order:change"]),
        ["in-docs", "in-infra", "in-root"]
    );
    assert_eq!(
        ids(&world.bob, &["needs:me", "order:change"]),
        ["in-docs", "in-infra", "in-src"]
    );
    assert_eq!(ids(&world.bob, &["needs:alice", "-needs:bob"]), ["in-root"]);
}

#[test]
fn who_is_left_is_asked_and_who_is_not_asked_may_approve_all_the_same() {
    let world = world(&[("CODEOWNERS", OWNERS)]);
    world.queue("in-root", "main.py", "def main():\n    return 1\n");
    world.queue("in-infra", "infra/lb.yaml", "kind: Service\n");
    for who in [&world.alice, &world.bob] {
        who.countersign(&["sync"]).ok();
    }
    // Two are left for two approvals: neither is the only one, until the other has approved.
    assert_eq!(row(&world.bob, "in-infra")["onlyMe"], false);
    let approve = |id: &str| {
        let args = ["approve", id, "-m", "read", "--push"];
        world.bob.countersign(&args).ok();
    };
    approve("in-infra");
    world.alice.countersign(&["sync"]).ok();
    assert_eq!(ids(&world.alice, &["needs:only-me"]), ["in-infra"]);
    assert_eq!(row(&world.bob, "in-infra")["needsMe"], false);

    let shown = world.bob.countersign(&["show", "in-root"]).ok();
    assert!(
        shown
            .contains("\nasks      everything: 0 of 1 (senior); asked: alice; could: alice, bob\n"),
        "{shown}"
    );
    assert!(shown.contains("\nowners    @alice\n"), "{shown}");
    let place = shown
        .lines()
        .find(|line| line.starts_with("place "))
        .unwrap();
    assert!(place.ends_with(" for waiting · asks alice"), "{place}");
    assert_eq!(
        row(&world.bob, "in-root")["why"],
        place.strip_prefix("place     ").unwrap()
    );

    // Who is not asked may approve all the same.
    approve("in-root");
    assert_eq!(row(&world.bob, "in-root")["state"], "approved");
    assert_eq!(strings(&row(&world.bob, "in-root")["asked"]), [""; 0]);
}

#[test]
fn a_change_of_codeowners_has_no_effect_on_itself() {
    let world = world(&[("CODEOWNERS", OWNERS)]);
    let agent = &world.agent;
    agent.start("grab");
    agent.write("CODEOWNERS", "* @alice\n/src/ @alice\n");
    agent.write(".github/CODEOWNERS", "* @alice\n");
    agent.commit_by_ai("src/app.py", "def main():\n    return 1\n", "Own it all");
    agent.push_queue("grab", 1);
    world.queue("in-src", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    assert_eq!(strings(&row(&world.alice, "in-src")["asked"]), ["bob"]);
    // Its own paths are owned as the target says: `*` by alice, `src/` by bob.
    assert_eq!(
        strings(&row(&world.alice, "grab")["asked"]),
        ["alice", "bob"]
    );
    let shown = world
        .alice
        .countersign(&["show", "grab", "--json"])
        .exits(0)
        .json();
    assert_eq!(strings(&shown["owners"]), ["@alice", "bob@corp.example"]);
}

#[test]
fn the_forge_s_first_place_counts_and_what_cannot_be_read_is_said() {
    let lab = "[Code] @writers\n*.py\n!/src/app.py\n^[All][2] @alice\n*\n";
    for (files, owners) in [
        (
            &[("CODEOWNERS", "* @alice"), (".github/CODEOWNERS", "* @bob")][..],
            "@bob",
        ),
        (
            &[
                ("docs/CODEOWNERS", "* @alice"),
                (".gitlab/CODEOWNERS", "* @bob"),
            ],
            "@alice",
        ),
        (&[(".gitlab/CODEOWNERS", lab)], "@alice"),
        (
            &[(
                "CODEOWNERS",
                "!* @alice\n*.[ch] @x\n* bob@corp.example # last\n",
            )],
            "bob@corp.example",
        ),
    ] {
        let world = world(files);
        world.queue("one", "src/app.py", "def main():\n    return 1\n");
        world.alice.countersign(&["sync"]).ok();
        let shown = world
            .alice
            .countersign(&["show", "one", "--json"])
            .exits(0)
            .json();
        assert_eq!(strings(&shown["owners"]), [owners], "{files:?}");
        let listed = world.alice.countersign(&["--list"]).exits(0);
        let odd = files.len() == 1 && files[0].1.starts_with('!');
        assert_eq!(
            listed.stderr.contains("W-CODEOWNERS CODEOWNERS:1: "),
            odd,
            "{}",
            listed.stderr
        );
        assert_eq!(
            listed.stderr.contains("W-CODEOWNERS CODEOWNERS:2: "),
            odd,
            "{}",
            listed.stderr
        );
    }
}

#[test]
fn what_nobody_can_approve_is_said_with_the_reason() {
    let world = world(&[]);
    let agent = &world.agent;
    agent.start("shared");
    agent.write("infra/lb.yaml", "kind: Service\n");
    agent.commit("Change it\n\nCo-authored-by: Bob <bob@corp.example>");
    agent.push_queue("shared", 1);
    world.queue("plain", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    let stuck = row(&world.alice, "shared");
    assert_eq!(stuck["state"], "pending");
    assert_eq!(
        stuck["nobody"],
        "bob: is co-author, carol: runs the agent that made the change, or signed a commit; \
         only alice could for rule `infra`, which has 0 of 2 senior"
    );
    let why = stuck["nobody"].as_str().unwrap();
    assert_eq!(
        (&stuck["needsMe"], strings(&stuck["asked"]).len()),
        (&Value::Bool(false), 0)
    );
    assert!(row(&world.alice, "plain")["nobody"].is_null());
    assert_eq!(ids(&world.alice, &["needs:nobody"]), ["shared"]);
    assert_eq!(ids(&world.alice, &["needs:me"]), ["plain"]);
    let table = world.alice.countersign(&["--list", "id:shared"]).ok();
    assert!(table.contains("  nobody can  "), "{table}");
    let shown = world.alice.countersign(&["show", "shared"]).ok();
    assert!(shown.contains(&format!("\nnobody    {why}\n")), "{shown}");
    assert!(
        stuck["why"]
            .as_str()
            .unwrap()
            .ends_with("nobody can approve it")
    );
}

#[test]
fn every_order_word_orders_the_list_and_a_wrong_one_names_them() {
    let world = world(&[]);
    // One commit a minute: the first is the oldest.
    world.queue("b-large", "src/b.txt", &"a line\n".repeat(40));
    world.sandbox.wait_minutes(60 * 24 * 90);
    world.queue("c-small", "src/c.txt", "one\n");
    world.queue("a-middle", "src/d.txt", "one\ntwo\n");
    world.alice.countersign(&["sync"]).ok();
    let ordered = |order: &str| ids(&world.alice, &[order]).join(" ");
    assert_eq!(ordered("order:age"), "b-large c-small a-middle");
    assert_eq!(ordered("order:-age"), "a-middle c-small b-large");
    assert_eq!(ordered("order:size"), "c-small a-middle b-large");
    assert_eq!(ordered("order:-size"), "b-large a-middle c-small");
    assert_eq!(ordered("order:change"), "a-middle b-large c-small");
    // Equal in what is ordered by: the oldest first.
    assert_eq!(ordered("order:target"), "b-large c-small a-middle");
    assert_eq!(ordered("order:agent"), "b-large c-small a-middle");
    assert_eq!(ordered("order:impact"), "b-large c-small a-middle");
    // All low: ninety days of waiting outweigh the lines.
    assert_eq!(ordered("order:risk"), "b-large c-small a-middle");
    assert_eq!(ids(&world.alice, &[]).join(" "), ordered("order:risk"));
    let rows = rows(&world.alice, &["order:likelihood"]);
    let likelihoods: Vec<i64> = rows
        .iter()
        .map(|row| row["risk"]["likelihood"].as_i64().unwrap())
        .collect();
    assert!(likelihoods.is_sorted_by(|a, b| a >= b), "{likelihoods:?}");
    for words in [
        &["order:beauty"][..],
        &["-order:age"],
        &["order:age", "order:size"],
    ] {
        let wrong = world
            .alice
            .countersign(&[&["--list", "--"], words].concat())
            .exits(2);
        assert!(
            wrong.stderr.contains("risk, age (oldest first), size"),
            "{}",
            wrong.stderr
        );
    }
    let why = row(&world.alice, "b-large")["why"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        why.starts_with("low · ") && why.ends_with(" for waiting · needs you"),
        "{why}"
    );
}
