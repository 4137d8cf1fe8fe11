//! May this principal do these actions on these repositories? From given policies alone.

use longshore_names::{ForeignText, RegistryId, RepositoryName};
use longshore_policy::{
    Finding,
    iam::authorize::{
        Action, Answer, Caller, Context, Decision, Document, Layer, Place, QuestionError, Resource, Subject,
        Target, matrix, read_document,
    },
};

use super::check::apart;
use crate::{
    App,
    api::{
        ApiError, AskPolicies, AskedDocument, PolicyAnswer, PolicyAnswers, PolicyDecision, PolicyLayer, Side,
    },
    errors::name_error,
};

/// The most answers of one question.
const MOST: usize = 2_000;

impl App {
    /// Whether a principal may do actions on repositories, as far as the given policies show. No network.
    ///
    /// # Errors
    /// At the part of the question that cannot be read: `question-unreadable`, or what is wrong with a
    /// repository's name; `policy-unreadable` at `documents.N`; `question-large`.
    pub async fn ask_policies(&self, request: AskPolicies) -> Result<PolicyAnswers, ApiError> {
        apart(move || answers(&request)).await?
    }
}

fn answers(request: &AskPolicies) -> Result<PolicyAnswers, ApiError> {
    let number = request.actions.len() * request.resources.len();
    if number > MOST {
        let text = format!("That is {number} answers, and at most {MOST} are given at once.");
        return Err(ApiError::input("question-large", "resources", text));
    }
    let caller = Caller::parse(&request.principal).map_err(|error| unreadable(error, "principal"))?;
    let actions =
        request.actions.iter().enumerate().map(|(at, text)| {
            Action::parse(text).map_err(|error| unreadable(error, &format!("actions.{at}")))
        });
    let actions = actions.collect::<Result<Vec<Action>, ApiError>>()?;
    let registry = request.registry.as_ref().map(|key| key.id());
    let resources = request.resources.iter().enumerate();
    let resources = resources.map(|(at, text)| resource(text, registry.as_ref(), at));
    let resources = resources.collect::<Result<Vec<Resource>, ApiError>>()?;
    let mut context = Context::new();
    for (at, text) in request.context.iter().enumerate() {
        context.add_text(text).map_err(|error| unreadable(error, &format!("context.{at}")))?;
    }
    if request.context_complete {
        context = context.complete();
    }
    let mut all = Vec::with_capacity(number);
    for (at, resource) in resources.iter().enumerate() {
        let read = |layer: Layer| documents(request, layer, &Place::of(layer, &caller, resource));
        let subject = Subject {
            identity: read(Layer::Identity)?,
            boundary: read(Layer::Boundary)?,
            session: read(Layer::Session)?,
            scp: read(Layer::Scp)?,
            caller: caller.clone(),
        };
        let target =
            Target { policies: read(Layer::Resource)?, rcp: read(Layer::Rcp)?, resource: resource.clone() };
        let cells = matrix(std::slice::from_ref(&subject), &actions, std::slice::from_ref(&target), &context);
        all.extend(cells.map(|cell| (cell.action, at, cell.answer)));
    }
    all.sort_by_key(|(action, resource, _)| (*action, *resource));
    let view = |(action, resource, answer): (usize, usize, Answer)| {
        told(&request.actions[action], &request.resources[resource], &answer)
    };
    Ok(PolicyAnswers { answers: all.into_iter().map(view).collect() })
}

/// An ARN or `*`, or the name of a repository in the registry.
fn resource(text: &str, registry: Option<&RegistryId>, at: usize) -> Result<Resource, ApiError> {
    let field = format!("resources.{at}");
    let text = text.trim();
    let arn = match registry {
        Some(registry) if text != "*" && !text.starts_with("arn:") => {
            let name = RepositoryName::for_input(text).map_err(name_error(&field))?;
            name.arn(&registry.account, &registry.region)
        }
        _ => text.to_owned(),
    };
    Resource::parse(&arn).map_err(|error| unreadable(error, &field))
}

/// The documents of a layer; `None` if there are none.
fn documents(request: &AskPolicies, layer: Layer, place: &Place) -> Result<Option<Vec<Document>>, ApiError> {
    let of_layer = |(_, one): &(usize, &AskedDocument)| layer_of(one.layer) == layer;
    let read = |(at, one): (usize, &AskedDocument)| {
        read_document(layer, &one.name, one.text.as_bytes(), place)
            .map_err(|found| no_policy(one, at, &found))
    };
    let documents: Vec<Document> =
        request.documents.iter().enumerate().filter(of_layer).map(read).collect::<Result<_, _>>()?;
    Ok((!documents.is_empty()).then_some(documents))
}

