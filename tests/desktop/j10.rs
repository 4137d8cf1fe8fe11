//! J10: two teams, one side each. They exchange a request and a receipt, and no credentials.

use std::path::Path;

use longshore_tests::{
    aws::Served,
    camera::picture,
    image,
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::{
    j1::submit_rule,
    steps::{DEV, PROD, REGION, create_repository, run_plan, show_registry},
};

const REPOSITORY: &str = "prod-microservice";
const REASON: &str = "Releases of the shop";
/// Clicks and texts of all three people together, with their first starts.
const MOST: u32 = 85;

/// A window in which accounts that are connected by key are those of the sandbox.
async fn open(data: &Path, aws: &Served) -> Window {
    let endpoint = aws.ready["control"].as_str().unwrap();
    let nothing = data.join("no-aws-configuration");
    let nothing = nothing.to_str().unwrap();
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_CONFIG_FILE", nothing),
        ("AWS_SHARED_CREDENTIALS_FILE", nothing),
    ];
    Window::open(data, &environment).await
}

/// First start: *Connect AWS accounts*, by access key.
async fn connect(window: &Window, aws: &Served, account: &str, name: &str, environment: &str) {
    let (id, secret) = aws.key(account);
    window.click("connect-aws").await;
    window.click("connect-way-key").await;
    window.fill("account-id", account).await;
    window.fill("account-name", name).await;
    window.choose("account-environment", environment).await;
    window.paste("account-access-key-id", &id).await;
    window.paste("account-secret-access-key", &secret).await;
    picture(window, &format!("j10-connect-{name}")).await;
    window.click("connect-account-submit").await;
    window.see(&format!("account-{account}")).await;
    window.see_text(&format!("account-{account}"), "127.0.0.1").await;
    window.see("space-custom").await;
}

/// The developers: the rule to an account that they cannot see, and the request to its administrator.
async fn write_rule_and_request(window: &Window) -> String {
    create_repository(window, DEV, REGION, REPOSITORY).await;
    window.click("nav-replication").await;
    window.click("rule-add").await;
    window.click("wizard-cross-account").await;
    window.fill("destination-account-0", PROD).await;
    window.click("wizard-next").await;
    window.fill("filter-0", REPOSITORY).await;
    window.see_text("preview-matches", REPOSITORY).await;
    window.click("wizard-next").await;
    window.see_text("other-side-state-0", "Cannot be seen from here").await;
    assert!(window.texts("other-side-add-0").await.is_empty(), "nobody here may add it");
    picture(window, "j10-other-side").await;
    submit_rule(window).await;
    // What could not be asked is unknown, and does not count as ready.
    summary(window, "Not known whether it is ready").await;
    picture(window, "j10-readiness-before").await;

    window.click("nav-replication").await;
    window.click(&format!("write-request-{PROD}-{REGION}")).await;
    window.fill("request-reason", REASON).await;
    window.see_text("request-statement", "repository/prod-microservice*").await;
    picture(window, "j10-request-write").await;
    window.click("request-write-submit").await;
    window.see("request-written").await;
    picture(window, "j10-request-written").await;
    let request = window.texts("request-written").await.remove(0);
    window.click("request-written-close").await;
    request
}

/// The readiness of the only rule.
async fn summary(window: &Window, text: &str) {
    window.click("nav-replication").await;
    window.click_css("[data-testid='rule-row'] [data-testid='check-readiness']").await;
    window.see_text("rule-summary", text).await;
}

/// The administrator: opens the request, reviews the change, runs it; returns the receipt.
async fn apply(window: &Window, request: &str) -> String {
    show_registry(window, PROD, REGION).await;
    window.click("nav-permissions").await;
    window.see("no-statements").await;
    window.click("request-open").await;
    window.paste("request-open-text", request).await;
    window.click("request-open-submit").await;
    window.see_text("request-facts", DEV).await;
    window.see_text("request-facts", REASON).await;
    let newly = window.see("request-newly").await.text().await.unwrap();
    for part in [DEV, "replicate images", "begin with prod-microservice", "create missing repositories"] {
        assert!(newly.contains(part), "{part} is not in `{newly}`");
    }
    let file = window.texts("request-file").await.remove(0);
    assert_eq!(file, request, "the request is shown as it was sent");
    picture(window, "j10-request-opened").await;
    window.click("request-review").await;
    window.see_text("plan-diff", "ReplicationAccessCrossAccount").await;
    window.see("plan-locked").await;
    picture(window, "j10-plan-review").await;
    run_plan(window).await;
    window.wait("[data-testid='receipt-says'][data-applied='true']").await;
    picture(window, "j10-receipt").await;
    let receipt = window.texts("receipt-written").await.remove(0);
    window.click("request-answer-close").await;
    window.see_text("statement-row-sid", "ReplicationAccessCrossAccount").await;
    receipt
}

