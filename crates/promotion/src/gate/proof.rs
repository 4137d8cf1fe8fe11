//! Signatures and attestations: who must have signed, and what verification found.

use longshore_names::Digest;
use longshore_policy::lifecycle::tag_matches;

use super::{BuildFacts, Evidence, Gate, GateAnswer};
use crate::path::SignerText;

/// The kind of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// A sigstore bundle or a cosign signature.
    Cosign,
    /// A JWS envelope of Notation or AWS Signer.
    Notation,
}

/// Who signed, as verification proved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The holder of a key: the name under which it is enrolled, or the ARN of a KMS key.
    Key(String),
    /// A keyless identity.
    Identity {
        /// The subject of the certificate.
        subject: String,
        /// Its issuer.
        issuer: String,
    },
    /// A certificate whose chain ends at an enrolled root.
    Certificate {
        /// The subject of the certificate.
        subject: String,
        /// The name under which the root is enrolled.
        root: String,
    },
}

/// One signature that was found on a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFact {
    /// Its kind.
    pub kind: SignatureKind,
    /// The digest that it covers.
    pub covers: Digest,
    /// Who signed, or why it could not be verified, without a full stop.
    pub verified: Result<Signer, String>,
}

/// One attestation that was found on a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationFact {
    /// The type of its predicate.
    pub predicate_type: String,
    /// Its signature.
    pub signature: SignatureFact,
}

/// Who must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerRule {
    /// The holder of a key.
    Key(String),
    /// A keyless identity; the subject may be a pattern with `*`.
    Identity {
        /// The subject.
        subject: String,
        /// The issuer, exactly.
        issuer: String,
    },
    /// A certificate under a root.
    Root(String),
}

/// An attestation that a build must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationRule {
    /// The type of its predicate, exactly.
    pub predicate_type: String,
    /// Who must have signed it.
    pub signer: SignerRule,
}

impl SignerRule {
    /// Reads a signer of a path file.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn parse(text: &SignerText) -> Result<Self, String> {
        match (&text.key, &text.identity, &text.issuer, &text.root) {
            (Some(key), None, None, None) => Ok(Self::Key(key.clone())),
            (None, Some(subject), Some(issuer), None) => {
                Ok(Self::Identity { subject: subject.clone(), issuer: issuer.clone() })
            }
            (None, None, None, Some(root)) => Ok(Self::Root(root.clone())),
            (None, Some(_), None, None) => {
                Err("an `identity` needs its `issuer`; anybody can have it elsewhere".into())
            }
            _ => Err("a signer is a `key`, an `identity` with its `issuer`, or a `root`".into()),
        }
    }

    fn is(&self, signer: &Signer) -> bool {
        match (self, signer) {
            (Self::Key(key), Signer::Key(found)) => key == found,
            (Self::Identity { subject, issuer }, Signer::Identity { subject: found, issuer: by }) => {
                issuer == by && tag_matches(subject, found)
            }
            (Self::Root(root), Signer::Certificate { root: found, .. }) => root == found,
            _ => false,
        }
    }

    fn wanted(&self) -> String {
        match self {
            Self::Key(key) => format!("the key `{}`", shown(key)),
            Self::Identity { subject, issuer } => format!("`{}` of `{}`", shown(subject), shown(issuer)),
            Self::Root(root) => format!("a certificate under the root `{}`", shown(root)),
        }
    }

    /// The answer for the signatures of a build.
    pub(super) fn answer(&self, gate: &Gate, build: &BuildFacts) -> GateAnswer {
        let sign = format!("The build must be signed by {}.", self.wanted());
        let found = match &build.signatures {
            Evidence::Known(found) => found.iter().collect(),
            Evidence::Missing => Vec::new(),
            Evidence::NotKnown(why) => {
                return GateAnswer::not_known(gate, format!("The signatures were not read: {why}."), sign);
            }
        };
        let answer = match self.judge(&found, &build.digest) {
            Ok(text) => GateAnswer::pass(gate, text),
            Err(None) => GateAnswer::missing(gate, "The build has no signature.", sign),
            Err(Some(why)) => GateAnswer::fail(gate, why, sign),
        };
        match &build.signing_status {
            Some(status) => {
                answer.unchecked(format!("The registry says of its own signing: {}.", shown(status)))
            }
            None => answer,
        }
    }

    /// The sentence of the signature that satisfies the rule; else what is wrong with the others.
    fn judge(&self, found: &[&SignatureFact], digest: &Digest) -> Result<String, Option<String>> {
        let mut problems = Vec::new();
        for one in found {
            match &one.verified {
                Ok(_) if one.covers != *digest => {
                    problems.push(format!("a signature covers another image, {}", one.covers.short()));
                }
                Ok(signer) if self.is(signer) => {
                    return Ok(format!("Signed by {} ({}).", said(signer), kind(one.kind)));
                }
                Ok(signer) => {
                    problems.push(format!("it is signed by {}, not by {}", said(signer), self.wanted()))
                }
                Err(why) => problems.push(format!("a signature was not verified: {}", shown(why))),
            }
        }
        let text =
            (!problems.is_empty()).then(|| format!("{}.", longshore_names::capital(&problems.join("; "))));
        Err(text)
    }
}

impl AttestationRule {
    /// The answer for the attestations of a build.
    pub(super) fn answer(&self, gate: &Gate, build: &BuildFacts) -> GateAnswer {
        let kind = shown(&self.predicate_type);
        let attest = format!("The build needs an attestation `{kind}` signed by {}.", self.signer.wanted());
        let found: Vec<&SignatureFact> = match &build.attestations {
            Evidence::Known(found) => {
                let fits = found.iter().filter(|one| one.predicate_type == self.predicate_type);
                fits.map(|one| &one.signature).collect()
            }
            Evidence::Missing => Vec::new(),
            Evidence::NotKnown(why) => {
                return GateAnswer::not_known(
                    gate,
                    format!("The attestations were not read: {why}."),
                    attest,
                );
            }
        };
        match self.signer.judge(&found, &build.digest) {
            Ok(text) => GateAnswer::pass(gate, format!("The build has an attestation `{kind}`. {text}"))
                .unchecked("What the attestation says was not checked."),
            Err(None) => GateAnswer::missing(gate, format!("The build has no attestation `{kind}`."), attest),
            Err(Some(why)) => GateAnswer::fail(gate, why, attest),
        }
    }
}

fn said(signer: &Signer) -> String {
    match signer {
        Signer::Key(key) => format!("the key `{}`", shown(key)),
        Signer::Identity { subject, issuer } => format!("`{}` of `{}`", shown(subject), shown(issuer)),
        Signer::Certificate { subject, root } => {
            format!("`{}` under the root `{}`", shown(subject), shown(root))
        }
    }
}

fn kind(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::Cosign => "cosign",
        SignatureKind::Notation => "Notation",
    }
}

fn shown(text: &str) -> String {
    longshore_names::shown(text, 200)
}
