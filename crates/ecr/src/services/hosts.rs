//! Where IAM, KMS, IAM Toolbox and CloudFormation answer (endpoint rule sets of their API models, botocore 1.44).

use longshore_names::{Partition, Region};
use url::Url;

use crate::Hosts;

/// The address of IAM, which is one for a partition, and the Region in signatures.
pub(super) fn iam(region: &Region, hosts: Hosts) -> (Option<Url>, &'static str) {
    let Hosts { fips, dual_stack } = hosts;
    let (host, signing) = match (region.partition(), fips, dual_stack) {
        (Partition::Aws, false, false) => ("iam.amazonaws.com", "us-east-1"),
        (Partition::Aws, true, false) => ("iam-fips.amazonaws.com", "us-east-1"),
        (Partition::Aws, false, true) => ("iam.global.api.aws", "us-east-1"),
        (Partition::Aws, true, true) => ("iam-fips.global.api.aws", "us-east-1"),
        (Partition::AwsCn, false, false) => ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (Partition::AwsCn, true, false) => ("iam-fips.amazonaws.com.cn", "cn-north-1"),
        (Partition::AwsCn, false, true) => ("iam.global.api.amazonwebservices.com.cn", "cn-north-1"),
        (Partition::AwsCn, true, true) => ("iam-fips.api.amazonwebservices.com.cn", "cn-north-1"),
        (Partition::AwsUsGov, _, false) => ("iam.us-gov.amazonaws.com", "us-gov-west-1"),
        (Partition::AwsUsGov, _, true) => ("iam.us-gov.api.aws", "us-gov-west-1"),
        (Partition::AwsIso, false, false) => ("iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        (Partition::AwsIso, true, false) => ("iam-fips.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        (Partition::AwsIso, false, true) => ("iam.api.aws.ic.gov", "us-iso-east-1"),
        (Partition::AwsIso, true, true) => ("iam-fips.api.aws.ic.gov", "us-iso-east-1"),
        (Partition::AwsIsoB, false, false) => ("iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        (Partition::AwsIsoB, true, false) => ("iam-fips.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        (Partition::AwsIsoB, false, true) => ("iam.api.aws.scloud", "us-isob-east-1"),
        (Partition::AwsIsoB, true, true) => ("iam-fips.api.aws.scloud", "us-isob-east-1"),
        (Partition::AwsIsoE, false, false) => ("iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
        (Partition::AwsIsoE, true, false) => ("iam-fips.cloud.adc-e.uk", "eu-isoe-west-1"),
        (Partition::AwsIsoE, false, true) => ("iam.api.cloud-aws.adc-e.uk", "eu-isoe-west-1"),
        (Partition::AwsIsoE, true, true) => ("iam-fips.api.cloud-aws.adc-e.uk", "eu-isoe-west-1"),
        (Partition::AwsIsoF, false, false) => ("iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        (Partition::AwsIsoF, true, false) => ("iam-fips.csp.hci.ic.gov", "us-isof-south-1"),
        (Partition::AwsIsoF, false, true) => ("iam.api.aws.hci.ic.gov", "us-isof-south-1"),
        (Partition::AwsIsoF, true, true) => ("iam-fips.api.aws.hci.ic.gov", "us-isof-south-1"),
        (Partition::AwsEusc, false, false) => ("iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        (Partition::AwsEusc, true, false) => ("iam-fips.amazonaws.eu", "eusc-de-east-1"),
        (Partition::AwsEusc, false, true) => ("iam.global.api.amazonwebservices.eu", "eusc-de-east-1"),
        (Partition::AwsEusc, true, true) => ("iam-fips.api.amazonwebservices.eu", "eusc-de-east-1"),
    };
    (address(host), signing)
}

/// The address of a service that each Region has, such as `kms`.
pub(super) fn regional(service: &str, region: &Region, hosts: Hosts) -> Option<Url> {
    let fips = if hosts.fips { "-fips" } else { "" };
    let suffix = match hosts.dual_stack {
        true => dual_stack_suffix(region.partition()),
        false => region.partition().dns_suffix(),
    };
    address(&format!("{service}{fips}.{region}.{suffix}"))
}

/// The address of CloudFormation.
pub(super) fn cloudformation(region: &Region, hosts: Hosts) -> Option<Url> {
    // All hosts of GovCloud over IPv4 have validated cryptography.
    let fips = hosts.fips && (hosts.dual_stack || region.partition() != Partition::AwsUsGov);
    regional("cloudformation", region, Hosts { fips, ..hosts })
}

fn address(host: &str) -> Option<Url> {
    format!("https://{host}/").parse().ok()
}

/// `partitions.json` of the SDKs.
fn dual_stack_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws | Partition::AwsUsGov => "api.aws",
        Partition::AwsCn => "api.amazonwebservices.com.cn",
        Partition::AwsIso => "api.aws.ic.gov",
        Partition::AwsIsoB => "api.aws.scloud",
        Partition::AwsIsoE => "api.cloud-aws.adc-e.uk",
        Partition::AwsIsoF => "api.aws.hci.ic.gov",
        Partition::AwsEusc => "api.amazonwebservices.eu",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_partition_and_the_kind_of_hosts() {
        let hosts = |fips, dual_stack| Hosts { fips, dual_stack };
        let at = |url: Option<Url>| url.unwrap().host_str().unwrap().to_owned();
        for (region, fips, dual_stack, in_iam, in_kms) in [
            ("us-west-2", false, false, "iam.amazonaws.com", "kms.us-west-2.amazonaws.com"),
            ("us-west-2", true, false, "iam-fips.amazonaws.com", "kms-fips.us-west-2.amazonaws.com"),
            ("us-west-2", false, true, "iam.global.api.aws", "kms.us-west-2.api.aws"),
            (
                "cn-north-1",
                false,
                false,
                "iam.cn-north-1.amazonaws.com.cn",
                "kms.cn-north-1.amazonaws.com.cn",
            ),
            (
                "us-gov-east-1",
                true,
                false,
                "iam.us-gov.amazonaws.com",
                "kms-fips.us-gov-east-1.amazonaws.com",
            ),
            (
                "eusc-de-east-1",
                false,
                false,
                "iam.eusc-de-east-1.amazonaws.eu",
                "kms.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            let (region, hosts): (Region, _) = (region.parse().unwrap(), hosts(fips, dual_stack));
            assert_eq!(at(iam(&region, hosts).0), in_iam);
            assert_eq!(at(regional("kms", &region, hosts)), in_kms);
        }
    }

    #[test]
    fn every_partition_has_an_address_and_a_region_of_its_own() {
        for partition in Partition::ALL {
            let region: Region = partition.regions()[0].parse().unwrap();
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                let (url, signing) = iam(&region, Hosts { fips, dual_stack });
                let url = url.unwrap();
                assert!(url.host_str().unwrap().starts_with("iam"), "{url}");
                assert!(partition.regions().contains(&signing), "{signing}");
            }
        }
    }

    #[test]
    fn cloudformation_answers_where_its_endpoint_rules_say() {
        for (region, fips, dual_stack, host) in [
            ("eu-west-1", false, false, "cloudformation.eu-west-1.amazonaws.com"),
            ("us-east-1", true, false, "cloudformation-fips.us-east-1.amazonaws.com"),
            ("us-east-1", true, true, "cloudformation-fips.us-east-1.api.aws"),
            ("us-gov-west-1", true, false, "cloudformation.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", false, true, "cloudformation.cn-north-1.api.amazonwebservices.com.cn"),
        ] {
            let url = cloudformation(&region.parse().unwrap(), Hosts { fips, dual_stack }).unwrap();
            assert_eq!(url.host_str(), Some(host));
        }
    }
}
