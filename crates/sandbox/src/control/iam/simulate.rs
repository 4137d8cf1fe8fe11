//! `SimulatePrincipalPolicy` and `SimulateCustomPolicy`: identity policies and boundaries, without policies
//! of resources.

use super::{
    Answer,
    asked::{Asked, input, missing},
};
use crate::{
    access::policy::{Decision, Principal, Request, check_identity_policy},
    control::wire::{error::ApiResult, xml::Element},
    iam::{Authority, Kind, Said, Source},
    state::Identity,
};

/// Actions, resources and policies of one call.
const MOST: usize = 1000;

pub(super) fn principal(asked: &Asked<'_>, result: Element) -> Answer {
    let source = asked.form.get("PolicySourceArn").unwrap_or_default();
    asked.allowed(source)?;
    let identity = identity_of(asked, source)?;
    let mut authority = asked.state.authority(&identity);
    authority.policies.extend(policies(asked, "PolicyInputList")?);
    if let Some(boundary) = policies(asked, "PermissionsBoundaryPolicyInputList")?.into_iter().next() {
        authority.boundary = Some(boundary);
    }
    simulate(asked, result, &authority, source)
}

pub(super) fn custom(asked: &Asked<'_>, result: Element) -> Answer {
    asked.allowed("*")?;
    let boundary = policies(asked, "PermissionsBoundaryPolicyInputList")?.into_iter().next();
    let policies = policies(asked, "PolicyInputList")?;
    let authority = Authority { administrator: false, policies, boundary };
    let root = asked.caller.account.root_arn(asked.caller.region.partition());
    simulate(asked, result, &authority, &root)
}

fn policies(asked: &Asked<'_>, list: &str) -> ApiResult<Vec<Source>> {
    let texts = asked.form.members(list).into_iter().enumerate();
    let one = |(at, text): (usize, String)| match check_identity_policy(&text) {
        Ok(()) => Ok(Source { id: format!("{list}.{}", at + 1), text }),
        Err(problem) => Err(input(format!("Invalid policy at {list}.{}: {problem}", at + 1))),
    };
    texts.map(one).collect()
}

fn simulate(asked: &Asked<'_>, result: Element, authority: &Authority, source: &str) -> Answer {
    let arn = match asked.form.get("CallerArn") {
        Some(arn) if arn.split(':').nth(5).is_some_and(|resource| resource.starts_with("user/")) => arn,
        Some(_) => return Err(input("CallerArn must be the ARN of a user.")),
        None => source,
    };
    let principal = Principal { account: asked.caller.account.clone(), arn: arn.to_owned(), role: None };
    let resources = asked.form.members("ResourceArns");
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    let actions = asked.form.members("ActionNames");
    if actions.is_empty() || actions.iter().any(|action| !action.contains(':')) {
        return Err(input("Invalid Entity: an action is its service and its name, such as ecr:PutImage."));
    }
    if actions.len().saturating_mul(resources.len()) > MOST {
        return Err(input(format!("A call simulates at most {MOST} pairs of an action and a resource.")));
    }
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    let results = pairs.enumerate().map(|(at, (action, resource))| {
        let request = Request::new(&principal, action, resource);
        (format!("{at:06}"), one_result(&request, &authority.said(&request), authority.bounds(&request)))
    });
    Ok(Some(asked.page(result, "EvaluationResults", results.collect())?))
}

fn one_result(request: &Request<'_>, said: &Said, bounds: Option<Said>) -> Element {
    let bounded = bounds.as_ref().map(|bounds| bounds.decision);
    let (word, deciding) = match (said.decision, bounded) {
        (Decision::Deny, _) => ("explicitDeny", Some(said)),
        (_, Some(Decision::Deny)) => ("explicitDeny", bounds.as_ref()),
        (Decision::Allow, None | Some(Decision::Allow)) => ("allowed", Some(said)),
        (Decision::Allow, Some(_)) => ("implicitDeny", Some(said)),
        _ => ("implicitDeny", None),
    };
    let mut matched = Element::new("MatchedStatements");
    if let Some(said) = deciding {
        let member = Element::new("member").text("SourcePolicyId", &source_id(said));
        matched = matched.child(member.text("SourcePolicyType", "IAM Policy"));
    }
    let result = Element::new("member")
        .text("EvalActionName", request.action)
        .text("EvalResourceName", request.resource)
        .text("EvalDecision", word)
        .child(matched)
        .child(Element::new("MissingContextValues"));
    match bounded {
        Some(decision) => {
            let allowed = (decision == Decision::Allow).to_string();
            let detail = Element::new("PermissionsBoundaryDecisionDetail");
            result.child(detail.text("AllowedByPermissionsBoundary", &allowed))
        }
        None => result,
    }
}

/// A managed policy by its name, a planted one with its statement.
fn source_id(said: &Said) -> String {
    match (said.policy.as_deref(), &said.sid) {
        (Some("planted"), Some(sid)) => format!("planted/{sid}"),
        (Some(id), _) => id.rsplit('/').next().unwrap_or_default().to_owned(),
        (None, _) => "AdministratorAccess".to_owned(),
    }
}

/// The user, group or role of an ARN, which must have the right path.
fn identity_of(asked: &Asked<'_>, arn: &str) -> ApiResult<Identity> {
    let (partition, account) = (asked.caller.region.partition(), &asked.caller.account);
    let rest = arn.strip_prefix(&format!("arn:{partition}:iam::{account}:"));
    let named = rest.and_then(|rest| {
        let (word, path) = rest.split_once('/')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        Some((kind, path.rsplit('/').next()?))
    });
    let Some((kind, name)) = named else {
        return Err(input(format!("{arn} is not an ARN of a user, a group or a role of the account.")));
    };
    let found = asked.state.entity(account, partition, kind, name);
    let found = found.filter(|entity| asked.arn(kind.word(), &entity.path, &entity.name) == arn);
    match found {
        Some(_) => Ok((account.clone(), format!("{}/{name}", kind.word()))),
        None => Err(missing(format!("The policy source with ARN {arn} cannot be found."))),
    }
}
