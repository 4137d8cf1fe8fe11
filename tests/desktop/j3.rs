//! J3: the beginner's guide, without its traps.

use std::path::Path;

use longshore_tests::{
    camera::picture,
    image::Layout,
    skopeo::Skopeo,
    window::{Window, journey},
};
use serde_json::json;

use crate::{
    j1::{add_rule_up_to_the_other_side, submit_rule},
    steps::{
        DEV, PROD, REGION, log_in, open_repository, run_plan, show_registry, start_sandbox, type_to_confirm,
    },
};

const REPOSITORY: &str = "prod-microservice";
const SID: &str = "AllowCrossAccountReplication";

/// Clicks and texts, from the first start to the clean-up.
const MOST: u32 = 130;

/// The statement of the guide: no `Resource`, one action, a bare account id.
const GUIDE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AllowCrossAccountReplication",
      "Effect": "Allow",
      "Principal": { "AWS": "111122223333" },
      "Action": ["ecr:ReplicateImage"]
    }
  ]
}"#;

/// Pushes a tag with its own image into the repository of Dev; returns the digest.
async fn push(window: &Window, skopeo: &Skopeo, data: &Path, tag: &str) -> String {
    let path = data.join(format!("layout-{tag}"));
    let mut layout = Layout::new(&path);
    let image = layout.image("amd64", &[tag.as_bytes()], json!({}));
    let digest = image["digest"].as_str().unwrap().to_owned();
    layout.tag(image, tag);
    open_repository(window, DEV, REGION, REPOSITORY).await;
    let uri = log_in(window, skopeo, data).await;
    skopeo.copy(&format!("oci:{}:{tag}", path.display()), &format!("docker://{uri}:{tag}"));
    window.see_text("image-grid", tag).await;
    digest
}

/// Unlike the one that ECR will create in Prod, it is scanned.
async fn create_scanned_repository(window: &Window) {
    show_registry(window, DEV, REGION).await;
    window.click("create-repository").await;
    window.fill("create-name", REPOSITORY).await;
    window.tick("create-scan").await;
    window.click("dialog-create-repository-review").await;
    run_plan(window).await;
    window.see_text("repository-grid", REPOSITORY).await;
}

async fn open_permissions(window: &Window, tab: &str) {
    show_registry(window, PROD, REGION).await;
    window.click("nav-permissions").await;
    window.click(&format!("permissions-tab-{tab}")).await;
}

async fn open_rules(window: &Window) {
    show_registry(window, DEV, REGION).await;
    window.click("nav-replication").await;
    window.see("rule-row").await;
}

/// From the failed rule to the fix of what failed.
async fn readiness_names_the_missing_statement(window: &Window) {
    open_rules(window).await;
    window.see("lacking-permission-missing").await;
    let before = window.actions();
    window.click_css("[data-testid='rule-row'] [data-testid='check-readiness']").await;
    window
        .wait("[data-testid='readiness-check'][data-check='statement-missing'][data-outcome='failed']")
        .await;
    window.see_text("rule-summary", "Not ready: 1 check failed").await;
    picture(window, "j3-readiness-failed").await;
    window.click("check-fix").await;
    window.see("plan-run").await;
    window.see_text("plan-diff", "ecr:CreateRepository").await;
    let clicks = window.actions() - before;
    assert!(clicks <= 2, "the fix is {clicks} clicks away from the rule");
    picture(window, "j3-fix-review").await;
    window.click("plan-cancel").await;
    window.gone("dialog-plan").await;
}

/// What else a person pastes from guides.
async fn what_guides_say_is_explained(window: &Window) {
    for (text, code, explained) in [
        ("$(aws ecr get-login --no-include-email)", "get-login-retired", "get-login-password"),
        (
            "docker push 111122223333.dkr.us-west-2.amazonaws.com/x:1",
            "host-without-ecr",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com",
        ),
        ("aws ecr create-repository \u{2014}repository-name x", "typographic-dash", "--repository-name"),
        ("call the replicate image API", "replicate-image-internal", "backfill"),
    ] {
        window.paste("policy-paste", text).await;
        window.see_text(&format!("finding-{code}"), explained).await;
        assert!(window.texts("policy-merge").await.is_empty(), "{text} cannot be added to a policy");
    }
}

