import type { AskPolicies, PolicyAnswer, PolicyDecision, PolicyLayer, RegistryKey } from "../../api/types";
import { words } from "../permissions/statementForm";

/** What is asked with one tick. */
export const PURPOSES = ["pull", "push", "delete"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A policy in the form. */
export interface AskedPolicy {
  id: number;
  layer: PolicyLayer;
  name: string;
  text: string;
}

/** The form of a question, as typed. */
export interface AskForm {
  principal: string;
  purposes: readonly Purpose[];
  actions: string;
  repositories: string;
  documents: readonly AskedPolicy[];
  context: string;
  contextComplete: boolean;
}

export const emptyAsk: AskForm = {
  principal: "",
  purposes: ["pull", "push"],
  actions: "",
  repositories: "",
  documents: [],
  context: "",
  contextComplete: false,
};

/** The question of a filled form; null while a part is missing. */
export function questionOf(form: AskForm, registry: RegistryKey | null): AskPolicies | null {
  const actions = [...form.purposes, ...words(form.actions)];
  const resources = words(form.repositories);
  const documents = form.documents.filter(({ text }) => text.trim() !== "");
  const whole = form.principal.trim() !== "" && actions.length > 0 && resources.length > 0;
  if (!whole || documents.length === 0) return null;
  return {
    principal: form.principal.trim(),
    actions,
    resources,
    registry,
    documents: documents.map(({ layer, name, text }) => ({ layer, name, text })),
    context: words(form.context),
    contextComplete: form.contextComplete,
  };
}

/** The answers about one thing that was asked and one repository; about the login, which has none. */
export interface Verdict {
  asked: string;
  resource: string;
  decision: PolicyDecision;
  answers: PolicyAnswer[];
}

const WORST: PolicyDecision[] = ["denied", "notAllowed", "unknown", "allowed"];

/** One verdict for each thing that was asked and each resource: the worst of its actions decides. */
export function verdicts(answers: readonly PolicyAnswer[]): Verdict[] {
  const all: Verdict[] = [];
  for (const answer of answers) {
    const { resource, decision } = answer;
    // Each purpose comes with the login, which is one question.
    const isLogin = resource === "*" && PURPOSES.some((purpose) => purpose === answer.asked);
    const asked = isLogin ? "login" : answer.asked;
    const known = all.find((each) => each.asked === asked && each.resource === resource);
    if (!known) {
      all.push({ asked, resource, decision, answers: [answer] });
    } else if (!isLogin) {
      known.answers.push(answer);
      if (WORST.indexOf(answer.decision) < WORST.indexOf(known.decision)) known.decision = answer.decision;
    }
  }
  return all;
}
