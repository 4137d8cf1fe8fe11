//! A company's proxy that reads along, between the command line and hosts with the names of AWS.

use std::{process::Command, sync::Arc};

use longshore_app::{App, AppOptions, MemoryStore, api::NetworkSettings};
use longshore_tests::{image, intercept::Interceptor, ministack::Ministack};

use super::{identity_center::Center, *};

const STS: &str = "sts.us-west-2.amazonaws.com";
const API: &str = "api.ecr.us-west-2.amazonaws.com";
const REGISTRY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
const OIDC: &str = "oidc.us-west-2.amazonaws.com";
const PORTAL: &str = "portal.sso.us-west-2.amazonaws.com";
/// An address that no connection can be made to: that of a group.
const NOWHERE: &str = "224.0.0.7";
const ALL: [&str; 5] = [STS, API, REGISTRY, OIDC, PORTAL];

const KEY: &str = "AKIAEXAMPLE000000001";
const SIGN_IN: [&str; 6] = ["account", "sign-in", "--sso-session", "acme", "--device", "--json"];
const IMPORT: [&str; 7] = ["account", "import", "--sso-session", "acme", "--region", REGION, "--json"];
const PROVE: [&str; 6] = ["account", "add", "--profile", "dev", "--plan", "--json"];
const READ: [&str; 4] = ["replication", "show", "111122223333/us-west-2", "--json"];

/// A person in a company whose proxy reads along.
struct Office {
    longshore: Longshore,
    proxy: Interceptor,
    layout: String,
    _aws: Ministack,
    home: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let aws = Ministack::start(home.path());
        let center = Center::new((KEY.into(), "any".into()));
        let center = center.address.trim_start_matches("http://");
        let config = format!(
            "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n\n[profile dev]\nregion = {REGION}\naws_access_key_id = {KEY}\naws_secret_access_key = any\n"
        );
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/config"), config).unwrap();
        let of_aws = [STS, API, REGISTRY, "ecr.acme.test", NOWHERE].map(|host| (host, aws.host.as_str()));
        let routes = [&of_aws[..], &[(OIDC, center), (PORTAL, center)]].concat();
        let proxy = Interceptor::new(&home.path().join("proxy"), &routes);
        let layout = home.path().join("image");
        image::simple(&layout);
        let layout = format!("oci:{}:42", layout.display());
        Self { longshore: Longshore::new(home.path()), proxy, layout, _aws: aws, home }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.longshore.command(arguments);
        if let Some(bus) = std::env::var_os("XDG_RUNTIME_DIR") {
            command.env("XDG_RUNTIME_DIR", bus);
        }
        command.env("HTTPS_PROXY", &self.proxy.address).env_remove("NO_PROXY").env_remove("no_proxy");
        command
    }

    /// Runs a command that trusts the proxy's authority.
    fn trusting(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).env("AWS_CA_BUNDLE", &self.proxy.authority).output().unwrap())
    }

    fn copy(&self) -> [String; 4] {
        ["copy".into(), self.layout.clone(), format!("{REGISTRY}/mirror/app:1"), "--json".into()]
    }
}

fn ends_well(said: &Said) -> Value {
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    said.events().pop().unwrap()
}

/// The code, message and hint of a command that failed.
fn failure(said: &Said) -> (String, String, String) {
    assert_ne!(said.code, Some(0), "{}", said.text);
    let events = said.events();
    let errors = events.iter().rev().flat_map(|event| [&event["error"], &event["failure"]]);
    let error = errors.into_iter().find(|error| error["code"].is_string());
    let error = error.unwrap_or_else(|| panic!("no error: {}{}", said.text, said.error));
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("message"), text("hint"))
}

#[test]
fn everything_passes_through_a_proxy_whose_authority_is_trusted() {
    let office = Office::new();
    ends_well(&office.trusting(&SIGN_IN));
    let imported = office.trusting(&IMPORT);
    assert_eq!(imported.summary()["added"], 1, "{}{}", imported.text, imported.error);
    let copy = office.copy();
    let copied = ends_well(&office.trusting(&copy.each_ref().map(String::as_str)));
    assert_eq!((&copied["copied"], &copied["failed"]), (&1.into(), &0.into()), "{copied}");
    let seen = office.proxy.take();
    let hosts: Vec<&str> = seen.keys().map(String::as_str).collect();
    let mut expected = ALL;
    expected.sort_unstable();
    assert_eq!(hosts, expected, "{seen:?}");
    for (host, connections) in &seen {
        assert!(connections.trusted > 0 && connections.trusted == connections.asked, "{host}: {seen:?}");
    }
}

/// Asserts that what a copy needs was reached over a certificate that was trusted. A connection that is
/// opened ahead may be given up when the command ends.
fn all_trusted(office: &Office) {
    let seen = office.proxy.take();
    for host in [STS, API, REGISTRY] {
        assert!(seen[host].trusted > 0, "{host}: {seen:?}");
    }
}

