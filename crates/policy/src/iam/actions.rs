//! The actions that ECR knows.
//!
//! Source: the [`reference`](super::reference), and the operations of the API model 2015-09-21 (botocore
//! 1.44.8): three actions have no operation, and one operation has no action.

use longshore_names::did_you_mean;

use super::{
    evaluate::action_fits,
    reference::{self, Action},
};

/// Copy an image here from another registry. AWS only; no client can call it.
pub const REPLICATE_IMAGE: &str = "ecr:ReplicateImage";
/// Create a repository, including the one that a replicated image needs.
pub const CREATE_REPOSITORY: &str = "ecr:CreateRepository";
/// Log in. No resource policy may name it.
pub(crate) const TOKEN: &str = "ecr:GetAuthorizationToken";

/// An operation that is no action: it needs `ecr:BatchGetImage`.
const LIST_REFERRERS: &str = "ListImageReferrers";

/// Every action of ECR in the table, in alphabetical order.
fn table() -> &'static [Action] {
    reference::service("ecr").map_or(&[], |ecr| ecr.actions)
}

/// Every action and operation, without the service prefix.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    table().iter().map(|action| action.name).chain([LIST_REFERRERS])
}

/// Whether an action, such as `ecr:DescribeRegistry`, is on the registry and on no repository: it has no
/// resource type, so a request for it has the resource `*`.
pub(crate) fn is_on_registry(action: &str) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let known = table().iter().find(|known| known.name.eq_ignore_ascii_case(name));
    known.is_some_and(|known| known.resources().next().is_none())
}

/// Every action that a policy can allow, such as `ecr:PutImage`.
pub(crate) fn allowable() -> impl Iterator<Item = String> {
    table().iter().map(|action| format!("ecr:{}", action.name))
}

/// Whether an action, or a pattern of actions, matches an action of ECR.
pub(crate) fn is_known(action: &str) -> bool {
    all().any(|known| action_fits(action, &format!("ecr:{known}")))
}

/// The action that was probably meant, such as `ecr:ReplicateImage`.
pub(crate) fn nearest(action: &str) -> Option<String> {
    let name = action.rsplit(':').next().unwrap_or_default();
    if name.contains(['*', '?', '$']) {
        return None;
    }
    let letters = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    // `Replicate-Image`, `replicateimages`, and the prefix of another service.
    let same = all().find(|known| letters(known) == letters(name));
    same.or_else(|| did_you_mean(name, all())).map(|known| format!("ecr:{known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_action_is_the_one_that_was_meant() {
        for (typed, meant) in [
            ("ecr:ReplicatImage", Some("ecr:ReplicateImage")),
            ("ecr:ReplicateImages", Some("ecr:ReplicateImage")),
            ("ecr:Replicate-Image", Some("ecr:ReplicateImage")),
            ("ecr:BatchGetImages", Some("ecr:BatchGetImage")),
            ("ecr-public:PutImage", Some("ecr:PutImage")),
            ("ecr:CreateRepo", None),
            ("s3:GetObject", None),
            ("ecr:Frobnicate", None),
        ] {
            assert_eq!(nearest(typed).as_deref(), meant, "{typed}");
        }
        assert!(is_known("ECR:putimage") && is_known("ecr:Batch*") && !is_known("ecr:Batchx*"));
    }
}
