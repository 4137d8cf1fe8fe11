//! Manifests of Kubernetes that run an image, and what its nodes need to pull it.

use serde_json::json;

use super::{Subject, quote};
use crate::api::{CommandSnippet, SnippetKind};

impl Subject<'_> {
    /// Nothing without a tag or a digest: `latest` is never implied.
    pub(super) fn kubernetes(&self) -> Vec<CommandSnippet> {
        if self.tag.is_none() && self.digest.is_none() {
            return Vec::new();
        }
        let snippet = |kind, text, notes: Vec<String>| CommandSnippet { kind, text, notes };
        vec![
            snippet(SnippetKind::Pod, self.pod(), self.pull_notes()),
            snippet(SnippetKind::Deployment, self.deployment(), self.pull_notes()),
            snippet(
                SnippetKind::NodeRole,
                self.policy(&["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
                vec![
                    "Attach it to the role of the nodes, or of the Fargate pods. Nodes of EKS usually have it for every \
                     repository: AmazonEC2ContainerRegistryPullOnly."
                        .into(),
                    "Pods in another account also need the policy of the repository to allow that account.".into(),
                ],
            ),
            snippet(SnippetKind::PullSecret, self.pull_secret(), vec![
                "For clusters outside AWS. The password is valid for twelve hours: let a CronJob write the secret \
                 again, or use a credential provider of the kubelet."
                    .into(),
                "Name it in the pod: `imagePullSecrets: [{name: ecr}]`.".into(),
            ]),
        ]
    }

    /// A name for objects of Kubernetes.
    fn object_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
        let name: String = self.local().chars().map(plain).take(50).collect();
        let name = name.trim_matches('-');
        if name.is_empty() { "app".to_owned() } else { name.to_owned() }
    }

    /// A tag that can move is asked for at every start; what cannot change is not.
    fn pull_policy(&self) -> &'static str {
        if self.digest.is_some() || self.immutable { "IfNotPresent" } else { "Always" }
    }

    fn pull_notes(&self) -> Vec<String> {
        let text = match (self.digest.is_some(), self.immutable) {
            (true, _) => "A digest never changes, so a node that has the image does not ask again.",
            (false, true) => {
                "Tags of this repository are immutable, so a node that has the image does not ask again."
            }
            (false, false) => {
                "Tags of this repository can move, so each start asks for the digest of the tag; only layers that the \
                 node lacks are pulled. By digest, every pod runs the same image."
            }
        };
        vec![text.to_owned()]
    }

    fn container(&self, indent: &str) -> String {
        format!(
            "{indent}containers:\n{indent}  - name: {}\n{indent}    image: \"{}\"\n{indent}    imagePullPolicy: {}\n",
            self.object_name(),
            self.pulled(),
            self.pull_policy()
        )
    }

    fn pod(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec:\n{}",
            self.object_name(),
            self.container("  ")
        )
    }

    fn deployment(&self) -> String {
        let name = self.object_name();
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 2\n  selector:\n    \
             matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    \
             spec:\n{}",
            self.container("      ")
        )
    }

    fn pull_secret(&self) -> String {
        let host = quote(self.host());
        format!(
            "kubectl create secret docker-registry ecr --docker-server={host} --docker-username=AWS \
             --docker-password=\"$(longshore login-password {host})\" --dry-run=client -o yaml | kubectl apply -f -"
        )
    }

    /// An identity policy for some actions on this repository, with the token that every client needs.
    pub(super) fn policy(&self, actions: &[&str]) -> String {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Token", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Sid": "Repository", "Effect": "Allow", "Action": actions, "Resource": self.arn},
        ]});
        longshore_policy::pretty(&policy)
    }
}
