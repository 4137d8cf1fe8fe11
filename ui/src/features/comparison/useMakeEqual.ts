import { useState } from "react";
import { repositoryId } from "../../api/keys";
import type { RepositoryKey } from "../../api/types";
import { type PlanForm, usePlanForm } from "../plans/usePlanForm";
import type { LeftOut } from "./differences";

/** The choice of what to make equal. It stays while its plan is reviewed. */
export interface MakeEqual {
  form: PlanForm;
  leftOut: (repository: RepositoryKey) => LeftOut;
  setLeftOut: (repository: RepositoryKey, left: LeftOut) => void;
}

const nothing: LeftOut = new Set();

/** Chooses everything that differs; a choice is valid for one repository. */
export function useMakeEqual(): MakeEqual {
  const form = usePlanForm([], undefined);
  const [choice, setChoice] = useState({ of: "", left: nothing });
  return {
    form,
    leftOut: (repository) => (choice.of === repositoryId(repository) ? choice.left : nothing),
    setLeftOut: (repository, left) => setChoice({ of: repositoryId(repository), left }),
  };
}
