//! The stack of CloudFormation that owns a resource: asked of the sandbox, and of servers that refuse.

use longshore_ecr::{EcrError, EcrErrorKind, StackResource};
use longshore_sandbox::{PlantedResource, PlantedStack};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::world::{DEV, PROD, World, registry};

const RULES: &str = "AWS::ECR::ReplicationConfiguration";
const POLICY: &str = "AWS::ECR::RegistryPolicy";

fn resource(kind: &str, physical_id: &str) -> PlantedResource {
    PlantedResource { logical_id: "One".into(), kind: kind.into(), physical_id: physical_id.into() }
}

#[tokio::test]
async fn a_resource_belongs_to_the_stack_of_its_account_and_region() {
    let world = World::start().await;
    let address = &world.sandbox.ready().control;
    let (dev, prod) = (world.services(DEV, address), world.services(PROD, address));
    assert_eq!(dev.stack_of(RULES, DEV).await.unwrap(), None);
    let stack = PlantedStack {
        registry: registry(DEV),
        name: "platform & more".into(),
        resources: vec![resource(RULES, DEV)],
    };
    world.sandbox.plant_stack(stack).await.unwrap();
    let found = StackResource { stack: "platform & more".into(), logical_id: "One".into() };
    assert_eq!(dev.stack_of(RULES, DEV).await.unwrap(), Some(found));
    assert_eq!(prod.stack_of(RULES, PROD).await.unwrap(), None);
    assert_eq!(dev.stack_of("AWS::ECR::Repository", "app").await.unwrap(), None);
    // The same number is the id of the policy too, which another stack may own.
    let error = dev.stack_of(POLICY, DEV).await.unwrap_err();
    assert!(matches!(error, EcrError { kind: EcrErrorKind::Protocol, .. }), "{error:?}");
    assert!(error.to_string().contains("platform & more"), "{error}");
}

/// Asks a server that gives one answer.
async fn asked(answer: ResponseTemplate) -> (Result<Option<StackResource>, EcrError>, usize) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let world = World::start().await;
    let answer = world.services(DEV, &server.uri()).stack_of(RULES, DEV).await;
    (answer, server.received_requests().await.unwrap().len())
}

fn refusal(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let body = format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    ResponseTemplate::new(status).set_body_string(body)
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_error_and_not_an_owner() {
    let denied = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: \
                  cloudformation:DescribeStackResources on resource: * because no policy allows it";
    let (answer, _) = asked(refusal(403, "AccessDenied", denied)).await;
    let error = answer.unwrap_err();
    assert!(
        matches!(&error, EcrError { kind: EcrErrorKind::AccessDenied { action: Some(action), .. }, .. }
            if action == "cloudformation:DescribeStackResources"),
        "{error:?}"
    );
    let (answer, asked_times) = asked(refusal(400, "Throttling", "Rate exceeded")).await;
    assert!(matches!(answer, Err(EcrError { kind: EcrErrorKind::Throttled, .. })), "{answer:?}");
    assert_eq!(asked_times, 3);
    let (answer, _) = asked(refusal(400, "ValidationError", "Stack for 1 does not exist")).await;
    assert_eq!(answer.unwrap(), None);
    let (answer, _) = asked(refusal(400, "ValidationError", "PhysicalResourceId is too long")).await;
    assert!(answer.is_err());
    for body in ["", "{}", "<html></html>", "<DescribeStackResourcesResponse>"] {
        let (answer, _) = asked(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(answer, Err(EcrError { kind: EcrErrorKind::Protocol, .. })), "{body}: {answer:?}");
    }
    let (answer, _) = asked(ResponseTemplate::new(503)).await;
    assert!(matches!(answer, Err(EcrError { kind: EcrErrorKind::Server { .. }, .. })), "{answer:?}");
}

#[tokio::test]
async fn a_resource_that_its_stack_deleted_is_nobodys() {
    for (status, owned) in [("CREATE_COMPLETE", true), ("DELETE_SKIPPED", false), ("DELETE_COMPLETE", false)]
    {
        let body = format!(
            "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources><member>\
             <StackName>old</StackName><LogicalResourceId>Rules</LogicalResourceId>\
             <PhysicalResourceId>{DEV}</PhysicalResourceId><ResourceType>{RULES}</ResourceType>\
             <ResourceStatus>{status}</ResourceStatus></member></StackResources>\
             </DescribeStackResourcesResult></DescribeStackResourcesResponse>"
        );
        let (answer, _) = asked(ResponseTemplate::new(200).set_body_string(body)).await;
        assert_eq!(answer.unwrap().is_some(), owned, "{status}");
    }
}