/// The guide's statement: explained, fixed and added.
async fn paste_and_check(window: &Window) {
    open_permissions(window, "paste").await;
    what_guides_say_is_explained(window).await;
    window.paste("policy-paste", GUIDE).await;
    window.see("finding-resource-missing").await;
    window.see_text("finding-create-repository-missing", "ecr:CreateRepository").await;
    window.see("finding-principal-bare").await;
    picture(window, "j3-paste-explained").await;
    // Nothing is allowed that a person has not ticked.
    window.see_text("policy-fixes", "Newly allows: Account 111122223333").await;
    window.click("policy-fix-resource-missing").await;
    window.click("policy-fix-create-repository-missing").await;
    window.see_text("policy-mended", "repository/*").await;
    window.see_text("policy-mended", "ecr:CreateRepository").await;
    window.click("policy-use-mended").await;
    window.gone("finding-resource-missing").await;
    window.gone("finding-create-repository-missing").await;
    window.see("policy-merge").await;
    picture(window, "j3-paste-fixed").await;
    window.click("policy-merge").await;
    window.see_text("policy-editor", SID).await;
    window.click("policy-review").await;
    window.see_text("plan-diff", SID).await;
    picture(window, "j3-policy-review").await;
    run_plan(window).await;
    window.click("permissions-tab-statements").await;
    window.see_text("statement-row-sid", SID).await;
}

/// *Test it…*: a tiny image of its own arrives at the destination, and is removed again.
async fn test_the_rule(window: &Window) {
    open_rules(window).await;
    window.click("rule-open").await;
    window.click("rule-test").await;
    window.see_text("plan-body", "prod-microservice-longshore-test-").await;
    window.see_text("plan-step", "Wait for it in Prod").await;
    window.see_text("plan-stays", "all other repositories").await;
    picture(window, "j3-test-plan").await;
    run_plan(window).await;
    window.click("nav-activity").await;
    window.click_css("[data-testid='run-row'][title^='Test a replication rule']").await;
    window.wait("[data-testid='rule-test-verdict'][data-works='true']").await;
    picture(window, "j3-test-verdict").await;
    for account in [DEV, PROD] {
        show_registry(window, account, REGION).await;
        window.see_text("repository-count", "1 repository").await;
    }
}

/// The rule's page → *Bring over existing images…*, by ECR.
async fn bring_over(window: &Window) {
    open_rules(window).await;
    window.click("rule-open").await;
    window.gone("lacking-permission-missing").await;
    window.click("bring-over").await;
    window.see_text("backfill-limits", "every image that any rule").await;
    picture(window, "j3-backfill-dialog").await;
    window.click("dialog-backfill-review").await;
    run_plan(window).await;
    window.click("view-backfills").await;
    window.wait("[data-testid='backfill'][data-status='complete']").await;
    window.see_text("backfill", "1 of 1 replications complete").await;
    picture(window, "j3-backfills").await;
}

/// The repository's settings in both accounts, side by side: *Make equal…*.
async fn make_settings_equal(window: &Window) {
    open_rules(window).await;
    window.click("rule-open").await;
    let there = format!("comparison-{PROD}-{REGION}");
    let cell = |row: &str, differs: bool| {
        format!("[data-testid='{row}'] [data-testid='setting-scanOnPush'][data-differs='{differs}']")
    };
    window.wait(&cell("comparison-own", false)).await;
    window.wait(&cell(&there, true)).await;
    picture(window, "j3-settings").await;
    window.click("make-equal").await;
    window.see_text("plan-step", "prod-microservice").await;
    picture(window, "j3-make-equal").await;
    run_plan(window).await;
    window.wait(&cell(&there, false)).await;
    window.see("comparison-equal").await;
}

/// Replication in the sandbox takes this long from now on.
async fn set_delay(window: &Window, milliseconds: &str) {
    window.click("nav-settings").await;
    window.click("settings-tab-sandbox").await;
    window.fill("replication-delay", milliseconds).await;
    window.click("replication-delay-save").await;
    window.gone("replication-delay-save").await;
}

/// Removing the destination's statement now would make an image fail; the plan names it.
async fn the_image_in_progress_is_named(window: &Window) {
    open_permissions(window, "statements").await;
    window.click("statement-remove").await;
    window.see_text("finding-images-in-progress", "prod-microservice:2").await;
    window.see_text("finding-images-in-progress", "from Dev").await;
    picture(window, "j3-in-progress").await;
    window.click("plan-cancel").await;
    window.gone("dialog-plan").await;
}

