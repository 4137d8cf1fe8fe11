//! A whole document in the format of another tool.
//!
//! Every format is safe to pass on: it is bound to one account and Region, and never omits a part
//! of the document silently. [`ExportError`] says what a format cannot express.

mod cli;
mod cloudformation;
mod expressible;
mod hcl;
mod json;
mod kubernetes;
mod kubernetes_check;
mod subject;
mod terraform;

pub use kubernetes::{KubernetesOptions, Resources, kubernetes};
pub use kubernetes_check::KubernetesError;
pub use subject::{IamEntity, IamSubject, Subject};

use longshore_names::RegistryId;
use serde::Serialize;
use serde_json::Value;

use crate::{registry_policy::RegistryPolicy, replication::ReplicationConfiguration};

/// A document before and after a change, in one registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The replication configuration.
    Replication {
        /// As it was read.
        before: ReplicationConfiguration,
        /// As it is to be.
        after: ReplicationConfiguration,
    },
    /// The registry policy; `None` if the registry has none.
    RegistryPolicy {
        /// As it was read.
        before: Option<RegistryPolicy>,
        /// As it is to be.
        after: Option<RegistryPolicy>,
    },
    /// Any other document or setting; `None` if there is none. Equal ones stand for it as it is now.
    Other {
        /// What it is.
        subject: Subject,
        /// As it was read.
        before: Option<Value>,
        /// As it is to be.
        after: Option<Value>,
    },
}

/// The registry that the change is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The registry.
    pub registry: RegistryId,
    /// The endpoint, if the service is not AWS but the sandbox.
    pub endpoint: Option<String>,
}

/// The form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Shell commands of the AWS CLI.
    Cli,
    /// The document itself.
    Json,
    /// Terraform.
    Terraform,
    /// CloudFormation.
    Cloudformation,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Cli, Self::Json, Self::Terraform, Self::Cloudformation];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cli => "AWS CLI",
            Self::Json => "JSON",
            Self::Terraform => "Terraform",
            Self::Cloudformation => "CloudFormation",
        }
    }
}

/// A document in another form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// A file name that fits.
    pub file_name: String,
    /// The text.
    pub text: String,
    /// What to know before using it.
    pub notes: Vec<String>,
}

/// Why a document has no such form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The form has no word for a field.
    #[error("{} cannot express `{field}`", format.name())]
    Inexpressible {
        /// The form.
        format: Format,
        /// The field, as a path in the document.
        field: String,
    },
    /// There is nothing left to write.
    #[error("{} cannot express an empty document", format.name())]
    Empty {
        /// The form.
        format: Format,
    },
    /// The form has it only as a part of something larger.
    #[error("{} has it only as a part of the {whole}", format.name())]
    PartOf {
        /// The form.
        format: Format,
        /// Of what.
        whole: &'static str,
    },
    /// The endpoint is not a plain URL, so it cannot be used in commands.
    #[error("the endpoint is not a plain http or https URL")]
    Endpoint,
}

impl ExportError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Inexpressible { .. } => "export-inexpressible",
            Self::Empty { .. } => "export-empty",
            Self::Endpoint => "export-endpoint",
            Self::PartOf { .. } => "export-part",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// Writes the change in a form.
///
/// # Errors
/// When the form cannot express a field of the document, or has none for an empty one.
pub fn export(change: &Change, target: &Target, format: Format) -> Result<Exported, ExportError> {
    let plain = |url: &String| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ":/._-[]".contains(c);
        (url.starts_with("http://") || url.starts_with("https://")) && url.chars().all(allowed)
    };
    if !target.endpoint.as_ref().is_none_or(plain) {
        return Err(ExportError::Endpoint);
    }
    match format {
        Format::Cli => cli::export(change, target),
        Format::Json => json::export(change, target),
        Format::Terraform => terraform::export(change, target),
        Format::Cloudformation => cloudformation::export(change, target),
    }
}

/// `registry-policy-444455556666-us-west-2.json` and the like.
fn file_name(change: &Change, target: &Target, extension: &str) -> String {
    let what = match change {
        Change::Replication { .. } => "replication",
        Change::RegistryPolicy { .. } => "registry-policy",
        Change::Other { subject, .. } => return subject_file_name(subject, target, extension),
    };
    format!("{what}-{}-{}.{extension}", target.registry.account, target.registry.region)
}

fn subject_file_name(subject: &Subject, target: &Target, extension: &str) -> String {
    format!("{}-{}-{}.{extension}", subject.stem(), target.registry.account, target.registry.region)
}
