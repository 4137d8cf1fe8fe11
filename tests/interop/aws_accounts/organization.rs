//! The accounts of an organization of moto, each by the role that a template names.

use std::collections::BTreeMap;

use longshore_tests::{aws::Aws, moto::Moto};

use super::*;

const ROLE: &str = "OrganizationAccountAccessRole";

#[test]
fn the_accounts_of_an_organization_are_imported_by_a_role_in_each() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    let profile = format!(
        "[profile management]\nregion = {REGION}\nendpoint_url = {}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n",
        moto.endpoint
    );
    fs::write(home.path().join(".aws/config"), profile).unwrap();
    let added =
        say(&longshore, &["account", "add", "--profile", "management", "--name", "Management", "--json"]);
    assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);
    let management = added.summary()["account"]["id"].as_str().unwrap().to_owned();
    let import = |template: &str, more: &[&str]| {
        let all = [
            "account",
            "import",
            "--organization",
            "--account",
            "Management",
            "--role-name",
            template,
            "--json",
        ];
        say(&longshore, &[&all, more].concat())
    };
    let aws = Aws::new(&moto.endpoint, REGION, "AKIAEXAMPLE000000001", "any");
    aws.call(&["organizations", "create-organization", "--feature-set", "ALL"]);
    for (name, email) in [("Acme dev", "dev@acme.test"), ("Acme (prod)", "prod@acme.test")] {
        aws.call(&["organizations", "create-account", "--account-name", name, "--email", email]);
    }
    let listed = aws.call(&["organizations", "list-accounts"])["Accounts"].clone();
    let named: BTreeMap<String, String> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["Id"].as_str().unwrap().to_owned(), one["Name"].as_str().unwrap().to_owned()))
        .filter(|(id, _)| *id != management)
        .collect();
    assert_eq!(named.len(), 2, "{listed}");

    let planned = import(ROLE, &["--plan"]);
    assert_eq!((planned.code, &planned.summary()["added"]), (Some(0), &2.into()), "{}", planned.text);
    assert_eq!(
        say(&longshore, &["account", "list", "--json"]).summary()["accounts"],
        1,
        "a plan connects nothing"
    );

    // Characters that the name of a role may not have are replaced.
    let imported = import("ecr-{name}", &[]);
    assert_eq!((imported.code, &imported.summary()["added"]), (Some(0), &2.into()), "{}", imported.text);
    let accounts = events(&imported, "account");
    for account in &accounts {
        let id = account["id"].as_str().unwrap();
        assert_eq!(account["name"], named[id].as_str(), "{account}");
        let role = named[id].replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        assert_eq!(account["role_arn"], format!("arn:aws:iam::{id}:role/ecr-{role}"));
        // STS has proven it.
        let principal = account["principal"].as_str().unwrap();
        assert!(principal.starts_with(&format!("arn:aws:sts::{id}:assumed-role/ecr-{role}/")), "{principal}");
        assert_eq!((&account["via"], &account["regions"][0]), (&management.as_str().into(), &REGION.into()));
    }
    let environments: Vec<&Value> = accounts.iter().map(|account| &account["environment"]).collect();
    assert!(environments.contains(&&"production".into()), "an account that is named prod is guarded");
    let again = import("ecr-{name}", &[]).summary();
    assert_eq!((&again["added"], &again["skipped"]), (&0.into(), &2.into()));
    let wrong = import("ecr-{team}", &[]);
    assert_eq!((wrong.code, &wrong.summary()["error"]["code"]), (Some(2), &"role-name".into()));
}
