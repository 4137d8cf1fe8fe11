//! AWS Account Management and AWS Organizations at addresses of their own, a page at a time.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use longshore_tests::counterpart::{Asked, serve};
use serde_json::json;

use super::{givers::xml, *};

/// An STS that knows one user, who may assume a role in every account.
fn sts() -> String {
    serve(|asked| {
        assert_eq!(asked.path, "/");
        let form = asked.form();
        // The key of a role is named after its account.
        let account = match asked.signer().and_then(|key| key.strip_prefix("ASIA")) {
            Some(account) => account.to_owned(),
            None => DEV.to_owned(),
        };
        let result = match form["Action"].as_str() {
            "GetCallerIdentity" => format!(
                "<Arn>arn:aws:iam::{account}:user/a</Arn><UserId>A</UserId><Account>{account}</Account>"
            ),
            "AssumeRole" => {
                let role = form["RoleArn"].split(':').nth(4).unwrap();
                format!(
                    "<Credentials><AccessKeyId>ASIA{role}</AccessKeyId><SecretAccessKey>any</SecretAccessKey><SessionToken>any</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::{role}:assumed-role/r/s</Arn><AssumedRoleId>R</AssumedRoleId></AssumedRoleUser>"
                )
            }
            action => panic!("STS was asked for {action}"),
        };
        xml(&form["Action"], &result)
    })
}

/// A person whose account is proven by an STS of its own, and the variables that say where services answer.
struct Desk {
    longshore: Longshore,
    variables: Vec<(&'static str, String)>,
    _home: tempfile::TempDir,
}

impl Desk {
    fn new(service: &'static str, address: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        let profile = format!(
            "[profile dev]\nregion = {REGION}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n"
        );
        fs::write(home.path().join(".aws/config"), profile).unwrap();
        let variables = vec![("AWS_ENDPOINT_URL_STS", sts()), (service, address.to_owned())];
        let desk = Self { longshore: Longshore::new(home.path()), variables, _home: home };
        let added = desk.say(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
        assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);
        desk
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let mut command = self.longshore.command(arguments);
        command.env("LONGSHORE_SECRETS", "memory").envs(self.variables.iter().cloned());
        Said::of(&command.output().unwrap())
    }
}

/// A service that answers with pages in turn, and what it was asked.
fn paged(pages: Vec<Value>) -> (String, Arc<Mutex<Vec<Value>>>) {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked_for);
    let address = serve(move |asked: &Asked| {
        let mut seen = seen.lock().unwrap();
        let of = json!({"path": asked.path, "target": asked.header("x-amz-target"),
            "input": serde_json::from_slice::<Value>(&asked.body).unwrap()});
        seen.push(of);
        (200, "application/json", pages[seen.len() - 1].to_string())
    });
    (address, asked_for)
}

#[test]
fn the_regions_are_asked_at_the_address_of_account_management_page_by_page() {
    let region = |name: &str, status: &str| json!({"RegionName": name, "RegionOptStatus": status});
    let (address, asked) = paged(vec![
        json!({"Regions": [region("us-west-2", "ENABLED_BY_DEFAULT")], "NextToken": "two"}),
        json!({"Regions": [region("af-south-1", "DISABLED"), region("eu-west-1", "ENABLED")]}),
    ]);
    let desk = Desk::new("AWS_ENDPOINT_URL_ACCOUNT", &address);
    let said = desk.say(&["account", "regions", "Dev", "--json"]);
    assert_eq!(
        (said.code, &said.summary()["problem"]),
        (Some(0), &Value::Null),
        "{}{}",
        said.text,
        said.error
    );
    let found: Vec<_> =
        events(&said, "region").iter().map(|one| (one["region"].clone(), one["enabled"].clone())).collect();
    assert_eq!(
        found,
        [
            ("af-south-1".into(), false.into()),
            ("eu-west-1".into(), true.into()),
            ("us-west-2".into(), true.into())
        ]
    );
    let asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|one| one["path"] == "/listRegions"), "{asked:?}");
    let tokens: Vec<_> = asked.iter().map(|one| one["input"]["NextToken"].clone()).collect();
    assert_eq!(tokens, [Value::Null, "two".into()]);
}

#[test]
fn an_account_management_that_never_answers_leaves_the_known_regions_and_says_so() {
    let address = serve(|_: &Asked| {
        thread::sleep(Duration::from_secs(60));
        (200, "application/json", "{}".to_owned())
    });
    let desk = Desk::new("AWS_ENDPOINT_URL_ACCOUNT", &address);
    let began = Instant::now();
    let said = desk.say(&["account", "regions", "Dev", "--json"]);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let problem = said.summary()["problem"].clone();
    assert_eq!(problem["code"], "timeout", "{problem}");
    let regions = events(&said, "region");
    assert!(regions.len() > 20 && regions.iter().all(|one| one["enabled"].is_null()), "{regions:?}");
}

#[test]
fn the_accounts_of_an_organization_are_read_page_by_page_at_the_address_of_organizations() {
    let account = |id: &str, name: &str, status: &str| {
        json!({"Id": id, "Name": name, "Status": status,
            "Arn": format!("arn:aws:organizations::{DEV}:account/o-1/{id}")})
    };
    let (address, asked) = paged(vec![
        json!({"Accounts": [account(DEV, "Management", "ACTIVE"), account(PROD, "Prod", "ACTIVE")],
            "NextToken": "two"}),
        // A page may be empty and not be the last.
        json!({"Accounts": [], "NextToken": "three"}),
        json!({"Accounts": [account("777788889999", "Tools", "ACTIVE"), account("222233334444", "Old", "SUSPENDED")]}),
    ]);
    let desk = Desk::new("AWS_ENDPOINT_URL_ORGANIZATIONS", &address);
    let said = desk.say(&[
        "account",
        "import",
        "--organization",
        "--account",
        "Dev",
        "--role-name",
        "ecr-{name}",
        "--plan",
        "--json",
    ]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let found: Vec<_> = events(&said, "account").iter().map(|one| one["role_arn"].clone()).collect();
    assert_eq!(
        found,
        [format!("arn:aws:iam::{PROD}:role/ecr-Prod"), "arn:aws:iam::777788889999:role/ecr-Tools".into()]
    );
    let asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|one| one["target"] == "AWSOrganizationsV20161128.ListAccounts"), "{asked:?}");
    let tokens: Vec<_> = asked.iter().map(|one| one["input"]["NextToken"].clone()).collect();
    assert_eq!(tokens, [Value::Null, "two".into(), "three".into()]);
}
