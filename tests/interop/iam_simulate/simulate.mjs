// Answers questions about permissions with iam-simulate: one simulation on each line of standard input, one
// result on each line of standard output. Its argument is the folder in which the package is installed.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const { runSimulation } = require("@cloud-copilot/iam-simulate");

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {});
  const known = answer.resultType === "single";
  const ignored = known ? answer.result.ignoredContextKeys : [];
  const result = known ? answer.overallResult : JSON.stringify(answer);
  process.stdout.write(`${JSON.stringify({ result, ignored })}\n`);
}
