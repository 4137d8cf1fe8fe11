import type { ApiError } from "./types";

/** Converts any thrown value to the application's error shape. */
export function toApiError(error: unknown): ApiError {
  if (isApiError(error)) return error;
  const message = error instanceof Error ? error.message : typeof error === "string" ? error : String(error);
  return { code: "window-fault", message, hint: null, side: "thisMachine", field: null };
}

/** An error at its field: the message, and what to do. */
export function errorText({ message, hint }: Pick<ApiError, "message" | "hint">): string {
  return hint ? `${message} ${hint}` : message;
}

function isApiError(error: unknown): error is ApiError {
  return (
    typeof error === "object" && error !== null && "code" in error && "message" in error && "side" in error
  );
}
