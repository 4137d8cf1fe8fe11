//! What the app has read from registries: repositories, images, replication status.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, RegistryKey, Space};

/// The scope of a list. Absent parts mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Only this space.
    pub space: Option<Space>,
    /// Only this account.
    pub account: Option<String>,
    /// Only this Region.
    pub region: Option<String>,
}

impl Scope {
    /// Whether a registry is in the scope.
    pub fn contains(&self, registry: &RegistryKey) -> bool {
        self.space.is_none_or(|space| space == registry.space)
            && self.account.as_ref().is_none_or(|account| account == registry.account.as_str())
            && self.region.as_ref().is_none_or(|region| region == registry.region.as_str())
    }
}

/// Sort order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// The sort key of a list of repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RepositorySort {
    /// By name.
    #[default]
    Name,
    /// By time of creation.
    Created,
    /// By number of images.
    Images,
    /// By the newest push.
    Pushed,
}

/// Asks for a window of repositories.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListRepositories {
    /// The registries.
    pub scope: Scope,
    /// Part of a name; empty for all.
    pub text: String,
    /// The sort key.
    pub sort: RepositorySort,
    /// The sort direction.
    pub direction: Direction,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
}

/// A window of repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryWindow {
    /// Rows in the whole list.
    pub total: u32,
    /// First row of this window.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<RepositoryRow>,
    /// The time of the oldest data shown; absent before the first read.
    pub as_of: Option<DateTime<Utc>>,
    /// Registries in the scope that were not read yet; their repositories are not counted.
    pub unread: u32,
    /// Registries in the scope that could not be read.
    pub problems: Vec<RegistryProblem>,
}

/// A registry that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryProblem {
    /// The registry.
    pub registry: RegistryKey,
    /// The error.
    pub error: ApiError,
}

/// Whether tags may be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Mutability {
    /// Whether a tag stays on its digest.
    pub immutable: bool,
    /// Wildcard filters of tags that are exceptions; empty for none.
    pub exclusions: Vec<String>,
}

/// How a repository is encrypted at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum Encryption {
    /// Keys managed by S3.
    Aes256,
    /// A key in KMS.
    Kms {
        /// ARN of the key; absent for ECR's own.
        key: Option<String>,
    },
    /// Two layers of KMS encryption (GovCloud).
    KmsDsse {
        /// ARN of the key; absent for ECR's own.
        key: Option<String>,
    },
}

/// A repository in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryRow {
    /// The registry.
    pub registry: RegistryKey,
    /// Name.
    pub name: String,
    /// `host/name` to push to and pull from.
    pub uri: String,
    /// Tag mutability.
    pub mutability: Mutability,
    /// Whether images are scanned when pushed.
    pub scan_on_push: bool,
    /// Encryption.
    pub encryption: Encryption,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Number of images; absent before the repository's images have been read.
    pub images: Option<u32>,
    /// Sum of the images' sizes in bytes, shared layers counted for each.
    pub bytes: Option<u64>,
    /// The newest push.
    pub pushed: Option<DateTime<Utc>>,
}

/// Names a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryKey {
    /// The registry.
    pub registry: RegistryKey,
    /// Its name.
    pub repository: String,
}

/// The sort key of a list of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ImageSort {
    /// By push time.
    #[default]
    Pushed,
    /// By first tag.
    Tag,
    /// By size.
    Size,
}

/// Asks for a window of a repository's images.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListImages {
    /// The repository.
    pub repository: RepositoryKey,
    /// Part of a tag or digest; empty for all.
    pub text: String,
    /// The sort key.
    pub sort: ImageSort,
    /// The sort direction.
    pub direction: Direction,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
}

/// A window of images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageWindow {
    /// Rows in the whole list.
    pub total: u32,
    /// First row of this window.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<ImageRow>,
    /// When the repository was last read; absent before the first read.
    pub as_of: Option<DateTime<Utc>>,
    /// Why it could not be read.
    pub problem: Option<ApiError>,
}

