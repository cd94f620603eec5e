import "../shared/dirname.ts";
import { runAction } from "../shared/run.ts";
import { configure } from "./action.ts";

await runAction(configure);
