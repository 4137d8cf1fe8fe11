import { refuseCalls } from "./refusedCalls";

refuseCalls(3);
