"""Repository creation templates."""

from ..probe import API, INVALID_EITHER, MODEL, equal, expect, probe, refused

MUTABILITY = "imageTagMutability"


def create(t, **members):
    given = {"prefix": t.name(), "appliedFor": ["REPLICATION"], **members}
    return t.ecr.create_repository_creation_template(**given)["repositoryCreationTemplate"]


@probe(
    "CreateRepositoryCreationTemplate DescribeRepositoryCreationTemplates UpdateRepositoryCreationTemplate "
    "DeleteRepositoryCreationTemplate",
    f"{API}, CreateRepositoryCreationTemplate",
)
def a_template_is_created_changed_and_deleted(t):
    """Prefix, purposes and settings come back; an update changes what it names and keeps the rest."""
    made = create(t, description="Written by a probe.", imageTagMutability="IMMUTABLE")
    prefix = made["prefix"]
    equal("appliedFor", made["appliedFor"], ["REPLICATION"])
    expect("createdAt" in made and "updatedAt" in made, "a time is missing")

    def described(mode):
        found = t.ecr.describe_repository_creation_templates(prefixes=[prefix])
        equal("registryId", found["registryId"], t.account)
        template, = found["repositoryCreationTemplates"]
        equal("prefix", template["prefix"], prefix)
        equal("description", template["description"], "Written by a probe.")
        equal(MUTABILITY, template[MUTABILITY], mode)

    t.eventually(lambda: described("IMMUTABLE"))
    t.ecr.update_repository_creation_template(prefix=prefix, imageTagMutability="MUTABLE")
    t.eventually(lambda: described("MUTABLE"))
    gone = t.ecr.delete_repository_creation_template(prefix=prefix)
    equal("the deleted prefix", gone["repositoryCreationTemplate"]["prefix"], prefix)
    missing = "TemplateNotFoundException"
    t.eventually(lambda: refused(missing, t.ecr.delete_repository_creation_template, prefix=prefix))


@probe("CreateRepositoryCreationTemplate", f"{API}, TemplateAlreadyExistsException")
def a_template_has_its_own_prefix(t):
    """TemplateAlreadyExistsException."""
    prefix = create(t)["prefix"]
    codes = "TemplateAlreadyExistsException"
    refused(codes, t.ecr.create_repository_creation_template, prefix=prefix, appliedFor=["REPLICATION"])


@probe("UpdateRepositoryCreationTemplate DeleteRepositoryCreationTemplate", f"{API}, TemplateNotFoundException")
def an_unknown_template_is_not_found(t):
    """TemplateNotFoundException."""
    prefix = t.name()
    refused("TemplateNotFoundException", t.ecr.update_repository_creation_template, prefix=prefix, description="x")
    refused("TemplateNotFoundException", t.ecr.delete_repository_creation_template, prefix=prefix)


@probe("CreateRepositoryCreationTemplate", f"{MODEL}, Prefix and RCTAppliedFor")
def a_template_is_validated(t):
    """Upper case, an unknown purpose, no purpose: InvalidParameterException or ValidationException."""
    prefix = t.name()
    wrong = (
        {"prefix": t.name("A"), "appliedFor": ["REPLICATION"]},
        {"prefix": prefix, "appliedFor": ["PLEASURE"]},
        {"prefix": prefix},
    )
    for given in wrong:
        refused(INVALID_EITHER, t.ecr.create_repository_creation_template, **given)
