import { refuseCalls } from "./refusedCalls";

refuseCalls(2);
