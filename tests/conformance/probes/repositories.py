"""Repositories: creation, names, descriptions, pages, deletion."""

from ..probe import API, GUIDE, INVALID, MODEL, equal, expect, probe, refused


@probe("CreateRepository", f"{API}, CreateRepository")
def new_repository_has_the_documented_defaults(t):
    """Tags are MUTABLE, encryption is AES256, nothing is scanned on push, and the ARN names Region and account."""
    name = t.name()
    made = t.ecr.create_repository(repositoryName=name)["repository"]
    equal("repositoryName", made["repositoryName"], name)
    equal("registryId", made["registryId"], t.account)
    equal("repositoryArn", made["repositoryArn"], arn(t, name))
    equal("imageTagMutability", made["imageTagMutability"], "MUTABLE")
    equal("encryptionConfiguration", made["encryptionConfiguration"], {"encryptionType": "AES256"})
    equal("imageScanningConfiguration", made["imageScanningConfiguration"], {"scanOnPush": False})
    expect("imageTagMutabilityExclusionFilters" not in made, "a repository without filters lists filters")
    expect("createdAt" in made, "createdAt is missing")


@probe("CreateRepository GetAuthorizationToken", f"{API}, Repository")
def repository_uri_is_the_registry_and_the_name(t):
    """repositoryUri is the host of the authorization token's proxyEndpoint, a slash and the name."""
    name = t.name()
    made = t.ecr.create_repository(repositoryName=name)["repository"]
    equal("repositoryUri", made["repositoryUri"], f"{t.registry.host}/{name}")


@probe("CreateRepository", f"{API}, CreateRepository")
def a_name_can_be_used_once(t):
    """RepositoryAlreadyExistsException."""
    refused("RepositoryAlreadyExistsException", t.ecr.create_repository, repositoryName=t.repository())


@probe("CreateRepository", f"{MODEL}, RepositoryName")
def names_must_match_the_pattern(t):
    """Upper case, empty segments, separators at an edge, mixed separators and 257 characters:
    InvalidParameterException."""
    long = t.name()
    wrong = [t.name(end) for end in ("-A", "//a", "/", "-", "/-a", "._a", "..a", "___a", "*", " ")]
    for name in [*wrong, long + "a" * (257 - len(long))]:
        refused(INVALID, t.ecr.create_repository, repositoryName=name)


@probe("CreateRepository", f"{MODEL}, RepositoryName since 2026")
def names_may_have_two_underscores_and_several_hyphens(t):
    """a__b, a---b, a segment that begins with a digit, and 256 characters are accepted."""
    long = t.name()
    for name in (t.name("a__b"), t.name("a---b"), t.name("/0/1.a"), long + "a" * (256 - len(long))):
        made = t.ecr.create_repository(repositoryName=name)["repository"]
        equal("repositoryName", made["repositoryName"], name)


