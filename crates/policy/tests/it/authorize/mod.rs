//! Whether a principal may do an action on a resource.

mod files;
mod matrix;
mod properties;
mod questions;
mod rules;
mod simulate;

use longshore_policy::iam::{
    Policy,
    authorize::{Action, Answer, Caller, Context, Document, Layer, Resource, Subject, Target, authorize},
};
use serde_json::{Value, json};

/// A question with every policy, as JSON.
#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) identity: Option<Vec<Value>>,
    pub(crate) resource_policy: Option<Vec<Value>>,
    pub(crate) boundary: Option<Vec<Value>>,
    pub(crate) session: Option<Vec<Value>>,
    pub(crate) scp: Option<Vec<Value>>,
    pub(crate) rcp: Option<Vec<Value>>,
    pub(crate) context: Vec<(String, String)>,
    pub(crate) complete: bool,
}

impl Case {
    /// A user of account 111122223333 who pulls from its repository `app`, with no policy given.
    pub(crate) fn new() -> Self {
        Self {
            principal: "arn:aws:iam::111122223333:user/ana".into(),
            action: "ecr:BatchGetImage".into(),
            resource: "arn:aws:ecr:us-west-2:111122223333:repository/app".into(),
            ..Self::default()
        }
    }

    pub(crate) fn layer(&mut self, layer: Layer) -> &mut Option<Vec<Value>> {
        match layer {
            Layer::Identity => &mut self.identity,
            Layer::Resource => &mut self.resource_policy,
            Layer::Boundary => &mut self.boundary,
            Layer::Session => &mut self.session,
            Layer::Scp => &mut self.scp,
            Layer::Rcp => &mut self.rcp,
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        let mut subject = Subject::new(Caller::parse(&self.principal).unwrap());
        subject.identity = documents(Layer::Identity, self.identity.as_deref());
        subject.boundary = documents(Layer::Boundary, self.boundary.as_deref());
        subject.session = documents(Layer::Session, self.session.as_deref());
        subject.scp = documents(Layer::Scp, self.scp.as_deref());
        subject
    }

    pub(crate) fn target(&self) -> Target {
        let mut target = Target::new(Resource::parse(&self.resource).unwrap());
        target.policies = documents(Layer::Resource, self.resource_policy.as_deref());
        target.rcp = documents(Layer::Rcp, self.rcp.as_deref());
        target
    }

    pub(crate) fn context(&self) -> Context {
        let mut context = Context::new();
        for (key, value) in &self.context {
            context.add(key, value).unwrap();
        }
        if self.complete { context.complete() } else { context }
    }

    pub(crate) fn ask(&self) -> Answer {
        let action = Action::parse(&self.action).unwrap();
        authorize(&self.subject(), &action, &self.target(), &self.context())
    }
}

/// Documents of a layer, labelled by its word and their place.
fn documents(layer: Layer, policies: Option<&[Value]>) -> Option<Vec<Document>> {
    let document = |(i, policy): (usize, &Value)| {
        let policy = Policy::from_value(policy.clone()).unwrap();
        Document::new(layer, format!("{}-{i}", layer.word()), &policy).unwrap()
    };
    Some(policies?.iter().enumerate().map(document).collect())
}

/// A policy of these statements.
pub(crate) fn policy(statements: impl Into<Vec<Value>>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements.into()})
}

/// A statement about everything.
pub(crate) fn all(effect: &str) -> Value {
    json!({"Effect": effect, "Action": "*", "Resource": "*"})
}

/// A statement about everything, for a principal: `*`, an ARN, an account or `service:NAME`.
pub(crate) fn all_for(effect: &str, principal: &str) -> Value {
    let mut statement = all(effect);
    statement["Principal"] = match principal.strip_prefix("service:") {
        Some(service) => json!({ "Service": service }),
        None if principal == "*" => "*".into(),
        None => json!({ "AWS": principal }),
    };
    statement
}
