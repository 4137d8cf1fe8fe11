//! Services beside ECR, as far as a set-up of replication asks them: STS, KMS, IAM Toolbox and
//! CloudFormation.

pub(crate) mod access;
pub(crate) mod assume;
pub(crate) mod cloudformation;
pub(crate) mod kms;
pub(crate) mod session_token;
pub(crate) mod sts;
pub(crate) mod toolbox;
