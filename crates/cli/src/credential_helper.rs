//! `docker-credential-longshore`: passwords for docker and the tools that use its helpers, fetched when
//! they are needed and kept nowhere (protocol of docker-credential-helpers, *Development*).

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{Read, stdin},
    path::Path,
};

use clap::ValueEnum;
use longshore_app::{REGISTRY_USER, registry_hosts, registry_password};
use serde_json::json;

use crate::{
    arguments::{Acting, State},
    copy::acting_options,
    failure::Failure,
    output,
};

/// The name under which the program is this helper.
const NAME: &str = "docker-credential-longshore";
/// What the program is called as; a command that help does not show.
const COMMAND: &str = "docker-credential";
/// The word by which docker understands that it shall ask without a password.
const NOT_FOUND: &str = "credentials not found in native keychain";
/// The most bytes that docker writes.
const LONGEST: u64 = 64 * 1024;

/// What docker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    /// The password of a registry, named on standard input.
    Get,
    /// To keep a password.
    Store,
    /// To forget a password.
    Erase,
    /// The registries that have one.
    List,
    /// The version.
    Version,
}

/// The words of the command line, with the command that the program's name stands for.
pub(crate) fn words(all: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = all.collect();
    let name = words.first().and_then(|program| Path::new(program).file_stem());
    if name.is_some_and(|name| name == NAME) {
        words.insert(1, COMMAND.into());
    }
    words
}

/// Answers docker.
pub(crate) async fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Get => get(&host(&input()?)).await,
        Action::List => {
            let hosts = registry_hosts(acting_options(by_data_directory()).await?).await?;
            let users: BTreeMap<_, _> = hosts.into_iter().map(|host| (host, REGISTRY_USER)).collect();
            output::line(&json!(users).to_string());
            Ok(())
        }
        // Logging out is done when there is nothing to forget.
        Action::Erase => {
            input()?;
            Ok(())
        }
        Action::Store => {
            input()?;
            Err(Failure::Failed(format!(
                "{NAME} keeps no passwords; it fetches those of ECR when they are needed, so nobody logs in. Remove it from `credsStore` or `credHelpers` in docker's config.json for other registries."
            )))
        }
        Action::Version => {
            output::line(env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}

async fn get(host: &str) -> Result<(), Failure> {
    match registry_password(acting_options(by_data_directory()).await?, host).await {
        Ok(password) => {
            let answer = json!({"ServerURL": host, "Username": REGISTRY_USER, "Secret": password.expose()});
            output::line(&answer.to_string());
            Ok(())
        }
        // Of others: docker goes on without a password, and only if it reads this.
        Err(error) if error.code == "registry-host-unknown" => {
            output::line(NOT_FOUND);
            Err(Failure::Failed(NOT_FOUND.into()))
        }
        Err(error) => {
            // Docker shows what is printed, and not what goes to standard error.
            output::line(&match &error.hint {
                Some(hint) => format!("{} {hint}", error.message),
                None => error.message.clone(),
            });
            Err(error.into())
        }
    }
}

fn by_data_directory() -> Acting {
    Acting { account: None, state: State { state: None } }
}

/// What docker writes to standard input.
fn input() -> Result<String, Failure> {
    let mut text = String::new();
    stdin().take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// `host[:port]` of an address as docker gives it, with or without a scheme and a path.
fn host(text: &str) -> String {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_program_stands_for_the_command() {
        let of = |line: &str| {
            let words = words(line.split(' ').map(OsString::from));
            words.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            of("/usr/bin/docker-credential-longshore get"),
            "/usr/bin/docker-credential-longshore docker-credential get"
        );
        assert_eq!(of("docker-credential-longshore"), "docker-credential-longshore docker-credential");
        assert_eq!(of("/opt/longshore copy a b"), "/opt/longshore copy a b");
    }

    #[test]
    fn an_address_of_docker_is_a_host() {
        for (text, expected) in [
            ("https://index.docker.io/v1/", "index.docker.io"),
            ("127.0.0.1:4511\n", "127.0.0.1:4511"),
            ("http://127.0.0.1:4511", "127.0.0.1:4511"),
            (
                "111122223333.dkr.ecr.us-west-2.amazonaws.com/team",
                "111122223333.dkr.ecr.us-west-2.amazonaws.com",
            ),
            ("", ""),
        ] {
            assert_eq!(host(text), expected, "{text}");
        }
    }
}
