#!/bin/sh
# Checks the signature on one statement of Countersign, by other people's programs only.
#
#   verify-verdict.sh ALLOWED_SIGNERS < line
#
# `line` is one line of a note in refs/notes/countersign, ALLOWED_SIGNERS the file of the policy.
# Needs jq, base64, ssh-keygen 8.2 or later and the usual POSIX tools. Exit 0: these bytes were signed
# by the key that ALLOWED_SIGNERS gives to the principal they name. docs/formats.md says what that
# does not prove.
set -eu

fail() {
    printf 'not verified: %s\n' "$1" >&2
    exit 1
}

[ $# -eq 1 ] || fail 'usage: verify-verdict.sh ALLOWED_SIGNERS < line'
signers=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/line"

# 1. The envelope: take it apart, write it again, compare the bytes.
field() {
    value=$(jq -r "$1 | strings" "$dir/line" 2>/dev/null) && [ -n "$value" ] ||
        fail "the envelope has no $1"
    printf %s "$value"
}
payload=$(field .payload)
keyid=$(field '.signatures[0].keyid')
sig=$(field '.signatures[0].sig')
type=application/vnd.in-toto+json
printf '{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}\n' \
    "$payload" "$type" "$keyid" "$sig" | cmp -s - "$dir/line" ||
    fail 'the envelope is not in its canonical form'

# 2. What was signed: the DSSE pre-authentication encoding of the stored payload.
printf %s "$payload" | base64 -d > "$dir/payload" 2>/dev/null || fail 'the payload is no base64'
size=$(wc -c < "$dir/payload" | tr -d ' ')
{
    printf 'DSSEv1 %s %s %s ' "${#type}" "$type" "$size"
    cat "$dir/payload"
} > "$dir/pae"

# 3. The signature, in the armour that ssh-keygen reads.
{
    printf '%s\n' '-----BEGIN SSH SIGNATURE-----'
    printf '%s\n' "$sig" | fold -w 70
    printf '%s\n' '-----END SSH SIGNATURE-----'
} > "$dir/sig"

# 4. Whose it says it is, and whether that person's key made it.
principal=$(jq -r '.predicate.reviewer.principal | strings' "$dir/payload" 2>/dev/null) || principal=
case $principal in
    '') fail 'the payload names no principal' ;;
    *[!a-z0-9._+@-]*) fail 'the principal is not [a-z0-9._+@-]' ;;
esac
good=$(ssh-keygen -Y verify -f "$signers" -I "$principal" -n verdict.v1@countersign.dev \
    -s "$dir/sig" < "$dir/pae" 2>/dev/null) || fail "no good signature of $principal"
case $good in
    *" key $keyid") ;;
    *) fail 'keyid is not the key that signed' ;;
esac

# Printed as JSON in ASCII: the payload is somebody else's text.
jq -ac '{verdict: .predicate.verdict, commit: .subject[0].digest.gitCommit,
         target: .predicate.target, by: .predicate.reviewer.principal,
         at: .predicate.issuedAt, type: .predicateType}' "$dir/payload"
