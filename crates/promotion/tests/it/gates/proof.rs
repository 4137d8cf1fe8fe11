//! Signatures and attestations.

use longshore_promotion::gate::{AttestationFact, Evidence, GateState, SignatureFact, SignatureKind, Signer};

use super::{answer, says};
use crate::common::digest;

const GITHUB: &str = "https://token.actions.githubusercontent.com";

fn signature(digit: char, verified: Result<Signer, &str>) -> SignatureFact {
    SignatureFact {
        kind: SignatureKind::Cosign,
        covers: digest(digit),
        verified: verified.map_err(str::to_owned),
    }
}

fn key(name: &str) -> Result<Signer, &'static str> {
    Ok(Signer::Key(name.into()))
}

fn identity(subject: &str, issuer: &str) -> Result<Signer, &'static str> {
    Ok(Signer::Identity { subject: subject.into(), issuer: issuer.into() })
}

fn signed(gate: &str, found: Vec<SignatureFact>) -> longshore_promotion::gate::GateAnswer {
    answer(gate, |facts| facts.build.signatures = Evidence::Known(found))
}

#[test]
fn a_signature_by_the_right_signer_passes() {
    let by_key = "{ signature: { key: release } }";
    says(
        &signed(by_key, vec![signature('a', key("release"))]),
        GateState::Pass,
        "Signed by the key `release` (cosign).",
        "",
    );
    let identities =
        format!("{{ signature: {{ identity: \"https://github.com/acme/*\", issuer: \"{GITHUB}\" }} }}");
    let good = identity("https://github.com/acme/shop", GITHUB);
    says(
        &signed(&identities, vec![signature('a', good)]),
        GateState::Pass,
        "https://github.com/acme/shop",
        "",
    );
    let root = "{ signature: { root: acme } }";
    let certificate = Signer::Certificate { subject: "CN=shop".into(), root: "acme".into() };
    let notation = SignatureFact { kind: SignatureKind::Notation, ..signature('a', Ok(certificate)) };
    says(&signed(root, vec![notation]), GateState::Pass, "`CN=shop` under the root `acme` (Notation)", "");
    let several =
        vec![signature('a', Err("tampered")), signature('b', key("release")), signature('a', key("release"))];
    says(&signed(by_key, several), GateState::Pass, "`release`", "");
}

#[test]
fn any_other_signature_fails() {
    let by_key = "{ signature: { key: release } }";
    for (found, evidence) in [
        (signature('a', key("laptop")), "It is signed by the key `laptop`, not by the key `release`"),
        (signature('b', key("release")), "covers another image, sha256:bbbbbbbbbbbb"),
        (signature('a', Err("the payload was changed")), "was not verified: the payload was changed"),
        (signature('a', identity("release", GITHUB)), "not by the key"),
    ] {
        says(
            &signed(by_key, vec![found.clone()]),
            GateState::Fail,
            evidence,
            "The build must be signed by the key `release`.",
        );
        // A bad signature is there, so `if_present` does not excuse it.
        says(
            &signed("{ signature: { key: release }, if_present: true }", vec![found]),
            GateState::Fail,
            "",
            "",
        );
    }
    let other_issuer = format!("{{ signature: {{ identity: \"*\", issuer: \"{GITHUB}\" }} }}");
    let fake = signature('a', identity("https://github.com/acme/shop", "https://evil.example"));
    says(&signed(&other_issuer, vec![fake]), GateState::Fail, "evil.example", "");
    says(&signed(by_key, vec![]), GateState::Fail, "The build has no signature.", "");
}

#[test]
fn what_the_registry_says_of_its_signing_is_no_proof() {
    let found = answer("{ signature: { key: release } }", |facts| {
        facts.build.signatures = Evidence::Missing;
        facts.build.signing_status = Some("COMPLETE".into());
    });
    says(&found, GateState::Fail, "no signature", "");
    assert_eq!(found.not_checked, ["The registry says of its own signing: COMPLETE."]);
}

#[test]
fn an_attestation_has_its_type_and_its_signer() {
    let gate =
        "{ attestation: { predicate_type: \"https://slsa.dev/provenance/v1\", signed_by: { key: ci } } }";
    let with = |kind: &str, signature: SignatureFact| {
        answer(gate, |facts| {
            facts.build.attestations =
                Evidence::Known(vec![AttestationFact { predicate_type: kind.into(), signature }]);
        })
    };
    let good = with("https://slsa.dev/provenance/v1", signature('a', key("ci")));
    says(
        &good,
        GateState::Pass,
        "an attestation `https://slsa.dev/provenance/v1`. Signed by the key `ci`",
        "",
    );
    assert_eq!(good.not_checked, ["What the attestation says was not checked."]);
    says(
        &with("https://slsa.dev/provenance/v0.2", signature('a', key("ci"))),
        GateState::Fail,
        "has no attestation",
        "The build needs an attestation",
    );
    says(
        &with("https://slsa.dev/provenance/v1", signature('b', key("ci"))),
        GateState::Fail,
        "covers another image",
        "",
    );
    says(
        &with("https://slsa.dev/provenance/v1", signature('a', key("me"))),
        GateState::Fail,
        "not by the key `ci`",
        "",
    );
}
