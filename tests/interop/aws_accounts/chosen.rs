//! Roles that a person chooses in the window: another one in the same account, and one in each account of an
//! organization.

use longshore_tests::{
    camera::picture,
    counterpart::{Asked, serve},
    window::{Window, journey},
};
use serde_json::json;

use super::{acting, canary::call, sso::sha1, *};

/// An AWS Organizations with three accounts, one of which is suspended.
fn organization() -> String {
    let account = |id: &str, name: &str, status: &str| {
        json!({"Id": id, "Name": name, "Status": status,
            "Arn": format!("arn:aws:organizations::{DEV}:account/o-1/{id}")})
    };
    let accounts = json!({"Accounts": [
        account(DEV, "Acme dev", "ACTIVE"),
        account(PROD, "Acme prod", "ACTIVE"),
        account("777788889999", "Acme tools", "SUSPENDED"),
    ]});
    serve(move |_: &Asked| (200, "application/x-amz-json-1.1", accounts.to_string()))
}

#[tokio::test]
async fn a_person_changes_the_role_and_imports_an_organization_in_the_window() {
    let world = World::new(&[]);
    world.configure(&format!(
        "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
    ));
    let token = r#"{"accessToken":"any","expiresAt":"2099-01-01T00:00:00Z","region":"us-west-2","startUrl":"https://acme.awsapps.com/start"}"#;
    let cache = world.home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join(sha1("acme") + ".json"), token).unwrap();
    let (portal, organization) = (acting::portal(&world), organization());
    let (home, endpoint) = (world.home.path().display().to_string(), world.endpoint());
    let environment = [
        ("HOME", home.as_str()),
        ("AWS_ENDPOINT_URL_SSO", &portal),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", &organization),
        ("AWS_ENDPOINT_URL_ECR", &endpoint),
        ("AWS_ENDPOINT_URL_STS", &endpoint),
    ];
    let window = Window::open(&world.longshore.data(), &environment).await;
    window.see("connect-aws").await;
    let credentials = json!({
        "source": "sso", "session": "acme", "account": DEV, "role": "Deployer", "startUrl": null, "region": null,
    });
    let request = json!({
        "credentials": credentials, "name": "Acme dev", "environment": "dev", "colour": null, "regions": [REGION],
    });
    let connected = call(&window, "connect_account", request).await;
    assert_eq!(connected["ok"]["name"], "Acme dev", "{connected}");

    journey("roles", &window, async {
        window.click("nav-settings").await;
        let roles = format!("account-roles-{DEV}");
        window.see_text(&roles, "Deployer · ").await;
        window.click(&format!("account-act-{DEV}")).await;
        // One that gives credentials of another account is refused, and the dialog stays.
        window.click("act-as-role-Stray").await;
        picture(&window, "act-as").await;
        window.click("act-as-submit").await;
        window.see_text("dialog-act-as", &format!("The role belongs to account {PROD}, not to {DEV}.")).await;
        picture(&window, "act-as-refused").await;
        window.click("act-as-role-Auditor").await;
        window.click("act-as-submit").await;
        window.gone("dialog-act-as").await;
        window.see_text(&roles, "Auditor · ").await;

        window.click("import-accounts").await;
        window.click("import-way-organization").await;
        window.choose("organization-via", DEV).await;
        window.fill("organization-role", "ecr-{name}").await;
        window.click("organization-list").await;
        window.see_text("import-table", "Acme prod").await;
        let table = window.texts("import-table").await.concat();
        assert!(!table.contains("Acme tools"), "a suspended account: {table}");
        window.click("import-all").await;
        picture(&window, "import-organization").await;
        window.click("import-submit").await;
        window.see_text("import-summary", "1").await;
        picture(&window, "import-organization-done").await;
        window.click("import-close").await;
        window.see_text(&format!("account-{PROD}"), "ecr-Acme-prod").await;
    })
    .await;
    window.close().await;
}
