"""A second gate, written from the format pages alone: may these commits go? (formats, §5 to §7)

It shares no line with the program and takes other ways where it can: a table of all runs instead of
a search, plain git for the objects and the file merge, its own signature check. This file decides;
`history.py` and `evidence.py` say what there is, `lines.py` and `policy.py` read statements and policies.
"""
import collections
import fnmatch
import functools
import hashlib
import itertools
import re

import lines
import policy as policies
from evidence import Evidence
from git import Missing
from history import MARKERS, History, NoAnswer, f

RISKS = ["low", "medium", "high", "critical"]
# `worse`: the pages do not settle each risk level and finding; these runs (first parent, last) have a higher level.
Question = collections.namedtuple("Question", "target base candidate root now pin deployable worse",
                                  defaults=(None, None, ()))
Judged = collections.namedtuple("Judged", "ok possible counted errors rules glass", defaults=(False,))
DENIED, FREE = Judged(False, False, None, [], []), Judged(True, True, None, [], [])


hazard = re.compile(rb"(?i)(^|/)\.git(/|$)|[\x00-\x1f\x7f]|(^|/)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.[^/]*)?(/|$)")


def slashes(path):
    """Where the folders of a path end."""
    return [at for at, byte in enumerate(path) if byte == 47]


class Gate(History):
    """One question: the range base..candidate on a target, with the policy trusted from a root."""

    def __init__(self, store, question):
        super().__init__(store, question)
        self.evidences, self.unsettled, self.chosen = {}, {}, []
        self.part = functools.lru_cache(maxsize=None)(self._part)

    # What is asked of a run.

    def evidence(self, policy):
        """The evidence under a policy, with all that is revoked there, at the candidate and at the tip."""
        if id(policy) not in self.evidences:
            tips = [self.candidate, self.refs.get(self.target)]
            later = [self.policy(tip) for tip in tips if tip]
            revoked = policy.revoked.union(*(p.revoked for p in later if p))
            self.evidences[id(policy)] = Evidence(self.lines, policy, revoked, self.now)
        return self.evidences[id(policy)]

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
                 if s.kind == lines.VERDICT and s.strict and s.said["verdict"] == "approve" and self.carried(s, run)
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

    def matching(self, run, level=None):
        """§6. The rules that hold for a run: every one is judged by itself."""
        policy = run[0].policy
        rules = policy.match(self.target, self.changes(run[0].parent, run[-1].oid), self.agents(policy, run))
        if any("risk" in rule for rule in rules):
            level = self.level(run) if level is None else level
            rules = [rule for rule in rules if RISKS.index(rule.get("risk", "low")) <= level]
        return rules + [policy.change] if run[0].touches else rules

    def level(self, run):
        """§6, Risk level: the gate's own; what is certain of it, or the worst that it may be."""
        parent, last, policy = run[0].parent, run[-1].oid, run[0].policy
        found = self.worse(run)
        found = max(found, 2) if self.unreadable_paths(parent, last) else found
        found += any(policies.glob(g, path) for g in policy.critical for path in self.changes(parent, last))
        return min(found, 3)

    def worse(self, run):
        """The level that is tried for a run whose likelihood and findings the pages leave open."""
        ends = run[0].parent, run[-1].oid
        self.unsettled[ends] = 1 if self.calm(*ends) else 3
        return dict(self.question.worse).get(ends, 0)

    def calm(self, old, new):
        """Whether a change is a little plain text, of which no finding is severe and no history is bad enough for high."""
        entries = [entry for pair in self.changes(old, new).values() for entry in pair if entry]
        return (all(mode == "100644" and len(self.store.blob(oid)) < 4000 for mode, oid in entries)
                and all(path.endswith((b".txt", b".md")) for path in self.changes(old, new)))

    def forbidden(self, run):
        """docs/gate.md: a step of more than two parents; a path that some file system takes for another."""
        before, after = (self.store.entries(self.tree(oid)) for oid in (run[0].parent, run[-1].oid))
        names = collections.Counter(folder.lower() for folder in
                                    {path[:at] for path in after for at in (*slashes(path), len(path))})
        odd = any(hazard.search(path) or any(names[path[:at].lower()] > 1 for at in (*slashes(path), len(path)))
                  for path in after.keys() - before.keys())
        return any(len(self.store.commit(step.oid).parents) > 2 for step in run), odd

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
        level = self.closest(s, run)
        return "merge" if level and s.said["target"] != self.target else level  # §6, accept_from

    def closest(self, s, run):
        """The same, whatever target the approval is for."""
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
                and self.answered(s, rule, run)
                and (not rule["require_up_to_date"] or said["base"]["gitCommit"] == run[0].parent))

    def answered(self, s, rule, run):
        """§6, `unreviewable`, `acknowledge`: whether an approval answers what it has to; ids of findings are not settled."""
        parent, last = run[0].parent, run[-1].oid
        unread, said = self.unreadable_paths(parent, last), {a["id"] for a in s.said["viewed"].get("acknowledged", [])}
        if rule["unreviewable"] == "ack" and not {finding(path, link) for path, link in unread} <= said:
            return False
        return not rule["acknowledge"] or self.calm(parent, last) or self.worse(run) < 2

    def usable(self, s, run, evidence):
        """Whether an approval may count at all for a run that it covers."""
        said = s.said
        accepted = run[0].policy.data.get("target", {}).get(self.target, {}).get("accept_from", [])
        return (said["target"] in [self.target, *accepted] and said["repository"]["policyRoot"] in self.main
                and self.honest(s) and evidence.who(s) not in self.disqualified(s, run)
                and not self.relanded(s, run))

    def objections(self, run, rules, inside=True):
        """The rejections that bear on a run: [(rejection, relation, whether its veto is in force)]."""
        evidence, found = self.evidence(run[0].policy), []
        for r in evidence.rejections():
            if self.overridden(r, run):
                continue
            held = [rule for rule in rules if evidence.who(r) in run[0].policy.holders(rule["from"])]
            veto = any(rule["reject"] == "veto" for rule in held) and not evidence.lifted(r)
            if held:
                found.append((r, self.relation(r, run, inside), veto))
        return found

    def overridden(self, r, run):
        """§3. Whether enough people who did not make the change lifted a rejection."""
        policy, evidence = run[0].policy, self.evidence(run[0].policy)
        rule = policy.data.get("override")
        lifting = self.exceptions(policy, lines.OVERRIDE) if rule else []
        people = {evidence.who(s) for s in lifting if r.digest in s.said["lifts"]}
        made = self.disqualified(r, run) | self.named(policy, set().union(*(step.commits for step in run)))
        return bool(rule) and len(people & policy.holders(rule["from"]) - made) >= rule["approvals"]

    def exceptions(self, policy, kind, now=0):
        """§3. The overrides or break-glasses for the target whose signers trust this chain; without `now` those of the past."""
        found = self.evidence(policy).exceptions(kind, self.target, now)
        return [s for s in found if s.said["repository"]["policyRoot"] in self.main]

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
        if not self.deployed(run):
            return FREE
        rules, exempt = self.matching(run), self.exempt(run)
        objections, (octopus, odd) = self.objections(run, rules), self.forbidden(run)
        if not all(step.valid for step in run) or any(self.denies(run, o) for o in objections):
            return Judged(False, False, None, [], rules)
        covering = [(s, level) for s in evidence.approvals() for level in [self.carried(s, run)] if level]
        usable = [(s, level) for s, level in covering if self.usable(s, run, evidence)]
        good = [(s, level) for s, level in usable if not self.vetoed(s, run, objections)]
        floor = self.level(run)
        stated = {RISKS.index(s.said["risk"]["level"]) for s, _ in good}
        for level in sorted({floor} | {level for level in stated if level > floor}):
            # an approval that was shown more risk may stay out where the others are enough without it
            heard = [(s, carried) for s, carried in good if RISKS.index(s.said["risk"]["level"]) <= level]
            rules = [policy.change] * run[0].touches if exempt else self.matching(run, level)
            ok, possible, counted = self.tally(run, rules, heard)
            if ok:
                break
        if octopus or odd and not exempt:
            ok, possible = False, False
        possible = ok or possible and len(good) == len(usable)
        glass = not ok and possible and len(run) == 1 and not run[0].touches and bool(self.glass(run[-1].oid, policy, self.now))
        return Judged(ok or glass, possible, list(counted.values()), self.lost(counted), rules, glass)

    def around(self, oid):
        """The runs that hold a step: alone, or what an approval may have been for as a whole."""
        steps = self.steps(self.root, self.candidate)
        at = [step.oid for step in steps].index(oid) if oid in {step.oid for step in steps} else None
        if at is None:
            return [self.steps(self.main[self.main.index(oid) + 1], oid)]
        return [steps[i:j] for i in range(max(at - 4, 0), at + 1) for j in range(at + 1, min(at + 5, len(steps)) + 1)
                if j - i == 1 or not any(step.touches for step in steps[i:j]) and all(step.policy for step in steps[i:j])]

    def followed(self, run, people):
        """Whether somebody who did not break the glass approved a run, as a rule for it asks; that does not age."""
        evidence, rules = self.evidence(run[0].policy), self.matching(run)
        objections = self.objections(run, rules)
        return any(level and evidence.who(s) not in people and self.usable(s, run, evidence)
                   and not self.vetoed(s, run, objections)
                   and any(self.counts(s, {**rule, "max_age": "99999d"}, level, run) for rule in rules)
                   for s in evidence.approvals() for level in [self.carried(s, run)])

    def tally(self, run, rules, good):
        """§6. Whether the approvals are enough for each rule, whether all could be, and which counted."""
        policy, evidence, oids = run[0].policy, self.evidence(run[0].policy), set().union(*(step.commits for step in run))
        ok, possible, counted = True, True, {}
        for rule in rules:
            fitting = [(s, level) for s, level in good if self.counts(s, rule, level, run)]
            have = {evidence.who(s) for s, _ in fitting}
            counted.update({s.digest: (s, level) for s, level in fitting})
            free = policy.holders(rule["from"]) - self.blocked(run, oids, rule)
            more = have | {p for p in free if self.able(policy, p, rule)}
            needed = rule["approvals"] + self.seconds(policy, rule, oids, run)
            never = rule["unreviewable"] == "deny" and self.unreadable_paths(run[0].parent, run[-1].oid)
            ok = ok and len(have) >= needed and self.teams(policy, rule, have) and not never
            possible = possible and len(more) >= needed and self.teams(policy, rule, more) and not never
        return ok, possible, counted

    def deployed(self, run):
        """§6. Whether a run is one that the part which is asked for has to do with."""
        if not self.question.deployable or any(step.touches for step in run):
            return True
        globs = {g for policy in (step.policy or self.policy(self.base) for step in run) for p in (policy, self.policy(self.base))
                 for g in p.data.get("deployable", {}).get(self.question.deployable, {}).get("paths", [])}
        return any(policies.glob(g, path) for step in run for path in self.changes(step.parent, step.oid) for g in globs)

    def glass(self, oid, policy, now):
        """§3, §7.8. The break-glass for a commit, if it holds at a time (or ever): {person: from when}."""
        rule, parents = policy.data.get("break_glass"), self.store.commit(oid).parents
        if not rule:
            return {}
        same = {oid} | {p for p in parents[1:] if self.tree(p) == self.tree(oid)}
        people = {}
        for s in self.exceptions(policy, lines.GLASS, now):
            issued, until = lines.seconds(s.said["issuedAt"]), lines.seconds(s.said["validUntil"])
            until = min(until, issued + policies.age(rule.get("max_validity", "4h")))
            who = policy.who(s.key)
            if s.said["commit"] in same and who in policy.holders(rule["from"]) and (now is None or issued - 300 <= now < until):
                people[who] = min(issued, people.get(who, issued))
        return people if len(people) >= rule["approvals"] else {}

    def overdue(self):
        """§7.8. Whether the review that has to follow a break-glass is missing for too long."""
        for parent, oid in zip(self.main[1:], self.main):
            policy = self.policy(parent)
            people = self.glass(oid, policy, None) if policy and oid != self.root else {}
            if not people:
                continue
            rule = policy.data["break_glass"]
            enough = sorted(people.values())[rule["approvals"] - 1]
            followed = any(self.followed(run, people) for run in self.around(oid))
            if not followed and self.now > enough + policies.age(rule.get("followup", "3d")):
                return True
        return False

    def blocked(self, run, oids, rule):
        """Who can approve neither what landed nor a revision that is known to have become it."""
        policy, parents = run[0].policy, self.store.commit(run[-1].oid).parents
        found = self.named(policy, oids) | self.claimed(policy, run)
        known = [s for s in self.lines if s.kind == lines.VERDICT and s.strict and s.said["verdict"] == "approve" and s.key in policy.keys]
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
        said = {"base": point[0], "head": point[1], "content": {"sha256": self.digest(base, head)}, "commitCount": 0, "target": self.target}
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
        law = self.policy(self.base)
        self.lines, self.history = self.notes(self.policy(self.root).scope.get("notes", "refs/notes/countersign"))
        self.pinned(law)
        self.checkpointed(law)
        self.chain()
        return self.partition(self.steps(self.base, self.candidate))

    def decide(self):
        """The same; what is missing is no answer."""
        try:
            return self.verify()
        except NoAnswer as reason:
            return answer(3, why=str(reason))
        except Missing:
            return answer(3, why="E-OBJECT-MISSING")

    def pinned(self, policy):
        """docs/gate.md, pins: a notes commit that was seen once has to be in the history."""
        pin = self.question.pin
        if pin is None and policy and policy.data.get("log", {}).get("pins") == "required":
            raise NoAnswer("E-PIN-MISSING")
        if pin is not None and pin not in self.history:
            raise NoAnswer("E-LOG-REWOUND" if self.shares(pin) else "E-LOG-UNRELATED")

    def checkpointed(self, policy):
        """§5. Before the newest good checkpoint only the tree of its commit is read."""
        found = [s for s in self.lines if policy and s.kind == lines.CHECKPOINT and s.strict and s.digest not in policy.ignored
                 and policy.who(s.key) in policy.holders(policy.change["from"]) and self.fresh(s, policy)]
        longest = policy.data.get("log", {}).get("checkpoint_max_age", "off") if policy else "off"
        newest = max(found, key=lambda s: s.said["issuedAt"], default=None)
        if longest != "off" and (not newest or lines.seconds(newest.said["issuedAt"]) + policies.age(longest) < self.now):
            raise NoAnswer("E-CHECKPOINT-STALE")
        if newest:
            at = newest.said["notesCommit"]
            self.lines, self.evidences = self.held({at} | self.history - self.store.ancestors([at])), {}

    def fresh(self, s, policy):
        """§5. Whether a checkpoint is for this log, holds what it says, and has not expired."""
        at, issued = s.said["notesCommit"], lines.seconds(s.said["issuedAt"])
        return (at in self.history and len(self.held({at})) == s.said["statements"] and s.subject == at
                and s.said["repository"]["id"] == policy.repository and issued <= self.now + 300
                and s.said["reviewer"]["principal"] == policy.keys[s.key].principal
                and policy.good(s.key, self.evidence(policy).revoked, issued, self.now)
                and self.now < lines.seconds(s.said["expiresAt"]))

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
        self.chosen = [run for run, _ in parts]
        self.unreadable(steps, parts)
        if lost:
            raise NoAnswer(min(found.errors[0] for _, found in parts if found.errors))
        standing = {step.oid: self.standing(run, found) for run, found in parts for step in run}
        counted = {run[-1].oid: [(s.said["reviewer"]["principal"], level) for s, level in found.counted]
                   for run, found in parts if found.counted is not None}
        denied = denied or self.windows(steps, [run for run, _ in parts]) or self.overdue()
        return answer(1 if denied else 8 if waiting else 0, standing, counted, glass=any(found.glass for _, found in parts))

    def standing(self, run, found):
        """The word for a run."""
        if not self.deployed(run) and run[0].policy:
            return "not-applicable"
        exempt = run[0].policy and self.exempt(run) and not run[0].touches
        return "unsatisfied" if not found.ok else "not-applicable" if exempt and not found.glass else "satisfied"

    def _part(self, run):
        """A run's judgement, if its policy is one."""
        return Judged(False, False, None, [], []) if run[0].policy is None else self.judge(run)

    def windows(self, steps, chosen):
        """Whether rejected content stands on steps that were cut otherwise, and not inside a longer run."""
        spans = {(steps.index(run[0]), steps.index(run[-1]) + 1) for run in chosen}
        for i in range(len(steps)):
            for j in self.runs(steps, i, ("approve", "reject")):
                if not self.deployed(steps[i:j]):
                    continue
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
                if (s.kind not in lines.SHAPES and s.subject in here and s.key not in self.evidence(policy).revoked
                        and policy.who(s.key) in policy.holders(roles)):
                    raise NoAnswer("E-UNREADABLE-STATEMENT")


