//! May this principal do these actions on these repositories? From given policies alone.

use std::collections::HashMap;

use longshore_names::{ForeignText, RegistryId, RepositoryName};
use longshore_policy::{
    Finding,
    iam::{
        authorize::{
            Action, Answer, Caller, Context, Decision, Document, Layer, Place, QuestionError, Resource,
            Subject, Target, authorize, read_document,
        },
        build::Purpose,
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
/// The action of `docker login`, which has no resource.
const LOGIN: &str = "ecr:GetAuthorizationToken";
/// The word for removing images, for which no policy is built alone.
const DELETE: &str = "delete";

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
    answers_seen(request, &[])
}

/// As [`App::ask_policies`]; of the layers in `seen` there is nothing but what is given.
pub(crate) fn answers_seen(request: &AskPolicies, seen: &[PolicyLayer]) -> Result<PolicyAnswers, ApiError> {
    let of = |asked: &String| {
        let (actions, logs_in) = meant(asked.trim());
        actions.len() * request.resources.len() + usize::from(logs_in)
    };
    let number: usize = request.actions.iter().map(of).sum();
    if number > MOST {
        let text = format!("That is {number} answers, and at most {MOST} are given at once.");
        return Err(ApiError::input("question-large", "resources", text));
    }
    let questions = questions(request)?;
    let caller = Caller::parse(&request.principal).map_err(|error| unreadable(error, "principal"))?;
    let mut context = Context::new();
    for (at, text) in request.context.iter().enumerate() {
        context.add_text(text).map_err(|error| unreadable(error, &format!("context.{at}")))?;
    }
    if request.context_complete {
        context = context.complete();
    }
    // Templates in the documents have the values of the resource's place, so they are read for each.
    let mut sides: HashMap<&str, (Subject, Target)> = HashMap::new();
    for question in &questions {
        if !sides.contains_key(question.resource.as_str()) {
            sides
                .insert(question.resource.as_str(), self::sides(request, seen, &caller, &question.resource)?);
        }
    }
    let answers = questions.iter().filter_map(|question| {
        let (subject, target) = sides.get(question.resource.as_str())?;
        Some(told(question, &authorize(subject, &question.action, target, &context)))
    });
    Ok(PolicyAnswers { answers: answers.collect() })
}

/// One cell of the answer.
struct Question<'a> {
    asked: &'a str,
    action: Action,
    resource: Resource,
    /// The resource as it was given.
    named: &'a str,
}

fn questions(request: &AskPolicies) -> Result<Vec<Question<'_>>, ApiError> {
    let registry = request.registry.as_ref().map(|key| key.id());
    let resources = request.resources.iter().enumerate();
    let resources = resources.map(|(at, text)| Ok((text.as_str(), resource(text, registry.as_ref(), at)?)));
    let resources = resources.collect::<Result<Vec<_>, ApiError>>()?;
    let mut questions = Vec::new();
    for (at, asked) in request.actions.iter().enumerate() {
        let asked = asked.trim();
        let field = format!("actions.{at}");
        let action = |text: &str| Action::parse(text).map_err(|error| unreadable(error, &field));
        let (actions, logs_in) = meant(asked);
        if logs_in {
            let any = Resource::parse("*").map_err(|error| unreadable(error, &field))?;
            questions.push(Question { asked, action: action(LOGIN)?, resource: any, named: "*" });
        }
        for text in actions {
            for (named, resource) in &resources {
                questions.push(Question { asked, action: action(text)?, resource: resource.clone(), named });
            }
        }
    }
    Ok(questions)
}

/// The actions that a word stands for, and whether a login is one more.
fn meant(asked: &str) -> (Vec<&str>, bool) {
    match asked.parse::<Purpose>() {
        Ok(purpose) if purpose.on_registries().is_empty() => (purpose.on_repositories(), purpose.logs_in()),
        _ if asked == DELETE => (vec!["ecr:BatchDeleteImage"], false),
        _ => (vec![asked], false),
    }
}

/// Who asks and what is asked for, with the policies of both.
fn sides(
    request: &AskPolicies,
    seen: &[PolicyLayer],
    caller: &Caller,
    resource: &Resource,
) -> Result<(Subject, Target), ApiError> {
    let read = |layer: Layer| {
        let given = documents(request, layer, &Place::of(layer, caller, resource))?;
        let is_seen = seen.iter().any(|one| layer_of(*one) == layer);
        Ok::<_, ApiError>(given.or(is_seen.then(Vec::new)))
    };
    let subject = Subject {
        identity: read(Layer::Identity)?,
        boundary: read(Layer::Boundary)?,
        session: read(Layer::Session)?,
        scp: read(Layer::Scp)?,
        caller: caller.clone(),
    };
    let target =
        Target { policies: read(Layer::Resource)?, rcp: read(Layer::Rcp)?, resource: resource.clone() };
    Ok((subject, target))
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
    error.hint_if(found.hint.clone())
}

fn unreadable(error: QuestionError, field: &str) -> ApiError {
    ApiError::input("question-unreadable", field, error.problem).hint(error.hint)
}

fn told(question: &Question<'_>, answer: &Answer) -> PolicyAnswer {
    let phrases = |layers: &[Layer]| layers.iter().map(|layer| layer.phrase().to_owned()).collect();
    PolicyAnswer {
        asked: question.asked.to_owned(),
        action: question.action.as_str().to_owned(),
        resource: question.named.to_owned(),
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
    fn a_purpose_stands_for_its_actions_and_the_login() {
        let request = AskPolicies { actions: vec!["push".into(), "delete".into()], ..request() };
        let answers = answers(&request).unwrap().answers;
        let login = &answers[0];
        assert_eq!(
            (login.asked.as_str(), login.action.as_str(), login.resource.as_str(), login.decision),
            ("push", "ecr:GetAuthorizationToken", "*", PolicyDecision::Allowed)
        );
        let of = |asked: &str, resource: &str| {
            let fits = |one: &&PolicyAnswer| one.asked == asked && one.resource == resource;
            answers.iter().filter(fits).map(|one| (one.action.clone(), one.decision)).collect::<Vec<_>>()
        };
        let push = of("push", "randserver");
        assert!(push.contains(&("ecr:PutImage".into(), PolicyDecision::Allowed)), "{push:?}");
        assert!(push.contains(&("ecr:UploadLayerPart".into(), PolicyDecision::NotAllowed)), "{push:?}");
        assert_eq!(of("delete", "randserver"), [("ecr:BatchDeleteImage".into(), PolicyDecision::NotAllowed)]);
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
        assert_eq!(at(&|one| one.actions[1] = "shove".into()).1, "actions.1");
        assert_eq!(at(&|one| one.resources[1] = "Other".into()).1, "resources.1");
        assert_eq!(at(&|one| one.context = vec!["nothing".into()]).1, "context.0");
        assert_eq!(
            at(&|one| one.documents[0].text = "no policy".into()),
            ("policy-unreadable".into(), "documents.0".into())
        );
        assert_eq!(at(&|one| one.resources = vec!["ab".into(); 1_001]).0, "question-large");
    }
}
