//! AWS account ids.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{NameError, NameKind, Partition, text::text_type};

/// A 12-digit AWS account id, stored as text because leading zeros count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

text_type!(AccountId);

impl AccountId {
    /// Takes what a person typed: surrounding blanks and the console's dashes (`1111-2222-3333`)
    /// are dropped.
    ///
    /// # Errors
    /// When anything but 12 digits is left.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        text.trim().replace('-', "").parse()
    }

    /// The ARN that stands for every user and role of this account.
    pub fn root_arn(&self, partition: Partition) -> String {
        format!("arn:{}:iam::{}:root", partition.id(), self.0)
    }
}

impl FromStr for AccountId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = |problem: String| Err(NameError::new(NameKind::AccountId, text, problem));
        if let Some(other) = text.chars().find(|c| !c.is_ascii_digit()) {
            return error(format!("an account id has digits only, not `{other}`"));
        }
        if text.len() != 12 {
            return error(format!("an account id has 12 digits, this has {}", text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}
