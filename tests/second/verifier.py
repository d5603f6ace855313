"""A second gate, written from the format pages alone: may these commits go? (formats, §4, §5 and §7)

It shares no line with the program and takes other ways where it can: a table of all runs instead of
a search, plain git for the objects and the file merge, its own signature check. `verify` decides.
"""
import collections
import fnmatch
import functools
import hashlib
import re

import lines
import policy as policies
from git import Missing

MARKERS = ["noreply@anthropic.com", "198982749+copilot@users.noreply.github.com", "cursoragent@cursor.com"]
RANK = {"comment": 0, "approve": 1, "withdraw": 2, "reject": 3}
Step = collections.namedtuple("Step", "oid parent commits policy touches valid")
Judged = collections.namedtuple("Judged", "ok possible counted errors rules")


class NoAnswer(Exception):
    """Something that is needed is missing or cannot be trusted: 3."""


def f(data):
    """Length and bytes, as digests are made of."""
    return len(data).to_bytes(8, "big") + data


class Evidence:
    """What the notes say under one policy: who said what, and what of it stands."""

    def __init__(self, statements, policy, revoked, now):
        self.policy, self.revoked, self.now = policy, revoked, now  # `now` is None in the past
        self.said = [s for s in statements if s.digest not in policy.ignored and policy.who(s.key)]
        self.valid = [s for s in self.said if s.said and s.kind == lines.VERDICT and self._valid(s)]
        by_digest = {s.digest: s for s in self.valid}
        self.out = {digest for s in self.valid for digest in s.said.get("supersedes", [])
                    if digest in by_digest and self._replaces(s, by_digest[digest])}
        self.standing = [s for s in self.valid if s.digest not in self.out and s.said["verdict"] != "comment"]

    def who(self, statement):
        """The person who signed it."""
        return self.policy.who(statement.key)

    def _valid(self, s):
        return (self.policy.good(s.key, self.revoked, lines.seconds(s.said["issuedAt"]))
                and s.said["repository"]["id"] == self.policy.repository
                and (s.strict or s.said["verdict"] in ("reject", "withdraw")))

    def fresh(self, s):
        """Whether its key is good now as well, and it is not from the future."""
        issued = lines.seconds(s.said["issuedAt"])
        return self.now is None or (self.policy.good(s.key, self.revoked, issued, self.now)
                                    and issued <= self.now + 300)

    def _replaces(self, new, old):
        verdict, restricts = new.said["verdict"], old.said["verdict"] in ("reject", "withdraw")
        return (verdict != "comment" and self.who(new) == self.who(old)
                and (verdict == "withdraw" or same(new, old))
                and (not restricts or new.strict and self.fresh(new)))

    def approvals(self):
        """Approvals that nothing their own signer said takes back."""
        return [s for s in self.standing if s.said["verdict"] == "approve" and not any(
            RANK[o.said["verdict"]] > 1 and self.who(o) == self.who(s) and same(o, s) for o in self.standing)]

    def rejections(self):
        """Rejections that stand."""
        return [s for s in self.standing if s.said["verdict"] == "reject"]


def same(one, two):
    """Whether two verdicts are on the same head or content."""
    return (one.said["head"]["gitCommit"] == two.said["head"]["gitCommit"]
            or one.said["content"]["sha256"] == two.said["content"]["sha256"])


