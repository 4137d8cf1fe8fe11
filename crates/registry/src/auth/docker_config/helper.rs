//! Credential helpers: programs named `docker-credential-<name>` (docker, "Credential helper
//! protocol").

use std::{ffi::OsStr, io::ErrorKind, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};
use zeroize::{Zeroize, Zeroizing};

use crate::{Credentials, Error, RegistryErrorKind, Secret};

const TIME: Duration = Duration::from_secs(30);
const MAX_OUTPUT: u64 = 64 * 1024;
/// The user name that marks the secret as an identity token.
const TOKEN_USER: &str = "<token>";
/// The texts that mean that nothing is stored for a host.
const NOT_FOUND: [&str; 2] = ["credentials not found in native keychain", "credentials not found"];

/// What a helper knows.
pub(super) enum Answer {
    Found(Credentials),
    NotFound,
    /// There is no program of this name.
    NoProgram(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

impl Drop for Output {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Asks the helper `name` about a server; `path` replaces `PATH` in the lookup of the program.
pub(super) async fn get(
    registry: &str,
    name: &str,
    server: &str,
    path: Option<&OsStr>,
) -> Result<Answer, Error> {
    let shown = longshore_names::shown(name, 60);
    let fail = |what: String| {
        RegistryErrorKind::Local { message: format!("the credential helper `{shown}` {what}") }
            .at(registry.to_owned())
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    // It becomes part of a program's name, so it must not be a path.
    if name.is_empty()
        || name.len() > 60
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.chars().all(plain)
    {
        return Err(fail("has a name that is not a plain word".into()));
    }
    let program = format!("docker-credential-{name}");
    let mut command = Command::new(&program);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let child = command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It may hold secrets, and some helpers are talkative.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Answer::NoProgram(program)),
        Err(error) => return Err(fail(format!("cannot be started as `{program}`: {error}"))),
    };
    let (succeeded, output) = match tokio::time::timeout(TIME, talk(child, server)).await {
        Err(_) => return Err(fail(format!("did not answer within {} s", TIME.as_secs()))),
        Ok(Err(error)) => return Err(fail(format!("stopped unexpectedly: {error}"))),
        Ok(Ok(answer)) => answer,
    };
    if output.len() as u64 > MAX_OUTPUT {
        return Err(fail(format!("answered more than {MAX_OUTPUT} bytes")));
    }
    if !succeeded {
        let said = String::from_utf8_lossy(&output);
        if NOT_FOUND.iter().any(|text| said.trim().eq_ignore_ascii_case(text)) {
            return Ok(Answer::NotFound);
        }
        return Err(fail("failed; its output is not shown because it may contain a secret".into()));
    }
    // The parser's error text could quote the secret.
    let mut answer: Output =
        serde_json::from_slice(&output).map_err(|_| fail("did not return the expected JSON".into()))?;
    let secret = Secret::new(std::mem::take(&mut answer.secret));
    if secret.expose().is_empty() {
        return Ok(Answer::NotFound);
    }
    if answer.username == TOKEN_USER {
        return Ok(Answer::Found(Credentials::IdentityToken(secret)));
    }
    let user = std::mem::take(&mut answer.username);
    Ok(Answer::Found(Credentials::Basic { user, password: secret }))
}

/// Sends it the server and reads its output, up to one byte more than is allowed.
async fn talk(mut child: Child, server: &str) -> std::io::Result<(bool, Zeroizing<Vec<u8>>)> {
    let mut output = Zeroizing::new(Vec::new());
    if let Some(mut input) = child.stdin.take() {
        // A helper that exits without reading explains why in its output.
        input.write_all(server.as_bytes()).await.ok();
        input.shutdown().await.ok();
    }
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_OUTPUT + 1).read_to_end(&mut output).await?;
    }
    if output.len() as u64 > MAX_OUTPUT {
        return Ok((false, output));
    }
    Ok((child.wait().await?.success(), output))
}