/// An image in a list: everything that ECR's `DescribeImages` returns, so that viewing it is no
/// pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageRow {
    /// Digest of the manifest.
    pub digest: String,
    /// Tags, sorted; empty for an untagged image.
    pub tags: Vec<String>,
    /// Compressed size in bytes as ECR reports it.
    pub bytes: u64,
    /// When it was pushed.
    pub pushed: DateTime<Utc>,
    /// Media type of the manifest.
    pub media_type: String,
    /// Media type of its content (`config.mediaType`), such as a Helm chart.
    pub artifact_type: Option<String>,
    /// Last pull that ECR recorded.
    pub last_pull: Option<DateTime<Utc>>,
    /// Whether it is an index of several platforms.
    pub is_index: bool,
    /// The image that this one refers to, such as the one that it signs.
    pub subject: Option<String>,
    /// What is known about its replication; empty when no rule applies.
    pub replication: Vec<ReplicationStatus>,
    /// Destinations of rules for its repository to which ECR does not replicate it, although its status
    /// was read long enough after the push: it was pushed before the rule was added, or arrived by
    /// replication itself.
    pub not_replicated: Vec<RegistryKey>,
}

/// The state of a replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReplicationState {
    /// In progress.
    InProgress,
    /// Complete.
    Complete,
    /// It failed and will not be retried automatically.
    Failed,
}

/// The replication of one image to one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationStatus {
    /// The destination.
    pub destination: RegistryKey,
    /// The destination account's name, if the app knows it.
    pub destination_name: Option<String>,
    /// The state.
    pub state: ReplicationState,
    /// ECR's code of a failure.
    pub failure_code: Option<String>,
    /// What the failure means, on which side it is, and how to resolve it, if known.
    pub cause: Option<ApiError>,
    /// Whether the app can fix the cause (a missing statement in a known account).
    pub fixable: bool,
}

/// Asks whether images arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetArrivals {
    /// The source's repository.
    pub repository: RepositoryKey,
    /// Only this tag; otherwise the newest images.
    pub tag: Option<String>,
    /// Only the image with this digest, with all its tags.
    pub digest: Option<String>,
    /// The maximum number of images, 1 to 200.
    pub limit: u32,
}

/// Where images of a repository were replicated to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Arrivals {
    /// The newest first.
    pub images: Vec<ImageArrivals>,
    /// Images of the repository that were not asked about.
    pub more: u32,
}

/// Where an image was replicated to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageArrivals {
    /// Digest.
    pub digest: String,
    /// Tags.
    pub tags: Vec<String>,
    /// One for each destination that ECR reports.
    pub destinations: Vec<Arrival>,
}

/// The replication of an image to one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Arrival {
    /// The destination.
    pub destination: RegistryKey,
    /// The state, which ECR reports for the digest.
    pub state: ReplicationState,
    /// ECR's code of a failure.
    pub failure_code: Option<String>,
    /// Where each tag points at the destination; absent when the destination could not be asked.
    pub tags: Option<Vec<ArrivedTag>>,
    /// Why the destination could not be asked.
    pub problem: Option<ApiError>,
    /// Whether every tag points at the digest there; absent when that is not known.
    pub done: Option<bool>,
}

/// A tag at a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArrivedTag {
    /// The tag.
    pub tag: String,
    /// The digest that it points at; absent when there is no such tag.
    pub digest: Option<String>,
}

/// Names an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageKey {
    /// The repository.
    pub repository: RepositoryKey,
    /// Digest of the manifest.
    pub digest: String,
}

/// What is inside an image. The first read counts as a pull, since ECR counts every manifest read;
/// afterwards it is cached forever by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageDetails {
    /// The manifest as text.
    pub manifest: String,
    /// Platforms of an index, or the one platform of an image.
    pub platforms: Vec<PlatformDetails>,
    /// Annotations of the manifest.
    pub annotations: Vec<NameValue>,
}

/// One platform of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlatformDetails {
    /// Such as `linux/arm64/v8`.
    pub platform: String,
    /// Digest of the platform's manifest.
    pub digest: String,
    /// When the image was built, as its config says.
    pub created: Option<String>,
    /// Labels of the config.
    pub labels: Vec<NameValue>,
    /// Layers in order.
    pub layers: Vec<LayerDetails>,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LayerDetails {
    /// Digest.
    pub digest: String,
    /// Compressed size in bytes.
    pub bytes: u64,
    /// Media type.
    pub media_type: String,
}

/// A name with a value; comes from an image, so it is never trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NameValue {
    /// Name.
    pub name: String,
    /// Value; may be empty.
    pub value: String,
}

