import { useQuery } from "@tanstack/react-query";
import { MailOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { TextDialog } from "../../requests/TextDialog";
import { ApproveDialog } from "./ApproveDialog";

/** Opens the dialog that opens a request. */
export function OpenRequestButton({ space }: { space: Space }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<MailOpen />} onClick={() => setOpen(true)} data-testid="promotion-request-open">
        {t("approvals.open.button")}
      </Button>
      {open && <OpenRequest space={space} onClose={() => setOpen(false)} />}
    </>
  );
}

function OpenRequest({ space, onClose }: { space: Space; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const read = useQuery({
    queryKey: ["openedPromotionRequest", text],
    queryFn: () => api.openPromotionRequest({ text: text ?? "" }),
    enabled: text !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (text !== null && read.data) {
    return <ApproveDialog space={space} text={text} opened={read.data} onClose={onClose} />;
  }
  return (
    <TextDialog
      space={space}
      title={t("approvals.open.title")}
      about={t("approvals.open.about")}
      label={t("approvals.open.text")}
      action={t("approvals.open.action")}
      busy={read.isFetching}
      error={read.error}
      onSubmit={(next) => (next === text ? void read.refetch() : setText(next))}
      onClose={onClose}
      data-testid="promotion-request"
    />
  );
}
