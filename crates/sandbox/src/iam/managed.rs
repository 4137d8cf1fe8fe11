//! The policies of ECR that AWS manages (AWS managed policy reference), each in its present version.

/// A policy that AWS manages.
#[derive(Debug)]
pub(crate) struct AwsPolicy {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    /// `v3`.
    pub(crate) version: &'static str,
    pub(crate) created_at: &'static str,
    pub(crate) updated_at: &'static str,
    pub(crate) description: &'static str,
    pub(crate) document: &'static str,
}

const ALL: [AwsPolicy; 6] = [
    AwsPolicy {
        name: "AdministratorAccess",
        path: "/",
        version: "v1",
        created_at: "2015-02-06T18:39:46Z",
        updated_at: "2015-02-06T18:39:46Z",
        description: "Provides full access to AWS services and resources.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonEC2ContainerRegistryFullAccess",
        path: "/",
        version: "v3",
        created_at: "2015-12-21T17:06:48Z",
        updated_at: "2020-12-05T00:04:19Z",
        description: "Provides administrative access to Amazon ECR resources",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:*","cloudtrail:LookupEvents"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole"],"Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["replication.ecr.amazonaws.com"]}}}]}"#,
    },
    AwsPolicy {
        name: "AmazonEC2ContainerRegistryPowerUser",
        path: "/",
        version: "v3",
        created_at: "2015-12-21T17:05:33Z",
        updated_at: "2019-12-10T20:48:08Z",
        description: "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings","ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload","ecr:PutImage"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonEC2ContainerRegistryPullOnly",
        path: "/",
        version: "v1",
        created_at: "2024-10-04T16:58:49Z",
        updated_at: "2024-10-04T16:58:49Z",
        description: "Provides pull access to Amazon ECR repositories.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer","ecr:BatchImportUpstreamImage"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonEC2ContainerRegistryReadOnly",
        path: "/",
        version: "v3",
        created_at: "2015-12-21T17:04:15Z",
        updated_at: "2019-12-10T20:56:32Z",
        description: "Provides read-only access to Amazon EC2 Container Registry repositories.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "ECRReplicationServiceRolePolicy",
        path: "/aws-service-role/",
        version: "v1",
        created_at: "2020-12-04T22:11:28Z",
        updated_at: "2020-12-04T22:11:28Z",
        description: "Allows access to AWS Services and Resources used or managed by ECR Replication",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":"*"}]}"#,
    },
];

/// The policy of AWS with this ARN, in any partition.
pub(crate) fn managed_by_aws(arn: &str) -> Option<&'static AwsPolicy> {
    let rest = arn.split_once(":iam::aws:policy")?.1;
    ALL.iter().find(|policy| rest.strip_prefix(policy.path) == Some(policy.name))
}

/// All of them, by name.
pub(crate) fn aws_policies() -> impl Iterator<Item = &'static AwsPolicy> {
    ALL.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_can_be_read_and_an_arn_has_its_path() {
        for policy in aws_policies() {
            assert!(serde_json::from_str::<serde_json::Value>(policy.document).is_ok(), "{}", policy.name);
        }
        let named = |arn: &str| managed_by_aws(arn).map(|policy| policy.name);
        let replication = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
        assert_eq!(named(replication), Some("ECRReplicationServiceRolePolicy"));
        assert_eq!(named("arn:aws:iam::aws:policy/ECRReplicationServiceRolePolicy"), None);
        let pull = "AmazonEC2ContainerRegistryPullOnly";
        assert_eq!(named(&format!("arn:aws-cn:iam::aws:policy/{pull}")), Some(pull));
        assert_eq!(named(&format!("arn:aws:iam::111122223333:policy/{pull}")), None);
    }
}
