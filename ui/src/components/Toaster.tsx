import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./Toaster.module.css";

type Kind = "success" | "error" | "info";

const manager = Toast.createToastManager();

/** A message at the window's edge that disappears after a while; errors stay until they are closed. */
export function showToast(toast: {
  /** A toast with the same id replaces this one. */
  id?: string;
  kind: Kind;
  title: string;
  text?: string;
  action?: { label: string; onClick: () => void };
}) {
  manager.add({
    ...(toast.id ? { id: toast.id } : {}),
    type: toast.kind,
    title: toast.title,
    ...(toast.text ? { description: toast.text } : {}),
    timeout: toast.kind === "error" ? 0 : 4000,
    priority: toast.kind === "error" ? "high" : "low",
    ...(toast.action ? { actionProps: { children: toast.action.label, onClick: toast.action.onClick } } : {}),
  });
}

/** Where toasts appear; once in the window. */
export function Toaster() {
  return (
    <Toast.Provider toastManager={manager} limit={2}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport} data-testid="toasts">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

const icons = { success: CircleCheck, error: CircleAlert, info: Info };

function Toasts() {
  const { t } = useTranslation();
  const { toasts, close } = Toast.useToastManager();
  return toasts.map((toast) => {
    const kind: Kind = toast.type === "success" || toast.type === "error" ? toast.type : "info";
    const Icon = icons[kind];
    return (
      <Toast.Root key={toast.id} toast={toast} className={styles.toast} data-testid={`toast-${kind}`}>
        <Icon className={cx(styles.mark, styles[kind])} aria-hidden="true" />
        <div className={styles.text}>
          <Toast.Title className={styles.title} />
          <Toast.Description className={styles.description} />
          {toast.actionProps && <Toast.Action className={styles.action} />}
        </div>
        <IconButton label={t("common.dismiss")} icon={<X />} onClick={() => close(toast.id)} />
      </Toast.Root>
    );
  });
}
