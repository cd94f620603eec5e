import { buildOvs } from "../build-ovs/action.ts";
import { configure } from "../configure/action.ts";
import { provision } from "../provision/action.ts";
import { teardown } from "../teardown/action.ts";
import { verify } from "../verify/action.ts";

/** Every action, in the order of a cluster's life. */
export const actions = { buildOvs, provision, configure, verify, teardown } as const;
