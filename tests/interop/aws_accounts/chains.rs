//! Profiles whose role another profile assumes: one that somebody is signed in to, one with a program, one with
//! keys beside its own role.

use super::{
    givers::{Call, key_of},
    kinds::{Person, by},
    *,
};

/// A person with roles over profiles of every kind.
fn person() -> Person {
    let person = Person::new();
    let config = person.home.path().join(".aws/config");
    let mut text = fs::read_to_string(&config).unwrap();
    let role = |name: &str| format!("role_arn = arn:aws:iam::{DEV}:role/{name}");
    for (name, lines) in [
        ("over-session", format!("{}\nsource_profile = session", role("over-session"))),
        ("over-legacy", format!("{}\nsource_profile = legacy", role("over-legacy"))),
        ("over-login", format!("{}\nsource_profile = login", role("over-login"))),
        ("over-process", format!("{}\nsource_profile = process", role("over-process"))),
        ("over-role", format!("{}\nsource_profile = role", role("over-role"))),
        ("over-web", format!("{}\nsource_profile = web", role("over-web"))),
        (
            "both",
            format!(
                "{}\nsource_profile = static\naws_access_key_id = AKIABOTH000000000000\naws_secret_access_key = any",
                role("both")
            ),
        ),
        ("over-both", format!("{}\nsource_profile = both", role("over-both"))),
        ("self", format!("{}\nsource_profile = self", role("self"))),
        ("circle", format!("{}\nsource_profile = other", role("circle"))),
        ("other", format!("{}\nsource_profile = circle", role("other"))),
        ("missing", format!("{}\nsource_profile = nobody", role("missing"))),
    ] {
        text += &format!("\n[profile {name}]\nregion = {REGION}\n{lines}\n");
    }
    fs::write(config, text).unwrap();
    person
}

fn proven(person: &Person, profile: &str) -> Said {
    let add = ["account", "add", "--profile", profile, "--plan", "--json"];
    Said::of(&person.command(&add).output().unwrap())
}

#[test]
fn a_role_is_assumed_with_what_its_source_gives() {
    let person = person();
    let assumed =
        |role: &str, signer: &str| vec![by("AssumeRole", signer), by("GetCallerIdentity", &key_of(role))];
    let cases: [(&str, Vec<Call>); 8] = [
        ("over-session", assumed("over-session", &key_of("of-session"))),
        ("over-legacy", assumed("over-legacy", &key_of("of-legacy"))),
        ("over-login", assumed("over-login", &key_of("fresh"))),
        ("over-process", assumed("over-process", "AKIAPROCESS000000000")),
        (
            "over-role",
            [vec![by("AssumeRole", "AKIASTATIC0000000000")], assumed("over-role", &key_of("of-profile"))]
                .concat(),
        ),
        (
            "over-web",
            [vec![("AssumeRoleWithWebIdentity".into(), None)], assumed("over-web", &key_of("of-web"))]
                .concat(),
        ),
        // Its own role comes first when it is chosen, and its keys when it is a source.
        ("both", assumed("both", "AKIASTATIC0000000000")),
        ("over-both", assumed("over-both", "AKIABOTH000000000000")),
    ];
    for (profile, expected) in cases {
        let said = proven(&person, profile);
        assert_eq!(said.code, Some(0), "{profile}: {}{}", said.text, said.error);
        assert_eq!(person.givers.take(), expected, "{profile}");
    }
}

#[test]
fn a_role_whose_source_nobody_is_signed_in_to_says_what_to_run() {
    let person = person();
    for cache in [".aws/sso", ".aws/login"] {
        fs::remove_dir_all(person.home.path().join(cache)).unwrap();
    }
    for (profile, run) in [
        ("over-session", "aws sso login --sso-session acme"),
        ("over-legacy", "aws sso login --profile legacy"),
        ("over-login", "aws login --profile login"),
    ] {
        let said = proven(&person, profile);
        let error = said.summary()["error"].clone();
        assert_eq!(
            (said.code, &error["code"]),
            (Some(1), &"sso-sign-in-needed".into()),
            "{profile}: {error}"
        );
        assert!(error["hint"].as_str().unwrap().contains(run), "{profile}: {error}");
    }
    assert_eq!(person.givers.take(), []);
}

#[test]
fn a_chain_that_leads_nowhere_says_where() {
    let person = person();
    for (profile, code, text) in [
        ("self", "key-missing", "`self` is the source of its own role"),
        ("circle", "role-chain", "More than"),
        ("missing", "profile-unknown", "`nobody`"),
    ] {
        let said = proven(&person, profile);
        let error = said.summary()["error"].clone();
        assert_eq!(error["code"], code, "{profile}: {error}");
        assert!(error["message"].as_str().unwrap().contains(text), "{profile}: {error}");
    }
    assert_eq!(person.givers.take(), [], "nothing is sent");
}

#[test]
fn the_program_at_the_end_of_a_chain_is_shown_and_an_invalid_address_hides_no_profile() {
    let person = person();
    let config = person.home.path().join(".aws/config");
    let mut text = fs::read_to_string(&config).unwrap();
    text += &format!("\n[profile odd]\nregion = {REGION}\nendpoint_url = ht!tp:/x\n");
    fs::write(config, text).unwrap();
    // The address of the environment would come first.
    let mut command = person.command(&["account", "profiles", "--json"]);
    let said = Said::of(&command.env_remove("AWS_ENDPOINT_URL").output().unwrap());
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let profile = |name: &str| {
        events(&said, "profile")
            .into_iter()
            .find(|one| one["profile"] == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert!(profile("over-process")["command"].as_str().unwrap().starts_with("sh -c"), "{}", said.text);
    assert_eq!(profile("over-session")["command"], Value::Null);
    assert_eq!(profile("odd")["endpoint"], "ht!tp:/x");
}