def answer(code, standing=None, counted=None, why="", glass=False):
    """An answer as the runner compares it."""
    word = {0: "ALLOW_BREAK_GLASS" if glass else "allow", 1: "deny", 3: "error", 8: "pending"}.get(code)
    return {"exit": code, "decision": word, "standing": standing or {}, "counted": counted or {}, "why": why}


def finding(path, link):
    """§3. The id of the finding that a file cannot be read; docs/risk.md has the names of the rules."""
    parts = (b"countersign", b"hid.mode-link" if link else b"hid.opaque", path, b"", b"", b"1")
    return hashlib.sha256(b"countersign.finding.v1\0" + b"".join(map(f, parts))).hexdigest()[:16]


def verify(store, question):
    """Every answer that the pages allow: more than one where they leave the risk of some runs open."""
    gate = Gate(store, question)
    yield gate.decide()
    ends = [(run[0].parent, run[-1].oid) for run in gate.chosen] + sorted(gate.unsettled)
    levels = [[(run, level) for level in range(1, gate.unsettled[run] + 1)] for run in dict.fromkeys(ends) if run in gate.unsettled]
    ways = (way for count in range(1, 5) for runs in itertools.combinations(levels, count) for way in itertools.product(*runs))
    for way in itertools.islice(ways, 300):
        yield Gate(store, question._replace(worse=way)).decide()
