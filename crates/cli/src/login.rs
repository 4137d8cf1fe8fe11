//! `longshore login` and `longshore login-password`.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use longshore_app::{REGISTRY_USER, Secret, registry_password};

use crate::{
    arguments::{Acting, Client, Login, LoginPassword},
    copy::acting_options,
    failure::Failure,
    output,
};

/// Logs a client in.
pub(crate) async fn login(options: Login) -> Result<(), Failure> {
    let password = secret(&options.host, options.acting).await?;
    let mut command = client(options.client, &options.host);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::Failed(format!("`{program}` cannot be started: {error}")))?;
    if let Some(mut input) = child.stdin.take() {
        // A client that has already ended reports the reason itself.
        if let Err(error) = input.write_all(password.expose().as_bytes()) {
            tracing::debug!(%error, "the client did not read its password");
        }
    }
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("`{program}` could not log in: {status}")))
    }
}

/// Prints a password.
pub(crate) async fn password(options: LoginPassword) -> Result<(), Failure> {
    output::line(secret(&options.host, options.acting).await?.expose());
    Ok(())
}

async fn secret(host: &str, acting: Acting) -> Result<Secret, Failure> {
    Ok(registry_password(acting_options(acting).await?, host).await?)
}

/// The client's own login command. The password is never an argument.
fn client(client: Client, host: &str) -> Command {
    let loopback =
        host.starts_with("127.0.0.1") || host.starts_with("localhost") || host.starts_with("[::1]");
    let (program, first): (&str, &[&str]) = match client {
        Client::Docker => ("docker", &["login"]),
        Client::Skopeo => ("skopeo", &["login"]),
        Client::Podman => ("podman", &["login"]),
        Client::Crane => ("crane", &["auth", "login"]),
        Client::Nerdctl => ("nerdctl", &["login"]),
        Client::Oras => ("oras", &["login"]),
        Client::Helm => ("helm", &["registry", "login"]),
    };
    let mut command = Command::new(program);
    command.args(first).args(["--username", REGISTRY_USER, "--password-stdin"]);
    match client {
        Client::Skopeo | Client::Podman if loopback => command.arg("--tls-verify=false"),
        Client::Oras | Client::Helm if loopback => command.arg("--plain-http"),
        _ => &mut command,
    };
    command.arg(host);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_no_argument_and_loopback_speaks_plain_http() {
        let shown = |command: Command| format!("{command:?}").replace('"', "");
        assert_eq!(
            shown(client(Client::Skopeo, "127.0.0.1:4511")),
            "skopeo login --username AWS --password-stdin --tls-verify=false 127.0.0.1:4511"
        );
        assert_eq!(
            shown(client(Client::Helm, "[::1]:4511")),
            "helm registry login --username AWS --password-stdin --plain-http [::1]:4511"
        );
        assert_eq!(
            shown(client(Client::Crane, "example.org")),
            "crane auth login --username AWS --password-stdin example.org"
        );
    }
}
