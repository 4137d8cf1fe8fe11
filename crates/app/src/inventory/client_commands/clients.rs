//! The commands of each client: login, push and pull.

use longshore_registry::is_loopback;

use super::{Subject, quote};
use crate::api::ClientCommand;

impl Subject<'_> {
    /// Every client that `longshore login` knows.
    pub(super) fn clients(&self) -> Vec<ClientCommand> {
        vec![
            self.daemon("docker", "", ""),
            self.daemon("podman", " --tls-verify=false", " --tls-verify=false"),
            self.skopeo(),
            self.crane(),
            self.oras(),
            self.helm(),
            self.daemon("nerdctl", "", " --insecure-registry"),
        ]
    }

    /// A flag that is needed where the registry speaks plain HTTP. docker and crane find that out by themselves for
    /// loopback hosts.
    fn plain<'a>(&self, flag: &'a str) -> &'a str {
        if is_loopback(self.host()) { flag } else { "" }
    }

    fn login(&self, client: &str, command: &str) -> (String, String) {
        let host = quote(self.host());
        (
            format!("longshore login {host} --client {client}"),
            format!("{} | {command} --username AWS --password-stdin {host}", self.aws_password()),
        )
    }

    /// docker and those with its commands.
    fn daemon(&self, client: &str, login_flag: &str, flag: &str) -> ClientCommand {
        let (login_flag, flag) = (self.plain(login_flag), self.plain(flag));
        let (pushed, local) = (quote(&self.pushed()), quote(&format!("{}:{}", self.local(), self.tag())));
        let (login, login_with_aws) = self.login(client, &format!("{client} login{login_flag}"));
        ClientCommand {
            client: client.into(),
            login,
            login_with_aws,
            push: format!("{client} tag {local} {pushed} && {client} push{flag} {pushed}"),
            pull: format!("{client} pull{flag} {}", quote(&self.pulled())),
        }
    }

    fn skopeo(&self) -> ClientCommand {
        let local = quote(&format!("oci:{}:{}", self.local(), self.tag()));
        let login_command = format!("skopeo login{}", self.plain(" --tls-verify=false"));
        let (login, login_with_aws) = self.login("skopeo", &login_command);
        ClientCommand {
            client: "skopeo".into(),
            login,
            login_with_aws,
            push: format!(
                "skopeo copy --all{} {local} {}",
                self.plain(" --dest-tls-verify=false"),
                quote(&format!("docker://{}", self.pushed()))
            ),
            pull: format!(
                "skopeo copy --all{} {} {local}",
                self.plain(" --src-tls-verify=false"),
                quote(&format!("docker://{}", self.pulled()))
            ),
        }
    }

    fn crane(&self) -> ClientCommand {
        let file = quote(&format!("{}-{}.tar", self.local(), self.tag()));
        let (login, login_with_aws) = self.login("crane", "crane auth login");
        ClientCommand {
            client: "crane".into(),
            login,
            login_with_aws,
            push: format!("crane push {file} {}", quote(&self.pushed())),
            pull: format!("crane pull {} {file}", quote(&self.pulled())),
        }
    }

    /// Between a registry and an OCI layout, in a folder of the image's name.
    fn oras(&self) -> ClientCommand {
        let local = quote(&format!("{}:{}", self.local(), self.tag()));
        let (login, login_with_aws) =
            self.login("oras", &format!("oras login{}", self.plain(" --plain-http")));
        ClientCommand {
            client: "oras".into(),
            login,
            login_with_aws,
            push: format!(
                "oras copy --recursive --from-oci-layout {local}{} {}",
                self.plain(" --to-plain-http"),
                quote(&self.pushed())
            ),
            pull: format!(
                "oras copy --recursive{} {} --to-oci-layout {local}",
                self.plain(" --from-plain-http"),
                quote(&self.pulled())
            ),
        }
    }

    /// helm adds the name of the chart to the reference of a push, and calls the tag a version.
    fn helm(&self) -> ClientCommand {
        let flag = self.plain(" --plain-http");
        let parent = self.uri.rsplit_once('/').map_or(self.uri, |(parent, _)| parent);
        let chart = quote(&format!("{}-{}.tgz", self.local(), self.tag()));
        let (login, login_with_aws) = self.login("helm", &format!("helm registry login{flag}"));
        ClientCommand {
            client: "helm".into(),
            login,
            login_with_aws,
            push: format!("helm push{flag} {chart} {}", quote(&format!("oci://{parent}"))),
            pull: format!(
                "helm pull{flag} {} --version {}",
                quote(&format!("oci://{}", self.uri)),
                quote(self.tag())
            ),
        }
    }
}
