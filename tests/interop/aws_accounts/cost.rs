//! `longshore cost`: bytes as the registry says, prices of a file, and nothing that is called an invoice.

use longshore_tests::{image, skopeo::Skopeo};

use super::*;

/// One repository with two tags of one image, and one that is empty.
fn stored() -> World {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let dev = world.aws.aws(DEV, REGION);
    let layout = world.home.path().join("layout");
    image::simple(&layout);
    let host = world.aws.host(DEV, REGION);
    let skopeo = Skopeo::new(world.home.path());
    skopeo.login(&host, &dev.login_password());
    for name in ["app", "empty"] {
        dev.ecr(&["create-repository", "--repository-name", name]);
    }
    for tag in ["1", "2"] {
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/app:{tag}"));
    }
    world
}

#[test]
fn storage_and_transfer_are_estimated_with_the_prices_of_a_file() {
    let world = stored();
    let listed = world.aws.aws(DEV, REGION).ecr(&["describe-images", "--repository-name", "app"]);
    let size = listed["imageDetails"][0]["imageSizeInBytes"].as_u64().unwrap();
    let file = world.home.path().join("prices.json");
    let printed = world.say(&["cost", "prices"]);
    let mut prices: Value = serde_json::from_str(&printed.text).unwrap();
    // So much that the bytes of a small image cost something.
    prices["every_region"]["storage"] = 1_000_000.0.into();
    prices["every_region"]["to_another_region"] = 2_000_000.0.into();
    fs::write(&file, prices.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let month = size as f64 / f64::from(1 << 30) * 1_000_000.0;
    let near = |found: &Value, wanted: f64| (found.as_f64().unwrap() - wanted).abs() < 0.001;

    let said = world.say(&["cost", "storage", "Dev", "--prices", file, "--json"]);
    let rows = events(&said, "storage");
    assert_eq!(
        rows.iter().map(|row| row["repository"].as_str().unwrap()).collect::<Vec<_>>(),
        ["app", "empty"]
    );
    assert_eq!((&rows[0]["images"], rows[0]["bytes"].as_u64()), (&1.into(), Some(size)));
    assert!(near(&said.summary()["per_month"], month), "{}", said.text);
    let layers = world.summary(&["cost", "storage", &format!("Dev/{REGION}/app"), "--layers", "--json"]);
    assert_eq!((&layers["exact"], &layers["repositories"]), (&true.into(), &1.into()));
    let csv = world.say(&["cost", "storage", "Dev", "--prices", file, "--csv"]);
    let lines: Vec<&str> = csv.text.lines().collect();
    assert!(lines[0].starts_with("account,region,repository,images,bytes"), "{}", csv.text);
    assert!(lines[1].starts_with(&format!("{DEV},{REGION},app,1,{size},0,true,")), "{}", csv.text);

    let far = format!("{PROD}/eu-west-1");
    let to = ["cost", "transfer", "Dev/us-west-2", "--to", &far, "--to", "Prod/us-west-2", "--prefix", "app"];
    let said = world.say(&[&to[..], &["--prices", file, "--json"]].concat());
    let rows = events(&said, "transfer");
    // Within a Region nothing is billed for it.
    assert!(near(&rows[0]["once"], 2.0 * month) && near(&rows[1]["once"], 0.0), "{}", said.text);
    assert_eq!(rows[0]["recent_images"], 1);
    // A price that is not known is no zero.
    let unknown = world.summary(&[&to[..], &["--json"]].concat());
    assert_eq!(unknown["once"], Value::Null);
}

#[test]
fn what_is_no_price_list_or_cannot_be_read_is_said() {
    let world = stored();
    let file = world.home.path().join("prices.json");
    fs::write(&file, "{\"as_of\": \"yesterday\"}").unwrap();
    let said = world.say(&["cost", "storage", "--prices", file.to_str().unwrap(), "--json"]);
    let error = &said.summary()["error"];
    assert_eq!(error["code"], "prices-invalid");
    assert!(error["message"].as_str().unwrap().contains("line 1"), "{error}");
    let said = world.say(&["cost", "storage", &format!("Dev/{REGION}/missing"), "--json"]);
    assert_eq!((said.code, &said.summary()["unread"]), (Some(3), &1.into()));
    let nothing = world.say(&[
        "cost",
        "transfer",
        "Dev/us-west-2",
        "--to",
        &format!("{PROD}/eu-west-1"),
        "--prefix",
        "x-",
        "--json",
    ]);
    assert_eq!(nothing.code, Some(3), "nothing looked at is no success: {}", nothing.text);
}
