//! What an identity may do: its policies, those of its groups and its boundary, together with the policy
//! of the resource (IAM user guide, "Policy evaluation logic").

use longshore_names::AccountId;

use super::{ADMINISTRATOR, Kind, REPLICATION_ROLE};
use crate::{
    access::policy::{Decision, Principal, Request, evaluate_of_identity},
    state::{Identity, State},
};

/// Which policies a request was refused by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    Identity,
    Boundary,
    Resource,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) because: Because,
    /// Whether a statement denies it, and not just none allows it.
    pub(crate) explicit: bool,
    /// The policy that denies it: its ARN or its name.
    pub(crate) policy: Option<String>,
    /// Its statement.
    pub(crate) sid: Option<String>,
}

impl Refusal {
    /// Of policies that say nothing, or of one that denies.
    pub(crate) fn new(because: Because, explicit: bool) -> Self {
        Self { because, explicit, policy: None, sid: None }
    }

    /// The end of AWS's message (IAM user guide, "Troubleshoot access denied error messages").
    pub(crate) fn text(&self, action: &str) -> String {
        let (article, kind) = match self.because {
            Because::Identity => ("an", "identity-based policy"),
            Because::Boundary => ("a", "permissions boundary"),
            Because::Resource => ("a", "resource-based policy"),
        };
        match self.explicit {
            true => format!("with an explicit deny in {article} {kind}"),
            false => format!("because no {kind} allows the {action} action"),
        }
    }
}

/// A policy and where it is from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// The policies of an identity.
#[derive(Debug, Default)]
pub(crate) struct Authority {
    /// Whether it needs no policy.
    pub(crate) administrator: bool,
    pub(crate) policies: Vec<Source>,
    pub(crate) boundary: Option<Source>,
}

/// What policies say, and the policy and the statement that decide.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) decision: Decision,
    pub(crate) policy: Option<String>,
    pub(crate) sid: Option<String>,
}

impl Authority {
    /// What the policies of the identity say, without its boundary.
    pub(crate) fn said(&self, request: &Request<'_>) -> Said {
        let mut said = Said { decision: Decision::Silent, policy: None, sid: None };
        if self.administrator {
            said.decision = Decision::Allow;
        }
        for source in &self.policies {
            let (decision, sid) = evaluate_of_identity(&source.text, request);
            let decides = decision == Decision::Deny || said.decision == Decision::Silent;
            if decision != Decision::Silent && decides {
                said = Said { decision, policy: Some(source.id.clone()), sid };
            }
            if decision == Decision::Deny {
                break;
            }
        }
        said
    }

    /// What the boundary says; `None` without one.
    pub(crate) fn bounds(&self, request: &Request<'_>) -> Option<Said> {
        let boundary = self.boundary.as_ref()?;
        let (decision, sid) = evaluate_of_identity(&boundary.text, request);
        Some(Said { decision, policy: Some(boundary.id.clone()), sid })
    }

    /// Decides on a request for a resource of the identity's own account (`own`) or of another one, whose
    /// policies say `by_resource`.
    pub(crate) fn decide(
        &self,
        request: &Request<'_>,
        own: bool,
        by_resource: Decision,
    ) -> Result<(), Refusal> {
        let identity = self.said(request);
        let bounds = self.bounds(request);
        let denied = |because: Because, said: &Said| Refusal {
            because,
            explicit: true,
            policy: said.policy.clone(),
            sid: said.sid.clone(),
        };
        if identity.decision == Decision::Deny {
            return Err(denied(Because::Identity, &identity));
        }
        if let Some(bounds) = bounds.as_ref().filter(|bounds| bounds.decision == Decision::Deny) {
            return Err(denied(Because::Boundary, bounds));
        }
        if by_resource == Decision::Deny {
            return Err(Refusal::new(Because::Resource, true));
        }
        let bounded = bounds.is_none_or(|bounds| bounds.decision == Decision::Allow);
        let by_identity = identity.decision == Decision::Allow;
        if own && by_resource == Decision::Allow && (bounded || request.principal.is_user()) {
            return Ok(());
        }
        match (by_identity, bounded) {
            (false, _) => Err(Refusal::new(Because::Identity, false)),
            (true, false) => Err(Refusal::new(Because::Boundary, false)),
            (true, true) if own || matches!(by_resource, Decision::Allow | Decision::Delegate) => Ok(()),
            (true, true) => Err(Refusal::new(Because::Resource, false)),
        }
    }
}

impl State {
    /// What an identity has. The administrator needs no policy, and neither does a role that was not
    /// created, unless one was planted.
    pub(crate) fn authority(&self, identity: &Identity) -> Authority {
        let (account, name) = identity;
        let planted = self.planted.policy(identity).map(|text| Source { id: "planted".to_owned(), text });
        let document = self.iam(account).map(|iam| iam.document()).unwrap_or_default();
        let (kind, name) = name.split_once('/').unwrap_or_default();
        let entity = match kind {
            "user" => document.users.get(name),
            "group" => document.groups.get(name),
            _ => document.roles.get(name),
        };
        let Some(entity) = entity else {
            let unnamed = match kind {
                "user" => name == ADMINISTRATOR,
                "role" => name != REPLICATION_ROLE && !document.deleted_roles.contains(name),
                _ => false,
            };
            return Authority {
                administrator: unnamed && planted.is_none(),
                policies: planted.into_iter().collect(),
                boundary: None,
            };
        };
        let managed = |arn: &String| Some(Source { id: arn.clone(), text: document.text_of(arn)? });
        let mut policies: Vec<Source> = planted.into_iter().collect();
        let groups = entity.groups.iter().filter_map(|group| document.groups.get(group));
        for (kind, holder) in
            std::iter::once((kind, entity)).chain(groups.map(|group| (Kind::Group.word(), group)))
        {
            policies.extend(holder.attached.iter().filter_map(managed));
            policies.extend(holder.inline.iter().map(|(policy, text)| Source {
                id: format!("{kind}_{}_{policy}", holder.name),
                text: text.clone(),
            }));
        }
        // A boundary whose policy is gone allows nothing.
        let boundary = entity
            .boundary
            .as_ref()
            .map(|arn| managed(arn).unwrap_or_else(|| Source { id: arn.clone(), text: String::new() }));
        Authority { administrator: false, policies, boundary }
    }

    /// Whether `request` may be made on a resource of `owner`, whose policies say `by_resource`.
    ///
    /// # Errors
    /// With what refuses it.
    pub(crate) fn authorize(
        &self,
        request: &Request<'_>,
        owner: &AccountId,
        by_resource: Decision,
    ) -> Result<(), Refusal> {
        let principal: &Principal = request.principal;
        let authority = self.authority(&principal.identity());
        authority.decide(request, principal.account == *owner, by_resource)
    }
}
