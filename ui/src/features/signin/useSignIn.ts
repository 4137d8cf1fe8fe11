import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { SignIn, SignInWay, SsoSessionKey, StartSignIn } from "../../api/types";

const ASKED_EVERY = 1_000;

/** A sign-in: how to begin it, how far it is, and how to give it up. */
export interface SigningIn {
  /** The sign-in that was begun last; null before, and after it was given up. */
  current: SignIn | null;
  /** Begins a sign-in, in place of the current one. In the browser's way the page is opened. */
  start: (session: SsoSessionKey, way: SignInWay) => void;
  /** Begins the last one again, or without storing its token. */
  retry: () => void;
  startForNow: () => void;
  starting: boolean;
  /** Why it could not begin. */
  refused: unknown;
  /** Opens its page in the browser. */
  open: () => void;
  notOpened: unknown;
  cancel: () => void;
  cancelling: boolean;
  /** Why it could not be given up, or asked about. */
  unread: unknown;
  again: () => void;
}

/** Signs in to a session; `onDone` gets the key under which the application knows it. */
export function useSignIn(onDone: (session: SsoSessionKey) => void): SigningIn {
  const client = useQueryClient();
  const [begun, setBegun] = useState<string | null>(null);
  const open = useMutation({ mutationFn: (id: string) => api.openSignIn({ id }) });
  const start = useMutation({
    mutationFn: async (request: StartSignIn) => {
      if (waiting.current) await api.cancelSignIn({ id: waiting.current });
      return api.startSignIn(request);
    },
    onSuccess: (started) => {
      client.setQueryData(keys.signIn(started.id), started);
      setBegun(started.id);
      if (started.way === "browser") open.mutate(started.id);
    },
  });
  const read = useQuery({
    queryKey: keys.signIn(begun ?? ""),
    queryFn: () => api.signIn({ id: begun ?? "" }),
    enabled: begun !== null,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state.state === "waiting" ? ASKED_EVERY : false),
  });
  const current = begun ? (read.data ?? null) : null;
  const cancel = useMutation({
    mutationFn: (id: string) => api.cancelSignIn({ id }),
    onSuccess: () => setBegun(null),
  });
  // A sign-in is given up with its dialog.
  const waiting = useRef<string | null>(null);
  waiting.current = current?.state.state === "waiting" ? current.id : null;
  useEffect(
    () => () => {
      if (waiting.current) api.cancelSignIn({ id: waiting.current }).catch(() => undefined);
    },
    [],
  );
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (current?.state.state !== "done" || told.current === current.id) return;
    told.current = current.id;
    void client.invalidateQueries({ queryKey: keys.ssoSessions });
    onDone(current.session);
  }, [current, client, onDone]);
  return {
    current,
    start: (session, way) => {
      cancel.reset();
      open.reset();
      // A person who has agreed once to keep nothing is not asked again.
      start.mutate({ session, way, remember: start.variables?.remember ?? true });
    },
    retry: () => {
      if (start.variables) start.mutate(start.variables);
    },
    startForNow: () => {
      if (start.variables) start.mutate({ ...start.variables, remember: false });
    },
    starting: start.isPending,
    refused: start.error,
    open: () => begun && open.mutate(begun),
    notOpened: open.error,
    cancel: () => begun && cancel.mutate(begun),
    cancelling: cancel.isPending,
    unread: cancel.error ?? (read.isFetching ? null : read.error),
    again: () => (cancel.error && begun ? cancel.mutate(begun) : void read.refetch()),
  };
}
