//! J5 in the window: from nothing to a running pod. A repository with its lifecycle policy, a developer with what
//! the group may do, and the proof with the developer's own key.

use std::path::Path;

use longshore_tests::{
    aws::Aws,
    camera::picture,
    image::Layout,
    skopeo::Skopeo,
    window::{Window, journey},
};
use serde_json::{Value, json};

use crate::steps::{create_repository, log_in, open_repository, run_plan, start_sandbox};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";
const USER: &str = "johndoe";
const GROUP: &str = "randserver-developers";
const POLICY: &str = "EcrPushPullRandserverDevelopers";
const READ_ONLY: &str = "AmazonEC2ContainerRegistryReadOnly";

const KEEP_800: &str = r#"{"rules":[{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}"#;
const KEEP: &str = r#"{"rules":[{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;

/// Settings → Sandbox → the account of the journey.
async fn add_account(window: &Window) {
    window.click("nav-settings").await;
    window.click("settings-tab-sandbox").await;
    window.click("add-sandbox-account").await;
    window.fill("account-id", ACCOUNT).await;
    window.fill("account-name", "Team").await;
    window.fill("account-regions", REGION).await;
    window.click("add-sandbox-account-submit").await;
    window.see(&format!("account-{ACCOUNT}")).await;
}

/// An image of its own in an OCI layout; returns skopeo's name of it.
fn layout(data: &Path, tag: &str) -> String {
    let path = data.join(format!("layout-{tag}"));
    let mut layout = Layout::new(&path);
    let image = layout.image("amd64", &[tag.as_bytes()], json!({}));
    layout.tag(image, tag);
    format!("oci:{}:{tag}", path.display())
}

/// Keeping 800 images deletes none of two; another number is tried, and not written.
async fn keep_800_images(window: &Window) {
    window.click("repository-actions").await;
    window.click("repository-menu-lifecycle").await;
    window.click("lifecycle-add").await;
    window.click("lifecycle-add-menu-keep").await;
    window.see("lifecycle-rule-10").await;
    let text = window.texts("lifecycle-text").await.remove(0);
    let keep: Value = serde_json::from_str(&text).unwrap();
    let wanted: Value = serde_json::from_str(KEEP_800).unwrap();
    assert_eq!(keep["rules"][0]["selection"], wanted["rules"][0]["selection"]);
    window.see_text("lifecycle-preview", "All 2 images are kept").await;
    window.click("lifecycle-review").await;
    run_plan(window).await;
    window.see("lifecycle-delete").await;
    window.fill("lifecycle-text", KEEP).await;
    window.see_text("lifecycle-expired", "1 of 2").await;
    window.see_text("lifecycle-preview", "0.0.1").await;
    window.click("lifecycle-discard").await;
    window.see_text("lifecycle-preview", "All 2 images are kept").await;
}

/// Policies → Users, groups and roles → the account → a list.
async fn show_iam(window: &Window, list: &str) {
    window.click("nav-policies").await;
    window.click("policies-tab-iam").await;
    window.choose("iam-account", ACCOUNT).await;
    window.choose("iam-list", list).await;
}

async fn create(window: &Window, list: &str, name: &str, with: &str) {
    show_iam(window, list).await;
    window.click("iam-create").await;
    window.fill("iam-name", name).await;
    if !with.is_empty() {
        window.fill("iam-with", with).await;
    }
    window.click("dialog-iam-create-review").await;
    run_plan(window).await;
    window.see(&format!("iam-row-{name}")).await;
}

/// Read-only by a managed policy of AWS.
async fn attach_read_only(window: &Window) {
    window.click(&format!("iam-row-{USER}")).await;
    window.see_text("iam-attached", "No policy is attached").await;
    window.click("iam-attach").await;
    window.fill("iam-attach-policy", READ_ONLY).await;
    window.click("dialog-iam-attach-review").await;
    window.see_text("plan-body", "User johndoe may").await;
    run_plan(window).await;
    window.see_text("iam-attached", READ_ONLY).await;
}

/// Policies → Build: push and pull of this one repository, created and attached as one plan.
async fn build_and_attach(window: &Window) {
    window.click("policies-tab-build").await;
    window.fill("policy-registries", &format!("{ACCOUNT}/{REGION}")).await;
    window.fill("policy-repositories", "randserver").await;
    window.see_text("policy-document", "repository/randserver").await;
    let text = window.texts("policy-document").await.remove(0);
    let built: Value = serde_json::from_str(&text).unwrap();
    let login = built["Statement"].as_array().unwrap().iter().find(|one| one["Resource"] == "*");
    let login = login.unwrap_or_else(|| panic!("no statement of its own for the login: {text}"));
    assert_eq!(login["Action"], "ecr:GetAuthorizationToken");
    window.click("policy-create-it").await;
    window.choose("iam-policy-account", ACCOUNT).await;
    window.fill("iam-policy-name", POLICY).await;
    window.fill("iam-policy-attach", &format!("group/{GROUP}")).await;
    window.click("dialog-iam-policy-review").await;
    window.see_text("plan-step", &format!("Create policy {POLICY}")).await;
    window.see_text("plan-body", &format!("Users in group {GROUP} may")).await;
    picture(window, "j5-create-and-attach").await;
    run_plan(window).await;
}

