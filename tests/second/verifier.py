"""A second gate, written from the format pages alone: may these commits go? (formats, §5 to §7)

It shares no line with the program and takes other ways where it can: a table of all runs instead of a search,
plain git for the objects and the file merge, its own signature check. This file has the rules and the answer; what
they ask about stands beside it, each file a section of the pages: `log` the trust and the notes, `content` the risk,
`exceptions`, `coverage`, `origin` who made it, `evidence` what stands, `history` what is there, `lines` and `policy`.
"""
import collections
import functools
import itertools

import lines
import policy as policies
from content import RISKS
from git import Missing
from history import NoAnswer
from log import Log

# `worse`: the pages do not settle each risk level and finding; these runs (first parent, last) have a higher level.
Question = collections.namedtuple("Question", "target base candidate root now pin deployable worse",
                                  defaults=(None, None, ()))
Judged = collections.namedtuple("Judged", "ok possible counted errors rules glass", defaults=(False,))
FREE = Judged(True, True, None, [], [])


class Gate(Log):
    """One question: the range base..candidate on a target, with the policy trusted from a root."""

    def __init__(self, store, question):
        super().__init__(store, question)
        self.evidences, self.unsettled, self.chosen = {}, {}, []
        self.part = functools.lru_cache(maxsize=None)(self._part)

    def matching(self, run, level=None):
        """§6. The rules that hold for a run: every one is judged by itself."""
        policy = run[0].policy
        rules = policy.match(self.target, self.changes(run[0].parent, run[-1].oid), self.agents(policy, run))
        if any("risk" in rule for rule in rules):
            level = self.level(run) if level is None else level
            rules = [rule for rule in rules if RISKS.index(rule.get("risk", "low")) <= level]
        return rules + [policy.change] if run[0].touches else rules

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
        denied = any(self.denies(run, o) for o in objections)
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
        if denied or octopus or odd and not exempt or not all(step.valid for step in run):
            ok, possible = False, False
        possible = ok or possible and len(good) == len(usable)
        glass = not ok and possible and len(run) == 1 and not run[0].touches and bool(self.glass(run[-1].oid, policy, self.now))
        said = None if denied else list(counted.values())
        return Judged(ok or glass, possible, said, self.lost(counted), rules, glass)

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

    def teams(self, policy, rule, people):
        """Whether each team that a rule names has one of these people."""
        return all(any(team in policy.people[p].get("teams", []) for p in people) for team in rule["teams"])

    def able(self, policy, person, rule):
        """Whether a person has a key with which an approval today could count for a rule."""
        evidence = self.evidence(policy)
        return any(policy.who(key) == person and policy.good(key, evidence.revoked, self.now)
                   and policy.present(person, rule["from"], 5 if found.presence else 0)
                   for key, found in policy.keys.items())

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

def answer(code, standing=None, counted=None, why="", glass=False):
    """An answer as the runner compares it."""
    word = {0: "ALLOW_BREAK_GLASS" if glass else "allow", 1: "deny", 3: "error", 8: "pending"}.get(code)
    return {"exit": code, "decision": word, "standing": standing or {}, "counted": counted or {}, "why": why}


def verify(store, question):
    """Every answer that the pages allow: more than one where they leave the risk of some runs open."""
    gate = Gate(store, question)
    yield gate.decide()
    ends = [(run[0].parent, run[-1].oid) for run in gate.chosen] + sorted(gate.unsettled)
    levels = [[(run, level) for level in range(1, gate.unsettled[run] + 1)] for run in dict.fromkeys(ends) if run in gate.unsettled]
    ways = (way for count in range(1, 5) for runs in itertools.combinations(levels, count) for way in itertools.product(*runs))
    for way in itertools.islice(ways, 300):
        yield Gate(store, question._replace(worse=way)).decide()
