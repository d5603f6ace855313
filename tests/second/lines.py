"""Statements: one line of a note, from its bytes to a payload that may be believed (formats, §3)."""
import base64
import binascii
import calendar
import collections
import functools
import hashlib
import json
import re
import struct
import time

import curve

NAMESPACE = "verdict.v1@countersign.dev"
VERDICT, OVERRIDE, GLASS, CHECKPOINT, REBASE = (f"https://countersign.dev/{name}/v1" for name in (
    "verdict", "override", "break-glass", "checkpoint", "log-rebase"))
STATEMENT = "https://in-toto.io/Statement/v1"
TYPE = "application/vnd.in-toto+json"
OPENING = b'{"payload":"'
SK = b"sk-ssh-ed25519@openssh.com"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Signature = collections.namedtuple("Signature", "key namespace flags")
# `strict`: the payload is canonical and says nothing that this version does not know.
Statement = collections.namedtuple("Statement", "digest key flags kind subject said strict")


def fingerprint(key):
    """The OpenSSH SHA-256 fingerprint of a key's blob."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def strings(data, count):
    """`count` length-prefixed strings from the start of SSH data, and what is left."""
    found = []
    for _ in range(count):
        size = struct.unpack(">I", data[:4])[0]
        if len(data) < 4 + size:
            raise ValueError("short")
        found.append(data[4:4 + size])
        data = data[4 + size:]
    return found, data


def pack(*parts):
    """SSH's length-prefixed strings."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def sshsig(blob, message):
    """The signature of an SSHSIG blob, if it is good for the message; else None."""
    try:
        if blob[:10] != b"SSHSIG\0\0\0\1":
            return None
        (key, namespace, reserved, algorithm, signature), rest = strings(blob[10:], 5)
        if rest or reserved or algorithm not in (b"sha512", b"sha256"):
            return None
        digest = hashlib.new(algorithm.decode(), message).digest()
        signed = b"SSHSIG" + pack(namespace, reserved, algorithm, digest)
        flags = _ed25519(key, signature, signed)
        return None if flags is None else Signature(fingerprint(key), namespace.decode(), flags)
    except (ValueError, struct.error):
        return None


def _ed25519(key, signature, signed):
    """The presence flags of a good signature: 1 touched, 4 verified, 0 for a plain key; else None."""
    (kind, point), rest = strings(key, 2)
    (made, value), tail = strings(signature, 2)
    if kind != made:
        return None
    if kind == b"ssh-ed25519" and not rest and not tail:
        return 0 if curve.verify(point, signed, value) else None
    if kind != SK or len(tail) != 5:
        return None
    (application,), rest = strings(rest, 1)
    signed = hashlib.sha256(application).digest() + tail + hashlib.sha256(signed).digest()
    return tail[0] if not rest and curve.verify(point, signed, value) else None


def armoured(text, message):
    """The same for the armoured signature of a commit or tag."""
    body = text.replace(b"-----BEGIN SSH SIGNATURE-----", b"").replace(b"-----END SSH SIGNATURE-----", b"")
    try:
        return sshsig(base64.b64decode(b"".join(body.split()), validate=True), message)
    except binascii.Error:
        return None


def seconds(text):
    """The time that an RFC 3339 text in UTC names."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def timed(text):
    """Whether a text is a time."""
    try:
        return seconds(text) is not None
    except (ValueError, TypeError):
        return False


def split(note):
    """The lines of a note that end in LF, without it; one that was glued to another begins at its own opening."""
    for line in note.split(b"\n")[:-1]:
        first, *glued = line.split(OPENING)
        yield OPENING + glued[-1] if glued and not first else line


@functools.lru_cache(maxsize=4096)
def read(line):
    """The statement of a line (without its LF): good envelope and signature; else None."""
    try:
        envelope = json.loads(line)
        payload = base64.b64decode(envelope["payload"], validate=True)
        (entry,) = envelope["signatures"]
        blob = base64.b64decode(entry["sig"], validate=True)
        again = envelope_of(payload, entry["keyid"], blob)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if again != line or len(line) >= 256 * 1024:
        return None
    found = sshsig(blob, pae(payload))
    if not found or found.namespace != NAMESPACE or found.key != entry["keyid"]:
        return None
    return _statement(payload, found)


def envelope_of(payload, keyid, blob):
    """The one way to write an envelope, without its LF."""
    sig, text = base64.b64encode(blob).decode(), base64.b64encode(payload).decode()
    return json.dumps({"payload": text, "payloadType": TYPE, "signatures": [{"keyid": keyid, "sig": sig}]},
                      separators=(",", ":")).encode()


def pae(payload):
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)


def _once(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _statement(payload, found):
    digest = hashlib.sha256(payload).hexdigest()
    nothing = Statement(digest, found.key, found.flags, None, _subject(payload), None, False)
    try:
        value = json.loads(payload, object_pairs_hook=_once)
        said, kind = value["predicate"], value["predicateType"]
        if value["_type"] != STATEMENT:
            return nothing
        if kind == VERDICT and said["verdict"] in ("approve", "comment"):  # what is odd in it sets it aside, no more
            nothing = nothing._replace(kind=VERDICT)
        (subject,) = value["subject"]
        head = subject["digest"]["gitCommit"]
        if kind == VERDICT and (said["verdict"] not in ("approve", "reject", "comment", "withdraw")
                                or said["head"]["gitCommit"] != head or not timed(said["issuedAt"])
                                or said["verdict"] in ("reject", "withdraw") and not all(
                                    fits(said[name], SHAPES[VERDICT][name]) for name in ("target", "content", "change"))):
            return nothing
    except (ValueError, KeyError, TypeError):
        return nothing
    strict = payload == canonical(value) and plain(value) and complete(value) and said["reviewer"]["key"] == found.key
    return Statement(digest, found.key, found.flags, kind, head, said, strict)


def _subject(payload):
    try:
        return json.loads(payload)["subject"][0]["digest"]["gitCommit"]
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def canonical(value):
    """The RFC 8785 form of a value whose keys are ASCII and whose numbers are small integers."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def plain(value):
    """Whether a value holds only what a payload may hold: nothing empty, null, negative or a control."""
    if isinstance(value, dict):
        return all(key == "log" and item == {} or plain(item) for key, item in value.items())
    if isinstance(value, list):
        return bool(value) and all(map(plain, value))
    if isinstance(value, str):
        return value != "" and not CONTROL.search(value)
    return type(value) is int and 0 <= value < 2**53


