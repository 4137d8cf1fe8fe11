import type { ComponentProps, ReactNode } from "react";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Spinner } from "./Spinner";

export interface ButtonProps extends Omit<ComponentProps<"button">, "type"> {
  variant?: "primary" | "secondary" | "danger" | "ghost";
  size?: "normal" | "small";
  /** Shows that the action is in progress and disables the button. */
  busy?: boolean;
  icon?: ReactNode;
  type?: "button" | "submit";
}

/** A button with a text. */
export function Button({
  variant = "secondary",
  size = "normal",
  busy = false,
  icon,
  type = "button",
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={cx(styles.button, styles[variant], size === "small" && styles.small, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "type" | "children"> {
  /** The accessible name; also shown as a tooltip. */
  label: string;
  icon: ReactNode;
  active?: boolean;
}

/** A button with only an icon. */
export function IconButton({ label, icon, active, className, ...rest }: IconButtonProps) {
  return (
    <button
      title={label}
      {...rest}
      type="button"
      aria-label={label}
      aria-pressed={active}
      className={cx(styles.button, styles.ghost, styles.icon, active && styles.active, className)}
    >
      {icon}
    </button>
  );
}
