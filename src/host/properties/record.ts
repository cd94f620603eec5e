import { DIGEST_FILE } from "../names.ts";
import type { Property } from "../property.ts";

/** The host knows which host list it was configured from, so that hosts with different ones are found out. */
export function hostListRecorded(digest: string): Property {
  return {
    name: "host list recorded",
    look: `[ "$(cat ${DIGEST_FILE})" = ${digest} ]`,
    change: `echo ${digest} | put ${DIGEST_FILE} 644`,
  };
}
