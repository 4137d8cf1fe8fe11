import { refuseCalls } from "./refusedCalls";

refuseCalls(0);
