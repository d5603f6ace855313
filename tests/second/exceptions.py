"""What lets something go in spite of the rules: overrides, a broken glass, parts (formats, §3, §6, §7.8)."""
import lines
import policy as policies
from coverage import Coverage


class Exceptions(Coverage):
    """Exceptions, each with what it asks and what it owes."""

    def exceptions(self, policy, kind, now=0):
        """§3. The overrides or break-glasses for the target whose signers trust this chain; without `now` those of the past."""
        found = self.evidence(policy).exceptions(kind, self.target, now)
        return [s for s in found if s.said["repository"]["policyRoot"] in self.main]

    def overridden(self, r, run):
        """§3. Whether enough people who did not make the change lifted a rejection."""
        policy, evidence = run[0].policy, self.evidence(run[0].policy)
        rule = policy.data.get("override")
        lifting = self.exceptions(policy, lines.OVERRIDE) if rule else []
        people = {evidence.who(s) for s in lifting if r.digest in s.said["lifts"]
                  and policy.present(evidence.who(s), rule["from"], s.flags)}
        made = self.disqualified(r, run)
        if not self.is_content(r, run):  # who only merged what was rejected did not make it
            made = made | self.named(policy, set().union(*(step.commits for step in run)))
        return bool(rule) and len(people & policy.holders(rule["from"]) - made) >= rule["approvals"]

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
            if s.said["commit"] in same and policy.present(who, rule["from"], s.flags) and (now is None or issued - 300 <= now < until):
                people[who] = min(issued, people.get(who, issued))
        return people if len(people) >= rule["approvals"] else {}

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

    def deployed(self, run):
        """§6. Whether a run is one that the part which is asked for has to do with."""
        if not self.question.deployable or any(step.touches for step in run):
            return True
        globs = {g for policy in (step.policy or self.policy(self.base) for step in run) for p in (policy, self.policy(self.base))
                 for g in p.data.get("deployable", {}).get(self.question.deployable, {}).get("paths", [])}
        return any(policies.glob(g, path) for step in run for path in self.changes(step.parent, step.oid) for g in globs)