/// *johndoe may push randserver: yes, because …; may push other: no.*
async fn the_effect_is_evaluated(window: &Window) {
    show_iam(window, "users").await;
    window.click(&format!("iam-row-{USER}")).await;
    window.see_text("iam-groups", GROUP).await;
    window.fill("iam-may-repositories", "randserver, other").await;
    window.see_text("ask-verdict-push-randserver", "Allowed").await;
    window.see_text("ask-verdict-push-randserver", POLICY).await;
    window.see_text("ask-verdict-push-other", "Not allowed").await;
    window.see_text("ask-verdict-pull-other", "Allowed").await;
    window.see_text("ask-verdict-delete-randserver", "Not allowed").await;
    picture(window, "j5-may-do").await;
}

/// The key is shown once; returns its id and its secret.
async fn create_key(window: &Window) -> (String, String) {
    window.click("iam-key-create").await;
    run_plan(window).await;
    window.see("iam-new-key-secret").await;
    let id = window.texts("iam-new-key-id").await.remove(0);
    let secret = window.texts("iam-new-key-secret").await.remove(0);
    window.click("iam-new-key-done").await;
    window.gone("dialog-iam-new-key").await;
    window.see_text("iam-keys", &id).await;
    (id, secret)
}

/// The `image:` line by tag and by digest.
async fn the_line_of_kubernetes(window: &Window) {
    window.open_row("image-grid", "0.0.3").await;
    window.click("image-tab-commands").await;
    window.click("client-kubernetes").await;
    window.see_text("kubernetes-tag", "randserver:0.0.3").await;
    window.see_text("kubernetes-digest", "randserver@sha256:").await;
}

#[tokio::test]
async fn a_developer_pushes_with_an_own_key_where_the_group_may_and_nowhere_else() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let skopeo = Skopeo::new(data.path());
    let own = data.path().join("johndoe");
    std::fs::create_dir(&own).unwrap();
    journey("j5", &window, async {
        start_sandbox(&window).await;
        add_account(&window).await;
        for name in ["randserver", "other"] {
            create_repository(&window, ACCOUNT, REGION, name).await;
        }
        open_repository(&window, ACCOUNT, REGION, "randserver").await;
        let uri = log_in(&window, &skopeo, data.path()).await;
        for tag in ["0.0.1", "0.0.2"] {
            skopeo.copy(&layout(data.path(), tag), &format!("docker://{uri}:{tag}"));
            window.see_text("image-grid", tag).await;
        }
        keep_800_images(&window).await;

        create(&window, "users", USER, "").await;
        attach_read_only(&window).await;
        create(&window, "groups", GROUP, USER).await;
        build_and_attach(&window).await;
        the_effect_is_evaluated(&window).await;
        let (id, secret) = create_key(&window).await;

        let running = std::fs::read_to_string(data.path().join("sandbox/running.json")).unwrap();
        let running: Value = serde_json::from_str(&running).unwrap();
        let johndoe = Aws::new(running["control"].as_str().unwrap(), REGION, &id, &secret);
        let me = johndoe.call(&["sts", "get-caller-identity"]);
        assert_eq!(me["Arn"], format!("arn:aws:iam::{ACCOUNT}:user/{USER}"));
        let his = Skopeo::new(&own);
        let host = uri.split('/').next().unwrap();
        his.login(host, &johndoe.login_password());
        let image = layout(data.path(), "0.0.3");
        his.copy(&image, &format!("docker://{uri}:0.0.3"));
        let refused = his.copy_refused(&image, &format!("docker://{host}/other:0.0.3"));
        // The managed policy lets johndoe read there, so that only the upload is refused.
        assert!(refused.contains("perform: ecr:InitiateLayerUpload"), "{refused}");
        assert!(refused.contains(":repository/other because no identity-based policy allows"), "{refused}");
        open_repository(&window, ACCOUNT, REGION, "randserver").await;
        window.see_text("image-grid", "0.0.3").await;
        the_line_of_kubernetes(&window).await;
    })
    .await;
    window.close().await;
}
