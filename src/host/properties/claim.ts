import { CLUSTER_FILE, CONFIG_DIR } from "../names.ts";
import type { Property } from "../property.ts";
import { quote } from "../shell.ts";

/** The host belongs to this cluster and no other: two clusters on one host would undo each other's work. */
export function claimed(cluster: string): Property {
  const name = quote(cluster);
  return {
    name: "cluster claimed",
    look: `[ "$(cat ${CLUSTER_FILE})" = ${name} ]`,
    change: `
if [ -s ${CLUSTER_FILE} ]; then
  fail "the host belongs to cluster $(head -c 60 ${CLUSTER_FILE}), not ${cluster}: tear that one down first"
fi
echo ${name} | put ${CLUSTER_FILE} 644`,
    undo: {
      look: `[ ! -d ${CONFIG_DIR} ]`,
      change: `
if [ -s ${CLUSTER_FILE} ] && [ "$(cat ${CLUSTER_FILE})" != ${name} ]; then
  fail "the host belongs to cluster $(head -c 60 ${CLUSTER_FILE}), not ${cluster}"
fi
rm -rf ${CONFIG_DIR}`,
    },
  };
}
