//! Services beside ECR, as far as a set-up of replication asks them: STS, KMS, IAM Toolbox,
//! CloudFormation and Account Management.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod assume;
pub(crate) mod cloudformation;
pub(crate) mod kms;
pub(crate) mod session_token;
pub(crate) mod sts;
pub(crate) mod toolbox;
