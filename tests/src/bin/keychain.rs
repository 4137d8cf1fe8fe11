//! Uses the app's keychain store from a separate process, for tests inside a private session bus:
//! `keychain state|get NAME|set NAME|delete NAME`; a secret is read from standard input.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool of the tests

use std::io::read_to_string;

use longshore_app::{KeychainStore, Secret, SecretStore, api::ApiError};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let store = KeychainStore::new();
    let said = match arguments[..] {
        ["state"] => Ok(serde_json::to_string(&store.state().await).unwrap()),
        ["get", name] => {
            let shown = |secret: Option<Secret>| secret.map_or("none".into(), |s| s.expose().to_owned());
            store.get(name).await.map(shown)
        }
        ["set", name] => {
            let secret = Secret::new(read_to_string(std::io::stdin()).unwrap());
            store.set(name, secret).await.map(|()| "kept".into())
        }
        ["delete", name] => store.delete(name).await.map(|()| "gone".into()),
        _ => panic!("keychain state|get NAME|set NAME|delete NAME"),
    };
    match said {
        Ok(text) => println!("{text}"),
        Err(ApiError { code, .. }) => println!("error {code}"),
    }
}
