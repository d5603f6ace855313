//! How git is run against a remote: deadlines, environment, prompts, refusals told apart.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use countersign::git::{GitError, Store};

use super::Hub;
use crate::common::{Sandbox, hermetic};

#[test]
fn remotes_that_do_not_answer_are_told_apart() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let mut store = hub.clone("a");
        let unknown = store.ls_remote("nope", &[]).unwrap_err();
        assert!(
            matches!(unknown, GitError::UnknownRemote { .. }),
            "{unknown}"
        );
        let option = store.ls_remote("--upload-pack=touch x", &[]).unwrap_err();
        assert!(matches!(option, GitError::UnknownRemote { .. }), "{option}");
        let gone = store.ls_remote("/no/such/place.git", &[]).unwrap_err();
        assert!(matches!(gone, GitError::Unreachable { .. }), "{gone}");
        store
            .set_config("remote.run.url", "ext::touch ran")
            .unwrap();
        store.set_config("protocol.ext.allow", "always").unwrap();
        let ext = store.ls_remote("run", &[]).unwrap_err();
        assert!(matches!(ext, GitError::Refused { .. }), "{ext}");
        assert!(!sandbox.path("a/ran").exists());
        let refspec = store
            .fetch("origin", &["--upload-pack=x"], false)
            .unwrap_err();
        assert!(matches!(refspec, GitError::BadRefName { .. }), "{refspec}");
    });
}

/// An ssh that is a script, so that a remote can be as slow or as rude as a test needs.
fn ssh_remote(sandbox: &Sandbox, store: &mut Store, script: &str) -> String {
    let path = sandbox.path("fake-ssh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = path.display().to_string();
    store.set_config("core.sshCommand", &path).unwrap();
    store.set_config("ssh.variant", "simple").unwrap();
    store
        .set_config("remote.far.url", "ssh://host/r.git")
        .unwrap();
    "far".to_owned()
}

#[test]
fn a_remote_that_hangs_is_given_up_at_the_deadline() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let mut store = hub.clone("a");
        let far = ssh_remote(sandbox, &mut store, "exec sleep 60");
        store.set_network_deadline(Duration::from_millis(300));
        let error = store.ls_remote(&far, &[]).unwrap_err();
        assert!(matches!(error, GitError::TimedOut { .. }), "{error}");
    });
}

#[test]
fn the_network_profile_keeps_the_users_ways_and_takes_every_prompt() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let mut store = hub.clone("a");
        let seen = sandbox.path("seen");
        let script = format!(
            "env > '{0}'; readlink /proc/self/fd/0 >> '{0}'; echo 'git@host: Permission denied (publickey).' >&2; exit 255",
            seen.display()
        );
        let far = ssh_remote(sandbox, &mut store, &script);
        let error = store.ls_remote(&far, &[]).unwrap_err();
        assert!(matches!(error, GitError::Auth { .. }), "{error}");
        let env = std::fs::read_to_string(&seen).unwrap();
        let has = |line: &str| env.lines().any(|l| l == line);
        for expected in [
            "GIT_TERMINAL_PROMPT=0",
            "SSH_ASKPASS_REQUIRE=force",
            "SSH_ASKPASS=false",
        ] {
            assert!(has(expected), "{expected}\n{env}");
        }
        let home = format!("HOME={}", std::env::var("HOME").unwrap());
        assert!(has(&home), "{env}");
        assert!(!env.contains("GIT_WORK_TREE="), "{env}");
    });
}

#[test]
fn a_child_that_reads_sees_no_configuration_but_the_repositorys() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let dir = Path::new("/");
        let mut git = countersign::git::reading(store.git_dir());
        let output = git
            .current_dir(dir)
            .args(["config", "--list", "--show-scope"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            !text.contains("global") && !text.contains("system\t"),
            "{text}"
        );
        for setting in [
            "core.fsmonitor=false",
            "core.hookspath=/dev/null",
            "core.attributesfile=/dev/null",
            "diff.external=",
            "safe.barerepository=explicit",
            "protocol.allow=never",
        ] {
            assert!(text.contains(&format!("command\t{setting}\n")), "{setting}");
        }
        let mut git = countersign::git::reading(store.git_dir());
        let fetch = git.args(["ls-remote", "origin"]).output().unwrap();
        assert!(!fetch.status.success(), "a reading child never reaches out");
    });
}
