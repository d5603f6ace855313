"""Random scenarios: a small repository, its notes, and a question for the gate, all from one seed.

Every chance has a name and its own random numbers, so that one feature can be switched off and the
rest of the scenario stays as it was: that is how a disagreement is made small.
"""
import base64
import copy
import json
import random
import re

import build
import content
import lines
import verifier

UUID = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11"
HOUR, DAY = 3600, 86400
PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank"]
AGENT = "coder-bot@corp.example"
CLAUDE = "noreply@anthropic.com"
PATHS = ["src/a.txt", "src/b.txt", "infra/lb.conf", "docs/x.md"]


def address(name):
    """The address of a person."""
    return name + "@corp.example"


class Chances:
    """Named chances that do not disturb one another."""

    def __init__(self, seed, off=()):
        self.seed, self.off, self.used, self.hit = seed, set(off), {}, set()

    def source(self, name):
        """The next random numbers of a name."""
        self.used[name] = self.used.get(name, 0) + 1
        return random.Random(f"{self.seed}/{name}/{self.used[name]}")

    def chance(self, name, share):
        """Whether a feature happens now."""
        happens = self.source(name).random() < share and name not in self.off
        if happens:
            self.hit.add(name)
        return happens

    def pick(self, name, choices):
        """One of several; the first where the feature is off."""
        return choices[0] if name in self.off else self.source(name).choice(choices)

    def sample(self, name, choices, count):
        """Some of several."""
        return self.source(name).sample(choices, min(count, len(choices)))


