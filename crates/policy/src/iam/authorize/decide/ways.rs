//! By which policies a request is allowed, given what each layer allows.
//!
//! Source: IAM user guide, "How AWS enforcement code logic evaluates requests to allow or deny access"
//! and "Cross-account policy evaluation logic".

use crate::iam::{
    Effect,
    authorize::{
        Layer,
        caller::{Caller, Kind},
        context::Request,
        matching::{Found, Grant},
    },
};

/// What decides, beside the policies themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// The resource is in another account than the caller.
    pub(super) cross_account: bool,
    /// The account itself, which no identity policy limits.
    is_root: bool,
    /// A caller in no account: a service or an identity provider.
    is_outside: bool,
    /// The resource policy must allow, in the same account too.
    needs_resource: bool,
    /// A federated user has no permissions of its user without a session policy.
    needs_session: bool,
}

impl Setting {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let caller: &Caller = request.caller;
        Self {
            cross_account: request.is_cross_account(),
            is_root: caller.kind == Kind::Root,
            is_outside: matches!(caller.kind, Kind::Service | Kind::Provider | Kind::CanonicalUser),
            needs_resource: needs_resource_policy(request),
            needs_session: matches!(caller.kind, Kind::FederatedUser(_)),
        }
    }
}

/// "IAM role trust policies and KMS key policies are exceptions to this logic, because they must
/// explicitly allow access for principals."
fn needs_resource_policy(request: &Request<'_>) -> bool {
    let name = &request.resource.name;
    match request.action.service() {
        "kms" => name.starts_with("key/"),
        "sts" => name.starts_with("role/"),
        _ => false,
    }
}

/// What the layers allow. `None`: a layer that does not limit this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) identity: bool,
    pub(super) boundary: Option<bool>,
    pub(super) session: Option<bool>,
    pub(super) scp: Option<bool>,
    /// The strongest grant of the resource policy.
    pub(super) resource: Option<Grant>,
    /// The resource policy allows the account, and perhaps more.
    pub(super) account: bool,
}

impl Held {
    /// What the found statements allow. `counts` chooses the statements that do.
    pub(super) fn of(
        found: &[Found],
        limits: impl Fn(Layer) -> bool,
        counts: impl Fn(&Found) -> bool,
    ) -> Self {
        let allows = |found: &&Found| found.effect == Effect::Allow && counts(found);
        let has = |layer: Layer| found.iter().filter(allows).any(|found| found.at.layer == layer);
        let limit = |layer: Layer| limits(layer).then(|| has(layer));
        let of_resource = || found.iter().filter(allows).filter(|found| found.at.layer == Layer::Resource);
        Self {
            identity: has(Layer::Identity),
            boundary: limit(Layer::Boundary),
            session: limit(Layer::Session),
            scp: limit(Layer::Scp),
            resource: of_resource().map(|found| found.grant).max(),
            account: of_resource().any(|found| found.grant == Grant::Account),
        }
    }

    /// The layer that limits what the caller's account gives it, if one does.
    fn limited(&self, setting: Setting) -> Result<(), Layer> {
        if self.boundary == Some(false) {
            return Err(Layer::Boundary);
        }
        if self.session == Some(false) || (self.session.is_none() && setting.needs_session) {
            return Err(Layer::Session);
        }
        Ok(())
    }

    /// The layers whose statements allow the request together; without any for the root user in its
    /// own account.
    ///
    /// # Errors
    /// The layer that does not allow it.
    pub(super) fn way(&self, setting: Setting) -> Result<Vec<Layer>, Layer> {
        if self.scp == Some(false) {
            return Err(Layer::Scp);
        }
        if setting.is_outside {
            return self.resource.map(|_| vec![Layer::Resource]).ok_or(Layer::Resource);
        }
        let by_identity = if setting.is_root { Vec::new() } else { vec![Layer::Identity] };
        let identity = self.identity || setting.is_root;
        if setting.cross_account {
            if !identity {
                return Err(Layer::Identity);
            }
            self.limited(setting)?;
            self.resource.ok_or(Layer::Resource)?;
            return Ok([vec![Layer::Resource], by_identity].concat());
        }
        let entity = match self.resource {
            Some(Grant::Direct) => return Ok(vec![Layer::Resource]),
            Some(Grant::Entity) => true,
            Some(Grant::Account) | None => false,
        };
        if entity {
            self.limited(setting)?;
            return Ok(vec![Layer::Resource]);
        }
        if setting.needs_resource && !self.account {
            return Err(Layer::Resource);
        }
        if !identity {
            return Err(Layer::Identity);
        }
        self.limited(setting)?;
        let by_account = if setting.needs_resource { vec![Layer::Resource] } else { Vec::new() };
        Ok([by_account, by_identity].concat())
    }
}
