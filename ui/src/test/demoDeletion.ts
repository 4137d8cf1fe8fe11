import type { CleanImages, CleanPreview, ProtectedImages, ProtectImage } from "../api/types";
import type { Handlers } from "../platform/fake";
import { digest } from "./demoWorld";

/** Images that rules select; a protected one stays. */
export function deletionHandlers(): Partial<Handlers> {
  const held: string[] = [];
  const shown = (): ProtectedImages => ({
    images: held.map((image) => ({ image, note: null, at: new Date().toISOString() })),
  });
  const preview = ({ repositories, usage }: CleanImages): CleanPreview => ({
    repositories: repositories.map((repository) => {
      const image = (name: string, protection: "inUse" | null) => ({
        digest: digest(name),
        tags: [name],
        bytes: 21_000_000,
        pushed: new Date(Date.now() - 99 * 86_400_000).toISOString(),
        pulled: null,
        deleted: protection === null,
        rule: 0,
        reason: "It was pushed 99 days ago.",
        protected: protection && "It is in use by `web:1.1.0` in deploy/web.yaml:7.",
        protection,
      });
      const old = digest("1.0.0");
      const images = [image("1.0.0", held.includes(old) ? "inUse" : null), image("1.1.0", "inUse")];
      const deleted = images.filter((each) => each.deleted).length;
      return {
        repository,
        images,
        total: 20,
        deleted,
        kept: images.length - deleted,
        bytesFreed: deleted * 21_000_000,
        exact: false,
        sources: [
          { kind: "protected" as const, found: held.length, unseen: [], problem: null },
          ...(usage.leaveOut.includes("findings")
            ? []
            : [
                {
                  kind: "findings" as const,
                  found: 0,
                  unseen: ["20 images were not scanned."],
                  problem: null,
                },
              ]),
        ],
        notes: ["Layers that several images share are counted for each of them."],
      };
    }),
  });
  return {
    preview_clean_images: preview,
    protected_images: shown,
    protect_image: ({ image }: ProtectImage) => {
      held.push(image);
      return shown();
    },
  };
}
