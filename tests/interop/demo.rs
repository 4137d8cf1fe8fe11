//! `longshore demo` as a script runs it.

use std::process::Command;

use longshore_tests::process::{built, run};
use serde_json::{Value, json};

#[test]
fn the_demo_ends_with_the_same_digest_in_prod_and_nothing_leaked() {
    let output = run(Command::new(built("longshore")).args(["demo", "--json"]));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.last().unwrap();
    let digest = &summary["pushed"]["digest"];
    assert!(digest.as_str().unwrap().starts_with("sha256:"));
    let expected = json!({
        "event": "summary",
        "pushed": {"repository": "dev-microservice", "tag": "42", "digest": digest},
        "promoted": {"repository": "prod-microservice", "tag": "21", "digest": digest},
        "replicated": {
            "account": "444455556666", "region": "us-west-2", "repository": "prod-microservice",
            "tag": "21", "digest": digest, "status": "COMPLETE",
        },
        "leaked": [],
    });
    assert_eq!(summary, &expected);
}
