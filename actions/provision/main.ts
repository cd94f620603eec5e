import "../shared/dirname.ts";
import { runAction } from "../shared/run.ts";
import { provision } from "./action.ts";

await runAction(provision);
