import type { ClientCommands, GetClientCommands, ImageDetails, ImageKey } from "../api/types";
import { digest } from "./demoWorld";

/** The contents of every image of the demo. */
export function imageDetails(key: ImageKey): ImageDetails {
  return {
    manifest: JSON.stringify(
      { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] },
      null,
      2,
    ),
    annotations: [{ name: "org.opencontainers.image.source", value: "https://example.com/shop.git" }],
    platforms: ["linux/amd64", "linux/arm64/v8"].map((platform) => ({
      platform,
      digest: digest(key.digest + platform),
      created: "2026-11-19T18:02:11Z",
      labels: [
        { name: "git-commit", value: "9f3c2ab71d04" },
        { name: "org.opencontainers.image.version", value: "" },
      ],
      layers: [1, 2, 3].map((layer) => ({
        digest: digest(`${key.digest}${platform}${layer}`),
        bytes: layer * 12_345_678,
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      })),
    })),
  };
}

/** Commands for a repository of the demo. */
export function clientCommands(uri: string, request: GetClientCommands): ClientCommands {
  const host = uri.slice(0, uri.indexOf("/"));
  const tag = request.tag ?? "TAG";
  return {
    clients: [
      {
        client: "docker",
        login: `longshore login ${host} --client docker`,
        loginWithAws: `aws ecr get-login-password --region us-west-2 --endpoint-url http://127.0.0.1:4510 | docker login --username AWS --password-stdin ${host}`,
        push: `docker push ${uri}:${tag}`,
        pull: `docker pull ${uri}:${tag}`,
      },
      {
        client: "skopeo",
        login: `longshore login ${host} --client skopeo`,
        loginWithAws: `aws ecr get-login-password --region us-west-2 --endpoint-url http://127.0.0.1:4510 | skopeo login --tls-verify=false --username AWS --password-stdin ${host}`,
        push: `skopeo copy --dest-tls-verify=false oci:image docker://${uri}:${tag}`,
        pull: `skopeo copy --src-tls-verify=false docker://${uri}:${tag} oci:image`,
      },
    ],
    kubernetesByTag: request.tag ? `image: ${uri}:${request.tag}` : null,
    kubernetesByDigest: request.digest ? `image: ${uri}@${request.digest}` : null,
    snippets: request.tag
      ? [
          {
            kind: "pod",
            text: `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: app\n      image: "${uri}:${tag}"\n`,
            notes: ["Tags of this repository can move, so each start asks for the digest of the tag."],
          },
          {
            kind: "githubActions",
            text: `jobs:\n  image:\n    steps:\n      - run: docker push "${uri}:$GITHUB_SHA"\n`,
            notes: ["The role is assumed with a token of GitHub; no access key is stored."],
          },
        ]
      : [],
  };
}
