package sigstore

import rego.v1

# `input` is the statement about the image, after its signature was verified.
default isCompliant := false

isCompliant if {
	input.predicateType == "https://countersign.dev/image-source/v1"
	summary := input.predicate.summary
	summary.predicateType == "https://slsa.dev/verification_summary/v1"
	summary.predicate.verifier.id == "https://countersign.dev/gate/v1"
	summary.predicate.verificationResult == "PASSED"

	# ORG_SOURCE_AI_BREAK_GLASS is another level, and is not let in here.
	"ORG_SOURCE_AI_SENIOR_REVIEWED" in summary.predicate.verifiedLevels

	# Which repository, by whose rules, for what: written here, not taken from the statement.
	summary.predicate.resourceUri == "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11"
	count(summary.subject) == 1
	subject := summary.subject[0]
	subject.digest.gitCommit == input.predicate.commit
	subject.annotations.policyRoot == "4d3c2b1a09f8e7d6c5b4a3928170f6e5d4c3b2a1"
	subject.annotations.environment == "production"
	"refs/heads/main" in subject.annotations.sourceRefs
}
