import "../shared/dirname.ts";
import { runAction } from "../shared/run.ts";
import { teardown } from "./action.ts";

await runAction(teardown);
