//! Screens with 12 accounts of 6 Regions each, at 1280 × 800 and at 900 × 600.

use std::path::Path;

use longshore_app::api::{AddSandboxAccount, Environment, PlanRequest};
use longshore_tests::{
    camera::Camera,
    person::{DEV, REGION, make, open, registry, rule},
    pusher::Pusher,
    window::Window,
};

const REGIONS: [&str; 6] =
    ["us-west-2", "us-east-1", "us-east-2", "eu-west-1", "eu-central-1", "ap-southeast-1"];
const NAMES: [&str; 10] = [
    "Payments production",
    "Payments staging",
    "Identity",
    "Search and recommendation, all markets",
    "Data platform",
    "Shipping",
    "Catalogue",
    "Observability",
    "Build farm",
    "Partners (read only)",
];

/// Fills the sandbox of a data directory.
pub(crate) async fn fill(data_directory: &Path) {
    let app = open(data_directory).await;
    for (number, name) in (0..).zip(NAMES) {
        let id = format!("{}", 210_000_000_000_u64 + 1_111_111 * number);
        let environment = match number % 3 {
            0 => Environment::Production,
            1 => Environment::Staging,
            _ => Environment::Dev,
        };
        let regions = REGIONS.map(str::to_owned).into();
        app.add_sandbox_account(AddSandboxAccount {
            id: id.clone(),
            name: name.into(),
            environment,
            regions,
        })
        .await
        .unwrap();
        for region in REGIONS {
            let pusher = Pusher::new(&app, &registry(&id, region)).await;
            for service in ["api", "worker", "web"] {
                pusher.create(&format!("team-{number}/{service}")).await;
            }
        }
    }
    let dev = registry(DEV, REGION);
    Pusher::new(&app, &dev).await.create("team-0/api").await;
    for number in 0..11_u64 {
        let to = registry(&format!("{}", 210_000_000_000 + 1_111_111 * (number % 10)), "eu-west-1");
        let rule = rule(&dev, &[&to], &[&format!("team-{number}/")]);
        let (add_statements, all_repositories, create_repository) = (Vec::new(), false, true);
        let put = PlanRequest::PutRule { rule, add_statements, all_repositories, create_repository };
        make(&app, put).await;
    }
    app.close().await;
}

/// Takes the screens.
pub(crate) async fn browse(window: &Window, camera: &Camera<'_>) {
    for (width, height) in [(1280, 800), (900, 600)] {
        camera.size(width, height).await;
        let take = async |name: &str| camera.take(&format!("crowded-{name}-{width}")).await;
        window.click("nav-overview").await;
        window.see("overview-rules").await;
        take("overview").await;
        window.click("nav-images").await;
        window.see("repository-grid").await;
        take("images").await;
        window.click(&format!("tree-{DEV}-{REGION}")).await;
        window.click("nav-replication").await;
        window.see("rule-row").await;
        take("replication").await;
        window.click("rule-add").await;
        window.click("wizard-cross-account").await;
        window.click("destination-account-0").await;
        take("wizard-destinations").await;
        window.press_escape().await;
        window.click("wizard-cancel").await;
        if !window.texts("confirm-action").await.is_empty() {
            window.click("confirm-action").await;
        }
        window.click("nav-permissions").await;
        window.see("statement-generate").await;
        take("permissions").await;
        window.click("nav-promotion").await;
        window.click("promote-one").await;
        take("promotion").await;
        window.click("nav-activity").await;
        window.see("run-grid").await;
        take("activity").await;
        window.click("nav-settings").await;
        take("settings").await;
    }
}
