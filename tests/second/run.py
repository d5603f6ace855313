"""Compares the gate with the second verifier on random scenarios.

    python3 tests/second/run.py --program PATH --seeds 0..1000 [--jobs 2] [--off NAME,NAME]
"""
import argparse
import collections
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import git  # noqa: E402
import scenarios  # noqa: E402
import verifier  # noqa: E402

STANDINGS = {"restored": "satisfied", "overridden": "satisfied"}


def ask(program, path, scenario):
    """The gate's own answer, in the same words."""
    done = subprocess.run(
        [program, "-C", path, "gate", "--target", scenario.target, "--policy-root", scenario.root, "--json",
         *scenario.words(), f"{scenario.base}..{scenario.candidate}"],
        env={**git.ENVIRONMENT, "HOME": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return {"exit": done.returncode, "decision": None, "standing": {}, "counted": {}, "ids": set(), "raw": done.stderr.decode()}
    runs = document.get("runs", [])
    return {
        "exit": done.returncode, "raw": document,
        "decision": "ALLOW_BREAK_GLASS" if document.get("breakGlass") else document["decision"],
        "standing": {oid: STANDINGS.get(run["standing"], run["standing"]) for run in runs for oid in run["commits"]},
        "ids": {reason["id"] for part in (document, *runs) for reason in part["reasons"]},
        "counted": {run["last"]: [(a["reviewer"], a["carried"]) for a in run["approvals"]] for run in runs}}


def differences(ours, theirs):
    """What the two answers do not agree on."""
    found = [word for word in ("exit", "decision") if ours[word] != theirs[word]]
    if not found and ours["standing"] and theirs["standing"]:
        found += ["standing" for oid, kind in ours["standing"].items() if theirs["standing"].get(oid) != kind][:1]
        if not found:
            found += ["counted" for run, said in ours["counted"].items()
                      if set(said) != set(theirs["counted"].get(run, said))][:1]
    if not found and ours["why"] and ours["why"] not in theirs["ids"]:
        found.append("reason")
    return found


def answers(scenario, store, question):
    """The answers that are right. A lost object of the history may be needed, or changes nothing; others are needed."""
    missing = verifier.answer(3)
    if scenario.lost is None:
        yield from verifier.verify(store, question)
    elif scenario.lost[0] in ("changed", "kept"):
        store.restore(scenario.lost[1])
        yield {**missing, "why": "E-OBJECT-MISSING"}
        yield from verifier.verify(store, question)
    else:
        yield missing
        if scenario.hit & {"notes lost", "notes rewound", "notes rewritten", "base elsewhere", "wrong root"}:
            store.restore(scenario.lost[1])  # then it may not be needed
            yield from verifier.verify(store, question)


def one(job):
    """One seed: the scenario, both answers, and what they differ in."""
    program, seed, off, place = job
    path = os.path.join(place, f"seed-{seed}.git")
    shutil.rmtree(path, ignore_errors=True)
    now = int(time.time())
    scenario = scenarios.Scenario(path, seed, now, off)
    question = scenario.question(now)
    store = git.Store(path)
    first = ask(program, path, scenario)
    try:
        for second in answers(scenario, store, question):  # more than one where the pages leave something open
            different = differences(second, first)
            if not different:
                break
    except Exception:  # noqa: BLE001  a script that falls over agrees with nobody
        second, different = verifier.answer(None, why=traceback.format_exc()), ["script"]
    if not different:
        shutil.rmtree(path)
    return seed, path, first, second, different, sorted(scenario.hit), (scenario.base, scenario.candidate, scenario.root)


def tell(seed, path, first, second, different, question, hit):
    """One disagreement, with all that is needed to look at it."""
    print(f"DISAGREE seed={seed} in {','.join(different)}: {path}")
    print(f"  countersign -C {path} gate --target main --policy-root {question[2]} --json {question[0]}..{question[1]}")
    document = first["raw"] if isinstance(first["raw"], dict) else {"reasons": [{"id": first["raw"]}]}
    print(f"  gate   exit={first['exit']}", [f"{r['id']} {r.get('text', '')}" for r in document["reasons"]])
    for run in document.get("runs", []):
        reasons = sorted({f"{r['id']} {r.get('reviewer', '')} {r.get('text', '')}" for r in run["reasons"]})
        counted = [(a["reviewer"].split("@")[0], a["carried"]) for a in run["approvals"]]
        reasons += [f"{r['name']}: {r['have']} of {r['needed']} {r['from']} could {r['could']}, cannot "
                    f"{[(c.get('reviewer'), c.get('why')) for c in r['cannot']]}" for r in run["rules"]]
        print(f"    {run['first'][:8]}..{run['last'][:8]} {run['standing']} {counted}", *reasons, sep="\n        ")
    print("  features", *hit, sep=" | ")
    print(f"  second exit={second['exit']} {second['why']}", *second["standing"].items(),
          *second["counted"].items(), sep="\n    ", flush=True)


def main():
    """Runs the seeds; 1 where the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the countersign to ask")
    parser.add_argument("--seeds", required=True, help="A..B, the last one left out")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--off", default="", help="features to leave out, by name")
    parser.add_argument("--keep", default=None, help="where repositories of disagreements stay")
    words = parser.parse_args()
    first, _, last = words.seeds.partition("..")
    seeds = range(int(first), int(last)) if last else map(int, first.split(","))
    place = words.keep or tempfile.mkdtemp(prefix="second-")
    os.makedirs(place, exist_ok=True)
    jobs = [(os.path.abspath(words.program), seed, words.off.split(","), place) for seed in seeds]
    counts, wrong = collections.Counter(), []
    with multiprocessing.Pool(words.jobs) as pool:
        for seed, path, ours, second, different, hit, question in pool.imap_unordered(one, jobs):
            if different:
                wrong.append(seed)
                tell(seed, path, ours, second, different, question, hit)
            counts[f"exit {second['exit']}"] += 1
            counts.update({f"carried {level}" for said in second["counted"].values() for _, level in said})
            counts.update({"standing " + kind for kind in second["standing"].values()})
            counts.update({"feature " + name for name in hit})
            counts.update({"reason " + name for name in ours["ids"]})
    for name, count in sorted(counts.items()):
        print(f"{count / len(jobs):7.1%}  {name}")
    print(f"{len(jobs)} scenarios, {len(wrong)} disagreements {sorted(wrong)[:50]}")
    if not wrong and not words.keep:
        shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
