import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { Visible } from "../../api/types";

/** The state of the application. */
export function useStatus() {
  return useQuery({ queryKey: keys.status, queryFn: api.status });
}

/** Every account of every space. */
export function useAccounts() {
  return useQuery({ queryKey: keys.accounts, queryFn: api.accounts });
}

/** The application's own settings. */
export function useSettings() {
  return useQuery({ queryKey: keys.settings, queryFn: api.settings });
}

/** Shows another space. */
export function useShowSpace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.showSpace,
    onSuccess: (status) => {
      client.setQueryData(keys.status, status);
      void client.invalidateQueries({ queryKey: keys.accounts });
    },
  });
}

/** Starts the sandbox and adds its accounts. */
export function useStartSandbox() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.startSandbox,
    onSuccess: async (status) => {
      await client.invalidateQueries({ queryKey: keys.accounts });
      client.setQueryData(keys.status, status);
    },
  });
}

/** Reports to the application what is on the screen, so that it stays fresh. */
export function useVisible(visible: Visible) {
  const text = JSON.stringify(visible);
  useEffect(() => {
    let current = true;
    // A scroll changes it many times a second; only the last value counts.
    const timer = setTimeout(() => {
      if (current) api.setVisible(JSON.parse(text) as Visible).catch(() => undefined);
    }, 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  useEffect(
    () => () => {
      api.setVisible({ registries: [], repository: null, images: [] }).catch(() => undefined);
    },
    [],
  );
}
