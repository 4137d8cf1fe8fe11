//! What can be built, and what it is built from.

use longshore_policy::iam::build::Purpose;

use crate::api::PolicyRecipe;

/// The kinds besides the purposes of identity policies: name, sentence, fields.
const OTHERS: [(&str, &str, &[&str]); 16] = [
    ("boundary", "A permissions boundary: changes only in these repositories.", REPOSITORIES),
    ("repository-pull", "A repository's policy: others may pull.", GRANTEES),
    ("repository-push", "A repository's policy: others may push.", GRANTEES),
    ("repository-push-pull", "A repository's policy: others may pull and push.", GRANTEES),
    ("repository-lambda", "A repository's policy: Lambda functions of other accounts may pull.", PLACED),
    ("repository-codebuild", "A repository's policy: projects of CodeBuild may pull.", BUILDS),
    (
        "registry-organization-pull",
        "A registry's policy: an organization may pull, with policy scope V2.",
        ORGANIZATION,
    ),
    ("registry-pull-through-cache", "A registry's policy: who may fill a pull-through cache.", CACHE),
    ("trust-account", "A role's trust policy: accounts, users or roles.", CALLERS),
    ("trust-ecs", "A role's trust policy: tasks of ECS.", ACCOUNT),
    ("trust-ec2", "A role's trust policy: instances of EC2.", &[]),
    ("trust-lambda", "A role's trust policy: functions of Lambda.", &[]),
    ("trust-codebuild", "A role's trust policy: projects of CodeBuild.", ACCOUNT),
    ("trust-eks", "A role's trust policy: pods of EKS.", &[]),
    ("trust-github", "A role's trust policy: workflows of GitHub Actions.", WORKFLOWS),
    ("trust-gitlab", "A role's trust policy: pipelines of GitLab.", PIPELINES),
];

const REPOSITORIES: &[&str] = &["registries", "repositories", "prefixes", "tag"];
const GRANTEES: &[&str] = &["principals", "organization"];
const PLACED: &[&str] = &["registries", "principals"];
const BUILDS: &[&str] = &["registries", "principals", "projects"];
const ORGANIZATION: &[&str] = &["registries", "organization", "repositories", "prefixes", "tag"];
const CACHE: &[&str] = &["registries", "principals", "repositories", "prefixes", "tag"];
const CALLERS: &[&str] = &["principals", "externalId", "mfa"];
const ACCOUNT: &[&str] = &["registries"];
const WORKFLOWS: &[&str] = &["registries", "projects", "branch"];
const PIPELINES: &[&str] = &["registries", "projects", "branch", "host"];

/// The names of everything that can be built.
pub fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    Purpose::ALL.into_iter().map(Purpose::name).chain(OTHERS.iter().map(|(name, ..)| *name))
}

/// Everything that can be built: identity policies by purpose first.
pub(super) fn recipes() -> Vec<PolicyRecipe> {
    let recipe = |kind: &str, sentence: &str, fields: &[&str]| PolicyRecipe {
        kind: kind.to_owned(),
        sentence: sentence.to_owned(),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
    };
    let identity = Purpose::ALL.into_iter().map(|one| recipe(one.name(), one.sentence(), REPOSITORIES));
    identity.chain(OTHERS.iter().map(|(kind, sentence, fields)| recipe(kind, sentence, fields))).collect()
}