@probe("CreateRepository", f"{MODEL}, required members")
def a_repository_needs_a_name(t):
    """InvalidParameterException."""
    refused(INVALID, t.ecr.create_repository)


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def repositories_are_described_by_name(t):
    """Exactly the named ones, with the settings that they were created with."""
    names = {t.repository(imageScanningConfiguration={"scanOnPush": True}), t.repository()}
    found = t.eventually(lambda: t.ecr.describe_repositories(repositoryNames=sorted(names)))
    equal("the names", {r["repositoryName"] for r in found["repositories"]}, names)
    scanned = [r["imageScanningConfiguration"]["scanOnPush"] for r in found["repositories"]]
    equal("scanOnPush", sorted(scanned), [False, True])
    expect("nextToken" not in found, "a request with names has a nextToken")


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def one_unknown_name_refuses_all(t):
    """RepositoryNotFoundException, also when another name exists."""
    names = [t.repository(), t.name()]
    refused("RepositoryNotFoundException", t.ecr.describe_repositories, repositoryNames=names)


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def repositories_come_in_pages(t):
    """maxResults limits a page, nextToken continues, and all pages together have each repository once."""
    names = {t.repository() for _ in range(3)}
    first = t.ecr.describe_repositories(maxResults=2)
    equal("the first page's size", len(first["repositories"]), 2)
    expect(first.get("nextToken"), "there are more, and no nextToken")
    second = t.ecr.describe_repositories(maxResults=2, nextToken=first["nextToken"])
    both = [r["repositoryName"] for page in (first, second) for r in page["repositories"]]
    equal("the different names on two pages", len(set(both)), len(both))

    def all_listed():
        found = [name for name in t.repositories() if name in names]
        equal("the repositories on all pages", sorted(found), sorted(names))

    t.eventually(all_listed)


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def a_page_has_1_to_1000_repositories(t):
    """maxResults of 0 and 1001: InvalidParameterException."""
    for size in (0, 1001):
        refused(INVALID, t.ecr.describe_repositories, maxResults=size)


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def names_and_pages_exclude_each_other(t):
    """maxResults together with repositoryNames: InvalidParameterException."""
    refused(INVALID, t.ecr.describe_repositories, repositoryNames=[t.repository()], maxResults=1)


@probe("DescribeRepositories", f"{API}, DescribeRepositories")
def a_foreign_token_is_refused(t):
    """A nextToken that ECR did not issue: InvalidParameterException."""
    refused(INVALID, t.ecr.describe_repositories, maxResults=1, nextToken="bm90IGEgdG9rZW4=")


@probe("DescribeRepositories", f"{MODEL}, RepositoryNameList")
def a_request_names_100_repositories_at_most(t):
    """101 names: InvalidParameterException."""
    names = [t.name() for _ in range(101)]
    refused(INVALID, t.ecr.describe_repositories, repositoryNames=names)


@probe("DeleteRepository", f"{API}, DeleteRepository")
def a_repository_with_images_needs_force(t):
    """RepositoryNotEmptyException; with force it is deleted with its images."""
    name = t.repository()
    t.push(name, tag="1")
    refused("RepositoryNotEmptyException", t.ecr.delete_repository, repositoryName=name)
    gone = t.ecr.delete_repository(repositoryName=name, force=True)["repository"]
    equal("the deleted repository", gone["repositoryName"], name)
    t.eventually(
        lambda: refused("RepositoryNotFoundException", t.ecr.describe_repositories, repositoryNames=[name])
    )


@probe("DeleteRepository", f"{API}, DeleteRepository")
def a_repository_is_deleted_once(t):
    """An empty one needs no force; the second time: RepositoryNotFoundException."""
    name = t.repository()
    equal("the deleted ARN", t.ecr.delete_repository(repositoryName=name)["repository"]["repositoryArn"], arn(t, name))
    t.eventually(lambda: refused("RepositoryNotFoundException", t.ecr.delete_repository, repositoryName=name))


@probe("PutImageScanningConfiguration DescribeRepositories", f"{API}, PutImageScanningConfiguration")
def scanning_on_push_can_be_changed(t):
    """The response and DescribeRepositories have the new value."""
    name = t.repository()
    setting = {"scanOnPush": True}
    answer = t.ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration=setting)
    equal("the response", answer["imageScanningConfiguration"], setting)

    def read():
        found = t.ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        equal("imageScanningConfiguration", found["imageScanningConfiguration"], setting)

    t.eventually(read)


@probe("CreateRepository", f"{GUIDE}, encryption at rest")
def encryption_has_a_known_type(t):
    """An encryptionType that does not exist: InvalidParameterException."""
    wrong = {"encryptionType": "ROT13"}
    refused(INVALID, t.ecr.create_repository, repositoryName=t.name(), encryptionConfiguration=wrong)


def arn(t, name):
    return f"arn:{t.partition}:ecr:{t.region}:{t.account}:repository/{name}"
