//! The Regions that an account has enabled: asked of AWS Account Management, else those that are known.

use std::sync::{Arc, Mutex};

use longshore_tests::{
    counterpart::{Answer, serve},
    moto::Moto,
};
use serde_json::json;

use super::{givers::xml, *};

fn regions(said: &Said) -> Vec<(String, Value)> {
    let text = |event: &Value| event["region"].as_str().unwrap().to_owned();
    events(said, "region").iter().map(|event| (text(event), event["enabled"].clone())).collect()
}

/// The Regions of a connected account.
fn asked(longshore: &Longshore) -> Said {
    let said = say(longshore, &["account", "regions", "Dev", "--json"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    said
}

#[test]
fn the_regions_are_those_that_account_management_lists() {
    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let said = asked(&world.longshore);
    assert_eq!(said.summary()["problem"], Value::Null, "{}", said.text);
    let ours = regions(&said);
    let enabled: Vec<&str> =
        ours.iter().filter(|(_, enabled)| *enabled == true).map(|(region, _)| region.as_str()).collect();
    assert!(enabled.contains(&REGION) && enabled.len() < ours.len(), "{ours:?}");

    // The AWS CLI reads the same, a page of five at a time.
    let dev = world.aws.aws(DEV, REGION);
    let listed = dev.call(&["account", "list-regions", "--page-size", "5"]);
    let theirs: Vec<(String, Value)> = listed["Regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let status = one["RegionOptStatus"].as_str().unwrap();
            (one["RegionName"].as_str().unwrap().to_owned(), json!(status.starts_with("ENABLED")))
        })
        .collect();
    assert_eq!(ours, theirs);
}

#[test]
fn all_known_regions_are_offered_where_the_endpoint_has_no_such_list() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = connected(home.path(), &moto.endpoint);
    let said = asked(&longshore);
    let problem = &said.summary()["problem"];
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("refused ListRegions with HTTP status 404"), "{message}");
    assert!(regions(&said).contains(&(REGION.into(), Value::Null)), "{}", said.text);
}

#[test]
fn all_known_regions_are_offered_with_the_reason_why_the_list_cannot_be_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let next: Arc<Mutex<Answer>> = Arc::new(Mutex::new((404, "text/html", String::new()).into()));
    let answers = Arc::clone(&next);
    let endpoint = serve(move |asked| match asked.path.as_str() {
        "/" => {
            let result =
                format!("<Arn>arn:aws:iam::{DEV}:user/a</Arn><UserId>A</UserId><Account>{DEV}</Account>");
            xml("GetCallerIdentity", &result)
        }
        _ => answers.lock().unwrap().clone(),
    });
    let longshore = connected(home.path(), &endpoint);
    let aws = |status, code: &str, message: &str| {
        (status, "application/json", json!({"__type": code, "message": message}).to_string())
    };
    let denial = format!(
        "User: arn:aws:iam::{DEV}:user/a is not authorized to perform: account:ListRegions on resource: arn:aws:account::{DEV}:account"
    );
    let cases: [((u16, &'static str, String), &str, &str); 6] = [
        (
            (404, "text/html", "<html>Not found</html>".into()),
            "refused",
            "refused ListRegions with HTTP status 404",
        ),
        ((404, "application/json", "{}".into()), "refused", "refused ListRegions with HTTP status 404"),
        (aws(400, "UnknownOperationException", ""), "unknown-operation", "does not know ListRegions"),
        (aws(403, "AccessDeniedException", &denial), "access-denied", "denied account:ListRegions"),
        (aws(403, "AccessDeniedException", ""), "access-denied", "denied ListRegions"),
        ((503, "text/html", String::new()), "server", "failed with 503"),
    ];
    for (answer, code, text) in cases {
        *next.lock().unwrap() = answer.into();
        let said = asked(&longshore);
        let problem = said.summary()["problem"].clone();
        let message = problem["message"].as_str().unwrap_or_default();
        assert_eq!(problem["code"], code, "{problem}");
        assert!(message.contains(text), "{problem}");
        assert!(
            !message.contains(": .") && !message.contains("with :") && !message.ends_with(' '),
            "{problem}"
        );
        let regions = regions(&said);
        assert!(regions.len() > 20 && regions.iter().all(|(_, enabled)| enabled.is_null()), "{regions:?}");
    }
    // The dialog is not empty either when nothing listens any more.
    let nowhere = format!(
        "[profile dev]\nregion = {REGION}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\nendpoint_url = http://127.0.0.1:9\n"
    );
    fs::write(home.path().join(".aws/config"), nowhere).unwrap();
    let said = asked(&longshore);
    assert_eq!(said.summary()["problem"]["code"], "unreachable", "{}", said.text);
    assert!(regions(&said).len() > 20);
}

fn connected(home: &Path, endpoint: &str) -> Longshore {
    let longshore = Longshore::new(home);
    fs::create_dir(home.join(".aws")).unwrap();
    let profile = format!(
        "[profile dev]\nregion = {REGION}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\nendpoint_url = {endpoint}\n"
    );
    fs::write(home.join(".aws/config"), profile).unwrap();
    let added = say(&longshore, &["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);
    longshore
}
