//! `lifecycle` and `references`, with the AWS CLI, a sandbox and git as witnesses.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use longshore_tests::{
    aws::Served,
    longshore::{Longshore, Said},
    process::run,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::copying::world::{World, documented};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";
const KEEP_ONE: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["*"],
    "countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;

fn home() -> (TempDir, Longshore) {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    (home, longshore)
}

fn events(said: &Said, name: &str) -> Vec<Value> {
    let all = said.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|event| event["event"] == name).collect()
}

#[test]
fn a_policy_is_checked_in_any_form_and_the_exit_code_says_how_it_is() {
    let (home, longshore) = home();
    let file = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let lint = |file: &str| {
        let said = longshore.say(&["lifecycle", "lint", file, "--json"]);
        documented("lifecycle", &said);
        said
    };
    let good = lint(&file("good.json", KEEP_ONE));
    assert_eq!(
        (good.code, &good.summary()["rules"], &good.summary()["unwrapped"]),
        (Some(0), &json!(1), &json!([]))
    );
    let command =
        format!("aws ecr put-lifecycle-policy --repository-name app --lifecycle-policy-text '{KEEP_ONE}'");
    let in_command = lint(&file("command.sh", &command));
    assert_eq!((in_command.code, &in_command.summary()["unwrapped"]), (Some(0), &json!(["command"])));
    let wrong = lint(&file("wrong.json", &KEEP_ONE.replace(":1}", ":\"1\"}")));
    let found = &events(&wrong, "finding")[0];
    assert_eq!(
        (wrong.code, &found["severity"], &found["position"]["line"]),
        (Some(3), &json!("error"), &json!(2))
    );
    assert_eq!(found["fix"], "Write 1 without quotes.");
    for missing in [file("empty.json", "{}"), "missing.json".to_owned()] {
        let said = lint(&missing);
        assert_eq!(said.code, Some(1), "{}", said.error);
        assert!(said.summary()["error"]["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    }
    let mut command = longshore.command(&["lifecycle", "lint", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(KEEP_ONE.as_bytes()).unwrap();
    let said = Said::of(&child.wait_with_output().unwrap());
    assert_eq!((said.code, said.text.trim()), (Some(0), "standard input: 1 rule, nothing wrong."));
    assert!(!longshore.data().exists(), "nothing of the data directory is opened");
}

#[test]
fn a_preview_says_the_same_of_a_repository_and_of_what_the_aws_cli_prints_and_is_no_pull() {
    let world = World::new();
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let digests: Vec<String> = ["1", "2", "3"]
        .iter()
        .map(|tag| {
            let digest = world.push(&world.source("app"), tag);
            let (from, to) =
                (world.source(&format!("app:{tag}")), format!("{}/app", sandbox.host(DEV, REGION)));
            assert_eq!(world.longshore.say(&["copy", &from, &to, "--state", &state]).code, Some(0));
            digest
        })
        .collect();
    let aws = sandbox.aws(DEV, REGION);
    let described = aws.ecr(&["describe-images", "--repository-name=app"]);
    let (policy, images) = (world.path("policy.json"), world.path("images.json"));
    fs::write(&policy, KEEP_ONE).unwrap();
    fs::write(&images, described.to_string()).unwrap();
    let in_use = world.path("in-use.txt");
    fs::write(&in_use, format!("# production\n{DEV}.dkr.ecr.{REGION}.amazonaws.com/app:2\n")).unwrap();
    let [policy, images, in_use] = [&policy, &images, &in_use].map(|path| path.display().to_string());
    let preview = |more: &[&str]| {
        let said = world.longshore.say(&[&["lifecycle", "preview", &policy, "--json"], more].concat());
        documented("lifecycle", &said);
        assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
        said
    };
    let repository = format!("{DEV}/{REGION}/app");
    let of_repository = preview(&["--repository", &repository, "--sandbox", "--state", &state]);
    let of_file = preview(&["--images", &images]);
    let told = |said: &Said| {
        let all = events(said, "image");
        all.iter().map(|event| event["digest"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&of_repository), digests[..2]);
    assert_eq!(events(&of_repository, "image"), events(&of_file, "image"));
    let summary = of_file.summary();
    assert_eq!(
        (&summary["images"], &summary["expired"], &summary["kept"]),
        (&json!(3), &json!(2), &json!(1))
    );
    let spared = preview(&["--images", &images, "--in-use", &in_use]);
    assert_eq!(told(&spared), digests[..1]);
    let event = &events(&spared, "spared")[0];
    assert_eq!(event["digest"], digests[1].as_str());
    assert!(event["used_by"].as_str().unwrap().ends_with("in-use.txt:2"), "{event}");
    let after = aws.ecr(&["describe-images", "--repository-name=app"]);
    let pulled = |answer: &Value| {
        let all = answer["imageDetails"].as_array().unwrap();
        all.iter().map(|image| image["lastRecordedPullTime"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(pulled(&after), pulled(&described));
    let refused = world.path("refused.json");
    fs::write(&refused, KEEP_ONE.replace(":1}", ":0}")).unwrap();
    let said = world.longshore.say(&[
        "lifecycle",
        "preview",
        &refused.display().to_string(),
        "--images",
        &images,
        "--json",
    ]);
    documented("lifecycle", &said);
    assert_eq!((said.code, events(&said, "finding").len()), (Some(1), 1));
    assert_eq!(said.summary()["error"]["code"], "lifecycle-refused");
}

#[test]
fn references_are_found_and_git_applies_what_is_rewritten() {
    let (home, longshore) = home();
    let root = home.path().join("root");
    fs::create_dir_all(root.join("chart")).unwrap();
    fs::create_dir_all(root.join(".git")).unwrap();
    let files = [
        ("Dockerfile", "ARG TAG=1.27\r\nFROM nginx:${TAG}\r\nFROM ${BASE}"),
        ("chart/values.yaml", "image:\n  registry: docker.io\n  repository: bitnami/redis\n  tag: 7\n"),
        (".git/x.yaml", "image: a:1\n"),
    ];
    for (name, text) in files {
        fs::write(root.join(name), text).unwrap();
    }
    let map = home.path().join("map");
    fs::write(&map, "# mirrored\ndocker.io/ registry.example.com/hub/\n").unwrap();
    let (directory, map) = (root.display().to_string(), map.display().to_string());
    let say = |more: &[&str]| longshore.say(&[&["references", &directory], more].concat());
    let found = say(&["--json"]);
    documented("references", &found);
    let told: Vec<Value> = events(&found, "reference").iter().map(|event| event["image"].clone()).collect();
    assert_eq!(
        told,
        [json!("docker.io/library/nginx:1.27"), Value::Null, json!("docker.io/bitnami/redis:7")]
    );
    assert_eq!((found.code, &found.summary()["unresolved"]), (Some(0), &json!(1)));
    let diff = say(&["--rewrite", &map]);
    assert_eq!(fs::read_to_string(root.join("Dockerfile")).unwrap(), files[0].1, "nothing is changed");
    let copy = home.path().join("copy");
    run(Command::new("cp").arg("-r").arg(&root).arg(&copy));
    fs::remove_dir_all(copy.join(".git")).unwrap();
    let mut apply = Command::new("git");
    let mut apply = apply.args(["apply", "-"]).current_dir(&copy).stdin(Stdio::piped()).spawn().unwrap();
    apply.stdin.take().unwrap().write_all(diff.text.as_bytes()).unwrap();
    assert!(apply.wait().unwrap().success(), "{}", diff.text);
    let written = say(&["--rewrite", &map, "--write", "--json"]);
    documented("references", &written);
    assert_eq!(written.summary()["written"], json!(["Dockerfile", "chart/values.yaml"]));
    for name in ["Dockerfile", "chart/values.yaml"] {
        let [one, other] = [&root, &copy].map(|folder| fs::read_to_string(folder.join(name)).unwrap());
        assert_eq!(one, other, "{name}");
    }
    let text = fs::read_to_string(root.join("Dockerfile")).unwrap();
    assert_eq!(text, "ARG TAG=1.27\r\nFROM registry.example.com/hub/library/nginx:${TAG}\r\nFROM ${BASE}");
    assert!(!longshore.data().exists());
}
