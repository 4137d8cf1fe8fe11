//! Commands to paste into a terminal or a manifest. They contain no secrets.

use longshore_names::{Digest, Tag};
use longshore_registry::is_loopback;
use url::Url;

use crate::{
    App,
    api::{ApiError, ClientCommand, ClientCommands, GetClientCommands},
    errors::name_error,
};

/// The subject of the commands.
struct Subject<'a> {
    /// `host[:port]/name`.
    uri: &'a str,
    region: &'a str,
    endpoint: Option<&'a Url>,
    environment: &'a [(String, String)],
    tag: Option<&'a Tag>,
    digest: Option<&'a Digest>,
}

impl Subject<'_> {
    fn host(&self) -> &str {
        self.uri.split('/').next().unwrap_or_default()
    }

    /// The last part of the repository's name, for copies on this machine.
    fn local(&self) -> &str {
        self.uri.rsplit('/').next().unwrap_or_default()
    }

    fn tag(&self) -> &str {
        self.tag.map_or("TAG", Tag::as_str)
    }

    /// The reference to pull: the digest if one was chosen, otherwise the tag.
    fn pulled(&self) -> String {
        match self.digest {
            Some(digest) => format!("{}@{digest}", self.uri),
            None => format!("{}:{}", self.uri, self.tag()),
        }
    }

    fn pushed(&self) -> String {
        format!("{}:{}", self.uri, self.tag())
    }

    fn aws_password(&self) -> String {
        let mut command = String::new();
        for (name, value) in self.environment {
            command += &format!("{name}={} ", quote(value));
        }
        command += &format!("aws ecr get-login-password --region {}", quote(self.region));
        if let Some(endpoint) = self.endpoint {
            command += &format!(" --endpoint-url {}", quote(endpoint.as_str().trim_end_matches('/')));
        }
        command
    }

    fn docker(&self) -> ClientCommand {
        let host = quote(self.host());
        let (pushed, local) = (quote(&self.pushed()), quote(&format!("{}:{}", self.local(), self.tag())));
        ClientCommand {
            client: "docker".into(),
            login: format!("longshore login {host} --client docker"),
            login_with_aws: format!(
                "{} | docker login --username AWS --password-stdin {host}",
                self.aws_password()
            ),
            push: format!("docker tag {local} {pushed} && docker push {pushed}"),
            pull: format!("docker pull {}", quote(&self.pulled())),
        }
    }

    fn skopeo(&self) -> ClientCommand {
        let host = quote(self.host());
        // docker uses plain HTTP for loopback hosts automatically; skopeo needs a flag.
        let plain = is_loopback(self.host());
        let flag = |name: &str| if plain { format!(" --{name}=false") } else { String::new() };
        let local = quote(&format!("oci:{}:{}", self.local(), self.tag()));
        ClientCommand {
            client: "skopeo".into(),
            login: format!("longshore login {host} --client skopeo"),
            login_with_aws: format!(
                "{} | skopeo login --username AWS --password-stdin{} {host}",
                self.aws_password(),
                flag("tls-verify")
            ),
            push: format!(
                "skopeo copy --all{} {local} {}",
                flag("dest-tls-verify"),
                quote(&format!("docker://{}", self.pushed()))
            ),
            pull: format!(
                "skopeo copy --all{} {} {local}",
                flag("src-tls-verify"),
                quote(&format!("docker://{}", self.pulled()))
            ),
        }
    }

    fn commands(&self) -> ClientCommands {
        ClientCommands {
            clients: vec![self.docker(), self.skopeo()],
            kubernetes_by_tag: self.tag.map(|tag| format!("image: \"{}:{tag}\"", self.uri)),
            kubernetes_by_digest: self.digest.map(|digest| format!("image: \"{}@{digest}\"", self.uri)),
        }
    }
}

/// Quoted as one word of a POSIX shell.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl App {
    /// Login, push and pull commands for a repository, and the `image:` lines. Without a tag, `TAG`
    /// is a placeholder for it: `latest` is never implied.
    ///
    /// # Errors
    /// At the field that is wrong; `repository-not-found`; the reason why there is no connection.
    pub async fn client_commands(&self, request: GetClientCommands) -> Result<ClientCommands, ApiError> {
        let tag = request.tag.as_deref().map(Tag::for_input).transpose().map_err(name_error("tag"))?;
        let digest =
            request.digest.as_deref().map(Digest::for_input).transpose().map_err(name_error("digest"))?;
        let row = self.repository(request.repository.clone()).await?;
        let connection = self.connection(&request.repository.registry).await?;
        let subject = Subject {
            uri: &row.uri,
            region: row.registry.region.as_str(),
            endpoint: connection.endpoint.as_ref(),
            environment: &connection.shell_environment,
            tag: tag.as_ref(),
            digest: digest.as_ref(),
        };
        Ok(subject.commands())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quote("127.0.0.1:4511/team/app:42"), "127.0.0.1:4511/team/app:42");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn commands_for_the_sandbox() {
        let endpoint = Url::parse("http://127.0.0.1:4510").unwrap();
        let environment = [("AWS_ACCESS_KEY_ID".to_owned(), "AKIAEXAMPLE".to_owned())];
        let tag = Tag::for_input("42").unwrap();
        let subject = Subject {
            uri: "127.0.0.1:4511/team/app",
            region: "us-west-2",
            endpoint: Some(&endpoint),
            environment: &environment,
            tag: Some(&tag),
            digest: None,
        };
        let commands = subject.commands();
        let [docker, skopeo] = commands.clients.as_slice() else { panic!("{commands:?}") };
        assert_eq!(docker.login, "longshore login 127.0.0.1:4511 --client docker");
        assert_eq!(
            docker.login_with_aws,
            "AWS_ACCESS_KEY_ID=AKIAEXAMPLE aws ecr get-login-password --region us-west-2 --endpoint-url \
             http://127.0.0.1:4510 | docker login --username AWS --password-stdin 127.0.0.1:4511"
        );
        assert_eq!(
            docker.push,
            "docker tag app:42 127.0.0.1:4511/team/app:42 && docker push 127.0.0.1:4511/team/app:42"
        );
        assert_eq!(
            skopeo.push,
            "skopeo copy --all --dest-tls-verify=false oci:app:42 docker://127.0.0.1:4511/team/app:42"
        );
        assert_eq!(
            skopeo.pull,
            "skopeo copy --all --src-tls-verify=false docker://127.0.0.1:4511/team/app:42 oci:app:42"
        );
        assert_eq!(commands.kubernetes_by_tag.as_deref(), Some("image: \"127.0.0.1:4511/team/app:42\""));
        assert_eq!(commands.kubernetes_by_digest, None);
    }

    #[test]
    fn commands_for_aws_have_no_endpoint_and_keep_tls() {
        let subject = Subject {
            uri: "111122223333.dkr.ecr.us-west-2.amazonaws.com/app",
            region: "us-west-2",
            endpoint: None,
            environment: &[],
            tag: None,
            digest: None,
        };
        let commands = subject.commands();
        let [docker, skopeo] = commands.clients.as_slice() else { panic!("{commands:?}") };
        assert!(docker.login_with_aws.starts_with("aws ecr get-login-password --region us-west-2 | docker"));
        assert!(!skopeo.push.contains("tls-verify"));
        assert!(docker.pull.ends_with("/app:TAG"));
        assert!(!format!("{commands:?}").contains("latest"));
    }
}
