import "../shared/dirname.ts";
import { runAction } from "../shared/run.ts";
import { buildOvs } from "./action.ts";

await runAction(buildOvs);
