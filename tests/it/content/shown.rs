//! What a person is shown of each kind of content.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use countersign::change::{Oid, RepoPath};
use countersign::diff::{Body, FileStatus, Mode};
use countersign::git::DiffOptions;

use super::{Repo, diff, marked};
use crate::common::hermetic;

/// A repository with one change of every kind: the trees before and after it.
fn every_kind(repo: &Repo<'_>) -> (Oid, Oid) {
    let text: String = (0..40).map(|n| format!("line {n}\n")).collect();
    repo.write("old name.txt", &text);
    repo.write("tool", "x\n");
    repo.write("becomes-link", "was a file\n");
    repo.write("becomes-module", "hidden?\n");
    let old = repo.commit();
    let commit = repo.oid("HEAD");

    std::fs::remove_file(repo.dir.join("old name.txt")).unwrap();
    repo.write("new name.txt", text.replace("line 7\n", "line seven\n"));
    repo.git(&["update-index", "--chmod=+x", "tool"]);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(repo.dir.join("tool"), mode).unwrap();
    std::fs::remove_file(repo.dir.join("becomes-link")).unwrap();
    symlink("../../etc/passwd", repo.dir.join("becomes-link")).unwrap();
    repo.write("binary", b"\x7fELF\0\0".as_slice());
    repo.write("late-nul", [b"a\n".repeat(5000), b"\0\n".to_vec()].concat());
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
    repo.write("model.bin", pointer);
    repo.write("huge", vec![b'x'; (16 << 20) + 1]);
    repo.git(&["add", "-A"]);
    std::fs::remove_file(repo.dir.join("becomes-module")).unwrap();
    let gitlink = format!("160000,{commit},becomes-module");
    repo.git(&["update-index", "--add", "--cacheinfo", &gitlink]);
    repo.git(&["commit", "-q", "-m", "kinds"]);
    let new = repo.oid("HEAD^{tree}");
    (old, new)
}

#[test]
fn each_kind_of_content_is_shown_as_what_it_is() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let (old, new) = every_kind(&repo);
        let store = repo.store();
        let files = diff(&store, old, new);
        let of = |path: &str| {
            let wanted = RepoPath::from(path);
            files
                .iter()
                .filter(|f| *f.path() == wanted)
                .collect::<Vec<_>>()
        };
        let renamed = of("new name.txt")[0];
        assert!(
            matches!(
                renamed.status,
                FileStatus::Renamed {
                    similarity: 90..=99
                }
            ),
            "{:?}",
            renamed.status
        );
        assert_eq!(marked(renamed), ["-line 7", "+line seven"]);
        assert!(of("old name.txt").is_empty());
        assert_eq!(of("tool")[0].body, Body::Text(Vec::new()));
        assert_eq!(of("tool")[0].new.as_ref().unwrap().mode, Mode::Executable);
        assert_eq!(of("becomes-link")[0].status, FileStatus::TypeChanged);
        assert_eq!(
            marked(of("becomes-link")[0]),
            ["-was a file", "+../../etc/passwd"]
        );
        let module = of("becomes-module");
        assert_eq!(module.len(), 2);
        assert_eq!(marked(module[0]), ["-hidden?"]);
        assert_eq!(module[1].body, Body::Submodule);
        assert_eq!(of("binary")[0].body, Body::Binary);
        assert_eq!(of("late-nul")[0].added, 5001);
        assert!(matches!(of("model.bin")[0].body, Body::LfsPointer(_)));
        let bytes = (16 << 20) + 1;
        assert_eq!(of("huge")[0].body, Body::TooLarge { bytes });
        assert_eq!(repo.agrees(old, new), 9);
    });
}

#[test]
fn white_space_can_be_hidden_from_view_and_never_from_the_digest() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.write("f.py", "if x:\n    y()\n");
        let old = repo.commit();
        repo.write("f.py", "if x:\n  y()\n");
        let new = repo.commit();
        let store = repo.store();
        let hiding = DiffOptions {
            ignore_whitespace: true,
            ..DiffOptions::default()
        };
        let files = store.diff(old, new, &hiding).unwrap();
        assert_eq!((files.len(), files[0].hunks().len()), (1, 0));
        assert_eq!(diff(&store, old, new)[0].added, 1);
        assert_eq!(repo.agrees(old, new), 1);
    });
}

#[test]
fn a_change_of_five_thousand_files_is_listed_whole_and_loaded_file_by_file() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let store = repo.store();
        let edits = |text: &str| -> Vec<_> {
            (0..5_000)
                .map(|n| {
                    let blob = store.write_blob(format!("{text} {n}\n").as_bytes());
                    let path = format!("d{}/f{n}", n % 70);
                    (
                        RepoPath::from(path.as_str()),
                        Some((0o100_644, blob.unwrap())),
                    )
                })
                .collect()
        };
        let old = store.write_tree_with(None, &edits("old")).unwrap();
        let new = store.write_tree_with(None, &edits("new")).unwrap();
        let mut files = store.diff_files(old, new).unwrap();
        assert_eq!(files.len(), 5_000);
        assert!(files.iter().all(|file| file.hunks().is_empty()));
        let options = DiffOptions::default();
        store.load_hunks(&mut files[4_999], &options).unwrap();
        assert_eq!((files[4_999].added, files[4_999].removed), (1, 1));
        assert_eq!(store.content(old, new).unwrap().files, 5_000);
        assert_eq!(store.diff(old, new, &options).unwrap()[4_999], files[4_999]);
    });
}
