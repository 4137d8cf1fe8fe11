//! An approval as a file or as a referrer: a DSSE envelope (Dead Simple Signing Envelope 1.0).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{ApprovalStatement, RequestError, request::read_object};

/// The type of an approval's payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.longshore.promotion-approval+json";

/// A signed approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Envelope {
    /// [`PAYLOAD_TYPE`].
    payload_type: String,
    /// The statement's bytes in base64.
    payload: String,
    /// The signatures, one to ten.
    signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// The name of the enrolled key or the ARN of the KMS key. It is a hint: only verification proves it.
    pub keyid: String,
    /// The signature over [`Envelope::signed_bytes`] in base64.
    pub sig: String,
}

/// The key name and the bytes of a signature.
pub type KeySignature = (String, Vec<u8>);

impl Envelope {
    /// The bytes that are signed for a statement: DSSE's pre-authentication encoding, so that no other
    /// payload type can be taken for an approval.
    pub fn signed_bytes(statement: &ApprovalStatement) -> Vec<u8> {
        let payload = statement.payload();
        let mut bytes =
            format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
        bytes.extend(payload);
        bytes
    }

    /// The envelope of a statement and a signature over [`Self::signed_bytes`].
    pub fn new(statement: &ApprovalStatement, keyid: impl Into<String>, signature: &[u8]) -> Self {
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(statement.payload()),
            signatures: vec![EnvelopeSignature { keyid: keyid.into(), sig: STANDARD.encode(signature) }],
        }
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        format!("{}\n", longshore_policy::pretty(&serde_json::to_value(self).unwrap_or_default()))
    }

    /// Reads a file: the statement, and each signature as key name and bytes. Nothing is verified.
    ///
    /// # Errors
    /// When it is not an approval; see [`RequestError`].
    pub fn read(text: &str) -> Result<(ApprovalStatement, Vec<KeySignature>), RequestError> {
        let shape = |problem: String| RequestError::Shape { kind: "approval", problem };
        let value = read_object(text, "approval")?;
        let envelope: Self = serde_json::from_value(value).map_err(|error| shape(error.to_string()))?;
        if envelope.payload_type != PAYLOAD_TYPE {
            let kind = longshore_names::shown(&envelope.payload_type, 100);
            return Err(shape(format!("its payload is `{kind}`, not `{PAYLOAD_TYPE}`")));
        }
        if !(1..=10).contains(&envelope.signatures.len()) {
            return Err(shape(format!("it has {} signatures, not 1 to 10", envelope.signatures.len())));
        }
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| shape(error.to_string()));
        let statement = ApprovalStatement::read(&decode(&envelope.payload)?)?;
        let signature = |one: EnvelopeSignature| Ok((one.keyid, decode(&one.sig)?));
        let signatures =
            envelope.signatures.into_iter().map(signature).collect::<Result<_, RequestError>>()?;
        Ok((statement, signatures))
    }
}
