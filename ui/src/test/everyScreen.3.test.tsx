import { lookAtScreens } from "./everyScreen";

lookAtScreens(3);
