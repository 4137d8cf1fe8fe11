//! What a user, a group or a role may do on repositories, by its policies as they are now.

use longshore_ecr::{EcrError, EcrErrorKind, IamKind, Services};
use longshore_names::RepositoryName;

use super::{
    input,
    view::{attached, inline},
};
use crate::{
    App,
    access::Connection,
    api::{
        ApiError, AskIam, AskPolicies, AskedDocument, IamAnswers, IamPolicyText, PolicyLayer, PolicyScope,
        RegistryKey, Side,
    },
    errors::name_error,
    plans::account_name,
    policy_tools::answers_seen,
};

/// The most repositories of one question.
const MOST: usize = 50;

impl App {
    /// What a user, a group or a role may do on repositories, by its policies, those of its groups, its
    /// permissions boundary, and those of the repositories and the registry, all read now.
    ///
    /// # Errors
    /// `iam-not-found`; at the field that cannot be read; as calls to IAM. A policy that cannot be read is a
    /// problem of the answer.
    pub async fn ask_iam(&self, request: AskIam) -> Result<IamAnswers, ApiError> {
        let (kind, name) = input::entity(&request.of, "of")?;
        let here = self.connection(&request.registry).await?;
        let Some(entity) = here.services.iam_entity(kind, &name).await? else {
            let account = account_name(self, request.registry.space, &request.registry.account);
            let text = format!("{account} has no {} `{name}`.", kind.word());
            return Err(ApiError::new("iam-not-found", Side::Input, text).at("of"));
        };
        if request.repositories.len() > MOST {
            let text = format!("At most {MOST} repositories are asked about at once.");
            return Err(ApiError::input("question-large", "repositories", text));
        }
        let mut asked = Asked::default();
        asked.identity(&here.services, kind, &name).await;
        if let Some(arn) = &entity.boundary {
            let text = here.services.iam_policy_document(arn).await;
            asked.add(PolicyLayer::Boundary, arn, text);
        }
        if request.repositories.is_empty() && asked.problems.is_empty() {
            return Ok(IamAnswers { answers: Vec::new(), problems: Vec::new() });
        }
        let of_registry = self.policy_of(&here, &request.registry).await;
        // Of a group, its users are asked about: they have no ARN here, and the group's stands for none.
        let principal = match kind {
            IamKind::Group => entity.arn.replacen(":group/", ":user/", 1),
            _ => entity.arn,
        };
        let mut answers = Vec::new();
        for (index, repository) in request.repositories.iter().enumerate() {
            let field = format!("repositories[{index}]");
            let repository = RepositoryName::for_input(repository).map_err(name_error(field))?;
            let mut of_this = asked.clone();
            of_this.add(PolicyLayer::Resource, "the repository's policy", {
                let read = here.client.repository_policy(&repository).await;
                match read {
                    Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(None),
                    read => read,
                }
            });
            match &of_registry {
                Ok(Some(text)) => of_this.put(PolicyLayer::Resource, "the registry's policy", text.clone()),
                Ok(None) => {}
                Err(error) => of_this.problem(error.clone()),
            }
            if !of_this.problems.is_empty() {
                return Ok(IamAnswers { answers: Vec::new(), problems: of_this.problems });
            }
            let question = AskPolicies {
                principal: principal.clone(),
                actions: request.actions.clone(),
                resources: vec![repository.to_string()],
                registry: Some(request.registry.clone()),
                documents: of_this.documents,
                context: Vec::new(),
                context_complete: false,
            };
            let seen = [PolicyLayer::Identity, PolicyLayer::Boundary, PolicyLayer::Resource];
            let told = answers_seen(&question, &seen)?.answers;
            // The login is the same everywhere.
            let more = told.into_iter().filter(|one| index == 0 || one.resource != "*");
            answers.extend(more);
        }
        Ok(IamAnswers { answers, problems: asked.problems })
    }

    /// The registry's policy, as far as it decides about images: with scope V1 it does not.
    async fn policy_of(&self, here: &Connection, registry: &RegistryKey) -> Result<Option<String>, ApiError> {
        match self.policy_scope(registry).await? {
            PolicyScope::V1 => Ok(None),
            PolicyScope::V2 => Ok(here.client.registry_policy().await?),
        }
    }
}

/// The policies that are asked, and those that could not be read.
#[derive(Default, Clone)]
struct Asked {
    documents: Vec<AskedDocument>,
    problems: Vec<ApiError>,
}

impl Asked {
    fn put(&mut self, layer: PolicyLayer, name: &str, text: String) {
        self.documents.push(AskedDocument { layer, name: name.to_owned(), text });
    }

    fn problem(&mut self, error: ApiError) {
        if !self.problems.contains(&error) {
            self.problems.push(error);
        }
    }

    fn add(&mut self, layer: PolicyLayer, name: &str, read: Result<Option<String>, EcrError>) {
        match read {
            Ok(Some(text)) => self.put(layer, name, text),
            Ok(None) => {}
            Err(error) => self.problem(error.into()),
        }
    }

    /// The identity policies, with those of the groups of a user.
    async fn identity(&mut self, services: &Services, kind: IamKind, name: &str) {
        self.of_one(services, kind, name).await;
        if kind != IamKind::User {
            return;
        }
        match services.iam_groups_of(name).await {
            Ok(groups) => {
                for group in groups {
                    self.of_one(services, IamKind::Group, &group).await;
                }
            }
            Err(error) => self.problem(error.into()),
        }
    }

    async fn of_one(&mut self, services: &Services, kind: IamKind, name: &str) {
        for read in [attached(services, kind, name).await, inline(services, kind, name).await] {
            match read {
                Ok((policies, unread)) => {
                    unread.into_iter().for_each(|error| self.problem(error.into()));
                    for IamPolicyText { name: policy, text, .. } in policies {
                        let label = match kind {
                            IamKind::Group => format!("{policy} of group {name}"),
                            _ => policy,
                        };
                        if let Some(text) = text {
                            self.put(PolicyLayer::Identity, &label, text);
                        }
                    }
                }
                Err(error) => self.problem(error.into()),
            }
        }
    }
}
