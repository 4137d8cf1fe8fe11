//! A deletion that a rule replicates says what its destinations lose.

use longshore_app::api::{ImageSelection, PlanRequest, ReplicationState, RuleInput, Severity};

use crate::{
    steps::{codes, create, digest_of, make, plan, push, put_rule, replicated, rule},
    support::{DEV, PROD, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_says_what_a_destination_loses_and_asks_for_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let deleting = RuleInput { delete_replication: true, ..rule(&dev, &[&prod], &["gone-"]) };
    make(&app, put_rule(deleting, &[&prod])).await;
    make(&app, put_rule(rule(&dev, &[&prod], &["kept-"]), &[&prod])).await;
    for name in ["gone-api", "kept-api"] {
        create(&app, &dev, name).await;
        push(&app, &dev, name, "1").await;
        replicated(&app, &dev, name, "1", &prod, ReplicationState::Complete).await;
    }
    let selected = async |name: &str| {
        let digest = digest_of(&app, &dev, name, "1").await.unwrap();
        vec![ImageSelection { digest, tag: None }]
    };
    for name in ["gone-api", "kept-api"] {
        let images =
            PlanRequest::DeleteImages { repository: repository(&dev, name), images: selected(name).await };
        let whole = PlanRequest::DeleteRepository { repository: repository(&dev, name), with_images: true };
        for request in [images, whole] {
            let planned = plan(&app, request).await;
            let replicates = name == "gone-api";
            assert_eq!(codes(&planned, Severity::Warning).contains(&"deletion-replicated"), replicates);
            assert_eq!(planned.confirm.as_deref(), replicates.then_some("Prod"));
            let text: String = planned.findings.iter().map(|found| found.text.as_str()).collect();
            let said = "Prod (444455556666) / us-west-2 loses 1 image (`1`) of `gone-api` too";
            assert_eq!(text.contains(said), replicates, "{text}");
        }
    }
    close(&app).await;
}
