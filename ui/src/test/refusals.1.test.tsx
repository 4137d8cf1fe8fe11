import { refuseCalls } from "./refusedCalls";

refuseCalls(1);
