import { createContext, type ReactNode, use, useMemo, useState } from "react";

/** The drawer at the window's bottom that shows runs. */
export interface RunDrawerControl {
  open: boolean;
  /** The run that is shown in full, if one is. */
  run: string | null;
  show: (run?: string) => void;
  hide: () => void;
}

const RunDrawerContext = createContext<RunDrawerControl | null>(null);

/** Lets every screen open the run drawer. */
export function RunDrawerProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<{ open: boolean; run: string | null }>({ open: false, run: null });
  const actions = useMemo(
    () => ({
      show: (run?: string) => setState({ open: true, run: run ?? null }),
      hide: () => setState({ open: false, run: null }),
    }),
    [],
  );
  const value = useMemo(() => ({ ...state, ...actions }), [state, actions]);
  return (
    <ActionsContext value={actions}>
      <RunDrawerContext value={value}>{children}</RunDrawerContext>
    </ActionsContext>
  );
}

// Separate from the state, so that opening the drawer does not render everything again that can
// open it.
const ActionsContext = createContext<Pick<RunDrawerControl, "show" | "hide"> | null>(null);

/** Opens and closes the run drawer. */
export function useRunDrawer(): Pick<RunDrawerControl, "show" | "hide"> {
  const actions = use(ActionsContext);
  if (!actions) throw new Error("useRunDrawer outside of RunDrawerProvider");
  return actions;
}

/** The run drawer's own state. */
export function useRunDrawerState(): RunDrawerControl {
  const control = use(RunDrawerContext);
  if (!control) throw new Error("useRunDrawerState outside of RunDrawerProvider");
  return control;
}
