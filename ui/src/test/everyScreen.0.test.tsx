import { lookAtScreens } from "./everyScreen";

lookAtScreens(0);