class Scenario(Chances):
    """One repository and its question: `target`, `base`, `candidate`, `root`."""

    def __init__(self, path, seed, now, off=()):
        super().__init__(seed, off)
        self.git, self.now, self.clock = build.Builder(path), now, now - 60 * DAY
        self.target, self.number, self.landed = "refs/heads/main", 0, []
        if self.chance("another target", 0.08):
            self.target = "refs/heads/release/1"
        self.aims, self.aim, self.tips = [self.target], self.target, []
        self.pin = self.deployable = self.lost = None
        self.policy, self.keys, self.revoked = self.first_policy(), self.first_keys(), []
        self.notes, self.tip, self.texts, self.said = {}, None, [], []
        self.main = self.root = self.start()
        for _ in range(self.pick("before the base", [0, 0, 0, 1, 2])):
            self.event()
        self.base = self.main
        for _ in range(self.pick("events", [1, 1, 1, 2, 3])):
            self.event()
        self.candidate = self.main
        self.exceptions()
        self.finish()

    def question(self, now):
        """The question, as the second verifier takes it."""
        return verifier.Question(self.target, self.base, self.candidate, self.root, now, self.pin, self.deployable)

    def words(self):
        """What the question adds to the command line."""
        pin = ["--pin", f"refs/notes/countersign={self.pin}"] if self.pin else []
        return pin + (["--deployable", self.deployable] if self.deployable else [])

    # The policy.

    def first_policy(self):
        """A policy with random rules that is valid."""
        people = {name: {"principal": address(name), "emails": [address(name)],
                         "roles": ["senior", "policy-owner"]} for name in PEOPLE}
        for name in ("erin", "frank"):
            people[name]["roles"] = self.pick("roles", [["junior"], ["senior"], ["junior", "lead"]])
        people["bob"]["roles"] = people["bob"]["roles"] + ["lead"]
        people["carol"]["roles"] = people["carol"]["roles"] + ["lead"]
        people["bob"]["teams"], people["carol"]["teams"], people["dave"]["teams"] = ["net"], ["net", "sec"], ["sec"]
        policy = {"schema": 1, "version": 1, "repository": UUID,
                  "scope": {"targets": ["refs/heads/main", "refs/heads/release/*"],
                            "mode": self.pick("mode", ["all", "all", "unless-human-signed", "flagged"]),
                            "exempt_humans": ["alice", "bob", "erin"]},
                  "people": people, "agents": {"coder": {"emails": [AGENT], "principal": address("coder")}},
                  "defaults": self.defaults(), "rule": [{"name": "everything", "paths": ["**"]}]}
        if self.chance("operator", 0.5):
            policy["agents"]["coder"]["operator"] = "alice"
        self.rarities(policy)
        for n in range(self.pick("more rules", [0, 0, 1, 2])):
            policy["rule"].append(self.rule(n))
        if self.chance("presence", 0.1):
            policy["roles"] = {"lead": {"user_presence": self.pick("presence kind", ["required", "verified"])}}
        policy["policy_change"] = {"from": ["policy-owner"], "approvals": self.pick("owners", [2, 1]),
                                   "coverage": self.pick("policy coverage", ["tree", "exact", "merge"])}
        return policy

    def rarities(self, policy):
        """Tables that few policies have."""
        if self.chance("override", 0.25):
            policy["override"] = {"from": [self.pick("override from", ["lead", "senior"])],
                                  "approvals": self.pick("override approvals", [1, 1, 2])}
            if policy["override"]["from"] == ["lead"]:
                policy["override"]["approvals"] = 1
        if self.chance("break-glass", 0.2):
            policy["break_glass"] = {"from": ["senior"], "approvals": self.pick("glass approvals", [1, 2]),
                                     "max_validity": self.pick("glass validity", ["4h", "2h"]), "followup": "3d"}
        if self.chance("accept from", 0.1):
            other = "refs/heads/release/2"
            policy["target"] = {self.target: {"accept_from": [other]}}
            self.aims = [self.target, other, other]
        if self.chance("deployable", 0.1):
            policy["deployable"] = {"web": {"paths": [self.pick("deployable paths", ["src/**", "infra/**", "**/*.md"])]}}
            self.deployable = "web" if self.chance("deployable asked", 0.7) else None
        if self.chance("critical", 0.1):
            policy["risk"] = {"critical": [self.pick("critical paths", ["infra/**", "src/a.txt", "docs/**"])]}
        log = {}
        if self.chance("pins required", 0.02):
            log["pins"] = "required"
        if self.chance("checkpoint asked", 0.03):
            log["checkpoint_max_age"] = self.pick("checkpoint age", ["7d", "2d"])
        if log:
            policy["log"] = log

    def defaults(self):
        """The keys of [defaults]."""
        found = {"approvals": self.pick("approvals", [1, 1, 2, 3]), "from": ["senior"],
                 "coverage": self.pick("coverage", ["merge", "merge", "merge", "merge", "content", "tree", "exact"])}
        self.oddities(found, 0.12)
        return found

    def oddities(self, found, share):
        """Rarer keys of a rule."""
        for key, values in {"max_age": ["2d", "7d"], "min_viewed": [50, 100], "checklist": [["security"]],
                            "reject": ["revision"], "unsigned_proposal": ["second"], "unknown_author": ["second"],
                            "require_up_to_date": [True], "acknowledge": [True], "unreviewable": ["deny"]}.items():
            if self.chance(key, share / 2 if "_" in key else share):
                found[key] = self.pick(key + " value", values)
        if found.get("approvals", 1) > 2 and {"unsigned_proposal", "unknown_author"} & set(found):
            found["approvals"] = 1

    def rule(self, n):
        """One more rule for some paths."""
        rule = {"name": f"rule {n}", "paths": [self.pick("rule paths", ["infra/**", "**/*.txt", "docs/*", "src/?.txt"])],
                "approvals": self.pick("rule approvals", [1, 2]),
                "from": self.pick("rule from", [["senior"], ["lead", "senior"], ["policy-owner"], ["lead"]])}
        if rule["from"] == ["lead"]:
            rule["approvals"] = 1
        self.oddities(rule, 0.15)
        if self.chance("rule risk", 0.2):
            rule["risk"] = self.pick("rule risk value", ["low", "high", "critical", "medium"])
        if self.chance("teams", 0.2):
            rule["teams"] = [self.pick("team", ["net", "sec"])]
        if self.chance("rule coverage", 0.3):
            rule["coverage"] = self.pick("rule coverage value", ["content", "exact", "merge"])
        if self.chance("rule agents", 0.1):
            rule["agents"] = ["coder"]
        if self.chance("rule targets", 0.1):
            rule["targets"] = [self.pick("rule target", ["refs/heads/main", "refs/heads/release/*"])]
        return rule

    def first_keys(self):
        """The lines of allowed_signers: {key name: (principal, options)}."""
        both = f'namespaces="git,{lines.NAMESPACE}"'
        keys = {name: (address(name), both) for name in PEOPLE + ["alice2", "dave-sk", "coder"]}
        keys["alice2"], keys["dave-sk"] = (address("alice"), both), (address("dave"), both)
        if self.chance("key without limits", 0.3):
            keys["bob"] = (address("bob"), "")
        if self.chance("key expired", 0.12):
            keys["carol"] = (address("carol"), both + f',valid-before="{self.day(-12 * HOUR)}"')
        if self.chance("key not yet", 0.08):
            keys["dave"] = (address("dave"), both + f',valid-after="{self.day(-2 * DAY)}"')
        if self.chance("key for git only", 0.05):
            keys["bob"] = (address("bob"), 'namespaces="git"')
        return keys

    def day(self, offset):
        """A time near now, as allowed_signers writes it."""
        return build.stamp(self.now + offset).replace("-", "").replace(":", "").replace("T", "")

    def policy_files(self):
        """The three files of the policy as it stands now."""
        signers = "".join(
            f"{who} {options + ' ' if options else ''}{'sk-ssh-ed25519@openssh.com' if key.endswith('-sk') else 'ssh-ed25519'}"
            f" {base64.b64encode(build.blob(key)).decode()}\n" for key, (who, options) in self.keys.items())
        revoked = "# countersign-revoked-v1\n" + "".join(build.keyid(key) + " 2026-01-01 lost\n" for key in self.revoked)
        return dict(zip(build.POLICY_FILES, [("100644", build.toml(self.policy)), ("100644", signers.encode()),
                                             ("100644", revoked.encode())]))

    # History.

    def tick(self):
        """The time of the next commit."""
        self.clock += HOUR
        return self.clock

    def start(self):
        """The root: some files and the first policy."""
        if self.chance("revoked at the root", 0.05):
            self.revoked.append(self.pick("revoked", ["bob", "carol", "alice"]))
        files = {path: ("100644", "".join(f"{n}: words of {path}\n" for n in range(30)).encode()) for path in PATHS}
        files["tool"] = ("100755", b"#!/bin/sh\necho tool\n")
        before = self.git.commit(files, [], address("alice"), address("alice"), "Files\n", self.tick())
        return self.git.commit({**files, **self.policy_files()}, [before], address("alice"), address("alice"),
                               "Policy\n", self.tick())

    def event(self):
        """Something lands on the target."""
        kind = self.pick("event", ["change"] * 12 + ["direct", "revert", "policy", "again", "direct"])
        if kind in ("revert", "again") and not self.landed:
            kind = "change"
        getattr(self, "land_" + kind)()

    def edits(self):
        """The edits of one commit: functions of files, as (kind, path, line, text)."""
        self.number += 1
        path = self.pick("path", PATHS + ["src/a.txt"])
        kind = self.pick("edit", ["set"] * 8 + ["insert", "new", "delete", "mode", "link", "set"])
        found = [(kind, path, self.pick("line", list(range(30))), f"edit {self.number}")]
        if self.chance("odd content", 0.05):
            found.append((self.pick("odd kind", ["binary", "binary", "submodule", "lfs", "hazard"]), self.pick(
                "hazard", ["sub/.GIT/hook", "docs/X.md", "docs/aux.txt", "SRC/z.txt", "docs/a\tb"]), 0, f"edit {self.number}"))
        if self.chance("second file", 0.3):
            found.append(("set", self.pick("path", PATHS), self.pick("line", list(range(30))), f"edit {self.number}b"))
        return found

    def author(self):
        """Who writes a commit: (author, message)."""
        who = self.pick("author", [AGENT] * 5 + [CLAUDE, address("bob"), address("dave"), "stranger@else.example",
                                                 address("alice").upper()])
        message = "Change\n\nMore words.\n"
        if self.chance("co-author", 0.12):
            other = self.pick("co-author who", [address("alice"), address("carol"), CLAUDE, address("dave").upper()])
            message += f"\nCo-authored-by: Some One <{other}>\n"
        return who, message

    def branch(self, base, edits):
        """A branch of one commit for each list of edits, in somebody's name."""
        head, made = base, []
        for one in edits:
            who, message = self.author()
            signer = who.split("@")[0].lower() if who.split("@")[0].lower() in PEOPLE and self.chance("signed", 0.6) else None
            head = self.git.commit(apply(self.git.files[head], one), [head], who, who, message, self.tick(), signer)
            made.append((head, who, message))
        return head, made

    def land_direct(self, path=None):
        """A commit on the target that nobody proposed, perhaps signed by a person."""
        who = self.pick("direct author", ["alice", "erin", "frank", "bob"])
        signer = self.pick("direct signer", [who, who, None, "alice2", "mallory"])
        message = "Direct\n" + ("\nCo-Authored-By: Claude <noreply@anthropic.com>\n" if self.chance("marker", 0.2) else "")
        before = self.main
        edits = [("set", path, self.pick("line", list(range(30))), f"direct {self.number}")] if path else self.edits()
        self.main = self.git.commit(apply(self.git.files[before], edits), [before], address(who), address(who),
                                    message, self.tick(), signer)
        if self.chance("direct approved", 0.85):
            self.verdicts(before, self.main, "direct", 1)
        self.landed.append((before, self.main, []))

    def land_change(self):
        """A change is proposed, judged and lands in one of the usual ways."""
        name, base = f"change-{len(self.landed)}", self.main
        edits = [self.edits() for _ in range(self.pick("commits", [1, 1, 2, 3]))]
        head, made = self.branch(base, edits)
        if self.chance("two revisions", 0.2):
            self.first_revision(name, base, edits)
            revision = 2
        else:
            revision = 1
        if self.chance("queue ref", 0.6):
            self.propose(name, revision, head)
        if self.chance("target moves", 0.45):
            self.land_direct(edits[0][0][1] if self.chance("same file", 0.6) else None)
        if self.main != base and self.chance("target merged in", 0.25):
            files, base = self.git.files[self.main], self.main
            for one in edits:
                files = apply(files, one)
            who, message = self.author()
            head = self.git.commit(files, [head, self.main], who, who, message, self.tick())
            made.append((head, who, message))
        late = self.chance("verdicts later", 0.15)
        if not late:
            self.verdicts(base, head, name, revision)
        before = self.main
        self.land(base, head, made, edits)
        if late:
            self.verdicts(base, head, name, revision)
        if self.chance("landed approved", 0.12):
            self.verdicts(before, self.main, name + "-landed", 1)
        self.landed.append((before, self.main, edits))

    def propose(self, name, revision, head):
        """A queue ref: a commit, or a tag with a cover letter that claims things and may be signed."""
        if self.chance("cover letter", 0.5):
            letter = f"Title\n\nTarget: {self.target}\n"
            if self.chance("operator claimed", 0.2):
                letter += f"Operator: {self.pick('operator claimed who', [address('carol'), address('bob')])}\n"
            if self.chance("agent claimed", 0.2):
                letter += "Agent: coder\n"
            signer = self.pick("letter signer", [None, "erin", "coder", "frank", "mallory"])
            head = self.git.tag(f"countersign/{name}/{revision}", head, letter, self.tick(), signer)
        self.git.ref(f"refs/countersign/queue/{name}/{revision}", head)

    def first_revision(self, name, base, edits):
        """An earlier revision of a change, perhaps rejected; the later one may stand on it."""
        changed = edits[:1] if self.chance("revision grows", 0.3) else [self.edits()]
        head, _ = self.branch(base, changed)
        self.verdicts(base, head, name, 1)

    def land(self, base, head, made, edits):
        """One of the ways in which a branch reaches the target."""
        way = self.pick("way", ["merge", "squash", "rebase", "ff", "merge", "partial"])
        who = self.pick("integrator", ["bob", "frank", "carol", "alice"])
        extra = [self.edits()] if self.chance("evil", 0.08) else []
        if way == "ff" and self.main == base and not extra:
            self.main = head
        elif way in ("rebase", "partial"):
            picked = list(zip(edits + extra, made + made[-1:] * len(extra)))
            for one, (_, author, message) in picked[1:] if way == "partial" and len(picked) > 1 else picked:
                self.main = self.git.commit(apply(self.git.files[self.main], one), [self.main], author, address(who),
                                            message, self.tick())
        else:
            files = self.git.files[self.main]
            for one in edits + extra:
                files = apply(files, one)
            parents = [self.main] if way == "squash" else [self.main, head]
            if way == "merge" and self.chance("octopus", 0.04):
                parents.append(self.branch(base, [self.edits()])[0])
            author = made[0][1] if way == "squash" and self.chance("squash keeps author", 0.7) else address(who)
            self.main = self.git.commit(files, parents, author, address(who), made[0][2], self.tick())

    def land_revert(self):
        """The newest landing is undone."""
        before, after, _ = self.landed[-1]
        if self.git.files[after] != self.git.files[self.main]:
            return self.land_change()
        old = {**self.git.files[before], **{p: self.git.files[self.main][p] for p in build.POLICY_FILES}}
        parent, who = self.main, self.pick("reverter", [AGENT, address("frank")])
        self.main = self.git.commit(old, [parent], who, who, "Revert\n", self.tick())
        if self.chance("revert approved", 0.7):
            self.verdicts(parent, self.main, f"revert-{len(self.said)}", 1)
        self.landed.append((parent, self.main, []))
        return None

    def land_again(self):
        """What landed and may have been undone lands again, with or without a new approval."""
        before, after, edits = self.landed[0]
        files = self.git.files[self.main]
        for path in self.git.files[before].keys() | self.git.files[after].keys():
            new = self.git.files[after].get(path)
            if new != self.git.files[before].get(path) and path not in build.POLICY_FILES:
                files = {**files, path: new} if new else {p: e for p, e in files.items() if p != path}
        parent = self.main
        self.main = self.git.commit(files, [parent], AGENT, AGENT, "Again\n", self.tick())
        if self.chance("again approved", 0.4):
            self.verdicts(parent, self.main, f"again-{len(self.said)}", 1)
        self.landed.append((parent, self.main, edits))

    def land_policy(self):
        """The policy changes: who, what and how many, or into no policy at all."""
        old = copy.deepcopy((self.policy, self.keys, self.revoked))
        kind = self.pick("policy change", ["revoke", "approvals", "role", "rule", "rollback", "mistake", "mode", "add key", "ignore"])
        self.policy["version"] += 0 if kind == "rollback" else 1
        if kind == "revoke":
            self.revoked.append(self.pick("revoked", ["bob", "carol", "dave"]))
        elif kind == "approvals":
            self.policy["defaults"]["approvals"] = self.pick("new approvals", [1, 2])
        elif kind == "role":
            self.policy["people"]["erin"]["roles"] = self.pick("new role", [["senior"], ["lead"]])
        elif kind == "rule":
            self.policy["rule"].append(self.rule(len(self.policy["rule"])))
        elif kind == "mode":
            self.policy["scope"]["mode"] = self.pick("new mode", ["all", "flagged", "unless-human-signed"])
        elif kind == "ignore" and self.said:
            self.policy.setdefault("log", {})["ignore"] = [self.pick("ignored", self.said)[0]]
        elif kind == "add key":
            self.keys["bob2"] = (address("bob"), "")
        files = {**self.git.files[self.main], **self.policy_files()}
        if kind == "mistake":
            mode, text = files[build.POLICY_FILES[0]]
            files[build.POLICY_FILES[0]] = mode, text + self.pick("mistake", [b"[scop]\n", b"[log]\nignored = []\n"])
        before, who = self.main, self.pick("policy author", [address("erin"), AGENT, address("bob")])
        self.main = self.git.commit(files, [before], who, who, "Policy\n", self.tick())
        if self.chance("policy approved", 0.8):
            now, (self.policy, self.keys, self.revoked) = (self.policy, self.keys, self.revoked), old
            self.verdicts(before, self.main, f"policy-{len(self.said)}", 1, old[0]["policy_change"]["approvals"])
            self.policy, self.keys, self.revoked = now
        self.landed.append((before, self.main, []))

    # Verdicts.

    def verdicts(self, base, head, name, revision, asked=None):
        """What people say of a revision."""
        rules = [self.policy["defaults"], *self.policy["rule"]]
        seconds = any(r.get(k) == "second" for r in rules for k in ("unsigned_proposal", "unknown_author"))
        asked = asked or max(r.get("approvals", 1) for r in rules) + 2 * seconds
        self.aim = self.pick("aim", self.aims)
        count = self.pick("how many", [6, 6, 6, 6, asked + 1, asked, max(asked - 1, 0)])
        for who in self.sample("who", PEOPLE, count):
            key = self.pick("key of", [who, who, who, {"alice": "alice2", "dave": "dave-sk"}.get(who, who)])
            self.say("approve", key, base, head, name, revision)
        if self.chance("rejection", 0.12):
            self.rejection(base, head, name, revision)
        if self.chance("comment", 0.08):
            self.say("comment", self.pick("commenter", PEOPLE), base, head, name, revision)
        if self.chance("taken back", 0.06) and self.said:
            digest, key, *where = self.said[-1]
            self.say("withdraw", key, *where, supersedes=[digest])
            if self.chance("said again", 0.5):
                self.say("approve", key, *where, supersedes=[self.said[-1][0]])
        if self.chance("chain", 0.06) and self.said:
            old = self.pick("chained", self.said)
            key = old[1] if self.chance("own chain", 0.8) else self.pick("chain key", PEOPLE)
            self.say(self.pick("chain verdict", ["approve", "withdraw", "reject", "comment"]), key, *old[2:],
                     supersedes=[old[0]])
        if self.chance("checkpoint", 0.06) and self.tip:
            self.checkpoint()
        if self.chance("stranger", 0.06):
            self.say("approve", self.pick("stranger who", ["mallory", "coder"]), base, head, name, revision)

    def rejection(self, base, head, name, revision):
        """Somebody objects, and perhaps thinks again."""
        who = self.pick("rejecter", PEOPLE)
        digest = self.say("reject", who, base, head, name, revision)
        after = self.pick("after the rejection", ["stands", "withdrawn", "approved", "later", "other", "unnamed", "stands"])
        if "override" in self.policy and self.chance("overridden", 0.7):
            for key in self.sample("lifting", PEOPLE, self.pick("how many lift", [1, 2, 2, 3])):
                self.other("override", key, head, lifts=[digest], target=self.target)
        other = {"alice": "alice2", "dave": "dave-sk"}.get(who, who)
        if after == "withdrawn":
            self.say("withdraw", other, base, head, name, revision, supersedes=[digest])
        elif after == "approved":
            self.say("approve", other, base, head, name, revision, supersedes=[digest])
        elif after == "unnamed":
            self.say("approve", who, base, head, name, revision)
        elif after == "other":
            self.say("withdraw", self.pick("meddler", PEOPLE), base, head, name, revision, supersedes=[digest])
        elif after == "later":
            self.say("approve", who, base, head, name, revision + 1, supersedes=[digest])

    def say(self, verdict, key, base, head, name, revision, supersedes=()):
        """One verdict: made, perhaps spoilt, signed and put into the notes; gives its digest."""
        said = self.statement(verdict, key, base, head, name, revision, supersedes)
        fault = self.pick("fault", FAULTS) if self.chance("any fault", 0.06) else None
        if fault:
            self.hit.add("fault " + fault)
        line, digest = self.signed(said, key, fault)
        place = self.root if self.chance("misplaced", 0.04) else head
        self.note(place, line)
        self.said.append((digest, key, base, head, name, revision))
        if (not fault or fault in HARMLESS) and key in self.keys and key not in self.revoked:
            self.texts.append((digest, said))
        return digest

    def other(self, kind, key, subject, age=HOUR, **fields):
        """A statement that is no verdict, perhaps spoilt."""
        who = self.keys.get(key, (address(key), ""))[0]
        said = {"repository": {"id": UUID, "policyRoot": self.root}, "reviewer": {"principal": who, "key": build.keyid(key)},
                "issuedAt": build.stamp(self.now - age), **fields}
        if kind in ("override", "break-glass"):
            said["reason"] = "Must be"
        value = {"_type": "https://in-toto.io/Statement/v1", "predicateType": f"https://countersign.dev/{kind}/v1",
                 "predicate": said, "subject": [{"name": kind, "digest": {"gitCommit": subject}}]}
        fault = self.pick("other fault", OTHER_FAULTS) if self.chance("any other fault", 0.1) else None
        line, _ = self.signed(value, key, fault)
        self.note(subject, line)

    def checkpoint(self):
        """Somebody signs what the notes hold."""
        texts = [text for path, (mode, text) in self.notes.items() if mode in ("100644", "100755")
                 and re.fullmatch("[0-9a-f]{40}", path.replace("/", ""))]
        found = {(s.digest, s.key) for text in texts for s in map(lines.read, lines.split(text)) if s}
        count = len(found) + self.pick("miscount", [0] * 8 + [1])
        self.other("checkpoint", self.pick("checkpoint by", PEOPLE), self.tip, self.pick("checkpoint age", [HOUR, HOUR, 4 * DAY]),
                   notesCommit=self.tip, statements=count, expiresAt=build.stamp(self.now + self.pick("checkpoint end", [DAY, DAY, -60])))

    def exceptions(self):
        """People break the glass for a commit of the target."""
        if "break_glass" not in self.policy or not self.chance("glass broken", 0.6):
            return
        chain = [self.candidate]
        while self.git.parents[chain[-1]][0] != self.root and len(chain) < 4 and chain[-1] != self.root:
            chain.append(self.git.parents[chain[-1]][0])
        if chain[-1] == self.root:
            return
        commit = self.pick("glass commit", [chain[0], chain[0], *chain])
        if len(self.git.parents[commit]) > 1 and self.chance("glass on the branch", 0.5):
            commit = self.git.parents[commit][1]
        age = self.pick("glass age", [HOUR // 2, HOUR // 2, HOUR // 2, 3 * HOUR, 5 * DAY, DAY])
        for key in self.sample("glass by", PEOPLE[:4], self.pick("how many break", [2, 2, 3, 1])):
            target = self.pick("glass target", [self.target] * 9 + ["refs/heads/release/9"])
            self.other("break-glass", key, commit, age, target=target, commit=commit,
                       validUntil=build.stamp(self.now - age + self.pick("glass until", [2 * HOUR, 4 * HOUR, 90 * 60])))

    def statement(self, verdict, key, base, head, name, revision, supersedes):
        """The payload of a verdict, as a client would write it."""
        digest, files = self.git.content(base, head)
        who = self.keys.get(key, (address(key), ""))[0]
        plain = sum(len(self.git.parents[oid]) < 2 for oid in self.git.between(base, head))
        issued = self.now - self.pick("age", [HOUR, 20 * HOUR] * 5 + [3 * DAY, 10 * DAY, 40 * DAY])
        log = {} if self.tip is None else {"head": self.tip}
        seen = sorted({d for d, text in self.texts if text["subject"][0]["digest"]["gitCommit"] == head
                       or text["predicate"]["content"]["sha256"] == digest})
        if seen:
            log["seen"] = seen
        said = {
            "verdict": verdict, "repository": {"id": UUID, "policyRoot": self.root},
            "change": {"id": name, "revision": revision}, "target": self.aim,
            "base": {"gitCommit": base, "gitTree": self.git.trees[base]},
            "head": {"gitCommit": head, "gitTree": self.git.trees[head]}, "commitCount": plain,
            "content": {"algorithm": "change-content-v1", "sha256": digest, "files": files},
            "reviewer": {"principal": who, "key": build.keyid(key)}, "issuedAt": build.stamp(issued),
            "policy": {"version": self.policy["version"], "sha256": self.git.policy_digest(base), "gitCommit": base},
            "log": log, "tool": {"name": "countersign", "version": "0.1.0"}}
        if supersedes:
            said["supersedes"] = sorted(supersedes)
        if verdict == "approve":
            hunks = self.pick("hunks seen", [4, 4, 4, 4, 4, 2, 0])
            item = self.pick("checklist answer", ["pass"] * 6 + ["na"])
            said["viewed"] = {"filesViewed": files, "filesTotal": files, "hunksViewed": hunks, "hunksTotal": 4,
                              "seconds": 30, "hidden": 0}
            odd = sorted({content.finding(path.encode(), link) for path, link in self.git.unreadable(base, head)})
            if odd and self.chance("answered", 0.8):
                said["viewed"]["acknowledged"] = [{"id": one, "text": "Seen"} for one in odd]
            said["checklist"] = {"correctness": "pass", "security": item, "performance": "na"}
            level = self.pick("stated", ["medium", "high", "critical"]) if self.chance("stated level", 0.1) else "low"
            said["risk"] = {"level": level, "likelihood": 30, "impact": 0, "findings": 0, "sha256": "0" * 64}
        else:
            said["summary"] = "Words"
        return {"_type": "https://in-toto.io/Statement/v1", "predicateType": lines.VERDICT, "predicate": said,
                "subject": [{"name": f"{name}@{revision}", "digest": {"gitCommit": head}}]}

    def signed(self, value, key, fault):
        """The line of a payload, spoilt in one way, and the digest of what is in it."""
        if fault in CONTENT_FAULTS:
            CONTENT_FAULTS[fault](self, value)
        payload = lines.canonical(value)
        if fault == "payload with a space":
            payload = payload.replace(b":", b": ", 1)
        elif fault == "payload out of order":
            payload = json.dumps(value, separators=(",", ":")).encode()
        elif fault == "escaped text":
            payload = payload.replace(b"Words", b"W\\u006frds").replace(b'"correctness"', b'"\\u0063orrectness"')
        elif fault == "payload with a key twice":
            payload = payload.replace(b'{"_type"', b'{"_type":"x","_type"', 1)
        elif fault == "another key":
            key = self.pick("other key", ["mallory", "frank", "coder"])
        namespace = "git" if fault == "namespace" else lines.NAMESPACE
        blob = build.sshsig(key, lines.pae(payload), namespace, self.pick("flags", [1, 5, 0]),
                            "sha256" if fault == "sha256" else "sha512")
        line = lines.envelope_of(payload, build.keyid(key), spoil(blob, fault))
        if fault == "byte":
            at = self.source("byte").randrange(len(line))
            line = line[:at] + bytes([line[at] ^ 1]) + line[at + 1:]
        elif fault == "space in the envelope":
            line = line.replace(b'":', b'": ', 1)
        return line + (b"" if fault == "no line feed" else b"\n"), lines.hashlib.sha256(payload).hexdigest()

    def note(self, oid, line):
        """One more notes commit; now and then it is a merge, or forgets a note."""
        parents, files = [self.tip] if self.tip else [], dict(self.notes)
        if self.chance("note removed", 0.04) and files:
            del files[self.pick("note gone", sorted(files))]
        if self.chance("notes from two clones", 0.06) and self.tip and self.git.parents[self.tip]:
            parents = [self.git.parents[self.tip][0]]
            files = {path: entry for path, entry in self.git.files[parents[0]].items()}
        name = oid if self.chance("flat note", 0.3) else f"{oid[:2]}/{oid[2:]}"
        if self.chance("odd place", 0.04):
            name = self.pick("which odd place", [f"{oid[:2]}/{oid[2:4]}/{oid[4:]}", oid.upper(), oid + "0", "x/" + oid[:38], oid[:39] + "/" + oid[39:]])
        mode, text = files.get(name, ("100644", b""))
        if self.chance("odd entry", 0.02):
            mode = self.pick("entry mode", ["100755", "120000"])
        if self.chance("odd line", 0.06):
            text += self.pick("which odd line", [b"\0\0\n", b"Words\n", b"\n", b"{}\n", b"[" * 300 + b"\n", b'{"payload":"\xff"}\n', line[:-9] + b"\n",
                                                 line[:-1] + b"\r\n", b"\xef\xbb\xbf" + line, b'{"payload":"x', line[:-1] + b" \n", b"x" * 300000 + b"\n"])
        if self.chance("line twice", 0.05):
            line += line
        files[name] = (mode, text + line)
        made = self.git.commit(files, parents, "n@corp.example", "n@corp.example", "Notes\n", self.tick())
        if parents and parents != [self.tip]:
            both = {**self.notes, **files}
            made = self.git.commit(both, [self.tip, made], "n@corp.example", "n@corp.example", "Notes\n", self.tick())
            files = both
        self.tip, self.notes = made, files
        self.tips.append(made)

    def finish(self):
        """The refs, and a question that may be wrong in itself."""
        if self.chance("revoked later", 0.05):
            self.revoked.append(self.pick("revoked", ["bob", "carol", "dave"]))
            self.policy["version"] += 1
            files = {**self.git.files[self.main], **self.policy_files()}
            self.main = self.git.commit(files, [self.main], address("erin"), address("erin"), "Later\n", self.tick())
        self.git.ref(self.target, self.main)
        if self.tip and self.chance("notes rewritten", 0.015):
            self.tip = self.git.commit(self.notes, [], "n@corp.example", "n@corp.example", "Notes\n", self.tick())
        if self.chance("pinned", 0.04):
            self.pin = self.pick("pin", [*(self.tips[-1:] or [self.root]), *self.tips, self.root, "1" * 40])
        if self.tip and not self.chance("notes lost", 0.02):
            lost = self.chance("notes rewound", 0.04) and self.git.parents[self.tip]
            self.git.ref("refs/notes/countersign", self.git.parents[self.tip][0] if lost else self.tip)
        if self.chance("notes are no commit", 0.01):
            self.git.ref("refs/notes/countersign", self.git.trees[self.root])
        if self.chance("wrong root", 0.01):
            self.root = self.git.commit({}, [], AGENT, AGENT, "Elsewhere\n", self.tick())
        if self.chance("base elsewhere", 0.01) and self.landed:
            self.base = self.git.commit(self.git.files[self.base], [self.base], AGENT, AGENT, "Aside\n", self.tick())
        if self.chance("empty range", 0.01):
            self.base = self.candidate
        if self.chance("object lost", 0.03):
            self.lose()

    def lose(self):
        """An object is gone from the store."""
        here, before = self.git.files[self.candidate], self.git.files[self.base]
        changed = [here[path] for path in here if here[path] != before.get(path) and here[path][0] != "160000"]
        kept = [here[path] for path in here if here[path] == before.get(path) and not path.startswith(".countersign/")]
        kind = self.pick("which object", ["changed", "kept", "notes", "policy"])
        notes = [entry for path, entry in self.notes.items() if re.fullmatch("[0-9a-f]{40}", path.replace("/", ""))
                 and entry[0] in ("100644", "100755")]
        entries = {"changed": changed, "kept": kept[:1], "notes": notes, "policy": [before.get(build.POLICY_FILES[1])]}[kind]
        if entries and entries[0]:
            self.lost = kind, self.pick("lost", entries)[1]
            self.git.lose(self.lost[1])


def apply(files, edits):
    """The files after some edits; lines are found by their number's label, as a merge would."""
    files = dict(files)
    for kind, path, number, text in edits:
        mode, data = files.get(path, ("100644", b""))
        rows = data.decode().splitlines(True)
        at = next((i for i, row in enumerate(rows) if row.startswith(f"{number}:")), None)
        if kind in ("binary", "lfs"):
            files[f"data/{text.replace(' ', '-')}"] = ("100644", b"\0\1" + text.encode() if kind == "binary" else
                                                       b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n")
        elif kind == "submodule":
            files["vendor/lib"] = ("160000", build.hashlib.sha1(text.encode()).hexdigest())
        elif kind == "hazard":
            files[path] = ("100644", text.encode())
        elif kind == "new":
            files[f"new/{text.replace(' ', '-')}.txt"] = ("100644", f"{text}\n".encode())
        elif kind == "delete":
            files.pop(path, None)
        elif kind == "mode" and path in files and mode != "120000":
            files[path] = ("100755" if mode == "100644" else "100644", data)
        elif kind == "link":
            files[path] = ("120000", text.encode())
        elif at is not None:
            rows[at:at + (kind == "set")] = [f"{number}: {text}\n"] if kind == "set" else [f"{text}\n"]
            files[path] = (mode, "".join(rows).encode())
        elif mode != "120000":
            files[path] = (mode, data + f"{number}: {text}\n".encode())
    return files


def spoil(blob, fault):
    """A signature that other verifiers let through and ours must not, or that none does."""
    if fault == "s plus order":
        s = int.from_bytes(blob[-32:], "little") + build.curve.ORDER
        return blob[:-32] + s.to_bytes(32, "little")
    if fault == "version 0":
        return blob[:9] + b"\0" + blob[10:]
    if fault == "junk":
        return blob + b"x"
    return blob[:-1] + bytes([blob[-1] ^ 1]) if fault == "signature" else blob


def put(*path):
    """A fault that sets one field; the last word is the value, or a function of the scenario."""
    *keys, last, value = path

    def change(scenario, statement):
        place = statement["predicate"]
        for key in keys:
            place = place.setdefault(key, {})
        place[last] = value(scenario) if callable(value) else value
    return change


def borrow(scenario, statement):
    """The approval names another change's commits for this content: whoever made this one is hidden."""
    other = [said for _, said in scenario.texts if said["predicate"]["head"] != statement["predicate"]["head"]]
    if other:
        place = statement["predicate"]
        trees = {name: dict(place[name], gitCommit=other[-1]["predicate"][name]["gitCommit"]) for name in ("base", "head")}
        place.update(trees)
        statement["subject"][0]["digest"]["gitCommit"] = place["head"]["gitCommit"]


CONTENT_FAULTS = {
    "target": put("target", "refs/heads/release/1"),
    "repository": put("repository", "id", "urn:uuid:00000000-3c7a-4f0e-9a55-0d8f6f0b1c11"),
    "policy root": put("repository", "policyRoot", "1" * 40),
    "base": put("base", "gitCommit", lambda s: s.git.parents[s.root][0]),
    "base tree": put("base", "gitTree", "2" * 40),
    "content": put("content", "sha256", "3" * 64),
    "borrowed head": lambda s, value: borrow(s, value),
    "count": put("commitCount", 4),
    "principal": put("reviewer", "principal", "alice@corp.example"),
    "future": put("issuedAt", lambda s: build.stamp(s.now + 2 * HOUR)),
    "unknown field": put("extra", "1"),
    "unknown field inside": put("tool", "extra", 1),
    "log head": put("log", "head", "4" * 40),
    "log seen": put("log", "seen", ["5" * 64]),
    "null": put("summary", None),
    "verdict": put("verdict", "applaud"),
    "type": lambda s, value: value.update(predicateType="https://countersign.dev/verdict/v9"),
    "must": put("comments", [{"severity": "must", "body": "Stop"}]),
    "failed item": put("checklist", "correctness", "fail"),
    "control": put("summary", "a\u0007b"),
    "count as text": put("commitCount", "1"),
    "negative": put("commitCount", -1),
    "fraction": put("commitCount", 1.5),
    "too large": put("commitCount", 2**53),
    "viewed as list": put("viewed", ["x"]),
    "issued": put("issuedAt", "2026-01-01T00:00:00+00:00"),
    "subject": lambda s, value: value["subject"][0]["digest"].update(gitCommit="6" * 40),
    "two subjects": lambda s, value: value["subject"].append(dict(value["subject"][0])),
    "subject name": lambda s, value: value["subject"][0].update(name="other@1"),
    "empty list": put("comments", []),
    "empty text": put("summary", ""),
    "no target": lambda s, value: value["predicate"].pop("target", None),
    "no head": lambda s, value: value["predicate"].pop("head", None),
    "upper case": lambda s, value: value["predicate"]["content"].update(sha256="A" * 64),
    "revision 0": put("change", "revision", 0),
    "statement type": lambda s, value: value.update(_type="https://in-toto.io/Statement/v0.1"),
}
OTHER_FAULTS = ["repository", "policy root", "principal", "future", "unknown field", "target", "signature", "namespace",
                "another key", "payload with a space", "type", "issued"]
HARMLESS = {"sha256", "target", "base", "count", "log head", "log seen"}
FAULTS = list(CONTENT_FAULTS) + [
    "payload with a space", "payload out of order", "payload with a key twice", "another key", "namespace", "sha256",
    "byte", "space in the envelope", "escaped text", "no line feed", "s plus order", "version 0", "junk", "signature"]
