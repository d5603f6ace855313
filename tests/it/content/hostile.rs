//! Trees made to exhaust, to mislead or to mean two things.

use countersign::git::{EMPTY_TREE, GitError, Hazard};

use super::Repo;
use crate::common::hermetic;

#[test]
fn a_tree_bomb_ends_in_an_error() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let mut below = repo.hash("blob", b"x\n");
        let mut mode = "100644";
        for _ in 0..12 {
            let entries: Vec<u8> = (b'a'..=b'j')
                .flat_map(|name| {
                    let head = format!("{mode} {}\0", char::from(name));
                    [head.as_bytes(), below.as_bytes()].concat()
                })
                .collect();
            below = repo.hash("tree", &entries);
            mode = "40000";
        }
        let result = repo.store().tree_changes(EMPTY_TREE, below);
        assert!(
            matches!(result, Err(GitError::OverBudget { .. })),
            "{result:?}"
        );

        let mut deep = repo.hash("blob", b"x\n");
        let mut mode = "100644";
        for _ in 0..600 {
            let head = format!("{mode} d\0");
            deep = repo.hash("tree", &[head.as_bytes(), deep.as_bytes()].concat());
            mode = "40000";
        }
        let result = repo.store().tree_changes(EMPTY_TREE, deep);
        assert!(
            matches!(result, Err(GitError::OverBudget { .. })),
            "{result:?}"
        );
    });
}

#[test]
fn trees_without_one_reading_are_refused_and_hostile_names_are_reported() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let blob = repo.hash("blob", b"x\n");
        let empty = repo.hash("tree", b"");
        let tree = |names: &[(&str, &str)]| {
            let bytes: Vec<u8> = names
                .iter()
                .flat_map(|(mode, name)| {
                    let oid = if *mode == "40000" { empty } else { blob };
                    [format!("{mode} {name}\0").as_bytes(), oid.as_bytes()].concat()
                })
                .collect();
            repo.hash("tree", &bytes)
        };
        let store = repo.store();
        for names in [
            &[("100644", "a"), ("100644", "a")][..],
            &[("100644", "b"), ("100644", "a")],
            &[("100644", "a"), ("40000", "a")],
            &[("100644", "a/b")],
            &[("100644", "")],
            &[("100600x", "a")],
            &[("20000", "a")],
        ] {
            let result = store.tree_changes(EMPTY_TREE, tree(names));
            assert!(
                matches!(result, Err(GitError::ObjectMalformed { .. })),
                "{names:?}: {result:?}"
            );
        }
        let hostile = tree(&[
            ("100644", ".."),
            ("100644", ".GIT"),
            ("100644", "Con"),
            ("100644", "README"),
            ("100644", "a\u{1b}[2J"),
            ("100644", "readme"),
        ]);
        let changes = store.tree_changes(EMPTY_TREE, hostile).unwrap();
        let found: Vec<_> = store
            .path_hazards(hostile, &changes)
            .unwrap()
            .into_iter()
            .map(|h| (h.path.text().into_owned(), h.hazard))
            .collect();
        let expected = [
            ("..", Hazard::DotDot),
            (".GIT", Hazard::DotGit),
            ("Con", Hazard::Windows),
            ("README", Hazard::CaseTwin),
            ("a\u{1b}[2J", Hazard::Control),
            ("readme", Hazard::CaseTwin),
        ];
        assert_eq!(found, expected.map(|(p, h)| (p.to_owned(), h)));
        repo.agrees(EMPTY_TREE, hostile);
    });
}

#[test]
fn a_repository_inside_the_repository_is_a_hazard() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.write("nested/HEAD", "ref: refs/heads/main\n");
        repo.write("nested/objects/keep", "");
        repo.write("nested/refs/keep", "");
        repo.write("nested/config", "[core]\n\tfsmonitor = evil\n");
        let tree = repo.commit();
        let store = repo.store();
        let changes = store.tree_changes(EMPTY_TREE, tree).unwrap();
        let hazards = store.path_hazards(tree, &changes).unwrap();
        assert_eq!(hazards.len(), 4);
        assert!(
            hazards
                .iter()
                .all(|h| h.hazard == Hazard::EmbeddedRepository)
        );
    });
}
