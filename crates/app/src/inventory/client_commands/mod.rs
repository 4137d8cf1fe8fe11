//! Commands to paste into a terminal or a manifest. They contain no secrets.

mod clients;
mod kubernetes;
mod pipelines;

use longshore_names::{Digest, RepositoryName, Tag};
use url::Url;

use crate::{
    App,
    api::{ApiError, ClientCommands, GetClientCommands},
    errors::name_error,
};

/// The subject of the commands.
struct Subject<'a> {
    /// `host[:port]/name`.
    uri: &'a str,
    region: &'a str,
    endpoint: Option<&'a Url>,
    environment: &'a [(String, String)],
    account: &'a str,
    partition: String,
    /// The repository's ARN.
    arn: String,
    /// Whether no tag of the repository can move.
    immutable: bool,
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

    fn commands(&self) -> ClientCommands {
        ClientCommands {
            clients: self.clients(),
            snippets: self.kubernetes().into_iter().chain(self.pipelines()).collect(),
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
        let name: RepositoryName = row.name.parse()?;
        let subject = Subject {
            uri: &row.uri,
            region: row.registry.region.as_str(),
            endpoint: connection.endpoint.as_ref(),
            environment: &connection.shell_environment,
            account: row.registry.account.as_str(),
            partition: row.registry.region.partition().to_string(),
            arn: name.arn(&row.registry.account, &row.registry.region),
            immutable: row.mutability.immutable && row.mutability.exclusions.is_empty(),
            tag: tag.as_ref(),
            digest: digest.as_ref(),
        };
        Ok(subject.commands())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::SnippetKind,
        policies::{LintOptions, PolicyKind, lint},
    };

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quote("127.0.0.1:4511/team/app:42"), "127.0.0.1:4511/team/app:42");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quote(""), "''");
    }

    fn subject<'a>(
        uri: &'a str,
        endpoint: Option<&'a Url>,
        environment: &'a [(String, String)],
    ) -> Subject<'a> {
        Subject {
            uri,
            region: "us-west-2",
            endpoint,
            environment,
            account: "111122223333",
            partition: "aws".into(),
            arn: "arn:aws:ecr:us-west-2:111122223333:repository/team/app".into(),
            immutable: false,
            tag: None,
            digest: None,
        }
    }

    #[test]
    fn commands_for_the_sandbox() {
        let endpoint = Url::parse("http://127.0.0.1:4510").unwrap();
        let environment = [("AWS_ACCESS_KEY_ID".to_owned(), "AKIAEXAMPLE".to_owned())];
        let tag = Tag::for_input("42").unwrap();
        let of =
            Subject { tag: Some(&tag), ..subject("127.0.0.1:4511/team/app", Some(&endpoint), &environment) };
        let commands = of.commands();
        let of = |client: &str| commands.clients.iter().find(|one| one.client == client).unwrap();
        assert_eq!(of("docker").login, "longshore login 127.0.0.1:4511 --client docker");
        assert_eq!(
            of("docker").login_with_aws,
            "AWS_ACCESS_KEY_ID=AKIAEXAMPLE aws ecr get-login-password --region us-west-2 --endpoint-url \
             http://127.0.0.1:4510 | docker login --username AWS --password-stdin 127.0.0.1:4511"
        );
        let reference = "127.0.0.1:4511/team/app:42";
        for (client, push, pull) in [
            ("docker", "docker tag app:42 R && docker push R", "docker pull R"),
            (
                "podman",
                "podman tag app:42 R && podman push --tls-verify=false R",
                "podman pull --tls-verify=false R",
            ),
            (
                "skopeo",
                "skopeo copy --all --dest-tls-verify=false oci:app:42 docker://R",
                "skopeo copy --all --src-tls-verify=false docker://R oci:app:42",
            ),
            ("crane", "crane push app-42.tar R", "crane pull R app-42.tar"),
            (
                "oras",
                "oras copy --recursive --from-oci-layout app:42 --to-plain-http R",
                "oras copy --recursive --from-plain-http R --to-oci-layout app:42",
            ),
            (
                "helm",
                "helm push --plain-http app-42.tgz oci://127.0.0.1:4511/team",
                "helm pull --plain-http oci://127.0.0.1:4511/team/app --version 42",
            ),
            (
                "nerdctl",
                "nerdctl tag app:42 R && nerdctl push --insecure-registry R",
                "nerdctl pull --insecure-registry R",
            ),
        ] {
            let whole = |text: &str| text.replace('R', reference);
            assert_eq!(
                (of(client).push.clone(), of(client).pull.clone()),
                (whole(push), whole(pull)),
                "{client}"
            );
        }
        assert_eq!(commands.kubernetes_by_tag.as_deref(), Some("image: \"127.0.0.1:4511/team/app:42\""));
        assert_eq!(commands.kubernetes_by_digest, None);
        let kinds: Vec<_> = commands.snippets.iter().map(|one| one.kind).collect();
        assert!(!kinds.contains(&SnippetKind::GithubActions), "no pipeline reaches this computer: {kinds:?}");
    }

    #[test]
    fn commands_for_aws_have_no_endpoint_and_keep_tls() {
        let commands = subject("111122223333.dkr.ecr.us-west-2.amazonaws.com/app", None, &[]).commands();
        let docker = &commands.clients[0];
        assert!(docker.login_with_aws.starts_with("aws ecr get-login-password --region us-west-2 | docker"));
        for flag in ["tls-verify", "plain-http", "insecure"] {
            assert!(!format!("{commands:?}").contains(flag), "{flag}");
        }
        assert!(docker.pull.ends_with("/app:TAG"));
        assert!(!format!("{commands:?}").contains("latest/") && commands.kubernetes_by_tag.is_none());
        assert!(
            !commands.snippets.iter().any(|one| one.kind == SnippetKind::Pod),
            "`latest` is never implied"
        );
    }

    #[test]
    fn a_moving_tag_is_asked_for_and_a_digest_is_not() {
        let (tag, digest) =
            (Tag::for_input("42").unwrap(), Digest::for_input(&format!("sha256:{:064}", 1)).unwrap());
        let plain = || subject("111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app", None, &[]);
        for (of, policy) in [
            (Subject { tag: Some(&tag), ..plain() }, "imagePullPolicy: Always"),
            (Subject { tag: Some(&tag), immutable: true, ..plain() }, "imagePullPolicy: IfNotPresent"),
            (Subject { tag: Some(&tag), digest: Some(&digest), ..plain() }, "imagePullPolicy: IfNotPresent"),
        ] {
            let commands = of.commands();
            for kind in [SnippetKind::Pod, SnippetKind::Deployment] {
                let one = commands.snippets.iter().find(|one| one.kind == kind).unwrap();
                assert!(one.text.contains(policy) && one.text.contains(&of.pulled()), "{}", one.text);
                assert!(!one.notes.is_empty());
            }
        }
    }

    #[test]
    fn policies_and_trust_policies_of_snippets_have_no_findings() {
        let tag = Tag::for_input("42").unwrap();
        let of = Subject {
            tag: Some(&tag),
            ..subject("111122223333.dkr.ecr.us-west-2.amazonaws.com/app", None, &[])
        };
        for one in of.commands().snippets {
            let kind = match one.kind {
                SnippetKind::NodeRole | SnippetKind::PipelinePolicy => PolicyKind::Identity,
                SnippetKind::GithubTrust | SnippetKind::GitlabTrust => PolicyKind::Trust,
                _ => continue,
            };
            let options = LintOptions { kind: Some(kind), ..LintOptions::default() };
            let findings = lint(&one.text, &options).findings;
            let wrong: Vec<_> = findings
                .iter()
                .filter(|finding| finding.finding.severity != longshore_policy::Severity::Note)
                .collect();
            assert!(wrong.is_empty(), "{:?}: {wrong:?}", one.kind);
        }
    }
}
