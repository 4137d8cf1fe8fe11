import { lookAtScreens } from "./everyScreen";

lookAtScreens(1);