/// The developers again: the receipt, and the rule's readiness.
async fn check(window: &Window, receipt: &str) {
    show_registry(window, DEV, REGION).await;
    window.click("nav-replication").await;
    window.click("receipt-check").await;
    window.paste("receipt-check-text", receipt).await;
    window.click("receipt-check-submit").await;
    window.see_text("receipt-outcome", "Applied").await;
    window.wait("[data-testid='receipt-statement'][data-as-requested='true']").await;
    picture(window, "j10-receipt-checked").await;
    window.click("receipt-rules").await;
    window.see("rule-row").await;
    window.see_text(&format!("stated-{PROD}-{REGION}"), "by the receipt of request").await;
    picture(window, "j10-rules-after").await;
    summary(window, "Ready").await;
    window.wait("[data-testid='readiness-check'][data-check='told-by-receipt'][data-outcome='stated']").await;
    picture(window, "j10-readiness-after").await;
}

/// A deployer, who has Prod alone: what arrived with its `image:` line, and what was expected but is absent.
async fn deploy(window: &Window, expected: &str, digest: &str) {
    show_registry(window, PROD, REGION).await;
    window.see_text("repository-grid", REPOSITORY).await;
    window.click("expected-open").await;
    window.paste("expected-text", expected).await;
    window.click("expected-submit").await;
    window.see_text("expected-summary", "1 of 2 images are present").await;
    let rows = window.texts("expected-image").await;
    assert!(rows[0].contains("Absent") && rows[0].contains(":43"), "{rows:?}");
    let line = window.texts("expected-line").await.remove(0);
    assert!(line.starts_with("image: \"") && line.ends_with(&format!("/{REPOSITORY}@{digest}\"")), "{line}");
    window.see_text("dialog-expected-checked", "Release 42").await;
    picture(window, "j10-expected").await;
}

#[tokio::test]
async fn a_receipt_makes_the_developers_check_green_and_an_image_arrives() {
    let (developers, administrator) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let deployer = tempfile::tempdir().unwrap();
    let mut pushed = String::new();
    let state = tempfile::tempdir().unwrap();
    let aws = Served::new(state.path(), "100ms");

    let window = open(developers.path(), &aws).await;
    let mut request = String::new();
    journey("j10-developers", &window, async {
        connect(&window, &aws, DEV, "Dev", "dev").await;
        request = write_rule_and_request(&window).await;
    })
    .await;
    let mut actions = window.actions();
    window.close().await;
    for secret in [aws.key(DEV).0, aws.key(DEV).1, aws.key(PROD).1] {
        assert!(!request.contains(&secret), "the request has a secret");
    }

    let window = open(administrator.path(), &aws).await;
    let mut receipt = String::new();
    journey("j10-administrator", &window, async {
        connect(&window, &aws, PROD, "Prod", "production").await;
        receipt = apply(&window, &request).await;
        assert!(window.texts(&format!("tree-{DEV}-{REGION}")).await.is_empty());
    })
    .await;
    actions += window.actions();
    window.close().await;

    let window = open(developers.path(), &aws).await;
    journey("j10-receipt", &window, async {
        check(&window, &receipt).await;

        let skopeo = Skopeo::new(developers.path());
        let layout = developers.path().join("layout");
        pushed = image::simple(&layout);
        let dev = aws.host(DEV, REGION);
        skopeo.login(&dev, &aws.aws(DEV, REGION).login_password());
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{dev}/{REPOSITORY}:42"));
        show_registry(&window, DEV, REGION).await;
        window.open_row("repository-grid", REPOSITORY).await;
        window.wait("[data-testid='replication-42'][data-status='complete']").await;
        picture(&window, "j10-arrived").await;
        let prod = aws.host(PROD, REGION);
        skopeo.login(&prod, &aws.aws(PROD, REGION).login_password());
        assert_eq!(skopeo.digest(&format!("{prod}/{REPOSITORY}:42")), pushed);
    })
    .await;
    actions += window.actions();
    window.close().await;

    // What the developers expect in Prod: the image that arrived, and one that they promised too early.
    let expected = format!("# Release 42\n{REPOSITORY}:42@{pushed}\n{REPOSITORY}:43\n");
    let window = open(deployer.path(), &aws).await;
    journey("j10-deployer", &window, async {
        connect(&window, &aws, PROD, "Prod", "production").await;
        deploy(&window, &expected, &pushed).await;
    })
    .await;
    actions += window.actions();
    window.close().await;
    assert!(actions <= MOST, "J10 took {actions} actions");
}
