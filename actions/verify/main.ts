import "../shared/dirname.ts";
import { runAction } from "../shared/run.ts";
import { verify } from "./action.ts";

await runAction(verify);
