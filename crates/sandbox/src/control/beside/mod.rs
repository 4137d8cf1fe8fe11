//! Services beside ECR, as far as a set-up of replication asks them: IAM, KMS and IAM Toolbox.

pub(crate) mod access;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod toolbox;
