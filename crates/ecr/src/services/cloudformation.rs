//! The stack of CloudFormation that a resource of a registry belongs to.
//!
//! AWS Query, version 2010-05-15. `DescribeStackResources` takes the physical id of a resource: the
//! account's number for a registry's documents, the name of a repository, the prefix of a creation
//! template. It also answers for stacks that were deleted in the last 90 days.

use std::time::Duration;

use super::{Services, hosts};
use crate::{
    EcrError, EcrErrorKind,
    client::{query_call::QueryCall, xml::Node},
};

/// CloudFormation lists no more resources of a stack.
const LISTED: usize = 100;
/// How often a call that is throttled is sent.
const TRIES: u32 = 3;
/// Before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(300);

/// A stack that manages a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// The stack's name.
    pub stack: String,
    /// The resource's name in the template.
    pub logical_id: String,
}

/// A resource as CloudFormation lists it.
#[derive(Debug, Default)]
struct Listed {
    stack: String,
    kind: String,
    logical_id: String,
    physical_id: String,
    status: String,
}

impl Listed {
    /// A resource that its stack has deleted or left behind is nobody's.
    fn is_managed(&self) -> bool {
        !matches!(self.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED")
    }
}

impl Services {
    /// The stack in the registry's account and Region that manages a resource; `None` if none does.
    /// `kind` is its type, such as `AWS::ECR::RegistryPolicy`.
    ///
    /// # Errors
    /// As calls to ECR. `Protocol` also when CloudFormation names a stack and does not list the resource:
    /// the stack may be that of another resource with the same id.
    pub async fn stack_of(&self, kind: &str, physical_id: &str) -> Result<Option<StackResource>, EcrError> {
        let region = &self.registry.region;
        let custom = self.endpoints.cloudformation.clone();
        let aws = || hosts::cloudformation(region, self.hosts);
        let endpoint = custom.or_else(aws).ok_or_else(|| self.no_address(OPERATION))?;
        let query = QueryCall {
            registry: &self.registry,
            service: "cloudformation",
            region: region.as_str(),
            endpoint: &endpoint,
            version: "2010-05-15",
            operation: OPERATION,
            input: vec![("PhysicalResourceId".into(), physical_id.into())],
        };
        for attempt in 1..TRIES {
            match self.ask(&query, kind, physical_id).await {
                Err(EcrError { kind: EcrErrorKind::Throttled, .. }) => {
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                other => return other,
            }
        }
        self.ask(&query, kind, physical_id).await
    }

    async fn ask(
        &self,
        query: &QueryCall<'_>,
        kind: &str,
        physical_id: &str,
    ) -> Result<Option<StackResource>, EcrError> {
        let answer = match query.send(&self.credentials, &self.network).await {
            Ok(answer) => answer,
            Err(error) if is_unknown(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let wrong = |text: &str| self.protocol(OPERATION, text);
        let listed = resources(&answer).ok_or_else(|| wrong("the answer is not a list of resources"))?;
        let same = |one: &&Listed| one.kind == kind && one.physical_id == physical_id;
        if let Some(found) = listed.iter().find(same) {
            let of_stack =
                || StackResource { stack: found.stack.clone(), logical_id: found.logical_id.clone() };
            return Ok(found.is_managed().then(of_stack));
        }
        // The stack is deleted, or the id is also that of another resource.
        match listed.iter().find(|one| one.is_managed()) {
            None => Ok(None),
            Some(one) if listed.len() >= LISTED => Err(wrong(&format!(
                "stack `{}` has more resources than CloudFormation lists",
                longshore_names::shown(&one.stack, 128)
            ))),
            Some(one) => Err(wrong(&format!(
                "stack `{}` has another resource with this id",
                longshore_names::shown(&one.stack, 128)
            ))),
        }
    }
}

const OPERATION: &str = "DescribeStackResources";

/// Whether CloudFormation knows no stack with the resource.
fn is_unknown(error: &EcrError) -> bool {
    matches!(error.kind, EcrErrorKind::InvalidParameter) && error.call.message.contains("does not exist")
}

/// The members of the list; `None` if it is none.
fn resources(answer: &Node) -> Option<Vec<Listed>> {
    let text = |member: &Node, name: &str| member.text_of(name).unwrap_or_default().to_owned();
    let listed = |member: &Node| Listed {
        stack: text(member, "StackName"),
        kind: text(member, "ResourceType"),
        logical_id: text(member, "LogicalResourceId"),
        physical_id: text(member, "PhysicalResourceId"),
        status: text(member, "ResourceStatus"),
    };
    answer.child("StackResources")?;
    Some(answer.members("StackResources").map(listed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_from_the_list() {
        let text = "<?xml version=\"1.0\"?>\
            <DescribeStackResourcesResult xmlns=\"urn:x\"><StackResources><member><StackName>a &amp; b</StackName>\
            <LogicalResourceId>Policy</LogicalResourceId><PhysicalResourceId>111122223333</PhysicalResourceId>\
            <ResourceType>AWS::ECR::RegistryPolicy</ResourceType><ResourceStatus>DELETE_COMPLETE</ResourceStatus>\
            <DriftInformation><StackResourceDriftStatus>x</StackResourceDriftStatus></DriftInformation>\
            </member><member/></StackResources></DescribeStackResourcesResult>";
        let read = |text: &str| resources(&Node::parse(text.as_bytes())?);
        let found = read(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].stack.as_str(), found[0].logical_id.as_str()), ("a & b", "Policy"));
        assert_eq!(found[0].physical_id, "111122223333");
        assert!(!found[0].is_managed());
        assert_eq!(read("<A><StackResources/></A>").unwrap().len(), 0);
        assert!(read("<A><Other/></A>").is_none());
    }
}
