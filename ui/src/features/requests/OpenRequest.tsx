import { useQuery } from "@tanstack/react-query";
import { MailOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button } from "../../components/Button";
import { useScope } from "../frame/scope";
import { OpenedRequest } from "./OpenedRequest";
import { TextDialog } from "./TextDialog";

/** Opens the dialog that opens a request. */
export function OpenRequestButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<MailOpen />} onClick={() => setOpen(true)} data-testid="request-open">
        {t("requests.open.open")}
      </Button>
      {open && <OpenRequest onClose={() => setOpen(false)} />}
    </>
  );
}

function OpenRequest({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { space } = useScope();
  const [text, setText] = useState<string | null>(null);
  const read = useQuery({
    queryKey: ["openedRequest", space, text],
    queryFn: () => api.openRequest({ space, text: text ?? "" }),
    enabled: text !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (text !== null && read.data) {
    return (
      <OpenedRequest
        key="opened"
        request={{ space, text }}
        opened={read.data}
        read={read}
        onClose={onClose}
      />
    );
  }
  return (
    <TextDialog
      key="text"
      space={space}
      title={t("requests.open.title")}
      about={t("requests.open.about")}
      label={t("requests.open.text")}
      action={t("requests.open.submit")}
      busy={read.isFetching}
      error={read.error}
      onSubmit={(next) => (next === text ? void read.refetch() : setText(next))}
      onClose={onClose}
      data-testid="request-open"
    />
  );
}
