//! Documents that CloudFormation, Terraform or a mark say something else manages, on the command line.

use serde_json::json;

use super::*;
use crate::copying::world::documented;

const ADD: [&str; 6] = ["replication", "add", "Dev/us-west-2", "--to", "Dev/us-east-2", "--json"];

#[test]
fn what_a_stack_or_a_state_manages_ends_in_a_patch_and_code_3() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let stack = json!({"account": DEV, "region": REGION, "name": "platform", "resources": [
        {"logical_id": "Rules", "type": "AWS::ECR::ReplicationConfiguration", "physical_id": DEV},
    ]});
    let file = world.home.path().join("aws/stack.json");
    fs::write(&file, stack.to_string()).unwrap();
    let dev = world.aws.aws(DEV, REGION);
    assert_eq!(dev.stack_resources(DEV)["StackResources"][0]["StackName"], "platform", "the AWS CLI sees it");

    let shown = world.say(&["replication", "show", "Dev/us-west-2", "--json"]);
    documented("replication", &shown);
    let owner = json!({"source": "cloudformation", "name": "platform", "detail": "Rules"});
    assert_eq!(shown.summary()["owner"], owner);
    for more in [&[][..], &["--plan"]] {
        let refused = world.say(&[&ADD[..], more].concat());
        documented("replication", &refused);
        let summary = refused.summary();
        assert_eq!(
            (refused.code, &summary["error"]["code"]),
            (Some(3), &"managed-elsewhere".into()),
            "{summary}"
        );
    }
    let planned = world.say(&[&ADD[..], &["--plan"]].concat());
    let managed = &events(&planned, "managed")[0];
    assert_eq!(managed["document"], format!("replication:{DEV}/{REGION}"));
    assert!(managed["diff"].as_str().unwrap().contains("+++ b/replication-"), "{managed}");
    assert!(
        managed["snippets"][0]["text"].as_str().unwrap().contains("ReplicationConfiguration"),
        "{managed}"
    );
    assert_eq!(dev.ecr(&["describe-registry"])["replicationConfiguration"]["rules"], json!([]));
    fs::remove_file(&file).unwrap();

    // Terraform.
    let path = world.home.path().join("terraform.tfstate");
    let state = json!({"version": 4, "resources": [{
        "mode": "managed", "type": "aws_ecr_replication_configuration", "name": "this",
        "instances": [{"attributes": {"id": DEV, "registry_id": DEV, "region": REGION}}],
    }]});
    fs::write(&path, state.to_string()).unwrap();
    let path = path.display().to_string();
    let change = |file: &str| world.say(&["account", "change", "Dev", "--terraform-state", file, "--json"]);
    let changed = change(&path);
    documented("account", &changed);
    assert_eq!(changed.summary()["account"]["terraform_state"], path.as_str(), "{}", changed.error);
    assert_eq!(world.say(&ADD).code, Some(3));
    assert_eq!(change("/nowhere").code, Some(2));
    assert_eq!(change("none").code, Some(0));
    world.summary(&ADD);
}

#[test]
fn a_marked_document_is_changed_only_when_it_is_named() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let document = format!("replication:{DEV}/{REGION}");
    let marked = world.say(&["owner", "mark", "replication:Dev/us-west-2", "--note", "CDK app", "--json"]);
    documented("owner", &marked);
    let owner = json!({"source": "mark", "name": "CDK app", "detail": null});
    assert_eq!(
        (&marked.summary()["owner"], &marked.summary()["document"]),
        (&owner, &document.as_str().into())
    );
    let text = world.say(&["owner", "show", &document]);
    assert!(text.text.contains("marked as managed elsewhere: CDK app"), "{}", text.text);

    assert_eq!(world.say(&ADD).code, Some(3));
    let other = world.say(&[&ADD[..], &["--override", "policy:111122223333/us-west-2"]].concat());
    assert_eq!(other.code, Some(3), "{}", other.error);
    world.summary(&[&ADD[..], &["--override", &document]].concat());
    let released = world.summary(&["owner", "release", &document, "--json"]);
    assert_eq!(released["owner"], Value::Null);

    for wrong in
        ["policy", "policy:Dev", "policy:Dev/us-west-2/x", "table:Dev/us-west-2", "repository:Dev/us-west-2"]
    {
        assert_eq!(world.say(&["owner", "show", wrong]).code, Some(2), "{wrong}");
    }
    assert_eq!(world.say(&["owner", "mark", &document, "--note", " "]).code, Some(2));
    assert_eq!(world.say(&["owner", "show", "repository:Dev/us-west-2/UPPER"]).code, Some(2));
}
