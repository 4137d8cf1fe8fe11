//! CloudFormation in AWS Query: `DescribeStackResources`, for the one stack that was planted.
//!
//! There is no other operation: stacks are not created. Source: AWS CloudFormation API Reference,
//! version 2010-05-15.

use longshore_names::RegistryId;

use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        form::Form,
        signing::caller::Caller,
        xml::Element,
    },
    planting::PlantedStack,
};

const VERSION: &str = "2010-05-15";
/// Where its answers are defined.
pub(in crate::control) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
/// Only the first resources of a stack are listed.
const LISTED: usize = 100;

/// Runs the action that the form names.
pub(in crate::control) fn call(
    form: &Form,
    caller: &Caller,
    stack: Option<&PlantedStack>,
    request_id: &str,
) -> ApiResult<Element> {
    let (action, version) = (form.get("Action").unwrap_or_default(), form.get("Version").unwrap_or_default());
    if action != "DescribeStackResources" || version != VERSION {
        let text = format!("Could not find operation {action} for version {version}");
        return Err(ApiError::new("InvalidAction", text));
    }
    let here = RegistryId::new(caller.account.clone(), caller.region.clone());
    let result = describe_stack_resources(form, stack.filter(|stack| stack.registry == here))?;
    let metadata = Element::new("ResponseMetadata").text("RequestId", request_id);
    Ok(Element::new("DescribeStackResourcesResponse").child(result).child(metadata))
}

fn describe_stack_resources(form: &Form, stack: Option<&PlantedStack>) -> ApiResult<Element> {
    let (name, id) = (form.get("StackName"), form.get("PhysicalResourceId"));
    let logical_id = form.get("LogicalResourceId");
    let (asked, found) = match (name, id) {
        (Some(name), None) => (format!("Stack with id {name}"), stack.filter(|stack| stack.name == name)),
        (None, Some(id)) => {
            let has = |stack: &&PlantedStack| stack.resources.iter().any(|one| one.physical_id == id);
            (format!("Stack for {id}"), stack.filter(has))
        }
        _ => {
            let text = "Exactly one of StackName and PhysicalResourceId must be specified.";
            return Err(ApiError::new("ValidationError", text));
        }
    };
    let Some(stack) = found else {
        return Err(ApiError::new("ValidationError", format!("{asked} does not exist")));
    };
    let chosen = stack.resources.iter().filter(|one| logical_id.is_none_or(|id| id == one.logical_id));
    let mut list = Element::new("StackResources");
    for one in chosen.take(LISTED) {
        let arn = format!(
            "arn:{}:cloudformation:{}:{}:stack/{}/00000000-0000-0000-0000-000000000000",
            stack.registry.region.partition(),
            stack.registry.region,
            stack.registry.account,
            stack.name
        );
        list = list.child(
            Element::new("member")
                .text("StackName", &stack.name)
                .text("StackId", &arn)
                .text("LogicalResourceId", &one.logical_id)
                .text("PhysicalResourceId", &one.physical_id)
                .text("ResourceType", &one.kind)
                .text("Timestamp", "2026-01-01T00:00:00.000Z")
                .text("ResourceStatus", "CREATE_COMPLETE"),
        );
    }
    Ok(Element::new("DescribeStackResourcesResult").child(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planting::PlantedResource;

    fn run(body: &str, region: &str) -> ApiResult<String> {
        let resource = |logical_id: &str, kind: &str, physical_id: &str| PlantedResource {
            logical_id: logical_id.into(),
            kind: kind.into(),
            physical_id: physical_id.into(),
        };
        let stack = PlantedStack {
            registry: RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap()),
            name: "platform".into(),
            resources: vec![
                resource("Rules", "AWS::ECR::ReplicationConfiguration", "111122223333"),
                resource("App", "AWS::ECR::Repository", "app"),
            ],
        };
        let caller = Caller::user("111122223333".parse().unwrap(), region.parse().unwrap());
        let form = Form::parse(format!("Action=DescribeStackResources&Version=2010-05-15&{body}").as_bytes());
        call(&form, &caller, Some(&stack), "id").map(|element| element.print(NAMESPACE))
    }

    #[test]
    fn a_resource_leads_to_the_resources_of_its_stack_in_its_region_only() {
        let answer = run("PhysicalResourceId=app", "us-west-2").unwrap();
        assert_eq!(answer.matches("<member>").count(), 2, "{answer}");
        let answer = run("PhysicalResourceId=app&LogicalResourceId=App", "us-west-2").unwrap();
        assert_eq!(answer.matches("<member>").count(), 1, "{answer}");
        for (body, region, text) in [
            ("PhysicalResourceId=other", "us-west-2", "Stack for other does not exist"),
            ("PhysicalResourceId=app", "eu-west-1", "Stack for app does not exist"),
            ("StackName=other", "us-west-2", "Stack with id other does not exist"),
            ("StackName=platform&PhysicalResourceId=app", "us-west-2", "Exactly one"),
            ("", "us-west-2", "Exactly one"),
        ] {
            let error = run(body, region).unwrap_err();
            assert_eq!(error.code, "ValidationError");
            assert!(error.message.contains(text), "{}", error.message);
        }
    }
}