class Gate:
    """One question: the range base..candidate on a target, with the policy trusted from a root."""

    def __init__(self, store, target, base, candidate, root, now):
        self.store, self.target, self.now = store, target, now
        self.base, self.candidate, self.root = base, candidate, root
        self.refs = store.refs()
        self.main = list(store.chain(candidate))
        self.digests, self.loaded, self.evidences = {}, {}, {}
        self.changes = functools.lru_cache(maxsize=None)(self._changes)
        self.merges = functools.lru_cache(maxsize=None)(self._merges)
        self.part = functools.lru_cache(maxsize=None)(self._part)

    # What is in the repository.

    def tree(self, oid):
        """The tree of a commit."""
        return self.store.commit(oid).tree

    def _changes(self, old, new):
        """The paths that differ between two commits."""
        return self.store.changes(self.tree(old), self.tree(new))

    def digest(self, old, new):
        """change-content-v1 between two commits."""
        if (old, new) not in self.digests:
            total = hashlib.sha256(b"countersign.change-content.v1\0")
            for path, pair in sorted(self.changes(old, new).items()):
                record = f(path)
                for entry in pair:
                    mode, oid = entry or ("0", "0" * 64)
                    content = ("0" * 64 if entry is None else "gitlink:" + oid if mode == "160000"
                               else hashlib.sha256(self.store.blob(oid)).hexdigest())
                    record += f(mode.encode()) + f(content.encode())
                total.update(f(record))
            self.digests[old, new] = total.hexdigest()
        return self.digests[old, new]

    def statements(self, ref):
        """Every statement ever in the notes, and the commits that held them."""
        tip = self.refs.get(ref)
        if tip is None:
            return [], set()
        if self.store.read(tip)[0] != "commit":
            raise NoAnswer("E-LOG-TYPE")
        history, found, seen = self.store.ancestors([tip]), {}, set()
        for oid in history:
            for path, (mode, blob) in self.store.entries(self.tree(oid)).items():
                name = path.replace(b"/", b"")
                if mode not in ("100644", "100755") or not re.fullmatch(b"[0-9a-f]{40}", name) or blob in seen:
                    continue
                seen.add(blob)
                for line in self.store.blob(blob).split(b"\n")[:-1]:
                    statement = lines.read(line)
                    if statement:
                        found[statement.digest, statement.key] = statement
        return list(found.values()), history

    def policy(self, oid):
        """The policy at a commit, or None where it is invalid."""
        tree = self.tree(oid)
        if tree not in self.loaded:
            try:
                self.loaded[tree] = policies.load(self.store, tree)
            except policies.Invalid:
                self.loaded[tree] = None
        return self.loaded[tree]

    def steps(self, first, last):
        """The steps after one commit of the candidate's chain up to another, oldest first."""
        chain, found = self.main[self.main.index(last):self.main.index(first) + 1][::-1], []
        for parent, oid in zip(chain, chain[1:]):
            touches = any(p.startswith(policies.FOLDER) for p in self.changes(parent, oid))
            before, after = self.policy(parent), self.policy(oid)
            valid = not touches or (before and after and after.version > before.version)
            commits = frozenset(self.store.ancestors([oid], [parent]))
            found.append(Step(oid, parent, commits, before, touches, bool(valid)))
        return tuple(found)

    # What is asked of a run.

    def evidence(self, policy):
        """The evidence under a policy, with all that is revoked there, at the candidate and at the tip."""
        if id(policy) not in self.evidences:
            tips = [self.candidate, self.refs.get(self.target)]
            later = [self.policy(tip) for tip in tips if tip]
            revoked = policy.revoked.union(*(p.revoked for p in later if p))
            self.evidences[id(policy)] = Evidence(self.lines, policy, revoked, self.now)
        return self.evidences[id(policy)]

    def named(self, policy, oids, committers=True, mergers=True):
        """The people who made commits, by every address on them, with the operators of agents."""
        found = set()
        for oid in oids:
            commit = self.store.commit(oid)
            emails = set(re.findall(r"(?im)^\s*co-authored-by:[^\n]*<([^<>\n]*)>", commit.message))
            emails |= {commit.committer} if committers else set()
            emails |= {commit.author} if mergers or len(commit.parents) < 2 else set()
            for email in (e.lower() for e in emails):
                agent = policy.machine.get(email)
                found.add(policy.email.get(email) or agent and policy.agents[agent].get("operator"))
            found |= {policy.person.get(p) for p in re.findall(r"(?m)^Operator: *(\S+)", commit.message)}
        return found - {None}

    def agents(self, policy, oids):
        """The agents of the policy that are authors or committers."""
        commits = [self.store.commit(oid) for oid in oids]
        return {policy.machine.get(e) for c in commits for e in (c.author, c.committer)} - {None}

    def matching(self, run):
        """The rules that hold for a run."""
        policy, oids = run[0].policy, set().union(*(s.commits for s in run))
        rules = policy.match(self.target, self.changes(run[0].parent, run[-1].oid), self.agents(policy, oids))
        return rules + [policy.change] if run[0].touches else rules

    def marked(self, policy, oid):
        """Whether a commit carries an AI marker."""
        commit = self.store.commit(oid)
        emails = {commit.author, commit.committer}
        emails |= {e.lower() for e in re.findall(r"(?im)^co-authored-by:[^\n]*<([^<>\n]*)>", commit.message)}
        return bool(emails & set(MARKERS) or emails & set(policy.machine))

    def exempt(self, step):
        """Whether nobody has to approve a step."""
        policy = step.policy
        if step.touches or policy.scope.get("mode") == "all":
            return False
        if policy.scope.get("mode") == "flagged":
            known = {s.said["head"]["gitCommit"] for s in self.evidence(policy).said if s.said and s.strict}
            contents = {s.said["content"]["sha256"] for s in self.evidence(policy).said if s.said and s.strict}
            return not (any(self.marked(policy, oid) or oid in known for oid in step.commits)
                        or self.digest(step.parent, step.oid) in contents)
        return all(self.human(policy, oid) and not self.marked(policy, oid) for oid in step.commits)

    def human(self, policy, oid):
        """Whether an exempt person wrote and signed a commit, with a key that is good now."""
        commit, exempt = self.store.commit(oid), policy.scope.get("exempt_humans", [])
        if not commit.signature or policy.email.get(commit.author) not in exempt:
            return False
        found = lines.armoured(commit.signature, commit.signed)
        return (found is not None and found.namespace == "git" and policy.who(found.key) in exempt
                and policy.valid(found.key, self.evidence(policy).revoked, "git", self.now))

    # How an approval reaches a run.

    def carried(self, s, run):
        """The level at which an approval covers exactly this run, or None."""
        said, parent, last = s.said, run[0].parent, run[-1].oid
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        if len(run) > 1 and len(run) != said["commitCount"] and (base, head) != (parent, last):
            return None
        merged = self.store.commit(last).parents == [base, head] and self.tree(last) == said["head"]["gitTree"]
        if parent == base and (last == head or merged):
            return "exact"
        if (self.tree(parent), self.tree(last)) == (said["base"]["gitTree"], said["head"]["gitTree"]):
            return "tree"
        if self.digest(parent, last) == said["content"]["sha256"]:
            return "content"
        return "merge" if self.merges(base, head, parent, last) else None

    def _merges(self, base, head, parent, last):
        """Whether what landed is the approved change, merged file by file into a target that moved."""
        approved, landed = self.changes(base, head), self.changes(parent, last)
        before, after = self.store.entries(self.tree(parent)), self.store.entries(self.tree(last))
        return landed.keys() <= approved.keys() and all(
            self._merged(pair, before.get(path), after.get(path)) for path, pair in approved.items())

    def _merged(self, pair, here, result):
        old, new = pair
        if here in (old, new):
            return result == new
        entries = (old, new, here, result)
        if None in entries or len({mode for mode, _ in entries}) > 1 or old[0] not in ("100644", "100755"):
            return False
        contents = [self.store.blob(oid) for _, oid in (old, here, new)]
        return self.store.merge_file(*contents) == self.store.blob(result[1])

    def honest(self, s):
        """Whether the commits that an approval names are what it says of them."""
        said = s.said
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        between = self.store.ancestors([head], [base])
        plain = sum(len(self.store.commit(oid).parents) < 2 for oid in between)
        return (self.tree(base) == said["base"]["gitTree"] and self.tree(head) == said["head"]["gitTree"]
                and self.digest(base, head) == said["content"]["sha256"] and plain == said["commitCount"]
                and len(self.changes(base, head)) == said["content"]["files"])

    def relanded(self, s, run):
        """Whether the approved content landed once already between its base and this run."""
        base, before = s.said["base"]["gitCommit"], self.main[self.main.index(run[0].parent):]
        if base not in before:
            return False
        chain = before[:before.index(base) + 1]
        lengths = {1, s.said["commitCount"]}
        return any(self.digest(chain[i + k], chain[i]) == s.said["content"]["sha256"]
                   for k in lengths for i in range(len(chain) - k))

    def disqualified(self, s, run):
        """The people whose approval of this run would be their own work's."""
        policy, said = run[0].policy, s.said
        approved = self.store.ancestors([said["head"]["gitCommit"]], [said["base"]["gitCommit"]])
        landed = set().union(*(step.commits for step in run)) - approved
        return self.named(policy, approved) | self.named(policy, landed, committers=False, mergers=False)

    # The judgement of one run.

    def counts(self, s, rule, level, run):
        """Whether an approval that covers a run has what one rule asks."""
        said, policy = s.said, run[0].policy
        seen, total = (said["viewed"][k] for k in ("hunksViewed", "hunksTotal"))
        who = policy.who(s.key)
        return (policies.LEVELS.index(level) <= policies.LEVELS.index(rule["coverage"])
                and policy.present(who, rule["from"], s.flags)
                and self.now - lines.seconds(said["issuedAt"]) <= policies.age(rule["max_age"])
                and seen * 100 >= rule["min_viewed"] * total
                and all(said["checklist"][item] == "pass" for item in rule["checklist"])
                and (not rule["require_up_to_date"] or said["base"]["gitCommit"] == run[0].parent))

    def usable(self, s, run, evidence):
        """Whether an approval may count at all for a run that it covers."""
        said, policy = s.said, run[0].policy
        return (evidence.fresh(s) and said["target"] == self.target
                and said["repository"]["policyRoot"] in self.main
                and said["reviewer"] == {"principal": policy.keys[s.key].principal, "key": s.key}
                and self.honest(s) and evidence.who(s) not in self.disqualified(s, run)
                and not self.relanded(s, run))

    def denied(self, run, approvals, rules):
        """Whether a rejection stands against a run: its head, its content, or what covers it."""
        evidence = self.evidence(run[0].policy)
        commits = set().union(*(step.commits for step in run))
        for r in evidence.rejections():
            who = evidence.who(r)
            held = [rule for rule in rules if who in run[0].policy.holders(rule["from"])]
            change, head = r.said["change"], r.said["head"]["gitCommit"]
            lifted = any(evidence.who(s) == who and later(s.said["change"], change) for s in evidence.approvals())
            veto = not lifted and any(rule["reject"] == "veto" for rule in held)
            if held and (head == run[-1].oid or self.digest(run[0].parent, run[-1].oid) == r.said["content"]["sha256"]
                         or head in commits and not lifted
                         or veto and any(later(s.said["change"], change) for s in approvals)):
                return True
        return False

    def judge(self, run):
        """Whether a run is approved, whether it could be, and which approvals counted."""
        policy, rules = run[0].policy, self.matching(run)
        evidence = self.evidence(policy)
        covering = [(s, level) for s in evidence.approvals() for level in [self.carried(s, run)] if level]
        good = [(s, level) for s, level in covering if self.usable(s, run, evidence)]
        if not all(step.valid for step in run) or self.denied(run, [s for s, _ in covering], rules):
            return Judged(False, False, [], [], rules)
        oids = set().union(*(step.commits for step in run))
        blocked, ok, possible, counted = self.named(policy, oids), True, True, {}
        for rule in rules:
            fitting = [(s, level) for s, level in good if self.counts(s, rule, level, run)]
            have = {evidence.who(s) for s, _ in fitting}
            counted.update({s.digest: (s, level) for s, level in fitting})
            more = have | {p for p in policy.holders(rule["from"]) - blocked if self.able(policy, p, rule)}
            needed = rule["approvals"] + self.seconds(policy, rule, oids)
            ok = ok and len(have) >= needed and self.teams(policy, rule, have)
            possible = possible and len(more) >= needed and self.teams(policy, rule, more)
        return Judged(ok, possible, list(counted.values()), self.lost(counted), rules)

    def seconds(self, policy, rule, oids):
        """How many people more a rule asks because nobody vouches for who made the change."""
        known = policy.email.keys() | policy.machine.keys()
        unknown = any(self.store.commit(oid).author not in known for oid in oids)
        return (rule["unsigned_proposal"] == "second") + (rule["unknown_author"] == "second" and unknown)

    def teams(self, policy, rule, people):
        """Whether each team that a rule names has one of these people."""
        return all(any(team in policy.people[p].get("teams", []) for p in people) for team in rule["teams"])

    def able(self, policy, person, rule):
        """Whether a person has a key with which an approval today could count for a rule."""
        evidence = self.evidence(policy)
        return any(policy.who(key) == person and policy.good(key, evidence.revoked, self.now)
                   and policy.present(person, rule["from"], 5 if found.presence else 0)
                   for key, found in policy.keys.items())

    def lost(self, counted):
        """What counted approvals had seen and is not here."""
        digests = {s.digest for s in self.lines}
        return [s.digest for s, _ in counted.values() if not (
            s.said["log"].get("head", None) in self.history | {None}
            and set(s.said["log"].get("seen", [])) <= digests)]

    # The answer.

    def trusted(self):
        """Raises where the policy at the base does not follow from the root."""
        if self.base not in self.main and self.root not in self.store.chain(self.base):
            raise NoAnswer("E-POLICY-ROOT")
        if self.base in self.main and self.root not in self.main[self.main.index(self.base):]:
            raise NoAnswer("E-POLICY-ROOT")
        if self.policy(self.root) is None:
            raise NoAnswer("E-POLICY-INVALID")

    def verify(self):
        """The answer: {exit, standing: {step: standing}, counted, why}."""
        self.trusted()
        if self.base not in self.main:
            return answer(1)
        self.lines, self.history = self.statements(self.policy(self.root).scope.get("notes", "refs/notes/countersign"))
        self.chain()
        return self.partition(self.steps(self.base, self.candidate))

    def chain(self):
        """Raises where a change of the policy between the root and the base is not approved."""
        for step in self.steps(self.root, self.base):
            if step.touches and not (step.valid and self.once_approved(step)):
                raise NoAnswer("E-POLICY-UNAUTHORISED")

    def once_approved(self, step):
        """The same question of a step before the base, as of the days of its approvals."""
        policy = step.policy
        evidence, rule = Evidence(self.lines, policy, policy.revoked, None), {**policy.change, "max_age": "99999d"}
        covering = [(s, self.carried(s, (step,))) for s in evidence.approvals()]
        have = {evidence.who(s) for s, level in covering if level and self.usable(s, (step,), evidence)
                and self.counts(s, rule, level, (step,))}
        return len(have) >= rule["approvals"]

    def runs(self, steps, i):
        """The ends of the runs that may begin at step i: one step, or what an approval spans."""
        yield i + 1
        if steps[i].policy is None or steps[i].touches:
            return
        spans = {(s.said["base"]["gitCommit"], s.said["head"]["gitCommit"], s.said["commitCount"])
                 for s in self.evidence(steps[i].policy).valid}
        for j in range(i + 2, len(steps) + 1):
            if steps[j - 1].touches:
                return
            if any(k == j - i or (base, head) == (steps[i].parent, steps[j - 1].oid) for base, head, k in spans):
                yield j

    def partition(self, steps):
        """The best way to cut the range into runs and exempt steps, from its end."""
        self.unreadable(steps)
        best = {len(steps): (0, 0, ())}
        for i in range(len(steps) - 1, -1, -1):
            choices = []
            for j in self.runs(steps, i):
                found, kind = self.part(steps[i:j])
                worth = (j - i) * (2 if kind in ("not-applicable", "satisfied") else 0) + (kind == "not-applicable")
                rest = best[j]
                choices.append(((rest[0] + (kind != "unsatisfied") * (j - i), rest[1] + found.possible * (j - i)),
                                worth, ((steps[i:j], kind, found),) + rest[2]))
            (ok, possible), _, parts = max(choices, key=lambda c: (c[0], c[1]))
            best[i] = (ok, possible, parts)
        ok, _, parts = best[0]
        if any(found.errors for _, _, found in parts):
            raise NoAnswer("E-EVIDENCE-MISSING")
        denied = self.windows(steps)
        code = 0 if ok == len(steps) and not denied else 8 if self.reachable(steps) and not denied else 1
        standing = {step.oid: kind for run, kind, _ in parts for step in run}
        counted = {run[-1].oid: [(s.digest, level) for s, level in found.counted] for run, _, found in parts}
        return answer(code, standing, counted)

    def _part(self, run):
        """A run's judgement, or the exemption of its one step."""
        if any(step.policy is None for step in run):
            return Judged(False, False, [], [], []), "unsatisfied"
        found = self.judge(run)
        if len(run) == 1 and self.exempt(run[0]):
            fine = not self.denied(run, [], found.rules)
            return Judged(fine, fine, [], [], found.rules), "not-applicable" if fine else "unsatisfied"
        return found, "satisfied" if found.ok else "unsatisfied"

    def reachable(self, steps):
        """Whether further approvals alone would let every step through."""
        fine = {len(steps)}
        for i in range(len(steps) - 1, -1, -1):
            if any(j in fine and (found.possible or found.ok)
                   for j in self.runs(steps, i) for found, _ in [self.part(steps[i:j])]):
                fine.add(i)
        return 0 in fine

    def windows(self, steps):
        """Whether consecutive steps, each fine by itself, together are rejected content."""
        return False

    def unreadable(self, steps):
        """Raises where somebody who may review said something here that cannot be read."""
        commits = set().union(*(step.commits for step in steps))
        for policy in {id(step.policy): step.policy for step in steps if step.policy}.values():
            roles = {role for rule in policy.rules + [policy.change] for role in rule["from"]}
            for s in self.evidence(policy).said:
                if s.kind != lines.VERDICT and s.subject in commits and policy.who(s.key) in policy.holders(roles):
                    raise NoAnswer("E-UNREADABLE-STATEMENT")


def later(change, other):
    """Whether a change is a later revision of another."""
    return change["id"] == other["id"] and change["revision"] > other["revision"]


def answer(code, standing=None, counted=None, why=""):
    """An answer as the runner compares it."""
    words = {0: "allow", 1: "deny", 3: "error", 8: "pending"}
    return {"exit": code, "decision": words[code], "standing": standing or {}, "counted": counted or {}, "why": why}


def verify(store, target, base, candidate, root, now):
    """Decides, and turns what is missing into 3."""
    try:
        return Gate(store, target, base, candidate, root, now).verify()
    except (NoAnswer, Missing) as reason:
        return answer(3, why=str(reason))
