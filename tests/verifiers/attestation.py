"""Checks the file of `gate --attest` with other people's libraries: FILE COMMIT PUBLIC_KEY.

The envelope by securesystemslib, the statement and the summary by in-toto-attestation.
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import (
    load_pem_public_key,
    load_ssh_public_key,
)
from google.protobuf import json_format
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

file, commit, public = sys.argv[1:]
key_bytes = open(public, "rb").read()
pem = key_bytes.startswith(b"-----")
key = load_pem_public_key(key_bytes) if pem else load_ssh_public_key(key_bytes)

document = json.load(open(file, encoding="utf-8"))
keyid = document["signatures"][0]["keyid"]
envelope = Envelope.from_dict(document)
accepted = envelope.verify([SSlibKey.from_crypto(key, keyid=keyid)], 1)
assert list(accepted) == [keyid], accepted
assert envelope.payload_type == "application/vnd.in-toto+json"

statement = Statement.copy_from_pb(
    json_format.Parse(envelope.payload, Statement(subjects=[], predicate_type="", predicate={}).pb)
)
statement.validate()
payload = json.loads(envelope.payload)
assert payload["predicateType"] == "https://slsa.dev/verification_summary/v1"
assert payload["subject"][0]["digest"] == {"gitCommit": commit}

# Two things in which the library's summary differs from the specification: it is older than
# `verifier.version`, which a reader has to pass over, and takes the list of levels for one text.
predicate = payload["predicate"]
levels = predicate.pop("verifiedLevels")
assert levels == ["ORG_SOURCE_AI_SENIOR_REVIEWED"], levels
summary = json_format.ParseDict(
    predicate, vsa_pb2.VerificationSummary(), ignore_unknown_fields=True
)
assert summary.verification_result == "PASSED", summary
assert summary.time_verified.seconds > 0 and summary.resource_uri and summary.policy.digest
assert all(len(one.digest["sha256"]) == 64 for one in summary.input_attestations)
print("accepted")
