//! Reasons as sentences.

use std::collections::BTreeSet;

use super::{Open, Verdict, ways::Setting};
use crate::{
    iam::{
        Effect,
        authorize::{Layer, Subject, Target, caller::Kind, context::Request, matching::Gap, subject::given},
    },
    sentence,
};

/// What a reason is about.
pub(super) struct Told<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) subject: &'a Subject,
    pub(super) target: &'a Target,
    pub(super) setting: Setting,
}

/// The reason of a decision, in one or two sentences.
pub(super) fn reason(verdict: &Verdict, told: &Told<'_>) -> String {
    match verdict {
        Verdict::Denied(by) => format!("{} denies it.", sentence::capital(&by.phrase())),
        Verdict::Allowed(statements) if statements.is_empty() => {
            "The root user of an account may do everything in it that no policy denies.".into()
        }
        Verdict::Allowed(statements) => {
            let phrases: Vec<String> = statements.iter().map(|one| one.phrase()).collect();
            let verb = if phrases.len() == 1 { "allows it" } else { "together allow it" };
            format!("{} {verb}.", sentence::capital(&sentence::list(&phrases, "and")))
        }
        Verdict::NotAllowed(layer) => not_allowed(*layer, told),
        Verdict::Unknown(open) => unknown(open),
    }
}

fn not_allowed(layer: Layer, told: &Told<'_>) -> String {
    let request = told.request;
    if let (Some(caller), Some(resource)) = (&request.caller.partition, &request.resource.partition)
        && caller != resource
    {
        return format!(
            "The caller is in the partition `{caller}` and the resource in `{resource}`: no request crosses them."
        );
    }
    let documents = given(layer, told.subject, told.target);
    let seen = documents.is_some();
    let other = told.setting.cross_account;
    match layer {
        Layer::Identity if !seen && other => {
            "The identity policies were not given. From another account they must allow it too.".into()
        }
        Layer::Identity if !seen && given(Layer::Resource, told.subject, told.target).is_none() => {
            "Neither identity policies nor a resource policy were given, so that nothing allows it.".into()
        }
        Layer::Identity if !seen => {
            "The resource policy does not allow it by itself, and the identity policies were not given."
                .into()
        }
        Layer::Identity if other => {
            "No identity policy allows it. From another account they must allow it too.".into()
        }
        Layer::Identity => "No identity policy allows it, and neither does a resource policy.".into(),
        Layer::Resource => {
            let why = if other {
                let account = request.resource_account().unwrap_or_default();
                format!(
                    "The resource belongs to another account ({account}), so its policy must allow it too"
                )
            } else if matches!(request.caller.kind, Kind::Service | Kind::Provider | Kind::CanonicalUser) {
                "Only the policy of the resource can allow it for this caller".into()
            } else {
                "The policy of this resource must allow it, also in the same account".into()
            };
            format!("{why}; it {}.", if seen { "does not" } else { "was not given" })
        }
        Layer::Session if !seen => {
            "A federated user needs a session policy that allows it; none was given.".into()
        }
        Layer::Scp => {
            let all = documents.unwrap_or_default();
            let allows = all.iter().flat_map(|one| &one.statements).any(|one| one.effect == Effect::Allow);
            let hint = match allows {
                true => "",
                false => " They have no Allow statement: give FullAWSAccess too if it is attached.",
            };
            format!("The service control policies (SCPs) do not allow it.{hint}")
        }
        layer => format!("{} does not allow it.", sentence::capital(layer.phrase())),
    }
}

fn unknown(open: &Open) -> String {
    let statement =
        open.by.as_ref().map_or_else(|| "A statement".into(), |by| sentence::capital(&by.phrase()));
    let keys: Vec<String> = super::keys(&open.gaps).iter().map(|key| format!("`{key}`")).collect();
    let others: BTreeSet<&str> = open
        .gaps
        .iter()
        .filter_map(|gap| match gap {
            Gap::Other(reason) => Some(reason.as_str()),
            Gap::Key(_) => None,
        })
        .collect();
    let others: Vec<String> = others.into_iter().map(str::to_owned).collect();
    match (keys.is_empty(), others.is_empty()) {
        (false, true) => {
            let verb = if keys.len() == 1 { "was" } else { "were" };
            format!("{statement} decides by {}, which {verb} not given.", sentence::list(&keys, "and"))
        }
        (true, _) => format!("{statement} decides, and {}.", sentence::list(&others, "and")),
        (false, false) => format!(
            "{statement} decides by {}, which {} not given; and {}.",
            sentence::list(&keys, "and"),
            if keys.len() == 1 { "was" } else { "were" },
            sentence::list(&others, "and")
        ),
    }
}
