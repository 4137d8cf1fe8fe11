//! The network settings: a file of certificates and a proxy, from the next start on.

use longshore_app::{App, api::NetworkSettings};
use longshore_registry::{Network, ProxyRules};

use crate::support::options;

fn settings(ca_file: &str, proxy: &str) -> NetworkSettings {
    NetworkSettings {
        ca_file: Some(ca_file.into()),
        proxy: Some(proxy.into()),
        no_proxy: Some("*.internal".into()),
    }
}

#[tokio::test]
async fn a_certificate_file_and_a_proxy_are_in_effect_from_the_next_start_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("acme.pem");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=acme",
        "-keyout",
        "/dev/null",
    ]);
    let made = openssl.arg("-out").arg(&file).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let file = file.to_str().unwrap();

    let app = App::open(options(&directory)).await.unwrap();
    assert!(!app.network_settings().await.unwrap().restart);
    // What cannot be used is refused at its field, and nothing is stored.
    let missing = directory.path().join("missing.pem");
    let refused = [
        (settings(missing.to_str().unwrap(), "http://proxy.example.com:3128"), "ca-file", "caFile"),
        (settings("acme.pem", "http://proxy.example.com:3128"), "ca-file", "caFile"),
        (settings(file, "ftp://proxy.example.com"), "proxy-invalid", "proxy"),
        (settings(file, "http://me:secret@proxy.example.com"), "proxy-password", "proxy"),
    ];
    for (wrong, code, field) in refused {
        let error = app.set_network_settings(wrong).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), (code, Some(field)));
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
    assert_eq!(app.network_settings().await.unwrap().settings, NetworkSettings::default());
    let given = settings(&format!(" {file} "), "http://proxy.example.com:3128");
    assert!(app.set_network_settings(given).await.unwrap().restart);
    app.close().await;
    drop(app);

    let app = App::open(options(&directory)).await.unwrap();
    let view = app.network_settings().await.unwrap();
    assert_eq!((view.restart, view.proxy_of_environment), (false, false));
    assert_eq!(view.settings, settings(file, "http://proxy.example.com:3128"));
    let network = app.network();
    assert_eq!(network.ca_files, [std::path::PathBuf::from(file)]);
    assert_eq!(network.proxy, ProxyRules::one("http://proxy.example.com:3128", "*.internal").unwrap());
    app.close().await;
    drop(app);

    // The environment's proxy is used instead, and a file that was removed does not keep the app closed.
    std::fs::remove_file(file).unwrap();
    let mut options = options(&directory);
    let of_environment = ProxyRules::one("http://other.example.com:8080", "").unwrap();
    options.network = Network { proxy: of_environment.clone(), ..Network::default() };
    let app = App::open(options).await.unwrap();
    assert!(app.network_settings().await.unwrap().proxy_of_environment);
    assert_eq!(app.network(), &Network { proxy: of_environment, ..Network::default() });
    app.close().await;
}