#[test]
fn the_authority_of_a_profile_is_trusted_for_its_account_alone() {
    let office = Office::new();
    let file = office.home.path().join(".aws/config");
    let config = fs::read_to_string(&file).unwrap();
    let bundle = format!("ca_bundle = {}\n", office.proxy.authority.display());
    fs::write(&file, config.clone() + &bundle).unwrap();
    let said = |arguments: &[&str]| Said::of(&office.command(arguments).output().unwrap());
    ends_well(&said(&["account", "add", "--profile", "dev", "--json"]));
    ends_well(&said(&READ));
    let copy = office.copy();
    let copied = ends_well(&said(&copy.each_ref().map(String::as_str)));
    assert_eq!(copied["copied"], 1, "{copied}");
    all_trusted(&office);
    // Another account has another profile, or the same without it.
    fs::write(&file, config).unwrap();
    assert_eq!(failure(&said(&READ)).0, "certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_and_the_proxy_of_the_settings_are_used_for_everything() {
    let office = Office::new();
    let data = office.home.path().join("data");
    let app = App::open(AppOptions::new(data.clone(), Arc::new(MemoryStore::default()))).await.unwrap();
    let settings = NetworkSettings {
        ca_file: Some(office.proxy.authority.to_str().unwrap().into()),
        proxy: Some(office.proxy.address.clone()),
        no_proxy: None,
    };
    app.set_network_settings(settings).await.unwrap();
    app.close().await;
    let said = |arguments: &[&str]| {
        let mut command = office.command(arguments);
        command.env_remove("HTTPS_PROXY").env_remove("https_proxy").env("LONGSHORE_DATA_DIR", &data);
        Said::of(&command.output().unwrap())
    };
    ends_well(&said(&["account", "add", "--profile", "dev", "--json"]));
    ends_well(&said(&READ));
    let copy = office.copy();
    let copied = ends_well(&said(&copy.each_ref().map(String::as_str)));
    assert_eq!(copied["copied"], 1, "{copied}");
    all_trusted(&office);
}

#[test]
fn each_host_whose_certificate_is_not_trusted_is_named_with_its_authority_and_what_to_do() {
    let office = Office::new();
    ends_well(&office.trusting(&SIGN_IN));
    ends_well(&office.trusting(&["account", "add", "--profile", "dev", "--json"]));
    office.proxy.take();
    let copy = office.copy();
    let copy = copy.each_ref().map(String::as_str);
    let cases: [(&str, &[&str], &str); 5] = [
        (STS, &PROVE, "AWS_CA_BUNDLE"),
        (OIDC, &SIGN_IN, "AWS_CA_BUNDLE"),
        (PORTAL, &IMPORT, "AWS_CA_BUNDLE"),
        (API, &READ, "AWS_CA_BUNDLE"),
        (REGISTRY, &copy, "--ca-file"),
    ];
    for (host, arguments, cure) in cases {
        office.proxy.makes_a_stranger_of(host);
        let (code, message, hint) = failure(&office.trusting(arguments));
        assert_eq!(code, "certificate", "{host}: {message}");
        for part in [host, "issuer CN=Strange-CA, O=Acme", "subject CN=intercepted"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(hint.contains(cure), "{host}: {hint}");
        let seen = office.proxy.take();
        assert!(seen[host].asked > 0 && seen[host].trusted == 0, "{host}: {seen:?}");
    }
    // Without the authority, nothing is trusted.
    office.proxy.makes_a_stranger_of("none");
    let (code, message, hint) = failure(&Said::of(&office.command(&READ).output().unwrap()));
    assert_eq!(code, "certificate");
    assert!(message.contains(API) && hint.contains("AWS_CA_BUNDLE"), "{message} {hint}");
}

#[test]
fn what_no_proxy_lists_is_not_asked_of_the_proxy() {
    let office = Office::new();
    let cases = [
        ("ecr.acme.test", "", true),
        ("ecr.acme.test", "ecr.acme.test:8443", false),
        ("ecr.acme.test", "ecr.acme.test:443", true),
        ("ecr.acme.test", "localhost, *.acme.test", false),
        ("ecr.acme.test", "*.ecr.acme.test", true),
        ("ecr.acme.test", ".acme.test", false),
        (NOWHERE, "", true),
        (NOWHERE, "10.0.0.0/8,224.0.0.0/24", false),
        (NOWHERE, "224.0.1.0/24", true),
        (NOWHERE, "224.0.0.7:8443", false),
        (NOWHERE, "224.0.0.7:443", true),
    ];
    for (host, without, proxied) in cases {
        let mut command = office.command(&READ);
        command
            .env("LONGSHORE_SECRETS", "memory")
            .env("AWS_CA_BUNDLE", &office.proxy.authority)
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .env("AWS_ENDPOINT_URL", format!("https://{host}:8443"))
            .env("NO_PROXY", without);
        let said = Said::of(&command.output().unwrap());
        let seen = office.proxy.take();
        let asked = seen.get(host).map_or(0, |connections| connections.asked);
        assert_eq!(asked > 0, proxied, "{host} {without}: {seen:?} {}", said.error);
        if proxied {
            ends_well(&said);
        } else {
            assert_eq!(failure(&said).0, "unreachable", "{host} {without}: {}", said.text);
        }
    }
}
