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
        self.said = [s for s in statements if s.digest not in policy.ignored]
        self.valid = [s for s in self.said if s.said and s.kind == lines.VERDICT and self._valid(s)]
        known = {(s.digest, self.who(s)): s for s in self.valid}
        self.out = set()  # (digest, person, "head" or "content"): no longer a word on that
        for s in self.valid:
            for digest in s.said.get("supersedes", []):
                old = known.get((digest, self.who(s)))
                if old and old.digest != s.digest:
                    self.out |= {(digest, self.who(s), what) for what in self._replaced(s, old)}

    def who(self, statement):
        """The person who signed it."""
        return self.policy.who(statement.key)

    def _valid(self, s):
        return (self.who(s) and self.policy.good(s.key, self.revoked, lines.seconds(s.said["issuedAt"]))
                and s.said["repository"]["id"] == self.policy.repository
                and (s.strict or s.said["verdict"] in ("reject", "withdraw")))

    def permits(self, s):
        """Whether it can allow something: to the letter, in one's own name, with a key that is good now too."""
        issued, principal = lines.seconds(s.said["issuedAt"]), self.policy.keys[s.key].principal
        return s.strict and s.said["reviewer"]["principal"] == principal and (self.now is None or (
            self.policy.good(s.key, self.revoked, issued, self.now) and issued <= self.now + 300))

    def _replaced(self, new, old):
        """As a word on what (head, content) a verdict takes another of the same person out."""
        verdict, before = new.said["verdict"], old.said["verdict"]
        lifts = before in ("reject", "withdraw") and verdict in ("approve", "withdraw")
        if verdict == "comment" or before == "comment" or lifts and not self.permits(new):
            return set()
        on = {what for what, same in (("head", same_head), ("content", same_content)) if same(new, old)}
        if verdict == "approve" and before == "reject":
            return {"head", "content"} if on and new.said["target"] == old.said["target"] else set()
        return {"head", "content"} if verdict == "withdraw" else on

    def stands(self, s, what):
        """Whether a verdict still is a word on its head or content."""
        return (s.digest, self.who(s), what) not in self.out

    def bears(self, s, other):
        """Whether a verdict stands and is on the same head or content as another."""
        return (self.stands(s, "head") and same_head(s, other)
                or self.stands(s, "content") and same_content(s, other))

    def approvals(self):
        """Approvals that nothing their own signer said takes back."""
        return [s for s in self.valid if s.said["verdict"] == "approve" and self.permits(s)
                and self.stands(s, "head") and self.stands(s, "content")
                and not any(o.said["verdict"] in ("reject", "withdraw") and self.who(o) == self.who(s)
                            and self.bears(o, s) for o in self.valid)]

    def rejections(self):
        """Rejections of which something stands."""
        return [s for s in self.valid if s.said["verdict"] == "reject"
                and (self.stands(s, "head") or self.stands(s, "content"))]

    def lifted(self, r):
        """Whether the author of a rejection approved a later revision: its veto is over."""
        return any(self.who(s) == self.who(r) and s.said["target"] == r.said["target"]
                   and s.said["change"]["id"] == r.said["change"]["id"]
                   and s.said["change"]["revision"] > r.said["change"]["revision"] for s in self.approvals())


def same_head(one, two):
    """Whether two verdicts are on the same commit."""
    return one.said["head"]["gitCommit"] == two.said["head"]["gitCommit"]


def same_content(one, two):
    """Whether two verdicts are on the same content."""
    return one.said["content"]["sha256"] == two.said["content"]["sha256"]


