import { activity } from "./en/activity";
import { approvals } from "./en/approvals";
import { backfill } from "./en/backfill";
import { board } from "./en/board";
import { build } from "./en/build";
import { cleanup } from "./en/cleanup";
import { common, diff, errors, time } from "./en/common";
import { comparison } from "./en/comparison";
import { connect } from "./en/connect";
import { cost } from "./en/cost";
import { deletion } from "./en/deletion";
import { engine } from "./en/engine";
import { findings } from "./en/findings";
import { frame } from "./en/frame";
import { gates } from "./en/gates";
import { guard } from "./en/guard";
import { iam } from "./en/iam";
import { images } from "./en/images";
import { lifecycle } from "./en/lifecycle";
import { overview } from "./en/overview";
import { owners } from "./en/owners";
import { paths } from "./en/paths";
import { permissions } from "./en/permissions";
import { plans } from "./en/plans";
import { policies } from "./en/policies";
import { promotion } from "./en/promotion";
import { readiness } from "./en/readiness";
import { record } from "./en/record";
import { registries } from "./en/registries";
import { replication } from "./en/replication";
import { requests } from "./en/requests";
import { settings } from "./en/settings";
import { signin } from "./en/signin";
import { templates } from "./en/templates";
import { welcome } from "./en/welcome";

/** Every text of the window in English, one file for each feature. */
export const en = {
  common,
  time,
  diff,
  errors,
  findings,
  frame,
  guard,
  welcome,
  settings,
  signin,
  connect,
  cost,
  deletion,
  lifecycle,
  overview,
  owners,
  images,
  plans,
  policies,
  iam,
  replication,
  readiness,
  backfill,
  templates,
  comparison,
  registries,
  promotion,
  board,
  build,
  record,
  approvals,
  gates,
  paths,
  permissions,
  requests,
  activity,
  cleanup,
  engine,
} as const;
