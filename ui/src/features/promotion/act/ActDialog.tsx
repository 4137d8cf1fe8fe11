import type { ActProps } from "./act";
import { BlockDialog, HoldDialog } from "./HoldDialog";
import { PromoteBuildDialog } from "./PromoteBuildDialog";
import { RequestDialog } from "./RequestDialog";
import { ResumeDialog, UnblockDialog } from "./ResumeDialog";
import { RollBackDialog } from "./RollBackDialog";

/** The dialog of an action on a service in a stage. */
export function ActDialog(props: ActProps) {
  switch (props.act.kind) {
    case "promote":
      return <PromoteBuildDialog {...props} />;
    case "rollBack":
      return <RollBackDialog {...props} />;
    case "hold":
      return <HoldDialog {...props} />;
    case "resume":
      return <ResumeDialog {...props} />;
    case "block":
      return <BlockDialog {...props} />;
    case "unblock":
      return <UnblockDialog {...props} />;
    case "request":
      return <RequestDialog {...props} />;
  }
}
