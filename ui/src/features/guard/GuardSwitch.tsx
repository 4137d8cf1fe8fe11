import { useTranslation } from "react-i18next";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Switch } from "../../components/Switch";
import { useGuard, useSetGuard } from "./queries";

/** Switches read-only mode, or the protection of the sandbox's production accounts. */
export function GuardSwitch({ of }: { of: "readOnly" | "sandbox" }) {
  const { t } = useTranslation();
  const read = useGuard();
  const set = useSetGuard();
  if (!read.data) {
    return read.error && !read.isFetching ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={1} />
    );
  }
  return (
    <>
      <Switch
        label={t(`guard.${of}`)}
        hint={t(`guard.${of}Hint`)}
        checked={read.data[of]}
        disabled={set.isPending}
        onChange={(on) => set.mutate({ [of]: on })}
        data-testid={of === "readOnly" ? "guard-read-only-mode" : "guard-sandbox"}
      />
      {set.error !== null && <ErrorState error={set.error} compact />}
    </>
  );
}
