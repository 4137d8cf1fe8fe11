import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { TemplateView } from "../../api/types";
import { demoTemplate } from "../../test/demoTemplates";
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
    const later = { ...template, appliedFor: ["REPLICATION", "SOMETHING_NEW"] };
    expect(JSON.parse(toText(fromText(JSON.stringify(later))))).toEqual(later);
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
});

describe("the list of creation templates", () => {
  const row = async () => (await screen.findAllByTestId("template"))[0] as HTMLElement;
  const show = (...templates: TemplateView[]) =>
    renderApp(PAGE, { handlers: { templates: () => templates } });

  it("says of each what it gives to which repositories", async () => {
    const role = "arn:aws:iam::1:role/ecr";
    show(
      demoTemplate("prod", {
        description: "Production",
        appliedFor: ["REPLICATION", "SOMETHING_NEW"],
        encryption: "KMS",
        customRoleArn: role,
      }),
      demoTemplate("ROOT", { mutability: { immutable: false, exclusions: [] } }),
    );
    const [prod, root] = await screen.findAllByTestId("template");
    expect(prod).toHaveTextContent(
      `prod/…Edit…Export…Delete…ProductionReplicationSOMETHING_NEWTagsImmutable, except latestEncryptionKMSRole${role}`,
    );
    expect(root).toHaveTextContent(/every repository that no other template matches.*TagsMutable/);
  });

  it("fills the form from a template, and changes only what was opened", async () => {
    const template = demoTemplate();
    const { user, last } = show(template);
    await user.click(within(await row()).getByTestId("template-edit-prod"));
    expect(await screen.findByTestId("template-prefix")).toHaveAttribute("readonly");
    expect(screen.getByTestId("template-exclusions")).toHaveValue("latest");
    await user.click(screen.getByTestId("template-mutability-mutable"));
    await user.click(screen.getByTestId("dialog-template-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({ change: "putTemplate", registry: devWest, base: template.text });
    const { text } = last("plan") as { text: string };
    expect(JSON.parse(text)).toEqual({
      ...JSON.parse(template.text),
      imageTagMutability: "MUTABLE_WITH_EXCLUSION",
    });
    expect(screen.getByTestId("plan-run")).toHaveTextContent("Change template");
  });

  it("sends no base with a new template", async () => {
    const { user, last } = show();
    await user.click(await screen.findByTestId("template-create"));
    await user.type(await screen.findByTestId("template-prefix"), "prod");
    await user.click(screen.getByTestId("dialog-template-review"));
    await waitFor(() => expect(last("plan")).toBeDefined());
    expect(last("plan")).not.toHaveProperty("base");
  });

  it("deletes a template after the review", async () => {
    const { user, last } = show(demoTemplate());
    await user.click(within(await row()).getByTestId("template-delete-prod"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({ change: "deleteTemplate", registry: devWest, prefix: "prod" });
    expect(last("run_plan")).toBeUndefined();
  });

  it("is read again after a run", async () => {
    let templates = [demoTemplate()];
    const { user } = renderApp(PAGE, { handlers: { templates: () => templates } });
    await user.click(within(await row()).getByTestId("template-delete-prod"));
    templates = [];
    const run = await screen.findByTestId("plan-run");
    await waitFor(() => expect(run).toBeEnabled());
    await user.click(run);
    expect(await screen.findByText("No creation templates")).toBeVisible();
  });

  it("hides nothing of a foreign text", async () => {
    show(demoTemplate("pr\u202eod", { description: "a\u200bb" }));
    expect(await row()).toHaveTextContent(/pr\\u\{202e\}od.*a\\u\{200b\}b/);
  });
});