/// Asks for matches of a text in everything that the app has read.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// The registries.
    pub scope: Scope,
    /// Part of a repository name, tag or digest.
    pub text: String,
    /// The maximum number of hits, 1 to 200.
    pub limit: u32,
}

/// The matches of a search, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchHits {
    /// The number of all matches.
    pub total: u32,
    /// The first matches.
    pub hits: Vec<SearchHit>,
}

/// A match of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// The repository.
    pub repository: RepositoryKey,
    /// The image, when a tag or digest matches.
    pub digest: Option<String>,
    /// The tag that matches.
    pub tag: Option<String>,
}

/// What the window shows now, and what is therefore polled every 3 seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Visible {
    /// The registries on the screen.
    pub registries: Vec<RegistryKey>,
    /// The repository on the screen.
    pub repository: Option<RepositoryKey>,
    /// Digests of the rows on the screen; their replication status is read.
    pub images: Vec<String>,
}

/// Text to paste into a terminal or a manifest. Never holds a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClientCommands {
    /// One group for each client: docker, skopeo.
    pub clients: Vec<ClientCommand>,
    /// `image:` line of a Kubernetes manifest, by tag.
    pub kubernetes_by_tag: Option<String>,
    /// `image:` line of a Kubernetes manifest, by digest.
    pub kubernetes_by_digest: Option<String>,
    /// Manifests, pipelines and policies that use the repository.
    pub snippets: Vec<CommandSnippet>,
}

/// A text to put into a file, or to paste.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandSnippet {
    /// What it is.
    pub kind: SnippetKind,
    /// The text.
    pub text: String,
    /// What to know about it, in sentences.
    pub notes: Vec<String>,
}

/// The type of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SnippetKind {
    /// A Pod of Kubernetes.
    Pod,
    /// A Deployment of Kubernetes.
    Deployment,
    /// The policy that the nodes of a cluster need.
    NodeRole,
    /// A command that creates a pull secret.
    PullSecret,
    /// A workflow of GitHub Actions.
    GithubActions,
    /// The trust policy of its role.
    GithubTrust,
    /// A job of GitLab CI.
    GitlabCi,
    /// The trust policy of its role.
    GitlabTrust,
    /// A build specification of AWS CodeBuild.
    CodeBuild,
    /// The policy of the role that pushes.
    PipelinePolicy,
}

/// The commands of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClientCommand {
    /// `docker` or `skopeo`.
    pub client: String,
    /// Logs in with `longshore`.
    pub login: String,
    /// Logs in with the AWS CLI instead.
    pub login_with_aws: String,
    /// Pushes.
    pub push: String,
    /// Pulls.
    pub pull: String,
}

/// Asks for commands.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetClientCommands {
    /// The repository.
    pub repository: RepositoryKey,
    /// The tag; `latest` is never implied.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
}

/// The first screen: accounts by Regions, and the rules between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Every registry of every account.
    pub registries: Vec<OverviewRegistry>,
    /// Rules as lines between registries, one for each destination.
    pub links: Vec<OverviewLink>,
}

/// A registry on the first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OverviewRegistry {
    /// The registry.
    pub registry: RegistryKey,
    /// The account's name.
    pub account_name: String,
    /// `#rrggbb`.
    pub colour: String,
    /// Number of repositories.
    pub repositories: Option<u32>,
    /// Number of images in repositories that have been read.
    pub images: Option<u32>,
    /// Known replications that failed.
    pub failed: u32,
    /// Known replications in progress.
    pub in_progress: u32,
    /// When it was last read.
    pub as_of: Option<DateTime<Utc>>,
    /// Why it cannot be read.
    pub problem: Option<ApiError>,
}

/// A rule as a line between two registries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OverviewLink {
    /// The source.
    pub source: RegistryKey,
    /// The destination; may be an account that the app does not know.
    pub destination: RegistryKey,
    /// The rule's id.
    pub rule: String,
    /// The rule's filters; empty for everything.
    pub filters: Vec<String>,
}

/// Settings of a registry as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistrySettings {
    /// The registry.
    pub registry: RegistryKey,
    /// Whether layers can be mounted from one repository into another (`BLOB_MOUNTING`).
    pub blob_mounting: bool,
}