# What a verdict may hold: `name?` may be absent, a list holds one or more of its one element.
TEXT, NUMBER, OID, HASH = r"(?s:.+)", None, "[0-9a-f]{40}", "[0-9a-f]{64}"
ITEM, POINT = "pass|fail|na", {"gitCommit": OID, "gitTree": OID}
SIGNED = {"repository": {"id": TEXT, "policyRoot": OID}, "reviewer": {"principal": TEXT, "key": TEXT}, "issuedAt": TEXT}
SHAPES = {
    OVERRIDE: {**SIGNED, "target": TEXT, "lifts": [HASH], "reason": TEXT},
    GLASS: {**SIGNED, "target": TEXT, "commit": OID, "reason": TEXT, "validUntil": TEXT},
    CHECKPOINT: {**SIGNED, "notesCommit": OID, "statements": NUMBER, "expiresAt": TEXT},
    REBASE: {**SIGNED, "from": OID, "to": OID, "reason": TEXT},
    VERDICT: {
        "verdict": "approve|reject|comment|withdraw", "repository": {"id": TEXT, "policyRoot": OID},
        "change": {"id": "[0-9a-z][0-9a-z-]{1,62}", "revision": NUMBER}, "target": TEXT, "base": POINT,
        "head": POINT, "commitCount": NUMBER, "reviewer": {"principal": TEXT, "key": TEXT},
        "content": {"algorithm": "change-content-v1", "sha256": HASH, "files": NUMBER},
        "issuedAt": TEXT, "policy": {"version": NUMBER, "sha256": HASH, "gitCommit": OID},
        "log": {"head?": OID, "seen?": [HASH]}, "tool": {"name": TEXT, "version": TEXT},
        "viewed?": {"filesViewed": NUMBER, "filesTotal": NUMBER, "hunksViewed": NUMBER, "hunksTotal": NUMBER,
                    "seconds": NUMBER, "acknowledged?": [{"id": TEXT, "text?": TEXT}], "hidden": NUMBER},
        "checklist?": {"correctness": ITEM, "security": ITEM, "performance": ITEM},
        "risk?": {"level": "low|medium|high|critical", "likelihood": NUMBER, "impact": NUMBER, "findings": NUMBER, "sha256": HASH},
        "summary?": TEXT, "supersedes?": [HASH],
        "comments?": [{"path?": TEXT, "side?": "old|new", "line?": NUMBER, "endLine?": NUMBER, "finding?": TEXT,
                       "severity": "must|should|nit|note", "body": TEXT}],
    },
}


def complete(value):
    """Whether a statement has what it needs and nothing unknown, and an approval says nothing against itself."""
    kind = value["predicateType"]
    subject = {"name": TEXT if kind != VERDICT else "[0-9a-z][0-9a-z-]{1,62}@[1-9][0-9]*", "digest": {"gitCommit": OID}}
    if not fits(value, {"_type": re.escape(STATEMENT), "predicateType": TEXT,
                        "subject": [subject], "predicate": SHAPES.get(kind, {})}):
        return False
    said = value["predicate"]
    if kind == VERDICT and value["subject"][0]["name"] != f"{said['change']['id']}@{said['change']['revision']}":
        return False
    if kind != VERDICT:
        return all(timed(said[name]) for name in ("issuedAt", "validUntil", "expiresAt") if name in said)
    if "seen" in said["log"] and "head" not in said["log"]:
        return False
    if said["verdict"] != "approve":
        return ("summary" if said["verdict"] == "reject" else "supersedes" if said["verdict"] == "withdraw"
                else "verdict") in said
    return (all(key in said for key in ("viewed", "checklist", "risk")) and "fail" not in said["checklist"].values()
            and all(c["severity"] != "must" for c in said.get("comments", [])))


def fits(value, shape):
    """Whether a value has a shape."""
    if isinstance(shape, dict):
        known = {key.rstrip("?"): item for key, item in shape.items()}
        return (isinstance(value, dict) and all(k in known and fits(v, known[k]) for k, v in value.items())
                and all(key.endswith("?") or key in value for key in shape))
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if shape is None:
        return type(value) is int
    return isinstance(value, str) and re.fullmatch(shape, value) is not None
