import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError } from "../../platform/fake";
import { dev, devWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { fromText, toText } from "./templateForm";

const PAGE = `/replication?account=%22${dev.id}%22&region=us-west-2&tab=templates`;

describe("a creation template", () => {
  it("survives the form, with members that the form does not know", () => {
    const template = {
      resourceTags: [{ Key: "team", Value: "platform" }],
      prefix: "prod",
      description: "Production",
      appliedFor: ["REPLICATION", "CREATE_ON_PUSH"],
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest" }],
      encryptionConfiguration: { encryptionType: "KMS", kmsKey: "arn:aws:kms:us-west-2:1:key/k" },
      customRoleArn: "arn:aws:iam::1:role/ecr",
      lifecyclePolicy: '{"rules":[]}',
      repositoryPolicy: '{"Version":"2012-10-17"}',
    };
    expect(JSON.parse(toText(fromText(JSON.stringify(template))))).toEqual(template);
  });

  it("without entries is mutable, AES-256 and used for replication", () => {
    expect(JSON.parse(toText({ ...fromText(""), prefix: " prod " }))).toEqual({
      prefix: "prod",
      appliedFor: ["REPLICATION"],
      imageTagMutability: "MUTABLE",
      encryptionConfiguration: { encryptionType: "AES256" },
    });
  });

  it("keeps no key when KMS is not chosen", () => {
    const text = toText({ ...fromText(""), prefix: "a", kmsKey: "arn:aws:kms:k" });
    expect(text).not.toContain("kmsKey");
  });

  it("that is no object is an empty form and not an error", () => {
    expect(fromText("[1]").prefix).toBe("");
    expect(fromText("not JSON").appliedFor).toEqual([]);
  });

  it("is planned from the form, and cannot be planned without a prefix or an occasion", async () => {
    const { user, last } = renderApp(PAGE);
    await user.click(await screen.findByTestId("template-create"));
    const button = await screen.findByTestId("dialog-template-review");
    expect(button).toBeDisabled();
    await user.type(screen.getByTestId("template-prefix"), "prod");
    await user.click(screen.getByTestId("template-for-REPLICATION"));
    expect(button).toBeDisabled();
    await user.click(screen.getByTestId("template-for-CREATE_ON_PUSH"));
    await user.click(screen.getByTestId("template-mutability-immutable"));
    await user.click(button);
    await waitFor(() => expect(last("plan")).toMatchObject({ change: "putTemplate", registry: devWest }));
    expect(JSON.parse((last("plan") as { text: string }).text)).toMatchObject({
      appliedFor: ["CREATE_ON_PUSH"],
      imageTagMutability: "IMMUTABLE",
    });
  });

  it("that does not exist is not deleted: the form says so and stays", async () => {
    const { user, last } = renderApp(PAGE, {
      handlers: {
        plan: () => {
          throw apiError("template-not-found", "The registry has no creation template for `x`.");
        },
      },
    });
    await user.click(await screen.findByTestId("template-delete"));
    await user.type(await screen.findByTestId("delete-template-prefix"), "x");
    await user.click(screen.getByTestId("dialog-delete-template-review"));
    expect(await screen.findByText(/has no creation template for/)).toBeVisible();
    expect(last("plan")).toEqual({ change: "deleteTemplate", registry: devWest, prefix: "x" });
    expect(screen.getByTestId("delete-template-prefix")).toHaveValue("x");
  });
});
