//! Dockerfiles.

use super::*;

#[test]
fn images_are_found_with_their_place_and_stages_are_none() {
    let text = "\
# syntax=docker/dockerfile:1.7
ARG GO=1.23
ARG BASE=gcr.io/distroless/static
FROM --platform=$BUILDPLATFORM golang:${GO} AS Build
ARG GO
COPY --from=busybox:1.36 /bin/sh /sh
RUN --mount=type=cache,target=/x --mount=type=bind,from=alpine,source=/etc,target=/e go build
FROM build AS test
FROM scratch AS nothing
from ${BASE}
COPY --from=build /app /app
COPY --from=0 /a /a
COPY --chown=1:1 --from=ghcr.io/a/b@sha256:00ff /x /x
";
    assert_eq!(
        told(&find("Dockerfile", text)),
        [
            "1:10 docker/dockerfile:1.7 = docker.io/docker/dockerfile:1.7",
            "4:32 golang:${GO} = docker.io/library/golang:1.23",
            "6:13 busybox:1.36 = docker.io/library/busybox:1.36",
            "7:57 alpine = docker.io/library/alpine:latest",
            "10:6 ${BASE} = gcr.io/distroless/static:latest",
            "13:25 ghcr.io/a/b@sha256:00ff = ghcr.io/a/b@sha256:00ff",
        ]
    );
}

#[test]
fn an_argument_without_a_value_is_not_resolved() {
    let text = "ARG REGISTRY\nARG TAG=1\nFROM ${REGISTRY}/app:${TAG}\nFROM ${OTHER:-nginx}:$TAG\nFROM app:${TAG:?}\n";
    assert_eq!(images("Dockerfile", text), ["?", "docker.io/library/nginx:1", "docker.io/library/app:1"]);
    let of_stage = "FROM a\nARG TAG=2\nFROM b:${TAG}\n";
    assert_eq!(
        images("Dockerfile", of_stage),
        ["docker.io/library/a:latest", "?"],
        "`FROM` sees global ones only"
    );
}

#[test]
fn lines_are_joined_and_comments_and_here_documents_are_left_out() {
    let text = "\
FROM \\
# a comment
  --platform=linux/amd64 \\

  nginx:1 \\
  AS web
# FROM commented
RUN <<EOF
FROM users
EOF
RUN <<-'END' cat
\tFROM x
\tEND
COPY <<A <<B /x/
FROM a
A
FROM b
B
LABEL x=\"FROM y\"
FROM redis
";
    assert_eq!(
        told(&find("Dockerfile", text)),
        ["5:3 nginx:1 = docker.io/library/nginx:1", "20:6 redis = docker.io/library/redis:latest"]
    );
    let windows =
        "# escape=`\r\nFROM `\r\n  mcr.microsoft.com/windows:ltsc2022\r\nCOPY C:\\a C:\\b\r\nFROM x\r\n";
    assert_eq!(images("Dockerfile", windows).len(), 2);
}

#[test]
fn a_dockerfile_is_one_by_its_name() {
    for name in [
        "Dockerfile",
        "a/b/Dockerfile.dev",
        "app.Dockerfile",
        "dev.dockerfile",
        "Containerfile",
        "Dockerfile-arm",
    ] {
        assert_eq!(kinds(name, "FROM a\n"), [Kind::Dockerfile], "{name}");
    }
    for name in ["Dockerfile.md", "dockerfiles", "Dockerfile.dockerignore", "main.go", "mydockerfile"] {
        assert_eq!(kinds(name, "FROM a\n"), [], "{name}");
    }
}
