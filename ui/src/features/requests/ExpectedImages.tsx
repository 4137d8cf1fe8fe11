import { useMutation } from "@tanstack/react-query";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { Expected, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { PasteOrFile } from "../../components/PasteOrFile";
import { ErrorState } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { TextField } from "../../components/TextField";
import { RegistryPicker, useChosenRegistry } from "../frame/RegistryPicker";
import { SpaceBadge } from "../frame/SpaceBadge";
import { ExpectedResult } from "./ExpectedResult";
import { WrittenFile } from "./WrittenFile";

type Part = "check" | "write";

/** Opens the dialog about images that another team expects in a registry. */
export function ExpectedImagesButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<ListChecks />} onClick={() => setOpen(true)} data-testid="expected-open">
        {t("requests.expected.open")}
      </Button>
      {open && <ExpectedImages onClose={() => setOpen(false)} />}
    </>
  );
}

function ExpectedImages({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const first = useChosenRegistry({});
  const [chosen, setChosen] = useState<RegistryKey | null>(null);
  const registry = chosen ?? first;
  const [part, setPart] = useState<Part>("check");
  const [text, setText] = useState("");
  const [prefixes, setPrefixes] = useState("");
  const [newest, setNewest] = useState("10");
  const check = useMutation({ mutationFn: api.checkExpected });
  const write = useMutation({ mutationFn: api.writeExpected });
  const [result, setResult] = useState<Expected | null>(null);
  if (result) return <Checked expected={result} onBack={() => setResult(null)} onClose={onClose} />;
  const running = part === "check" ? check : write;
  const problem = running.error === null || running.isPending ? null : toApiError(running.error);
  const atPrefixes = problem?.field?.startsWith("prefixes") === true;
  const ready = registry !== null && (part === "write" ? Number(newest) >= 1 : text.trim() !== "");
  const submit = () => {
    if (!registry || !ready || running.isPending) return;
    if (part === "check") check.mutate({ registry, text }, { onSuccess: setResult });
    else {
      const given = prefixes.split(/[\s,;]+/).filter(Boolean);
      write.mutate({ registry, prefixes: given, newest: Number(newest) });
    }
  };
  const registryField = (
    <RegistryPicker
      value={registry}
      onChange={(changed) => {
        setChosen(changed);
        check.reset();
        write.reset();
      }}
      label={t("requests.expected.registry")}
      field
      data-testid="expected-registry"
    />
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("requests.expected.title")}
      badge={registry && <SpaceBadge space={registry.space} registries={[registry]} />}
      onSubmit={submit}
      data-testid="dialog-expected"
      footer={
        <>
          <Button onClick={onClose}>{t("common.close")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={running.isPending}
            disabled={!ready}
            data-testid="expected-submit"
          >
            {t(`requests.expected.submit.${part}`)}
          </Button>
        </>
      }
    >
      <div>
        <Tabs
          label={t("requests.expected.title")}
          value={part}
          onChange={setPart}
          data-testid="expected-part"
          tabs={[
            {
              value: "check",
              label: t("requests.expected.part.check"),
              content: (
                <>
                  <p>{t("requests.expected.about.check")}</p>
                  {registryField}
                  <PasteOrFile
                    label={t("requests.expected.text")}
                    text={text}
                    onText={setText}
                    data-testid="expected-text"
                  />
                </>
              ),
            },
            {
              value: "write",
              label: t("requests.expected.part.write"),
              content: (
                <>
                  <p>{t("requests.expected.about.write")}</p>
                  {registryField}
                  <TextField
                    label={t("requests.expected.prefixes")}
                    hint={t("requests.expected.prefixesHint")}
                    error={problem && atPrefixes ? problem.message : undefined}
                    value={prefixes}
                    onChange={(event) => setPrefixes(event.target.value)}
                    mono
                    data-testid="expected-prefixes"
                  />
                  <TextField
                    label={t("requests.expected.newest")}
                    value={newest}
                    onChange={(event) => setNewest(event.target.value.replace(/\D/g, ""))}
                    inputMode="numeric"
                    data-testid="expected-newest"
                  />
                </>
              ),
            },
          ]}
        />
      </div>
      {problem && !atPrefixes && <ErrorState error={problem} compact onRetry={submit} />}
      {part === "write" && write.data && !write.isPending && (
        <>
          <p role="status">
            {t("requests.expected.written", { count: write.data.images })}
            {write.data.leftOut > 0 && ` ${t("requests.expected.leftOut", { count: write.data.leftOut })}`}
          </p>
          <WrittenFile
            name={t("requests.expected.text")}
            file={`expected-${write.data.registry.account}-${write.data.registry.region}.txt`}
            text={write.data.text}
            data-testid="expected-written"
          />
        </>
      )}
    </Dialog>
  );
}

function Checked({
  expected,
  onBack,
  onClose,
}: {
  expected: Expected;
  onBack: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { registry } = expected;
  return (
    <Dialog
      key="checked"
      open
      onClose={onClose}
      title={t("requests.expected.checked")}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      focus="body"
      data-testid="dialog-expected-checked"
      footer={
        <>
          <Button onClick={onBack} data-testid="expected-back">
            {t("requests.expected.back")}
          </Button>
          <Button onClick={onClose}>{t("common.close")}</Button>
        </>
      }
    >
      <ExpectedResult expected={expected} />
    </Dialog>
  );
}