async fn clean_up(window: &Window) {
    open_rules(window).await;
    window.click("rule-actions").await;
    window.click("rule-menu-cleanup").await;
    for chosen in [
        "cleanup-rule",
        &format!("cleanup-statement-{SID}"),
        &format!("cleanup-destination-{REPOSITORY}"),
        &format!("cleanup-source-{REPOSITORY}"),
    ] {
        window.tick(chosen).await;
    }
    picture(window, "j3-clean-up").await;
    window.click("cleanup-plan").await;
    window.see_text("plan-step", REPOSITORY).await;
    type_to_confirm(window).await;
    window.click("cleanup-run").await;
    window.wait("[data-testid='run-detail'][data-state='done']").await;
    window.click("cleanup-finish").await;
    window.see("no-rules").await;
    show_registry(window, PROD, REGION).await;
    window.see_text("repository-count", "0 repositories").await;
    window.click("nav-permissions").await;
    window.see("no-statements").await;
}

#[tokio::test]
async fn the_guide_is_followed_without_its_traps() {
    let data = tempfile::tempdir().unwrap();
    let skopeo = Skopeo::new(data.path());
    let window = Window::open(data.path(), &[]).await;
    journey("j3", &window, async {
        start_sandbox(&window).await;
        create_scanned_repository(&window).await;
        let existing = push(&window, &skopeo, data.path(), "1").await;
        add_rule_up_to_the_other_side(&window).await;
        window.see_text("other-side-state-0", "Missing").await;
        submit_rule(&window).await;

        readiness_names_the_missing_statement(&window).await;
        paste_and_check(&window).await;
        open_rules(&window).await;
        window.click_css("[data-testid='rule-row'] [data-testid='check-readiness']").await;
        window.see("rule-summary").await;
        picture(&window, "j3-readiness-ready").await;
        window.see_text("rule-summary", "Ready").await;

        bring_over(&window).await;
        open_repository(&window, PROD, REGION, REPOSITORY).await;
        window.see_text("image-grid", "1").await;
        let there = log_in(&window, &skopeo, data.path()).await;
        assert_eq!(skopeo.digest(&format!("{there}:1")), existing);

        make_settings_equal(&window).await;
        test_the_rule(&window).await;

        set_delay(&window, "25000").await;
        push(&window, &skopeo, data.path(), "2").await;
        window.wait("[data-testid='replication-2'][data-status='progress']").await;
        the_image_in_progress_is_named(&window).await;
        open_repository(&window, DEV, REGION, REPOSITORY).await;
        window.wait("[data-testid='replication-2'][data-status='complete']").await;
        clean_up(&window).await;
    })
    .await;
    let actions = window.actions();
    window.close().await;
    assert!(actions <= MOST, "J3 took {actions} actions");
}

/// Whether an element is drawn where a person sees it, and nothing is in front of it.
async fn in_sight(window: &Window, id: &str) -> bool {
    let script =
        "const { left, top, width, height } = document.querySelector(arguments[0]).getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, top + height / 2);
        return seen?.closest(arguments[0]) != null";
    let css = format!("[data-testid='{id}']");
    window.client.execute(script, vec![json!(css)]).await.unwrap() == json!(true)
}

#[tokio::test]
async fn the_26th_destination_is_refused_before_it_is_sent() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j3-destinations", &window, async {
        start_sandbox(&window).await;
        show_registry(&window, DEV, REGION).await;
        window.click("nav-replication").await;
        window.click("rule-add").await;
        window.click("wizard-cross-account").await;
        for number in 0..26 {
            if number > 0 {
                window.click("destination-add").await;
            }
            let account = (200_000_000_000_u64 + number).to_string();
            window.fill(&format!("destination-account-{number}"), &account).await;
            window.see_text("destinations-counter", &format!("{} of 25", number + 1)).await;
        }
        window.see_text("destinations-counter", "26 of 25").await;
        window.click("wizard-next").await;
        window.see("finding-too-many-destinations").await;
        window.see("wizard-step-destinations").await;
        window.until("the refusal is in sight", || in_sight(&window, "finding-too-many-destinations")).await;
        picture(&window, "j3-26-destinations").await;
        window.click("destination-remove-25").await;
        window.see_text("destinations-counter", "25 of 25").await;
        window.click("wizard-next").await;
        window.see("wizard-step-filters").await;
    })
    .await;
    window.close().await;
}
