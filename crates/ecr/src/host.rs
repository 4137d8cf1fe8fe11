//! Host names of ECR: which registry is behind a data-plane host, and where the API answers.
//!
//! The accepted shapes are those of AWS's own credential helper (amazon-ecr-credential-helper,
//! 2026-07): IPv4, FIPS and dual-stack hosts of every partition.

use longshore_names::{Partition, RegistryId};

/// The registry behind a data-plane host such as `111122223333.dkr.ecr.us-west-2.amazonaws.com`,
/// or `None` when it is not ECR's. A port or path is not expected. Public ECR is another service.
pub fn registry_of_host(host: &str) -> Option<RegistryId> {
    RegistryId::of_host(host)
}

/// Which of AWS's hosts a client uses (ECR user guide, *endpoints*; endpoint rule set of the API model).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Hosts {
    /// Hosts with cryptography that is validated by FIPS 140.
    pub fips: bool,
    /// Hosts that also answer over IPv6.
    pub dual_stack: bool,
}

impl Hosts {
    /// Where a registry's images are pushed and pulled.
    pub fn registry_host(self, registry: &RegistryId) -> String {
        let RegistryId { account, region } = registry;
        let fips = if self.fips { "-fips" } else { "" };
        match (self.dual_stack, region.partition()) {
            (false, partition) => format!("{account}.dkr.ecr{fips}.{region}.{}", partition.dns_suffix()),
            (true, Partition::AwsCn) => {
                format!("{account}.dkr-ecr{fips}.{region}.on.amazonwebservices.com.cn")
            }
            (true, _) => format!("{account}.dkr-ecr{fips}.{region}.on.aws"),
        }
    }
}

/// The host of the ECR API over IPv4 (endpoint rule set of the API model), for copied commands
/// and readiness checks; calls themselves let the SDK resolve it.
pub fn api_host(registry: &RegistryId) -> String {
    format!("api.ecr.{}.{}", registry.region, registry.region.partition().dns_suffix())
}

/// The page of a repository in the AWS console, or `None` in partitions whose console address is
/// not public.
pub fn console_url(registry: &RegistryId, repository: &longshore_names::RepositoryName) -> Option<String> {
    let domain = match registry.region.partition() {
        Partition::Aws => "console.aws.amazon.com",
        Partition::AwsCn => "console.amazonaws.cn",
        Partition::AwsUsGov => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    let RegistryId { account, region } = registry;
    Some(format!("https://{region}.{domain}/ecr/repositories/private/{account}/{repository}?region={region}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_host_leads_back_to_its_registry() {
        for region in ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
            let registry = RegistryId::new("111122223333".parse().unwrap(), region.parse().unwrap());
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                let host = Hosts { fips, dual_stack }.registry_host(&registry);
                assert_eq!(registry_of_host(&host).as_ref(), Some(&registry), "{host}");
                assert_eq!(host.contains("ecr-fips."), fips, "{host}");
                assert_eq!(host.contains(".on."), dual_stack, "{host}");
            }
            assert_eq!(Hosts::default().registry_host(&registry), registry.host());
        }
    }

    #[test]
    fn hosts_of_every_partition_name_their_registry() {
        for (host, region) in [
            ("111122223333.dkr.ecr.us-west-2.amazonaws.com", "us-west-2"),
            ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com", "us-east-1"),
            ("111122223333.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
            ("111122223333.dkr-ecr-fips.us-gov-west-1.on.aws", "us-gov-west-1"),
            ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
            ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            ("111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("111122223333.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            ("111122223333.dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
            ("111122223333.DKR.ECR.us-west-2.amazonaws.com", "us-west-2"),
        ] {
            let registry = registry_of_host(host).unwrap_or_else(|| panic!("{host}"));
            assert_eq!(
                (registry.account.as_str(), registry.region.as_str()),
                ("111122223333", region),
                "{host}"
            );
        }
    }

    #[test]
    fn the_host_of_a_registry_is_recognised_again() {
        for partition in Partition::ALL {
            for region in partition.regions() {
                let registry = RegistryId::new("012345678901".parse().unwrap(), region.parse().unwrap());
                assert_eq!(registry_of_host(&registry.host()), Some(registry));
            }
        }
    }

    #[test]
    fn other_hosts_are_not_ecr() {
        for host in [
            "111122223333.dkr.us-west-2.amazonaws.com",
            "11112222333.dkr.ecr.us-west-2.amazonaws.com",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com.evil.example",
            "111122223333.dkr.ecr.us-west-2.example.com",
            "x.111122223333.dkr.ecr.us-west-2.amazonaws.com",
            "public.ecr.aws",
            "docker.io",
            "127.0.0.1:4511",
            "",
        ] {
            assert_eq!(registry_of_host(host), None, "{host}");
        }
    }

    #[test]
    fn addresses_follow_the_partition() {
        let registry =
            |region: &str| RegistryId::new("111122223333".parse().unwrap(), region.parse().unwrap());
        assert_eq!(api_host(&registry("cn-north-1")), "api.ecr.cn-north-1.amazonaws.com.cn");
        assert_eq!(
            console_url(&registry("us-west-2"), &"team/app".parse().unwrap()).unwrap(),
            "https://us-west-2.console.aws.amazon.com/ecr/repositories/private/111122223333/team/app?region=us-west-2"
        );
        assert_eq!(console_url(&registry("us-iso-east-1"), &"app".parse().unwrap()), None);
    }
}