fn layer_of(layer: PolicyLayer) -> Layer {
    match layer {
        PolicyLayer::Identity => Layer::Identity,
        PolicyLayer::Resource => Layer::Resource,
        PolicyLayer::Boundary => Layer::Boundary,
        PolicyLayer::Session => Layer::Session,
        PolicyLayer::Scp => Layer::Scp,
        PolicyLayer::Rcp => Layer::Rcp,
    }
}

fn no_policy(document: &AskedDocument, at: usize, found: &Finding) -> ApiError {
    let place = found.position.map_or_else(String::new, |at| format!(", line {}", at.line));
    let text = format!("{}{place}: {}", ForeignText::new(&document.name), found.text);
    let error = ApiError::new("policy-unreadable", Side::Input, text).at(format!("documents.{at}"));
    match &found.hint {
        Some(hint) => error.hint(hint.clone()),
        None => error,
    }
}

fn unreadable(error: QuestionError, field: &str) -> ApiError {
    ApiError::input("question-unreadable", field, error.problem).hint(error.hint)
}

fn told(action: &str, resource: &str, answer: &Answer) -> PolicyAnswer {
    let phrases = |layers: &[Layer]| layers.iter().map(|layer| layer.phrase().to_owned()).collect();
    PolicyAnswer {
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: match answer.decision {
            Decision::Allowed => PolicyDecision::Allowed,
            Decision::Denied => PolicyDecision::Denied,
            Decision::NotAllowed => PolicyDecision::NotAllowed,
            Decision::Unknown => PolicyDecision::Unknown,
        },
        reason: ForeignText::new(&answer.reason).into(),
        unseen: phrases(&answer.unseen),
        ignored: phrases(&answer.ignored),
        keys: answer.keys.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::api::{RegistryKey, Space};

    const DEVELOPERS: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Sid": "Repositories", "Effect": "Allow", "Action": ["ecr:PutImage", "ecr:BatchGetImage"],
         "Resource": "arn:aws:ecr:eu-central-1:123456789012:repository/randserver"}]}"#;

    fn request() -> AskPolicies {
        AskPolicies {
            principal: "arn:aws:iam::123456789012:user/johndoe".into(),
            actions: vec!["ecr:PutImage".into(), "ecr:BatchGetImage".into()],
            resources: vec!["randserver".into(), "other".into()],
            registry: Some(RegistryKey {
                space: Space::Sandbox,
                account: "123456789012".parse().unwrap(),
                region: "eu-central-1".parse().unwrap(),
            }),
            documents: vec![AskedDocument {
                layer: PolicyLayer::Identity,
                name: "EcrPushPullRandserverDevelopers".into(),
                text: DEVELOPERS.into(),
            }],
            context: Vec::new(),
            context_complete: false,
        }
    }

    #[test]
    fn johndoe_may_push_randserver_and_not_other() {
        let answers = answers(&request()).unwrap().answers;
        let seen: Vec<(&str, &str, PolicyDecision)> =
            answers.iter().map(|one| (one.action.as_str(), one.resource.as_str(), one.decision)).collect();
        let (yes, no) = (PolicyDecision::Allowed, PolicyDecision::NotAllowed);
        assert_eq!(
            seen,
            [
                ("ecr:PutImage", "randserver", yes),
                ("ecr:PutImage", "other", no),
                ("ecr:BatchGetImage", "randserver", yes),
                ("ecr:BatchGetImage", "other", no),
            ]
        );
        assert!(answers[0].reason.contains("EcrPushPullRandserverDevelopers"), "{}", answers[0].reason);
        assert!(answers[0].unseen.contains(&"the permissions boundary".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_named_at_its_field() {
        let at = |change: &dyn Fn(&mut AskPolicies)| {
            let mut request = request();
            change(&mut request);
            let error = answers(&request).unwrap_err();
            (error.code, error.field.unwrap())
        };
        assert_eq!(
            at(&|one| one.principal = "johndoe".into()),
            ("question-unreadable".into(), "principal".into())
        );
        assert_eq!(at(&|one| one.actions[1] = "push".into()).1, "actions.1");
        assert_eq!(at(&|one| one.resources[1] = "Other".into()).1, "resources.1");
        assert_eq!(at(&|one| one.context = vec!["nothing".into()]).1, "context.0");
        assert_eq!(
            at(&|one| one.documents[0].text = "no policy".into()),
            ("policy-unreadable".into(), "documents.0".into())
        );
        assert_eq!(at(&|one| one.resources = vec!["a".into(); 1_001]).0, "question-large");
    }
}