class Gate:
    """One question: the range base..candidate on a target, with the policy trusted from a root."""

    def __init__(self, store, target, base, candidate, root, now):
        self.store, self.target, self.now = store, target, now
        self.base, self.candidate, self.root = base, candidate, root
        self.refs = store.refs()
        self.main = list(store.chain(candidate))
        self.digests, self.loaded, self.evidences = {}, {}, {}
        self.queue, self.letters = {}, {}
        for name, oid in self.refs.items():
            if re.fullmatch("refs/countersign/(queue|archive)/[0-9a-z][0-9a-z-]{1,62}/[1-9][0-9]*", name):
                self.propose(oid)
        self.changes = functools.lru_cache(maxsize=None)(self._changes)
        self.merges = functools.lru_cache(maxsize=None)(self._merges)
        self.part = functools.lru_cache(maxsize=None)(self._part)

    # What is in the repository.

    def propose(self, oid):
        """Reads what a queue ref names: a commit, or a tag with a cover letter that may be signed."""
        kind, data = self.store.read(oid)
        if kind == "tag":
            oid = re.match(b"object ([0-9a-f]{40})", data)[1].decode()
            at = data.find(b"-----BEGIN SSH SIGNATURE-----")
            body = data if at < 0 else data[:at]
            signed = None if at < 0 else lines.armoured(data[at:], body)
            signer = signed.key if signed and signed.namespace == "git" else None
            self.letters[oid] = body.partition(b"\n\n")[2].decode("utf-8", "replace"), signer
        self.queue[oid] = True

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
                for line in lines.split(self.store.blob(blob)):
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

    def addresses(self, oid):
        """Every address on a commit: author, committer, co-authors."""
        commit = self.store.commit(oid)
        others = re.findall(r"(?im)^\s*co-authored-by:[^\n]*<([^<>\n]*)>", commit.message)
        return {commit.author, commit.committer} | {email.lower() for email in others}

    def named(self, policy, oids):
        """The people who made commits, by every address on them, with the operators of agents."""
        found = set()
        for oid in oids:
            for email in self.addresses(oid):
                agent = policy.machine.get(email)
                found.add(policy.email.get(email) or agent and policy.agents[agent].get("operator"))
            commit = self.store.commit(oid)
            signed = lines.armoured(commit.signature, commit.signed) if commit.signature else None
            found.add(signed and policy.who(signed.key))
        return found - {None}

    def proposals(self, run):
        """The cover letters of a run's head and of every head that an approval brings here: (letter, signer)."""
        heads = {s.said["head"]["gitCommit"] for s in self.evidence(run[0].policy).said
                 if s.strict and s.said["verdict"] == "approve" and self.carried(s, run)
                 and self.honest(s) and not self.relanded(s, run)}
        return [self.letters[head] for head in heads | {run[-1].oid} if head in self.letters]

    def claimed(self, policy, run):
        """The people who a cover letter says run the agent."""
        found = set()
        for letter, key in self.proposals(run):
            agents = set(re.findall(r"(?m)^Agent: *(\S+)", letter)) & set(policy.agents)
            signer = policy.keys[key].principal if key in policy.keys else None
            agents |= {name for name, agent in policy.agents.items() if signer and agent.get("principal") == signer}
            found |= {policy.agents[agent].get("operator") for agent in agents}
            found |= {policy.person.get(who) for who in re.findall(r"(?m)^Operator: *(\S+)", letter)}
        return found - {None}

    def agents(self, policy, run):
        """The agents that a run names, by an address on a commit or in a cover letter."""
        oids = set().union(*(step.commits for step in run))
        said = {name for letter, _ in self.proposals(run) for name in re.findall(r"(?m)^Agent: *(\S+)", letter)}
        return said | {policy.machine.get(email) for oid in oids for email in self.addresses(oid)} - {None}

    def matching(self, run):
        """The rules that hold for a run."""
        policy = run[0].policy
        rules = policy.match(self.target, self.changes(run[0].parent, run[-1].oid), self.agents(policy, run))
        return rules + [policy.change] if run[0].touches else rules

    def marked(self, policy, oid):
        """Whether a commit carries an AI marker."""
        return bool(self.addresses(oid) & (set(MARKERS) | set(policy.machine)))

    def exempt(self, run):
        """Whether nobody has to approve a run by the ordinary rules."""
        policy, oids = run[0].policy, set().union(*(step.commits for step in run))
        mode = policy.scope.get("mode", "unless-human-signed")
        if mode == "all" or any(self.marked(policy, oid) for oid in oids if mode == "unless-human-signed"):
            return False
        if mode == "flagged":
            return not (any(self.marked(policy, oid) for oid in oids) or self.spoken(run) or self.flagged(run))
        if all(self.human(policy, oid) for oid in oids):
            return True
        here = self.digest(run[0].parent, run[-1].oid)
        return bool(self.changes(run[0].parent, run[-1].oid)) and any(
            commits and self.digest(base, head) == here and all(self.human(policy, oid) for oid in commits)
            and not re.search(r"(?m)^(Agent|Model): *\S", self.letters.get(head, ("", None))[0])
            for base, head, commits in self.revisions(run[0].parent))

    def spoken(self, run):
        """Whether somebody with a known key said something of what a run brings."""
        oids, here = set().union(*(step.commits for step in run)), self.digest(run[0].parent, run[-1].oid)
        return any(s.said["head"]["gitCommit"] in oids or s.said["content"]["sha256"] == here
                   or s.strict and s.said["verdict"] in ("approve", "reject") and self.is_content(s, run)
                   for s in self.evidence(run[0].policy).said if s.key in run[0].policy.keys and s.said
                   and s.kind == lines.VERDICT and (s.strict or s.said["verdict"] in ("reject", "withdraw")))

    def flagged(self, run):
        """Whether a step of a run carries the content of a marked revision in the queue."""
        for base, head, commits in self.revisions(self.candidate):
            claims = re.search(r"(?m)^(Agent|Model): *\S", self.letters.get(head, ("", None))[0])
            if claims and any(head in step.commits for step in run):
                return True
            if (claims or any(self.marked(run[0].policy, oid) for oid in commits)) and self.changes(base, head):
                singles = sum(len(self.store.commit(oid).parents) < 2 for oid in commits)
                for k in {1, singles}:
                    for i, last in enumerate(self.main[:-k]):
                        if (self.digest(self.main[i + k], last) == self.digest(base, head)
                                and {step.oid for step in run} & set(self.main[i:i + k])):
                            return True
        return False

    def revisions(self, beside):
        """What waits or waited in the queue, as (base, head, commits) beside a commit of the target."""
        for head in self.queue:
            base = self.merge_base(beside, head)
            yield base, head, self.store.ancestors([head], [base])

    def merge_base(self, one, two):
        """The best common ancestor; these histories have one."""
        common = self.store.ancestors([one]) & self.store.ancestors([two])
        below = set().union(*(self.store.commit(oid).parents for oid in common))
        for oid in common:
            below |= self.store.ancestors(self.store.commit(oid).parents) if oid not in below else set()
        return min(common - below)

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
        if not self.spans(s, run):
            return None
        merged = self.store.commit(last).parents == [base, head] and self.tree(last) == said["head"]["gitTree"]
        if parent == base and (last == head or merged):
            return "exact"
        if (self.tree(parent), self.tree(last)) == (said["base"]["gitTree"], said["head"]["gitTree"]):
            return "tree"
        if self.digest(parent, last) == said["content"]["sha256"]:
            return "content"
        brings = self.changes(parent, last) or any(head in step.commits for step in run)
        return "merge" if brings and self.merges(base, head, parent, last) else None

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
        return (self.tree(base) == said["base"]["gitTree"] and self.tree(head) == said["head"]["gitTree"]
                and self.digest(base, head) == said["content"]["sha256"])

    def relanded(self, s, run):
        """Whether what lands, or the approved change merged, landed once already since the approved base."""
        said, chain = s.said, []
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        for oid in self.main[self.main.index(run[0].parent):]:
            chain.append(oid)
            if oid in (base, self.root):
                break
        here = self.digest(run[0].parent, run[-1].oid)
        if not self.changes(run[0].parent, run[-1].oid):
            return False
        commits = self.store.ancestors([head], [base])
        singles = sum(len(self.store.commit(oid).parents) < 2 for oid in commits)
        windows = [(chain[i + k], chain[i]) for k in {1, len(run), max(singles, 1)} for i in range(len(chain) - k)]
        return any(self.digest(*w) == here or self.changes(*w) and self.merges(base, head, *w) for w in windows)

    def disqualified(self, s, run):
        """The people whose approval of this run would be their own work's."""
        policy, said = run[0].policy, s.said
        base, head = said["base"]["gitCommit"], said["head"]["gitCommit"]
        found = self.named(policy, self.store.ancestors([head], [base])) | self.claimed(policy, run)
        if base not in self.main:
            side = set().union(*(step.commits for step in run)) - {step.oid for step in run}
            found |= self.named(policy, side)
        return found

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
        said = s.said
        return (said["target"] == self.target and said["repository"]["policyRoot"] in self.main
                and self.honest(s) and evidence.who(s) not in self.disqualified(s, run)
                and not self.relanded(s, run))

    def objections(self, run, rules, inside=True):
        """The rejections that bear on a run: [(rejection, relation, whether its veto is in force)]."""
        evidence, found = self.evidence(run[0].policy), []
        for r in evidence.rejections():
            held = [rule for rule in rules if evidence.who(r) in run[0].policy.holders(rule["from"])]
            veto = any(rule["reject"] == "veto" for rule in held) and not evidence.lifted(r)
            if held:
                found.append((r, self.relation(r, run, inside), veto))
        return found

    def relation(self, r, run, inside):
        """What a rejection is to a run: on its head, its content, something inside, or None."""
        head, oids = r.said["head"]["gitCommit"], set().union(*(step.commits for step in run))
        if head == run[-1].oid or len(run) == 1 and head in self.store.commit(run[-1].oid).parents[1:]:
            return "head"
        if self.is_content(r, run):
            return "content"
        parts = inside and len(run) > 1 and any(
            self.relation(r, run[i:j], False) in ("head", "content")
            for i in range(len(run)) for j in range(i + 1, len(run) + 1) if j - i < len(run))
        return "inside" if head in oids or parts else None

    def is_content(self, r, run):
        """Whether a run brings the rejected content, as it was or merged whole into files that moved."""
        parent, last = run[0].parent, run[-1].oid
        base, head = r.said["base"]["gitCommit"], r.said["head"]["gitCommit"]
        return self.digest(parent, last) == r.said["content"]["sha256"] or (
            r.strict and self.honest(r) and self.merges(base, head, parent, last)
            and self.changes(base, head).keys() == self.changes(parent, last).keys())

    def denies(self, run, objection):
        """Whether a rejection denies the run itself."""
        r, relation, veto = objection
        return veto if relation == "inside" else bool(relation) and self.evidence(run[0].policy).stands(r, relation)

    def vetoed(self, s, run, objections):
        """Whether a rejection denies an approval: its head, its content, or a revision that is not earlier."""
        return any(self.evidence(run[0].policy).bears(r, s) or veto and s.said["change"]["id"] == r.said["change"]["id"]
                   and s.said["change"]["revision"] >= r.said["change"]["revision"] for r, _, veto in objections)

    def judge(self, run):
        """Whether a run is approved, whether it could be, and which approvals counted."""
        policy, evidence = run[0].policy, self.evidence(run[0].policy)
        rules, exempt = self.matching(run), self.exempt(run)
        objections = self.objections(run, rules)
        if not all(step.valid for step in run) or any(self.denies(run, o) for o in objections):
            return Judged(False, False, None, [], rules)
        covering = [(s, level) for s in evidence.approvals() for level in [self.carried(s, run)] if level]
        usable = [(s, level) for s, level in covering if self.usable(s, run, evidence)]
        good = [(s, level) for s, level in usable if not self.vetoed(s, run, objections)]
        oids = set().union(*(step.commits for step in run))
        ok, possible, counted = True, True, {}
        for rule in [policy.change] * run[0].touches if exempt else rules:
            fitting = [(s, level) for s, level in good if self.counts(s, rule, level, run)]
            have = {evidence.who(s) for s, _ in fitting}
            counted.update({s.digest: (s, level) for s, level in fitting})
            free = policy.holders(rule["from"]) - self.blocked(run, oids, rule)
            more = have | {p for p in free if self.able(policy, p, rule)}
            needed = rule["approvals"] + self.seconds(policy, rule, oids, run)
            ok = ok and len(have) >= needed and self.teams(policy, rule, have)
            possible = possible and len(more) >= needed and self.teams(policy, rule, more)
        possible = ok or possible and len(good) == len(usable)
        return Judged(ok, possible, list(counted.values()), self.lost(counted), rules)

    def blocked(self, run, oids, rule):
        """Who can approve neither what landed nor a revision that is known to have become it."""
        policy, parents = run[0].policy, self.store.commit(run[-1].oid).parents
        found = self.named(policy, oids) | self.claimed(policy, run)
        known = [s for s in self.lines if s.strict and s.said["verdict"] == "approve" and s.key in policy.keys]
        heads = set(self.queue) | set(parents[1:] if len(run) == 1 else [])
        for s in known + [self.imagined(self.merge_base(run[0].parent, head), head) for head in heads]:
            level = s and self.carried(s, run)
            if level and self.honest(s) and not self.relanded(s, run) and (
                    policies.LEVELS.index(level) <= policies.LEVELS.index(rule["coverage"])
                    and (not rule["require_up_to_date"] or s.said["base"]["gitCommit"] == run[0].parent)):
                found = found & self.disqualified(s, run)
        return found

    def imagined(self, base, head):
        """An approval of a revision that nobody has given."""
        if self.tree(base) == self.tree(head):
            return None
        point = [{"gitCommit": oid, "gitTree": self.tree(oid)} for oid in (base, head)]
        said = {"base": point[0], "head": point[1], "content": {"sha256": self.digest(base, head)}, "commitCount": 0}
        return lines.Statement("", "", 0, lines.VERDICT, head, said, True)

    def seconds(self, policy, rule, oids, run):
        """How many people more a rule asks because nobody vouches for who made the change."""
        known = policy.email.keys() | policy.machine.keys() | set(MARKERS)
        unknown = any(self.addresses(oid) - known for oid in oids)
        signed = any(key and policy.who(key) and policy.valid(key, self.evidence(policy).revoked, "git", self.now)
                     for _, key in self.proposals(run))
        return (rule["unsigned_proposal"] == "second" and not signed) + (rule["unknown_author"] == "second" and unknown)

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
        digests = {s.digest for s in self.lines if s.strict or s.said and s.kind == lines.VERDICT
                   and s.said["verdict"] in ("reject", "withdraw")}
        lost = []
        for log in (s.said["log"] for s, _ in counted.values()):
            if log.get("head") not in self.history | {None}:
                lost.append("E-LOG-REWOUND" if self.shares(log["head"]) else "E-LOG-UNRELATED")
            elif not set(log.get("seen", [])) <= digests:
                lost.append("E-EVIDENCE-MISSING")
        return lost

    def shares(self, tip):
        """Whether notes that somebody saw have a commit in common with those here; so it is said where nobody knows."""
        try:
            return not self.history or bool(self.store.ancestors([tip]) & self.history)
        except Missing:
            return True

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
        changed = [step for step in self.steps(self.root, self.base) if step.touches]
        if any(self.policy(step.oid) is None for step in changed):
            raise NoAnswer("E-POLICY-INVALID")
        for step in changed:
            if not step.valid or not self.once_approved(step):
                raise NoAnswer("E-POLICY-ROOT")

    def once_approved(self, step):
        """The same question of a step before the base, as of the days of its verdicts."""
        policy, run = step.policy, (step,)
        kept, evidence = self.evidence(policy), Evidence(self.lines, policy, policy.revoked, None)
        self.evidences[id(policy)] = evidence
        objections, rule = self.objections(run, self.matching(run)), {**policy.change, "max_age": "99999d"}
        covering = [(s, self.carried(s, run)) for s in evidence.approvals()]
        fitting = [(s, level) for s, level in covering if level and self.usable(s, run, evidence)
                   and not self.vetoed(s, run, objections) and self.counts(s, rule, level, run)]
        denied = any(self.denies(run, objection) for objection in objections)
        self.evidences[id(policy)] = kept
        for lost in self.lost({s.digest: (s, level) for s, level in fitting}):
            raise NoAnswer(lost)
        return not denied and len({evidence.who(s) for s, _ in fitting}) >= rule["approvals"]

    def runs(self, steps, i, verdicts=("approve",)):
        """The ends of the runs that may begin at step i: one step, or what a verdict spans and is about."""
        yield i + 1
        if steps[i].policy is None or steps[i].touches:
            return
        valid = [s for s in self.evidence(steps[i].policy).valid if s.said["verdict"] in verdicts]
        for j in range(i + 2, len(steps) + 1):
            if steps[j - 1].touches:
                return
            run = steps[i:j]
            if any(self.carried(s, run) if s.said["verdict"] == "approve" else self.spans(s, run)
                   and self.relation(s, run, False) in ("head", "content") for s in valid):
                yield j

    def spans(self, s, run):
        """Whether a verdict is on as many commits as a run has steps, or on exactly its ends."""
        ends = s.said["base"]["gitCommit"], s.said["head"]["gitCommit"]
        return len(run) in (1, s.said["commitCount"]) or ends == (run[0].parent, run[-1].oid)

    def partition(self, steps):
        """The best way to cut the range into runs: least denied, then least waiting, then fewest."""
        best = {len(steps): ((0, 0, 0, 0), ())}
        for i in range(len(steps) - 1, -1, -1):
            choices = []
            for j in self.runs(steps, i):
                found, size = self.part(steps[i:j]), j - i
                cost = (size * bool(found.errors), size * (not found.possible), size * (not found.ok), 1)
                rest = best[j]
                choices.append((tuple(map(sum, zip(cost, rest[0]))), ((steps[i:j], found),) + rest[1]))
            best[i] = min(choices, key=lambda choice: choice[0])
        (lost, denied, waiting, _), parts = best[0]
        self.unreadable(steps, parts)
        if lost:
            raise NoAnswer(min(found.errors[0] for _, found in parts if found.errors))
        standing = {step.oid: self.standing(run, found) for run, found in parts for step in run}
        counted = {run[-1].oid: [(s.said["reviewer"]["principal"], level) for s, level in found.counted]
                   for run, found in parts if found.counted is not None}
        denied = denied or self.windows(steps, [run for run, _ in parts])
        return answer(1 if denied else 8 if waiting else 0, standing, counted)

    def standing(self, run, found):
        """The word for a run."""
        exempt = run[0].policy and self.exempt(run) and not run[0].touches
        return "unsatisfied" if not found.ok else "not-applicable" if exempt else "satisfied"

    def _part(self, run):
        """A run's judgement, if its policy is one."""
        return Judged(False, False, None, [], []) if run[0].policy is None else self.judge(run)

    def windows(self, steps, chosen):
        """Whether rejected content stands on steps that were cut otherwise, and not inside a longer run."""
        spans = {(steps.index(run[0]), steps.index(run[-1]) + 1) for run in chosen}
        for i in range(len(steps)):
            for j in self.runs(steps, i, ("approve", "reject")):
                inside = any(a <= i and j <= b for a, b in spans)
                run = steps[i:j]
                if not inside and run[0].policy and any(
                        self.denies(run, o) for o in self.objections(run, self.matching(run))
                        if o[1] in ("head", "content") and (not o[0].strict or self.spans(o[0], run))):
                    return True
        return False

    def unreadable(self, steps, parts):
        """Raises where somebody who may review said something here that cannot be read."""
        here = set().union(*(step.commits for step in steps))
        here |= {s.said["head"]["gitCommit"] for _, found in parts for s, _ in found.counted or []}
        for policy in {id(step.policy): step.policy for step in steps if step.policy}.values():
            roles = {role for rule in policy.rules + [policy.change] for role in rule["from"]}
            for s in self.evidence(policy).said:
                if (s.kind != lines.VERDICT and s.subject in here and s.key not in self.evidence(policy).revoked
                        and policy.who(s.key) in policy.holders(roles)):
                    raise NoAnswer("E-UNREADABLE-STATEMENT")


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
