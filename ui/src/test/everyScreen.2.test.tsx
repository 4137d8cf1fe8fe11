import { lookAtScreens } from "./everyScreen";

lookAtScreens(2);
