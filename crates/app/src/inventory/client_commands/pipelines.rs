//! Pipelines that build an image and push it, as a role without a stored key.

use serde_json::json;

use super::Subject;
use crate::api::{CommandSnippet, SnippetKind};

/// What a pipeline does with its repository.
const PUSH: [&str; 7] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];
/// The role that the pipelines assume.
const ROLE: &str = "longshore-ci";

impl Subject<'_> {
    /// Nothing for a registry that only this computer reaches.
    pub(super) fn pipelines(&self) -> Vec<CommandSnippet> {
        if self.endpoint.is_some() {
            return Vec::new();
        }
        let snippet = |kind, text, notes: &[&str]| CommandSnippet {
            kind,
            text,
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        };
        let github = "token.actions.githubusercontent.com";
        let gitlab = "gitlab.com";
        vec![
            snippet(
                SnippetKind::GithubActions,
                self.github(),
                &["The role is assumed with a token of GitHub; no access key is stored."],
            ),
            snippet(
                SnippetKind::GithubTrust,
                self.trust(github, "sts.amazonaws.com", "repo:OWNER/REPOSITORY:ref:refs/heads/main"),
                &[
                    "The trust policy of the role. Write your own repository and branch in `sub`: with a `*` alone, every \
                     repository of GitHub could assume the role.",
                ],
            ),
            snippet(
                SnippetKind::GitlabCi,
                self.gitlab(),
                &["The role is assumed with a token of GitLab; no access key is stored."],
            ),
            snippet(
                SnippetKind::GitlabTrust,
                self.trust(
                    gitlab,
                    "https://gitlab.com",
                    "project_path:GROUP/PROJECT:ref_type:branch:ref:main",
                ),
                &[
                    "The trust policy of the role. For a GitLab of your own, write its host in place of gitlab.com.",
                ],
            ),
            snippet(
                SnippetKind::CodeBuild,
                self.codebuild(),
                &[
                    "CodeBuild acts as the service role of the project, which codebuild.amazonaws.com may assume. The \
                 project needs privileged mode for docker.",
                ],
            ),
            snippet(
                SnippetKind::PipelinePolicy,
                self.policy(&PUSH),
                &["The policy of the role, for each of these pipelines."],
            ),
        ]
    }

    fn role_arn(&self) -> String {
        format!("arn:{}:iam::{}:role/{ROLE}", self.partition, self.account)
    }

    fn github(&self) -> String {
        format!(
            "on:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\n  contents: read\njobs:\n  image:\n    \
             runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      \
             - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: {role}\n          \
             aws-region: {region}\n      - uses: aws-actions/amazon-ecr-login@v2\n      \
             - run: |\n          docker build --tag \"{uri}:${{GITHUB_SHA}}\" .\n          \
             docker push \"{uri}:${{GITHUB_SHA}}\"\n",
            role = self.role_arn(),
            region = self.region,
            uri = self.uri,
        )
    }

    fn gitlab(&self) -> String {
        format!(
            "image:\n  stage: build\n  image: docker:27\n  services: [docker:27-dind]\n  id_tokens:\n    \
             AWS_TOKEN:\n      aud: https://gitlab.com\n  variables:\n    AWS_REGION: {region}\n    \
             AWS_ROLE_ARN: {role}\n    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws-token\n  before_script:\n    \
             - apk add --no-cache aws-cli\n    - echo \"$AWS_TOKEN\" > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n    \
             - aws ecr get-login-password | docker login --username AWS --password-stdin {host}\n  script:\n    \
             - docker build --tag \"{uri}:$CI_COMMIT_SHA\" .\n    - docker push \"{uri}:$CI_COMMIT_SHA\"\n",
            region = self.region,
            role = self.role_arn(),
            host = self.host(),
            uri = self.uri,
        )
    }

    fn codebuild(&self) -> String {
        format!(
            "version: 0.2\nphases:\n  pre_build:\n    commands:\n      \
             - aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}\n  \
             build:\n    commands:\n      - docker build --tag \"{uri}:$CODEBUILD_RESOLVED_SOURCE_VERSION\" .\n  \
             post_build:\n    commands:\n      - docker push \"{uri}:$CODEBUILD_RESOLVED_SOURCE_VERSION\"\n",
            region = self.region,
            host = self.host(),
            uri = self.uri,
        )
    }

    fn trust(&self, provider: &str, audience: &str, subject: &str) -> String {
        let federated = format!("arn:{}:iam::{}:oidc-provider/{provider}", self.partition, self.account);
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": federated},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {
                format!("{provider}:aud"): audience,
                format!("{provider}:sub"): subject,
            }},
        }]});
        longshore_policy::pretty(&policy)
    }
}
