//! AWS partitions and Regions.
//!
//! Source: `partitions.json` and `endpoints.json` of botocore 1.44.5.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{NameError, NameKind, near::edit_distance, text::text_type};

/// A group of Regions with accounts, ARNs and host names of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partition {
    /// The commercial Regions.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// The European Sovereign Cloud.
    AwsEusc,
    /// ISO (US).
    AwsIso,
    /// ISOB (US).
    AwsIsoB,
    /// ISOE (Europe).
    AwsIsoE,
    /// ISOF.
    AwsIsoF,
}

impl Partition {
    /// Every partition.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsUsGov,
        Self::AwsEusc,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
    ];

    /// The partition's id as it appears in ARNs, for example `aws-cn`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
        }
    }

    /// The domain under which the partition's services answer over IPv4.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
        }
    }

    /// The Regions known when this was written. AWS adds more; a Region of another name is
    /// accepted from a service and refused from a person only when its shape is wrong.
    pub fn regions(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &[
                "af-south-1",
                "ap-east-1",
                "ap-east-2",
                "ap-northeast-1",
                "ap-northeast-2",
                "ap-northeast-3",
                "ap-south-1",
                "ap-south-2",
                "ap-southeast-1",
                "ap-southeast-2",
                "ap-southeast-3",
                "ap-southeast-4",
                "ap-southeast-5",
                "ap-southeast-6",
                "ap-southeast-7",
                "ca-central-1",
                "ca-west-1",
                "eu-central-1",
                "eu-central-2",
                "eu-north-1",
                "eu-south-1",
                "eu-south-2",
                "eu-west-1",
                "eu-west-2",
                "eu-west-3",
                "il-central-1",
                "me-central-1",
                "me-south-1",
                "mx-central-1",
                "sa-east-1",
                "us-east-1",
                "us-east-2",
                "us-west-1",
                "us-west-2",
            ],
            Self::AwsCn => &["cn-north-1", "cn-northwest-1"],
            Self::AwsUsGov => &["us-gov-east-1", "us-gov-west-1"],
            Self::AwsEusc => &["eusc-de-east-1"],
            Self::AwsIso => &["us-iso-east-1", "us-iso-west-1"],
            Self::AwsIsoB => &["us-isob-east-1"],
            Self::AwsIsoE => &["eu-isoe-west-1"],
            Self::AwsIsoF => &["us-isof-east-1", "us-isof-south-1"],
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// An AWS Region such as `us-west-2`. Shape `[0-9a-z-]{2,25}` (ECR API model).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

text_type!(Region);

impl Region {
    /// Takes what a person typed.
    ///
    /// # Errors
    /// When no partition has a Region of that name; the error proposes a near one.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        let region: Self = text.trim().parse()?;
        if region.is_known() {
            return Ok(region);
        }
        let near = nearest(region.as_str());
        Err(NameError::new(
            NameKind::Region,
            text,
            format!("no AWS Region has this name; did you mean `{near}`?"),
        ))
    }

    /// Whether the Region was in the list when this was written.
    pub fn is_known(&self) -> bool {
        Partition::ALL.iter().any(|p| p.regions().contains(&self.0.as_str()))
    }

    /// The partition, by the list and otherwise by the name's beginning.
    pub fn partition(&self) -> Partition {
        if let Some(known) = Partition::ALL.into_iter().find(|p| p.regions().contains(&self.0.as_str())) {
            return known;
        }
        match self.0.as_str() {
            r if r.starts_with("cn-") => Partition::AwsCn,
            r if r.starts_with("us-gov-") => Partition::AwsUsGov,
            r if r.starts_with("eusc-") => Partition::AwsEusc,
            r if r.starts_with("us-iso-") => Partition::AwsIso,
            r if r.starts_with("us-isob-") => Partition::AwsIsoB,
            r if r.starts_with("eu-isoe-") => Partition::AwsIsoE,
            r if r.starts_with("us-isof-") => Partition::AwsIsoF,
            _ => Partition::Aws,
        }
    }
}

impl FromStr for Region {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let right = (2..=25).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if right {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError::new(
            NameKind::Region,
            text,
            "a Region has 2 to 25 lower-case letters, digits and dashes, such as `us-west-2`",
        ))
    }
}

fn nearest(text: &str) -> &'static str {
    Partition::ALL
        .iter()
        .flat_map(|p| p.regions())
        .min_by_key(|region| edit_distance(text, region))
        .copied()
        .unwrap_or("us-east-1")
}
