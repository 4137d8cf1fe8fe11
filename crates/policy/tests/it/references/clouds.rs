//! Compose, ECS, GitHub Actions, GitLab CI.

use super::*;

#[test]
fn a_compose_file_has_services_with_defaults_of_variables() {
    let text = "\
x-base: &base
  image: alpine:3
services:
  web:
    image: ${REGISTRY:-docker.io}/library/nginx:${TAG-1.27}
  db:
    image: postgres:$VERSION
  app: {build: ., image: team/app}
  job:
    <<: *base
volumes: {image: {}}
";
    let found = find("compose.yaml", text);
    assert_eq!(
        told(&found),
        [
            "2:10 alpine:3 = docker.io/library/alpine:3",
            "5:12 ${REGISTRY:-docker.io}/library/nginx:${TAG-1.27} = docker.io/library/nginx:1.27",
            "7:12 postgres:$VERSION = ?",
            "8:26 team/app = docker.io/team/app:latest",
        ]
    );
    assert_eq!(found.kinds, [Kind::Compose]);
}

#[test]
fn task_definitions_of_ecs_are_read_by_themselves_in_answers_and_in_templates() {
    let image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/app:1";
    let plain = format!(
        "{{\n  \"family\": \"a\",\n  \"containerDefinitions\": [\n    {{\"image\": \"{image}\"}}\n  ]\n}}"
    );
    let found = find("task.json", &plain);
    assert_eq!(told(&found), [format!("4:16 {image} = {image}")]);
    assert_eq!(found.kinds, [Kind::Ecs]);
    assert_eq!(images("t.json", &format!("{{\"taskDefinition\":{plain}}}")), [image]);
    let running = format!(
        "{{\"tasks\":[{{\"containers\":[{{\"image\":\"{image}\",\"imageDigest\":\"sha256:0f\"}}]}}]}}"
    );
    assert_eq!(images("tasks.json", &running), [format!("{image}@sha256:0f")]);
    let template = "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n      - Image: nginx:1\n      - Image: !Sub '${AWS::AccountId}.dkr.ecr.us-west-2.amazonaws.com/app'\n      - Image: !Ref Image\n";
    let found = find("template.yaml", template);
    assert_eq!(
        found.references.iter().map(|of| of.image.as_deref()).collect::<Vec<_>>(),
        [Some("docker.io/library/nginx:1"), None, None]
    );
    assert_eq!((found.references[2].text.as_str(), found.kinds.as_slice()), ("${Image}", &[Kind::Ecs][..]));
}

#[test]
fn workflows_and_actions_of_github_use_containers_services_and_steps() {
    let text = "\
on: push
jobs:
  a:
    container: node:22
    services:
      db: {image: 'postgres:17'}
    steps:
    - uses: actions/checkout@v4
    - uses: docker://ghcr.io/a/tool:1
  b:
    container:
      image: ${{ matrix.image }}
  c:
    uses: ./.github/workflows/x.yml
";
    let path = ".github/workflows/ci.yml";
    assert_eq!(
        told(&find(path, text)),
        [
            "4:16 node:22 = docker.io/library/node:22",
            "6:20 postgres:17 = docker.io/library/postgres:17",
            "9:13 docker://ghcr.io/a/tool:1 = ghcr.io/a/tool:1",
            "12:14 ${{ matrix.image }} = ?",
        ]
    );
    assert_eq!(kinds(path, text), [Kind::GithubActions]);
    let alone = "on: push\njobs: {a: {container: node:22}}\n";
    assert_eq!(images("ci.yml", alone), ["docker.io/library/node:22"], "known by its content");
    let action = |image: &str| {
        images("a/action.yml", &format!("name: x\nruns: {{using: docker, image: '{image}'}}\n"))
    };
    assert_eq!(action("docker://alpine:3"), ["docker.io/library/alpine:3"]);
    assert_eq!(action("Dockerfile"), Vec::<String>::new());
}

#[test]
fn a_pipeline_of_gitlab_has_images_and_services_with_its_variables() {
    let text = "\
variables:
  TAG: '3.20'
  BASE: {value: ruby, description: x}
image: $BASE:3.3
default:
  services: [postgres:16, {name: 'redis:$TAG'}]
test:
  variables: {TAG: 7}
  image:
    name: alpine:$TAG
  script: [x]
build:
  image: $CI_REGISTRY_IMAGE/build:latest
";
    assert_eq!(
        told(&find(".gitlab-ci.yml", text)),
        [
            "4:8 $BASE:3.3 = docker.io/library/ruby:3.3",
            "6:14 postgres:16 = docker.io/library/postgres:16",
            "6:35 redis:$TAG = docker.io/library/redis:3.20",
            "10:11 alpine:$TAG = docker.io/library/alpine:7",
            "13:10 $CI_REGISTRY_IMAGE/build:latest = ?",
        ]
    );
    assert_eq!(
        images("x.gitlab-ci.yml", "a: {services: [redis], script: [x]}\n"),
        ["docker.io/library/redis:latest"]
    );
}

#[test]
fn hostile_files_end() {
    let much = 200_000;
    for (name, text) in [
        ("x.json", format!("{{\"image\":{}", "[".repeat(much))),
        ("x.yaml", format!("image: {}", "[".repeat(much))),
        (
            "x.yaml",
            "a: &a [x, x]\nb: &b [*a, *a]\nimage: &c [*b, *b]\n".to_owned() + &"d: [*c, *c]\n".repeat(2_000),
        ),
        ("x.yaml", "image: a:1\n".repeat(much / 10)),
        ("x.yaml", (0..much / 10).map(|n| format!("k{n}: image\n")).collect()),
        ("Dockerfile", format!("ARG A={}\nFROM $A\n", "${A:-".repeat(much / 5))),
        ("Dockerfile", "RUN <<A\n".repeat(much / 8)),
        ("Dockerfile", "FROM \\\n".repeat(much / 7)),
        ("compose.yaml", format!("services: {{a: {{image: '{}'}}}}\n", "${A:-".repeat(much / 5))),
    ] {
        let found = find(name, &text);
        assert!(found.references.len() <= much, "{name}");
    }
}
