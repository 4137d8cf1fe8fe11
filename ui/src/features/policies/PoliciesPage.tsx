import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";
import { Tabs } from "../../components/Tabs";
import { AskPolicies } from "./AskPolicies";
import { type AskForm, emptyAsk } from "./askForm";
import { BuildPolicy } from "./BuildPolicy";
import { type BuildForm, emptyBuild } from "./buildForm";
import { CheckPolicies } from "./CheckPolicies";
import { IamTab } from "./iam/IamTab";

type Tab = "build" | "check" | "ask" | "iam";

/** Policies of any kind: built from who may do what, checked as text, and asked; and who has which. */
export function PoliciesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = "build" } = useSearch({ from: "/policies" });
  const show = (next: Tab) => void navigate({ to: "/policies", search: { tab: next }, replace: true });
  // The forms stay filled in while another tab is shown.
  const [build, setBuild] = useState<BuildForm>(emptyBuild);
  const [text, setText] = useState("");
  const [ask, setAsk] = useState<AskForm>(emptyAsk);
  const toAsk = (name: string, document: string) => {
    const number = ask.documents.reduce((most, each) => Math.max(most, each.id), 0) + 1;
    const added = { id: number, layer: "identity" as const, name, text: document };
    setAsk({ ...ask, documents: [...ask.documents.filter((each) => each.name !== name), added] });
    show("ask");
  };
  return (
    <Page
      name="policies"
      header={<PageHeader title={t("policies.title")} subtitle={t("policies.subtitle")} />}
    >
      <Tabs
        label={t("policies.sections")}
        value={tab}
        onChange={show}
        data-testid="policies-tab"
        tabs={[
          {
            value: "build",
            label: t("policies.tabs.build"),
            content: (
              <BuildPolicy
                form={build}
                onForm={setBuild}
                onCheck={(document) => {
                  setText(document);
                  show("check");
                }}
                onAsk={toAsk}
              />
            ),
          },
          {
            value: "check",
            label: t("policies.tabs.check"),
            content: <CheckPolicies text={text} onText={setText} />,
          },
          {
            value: "ask",
            label: t("policies.tabs.ask"),
            content: <AskPolicies form={ask} onForm={setAsk} />,
          },
          {
            value: "iam",
            label: t("policies.tabs.iam"),
            content: <IamTab />,
          },
        ]}
      />
    </Page>
  );
}
