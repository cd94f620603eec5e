import type { HostList } from "../../src/cluster/host-list.ts";

/** Most jobs that GitHub makes of one matrix. */
const MOST_JOBS = 256;

/**
 * A job's matrix over the hosts: `{include: [{host: "host1"}, …]}`. With more hosts than a matrix may have jobs
 * each job gets some: `{host: "host1,host2"}`, as evenly as it goes.
 */
export function matrixOf({ hosts }: HostList): { include: { host: string }[] } {
  const jobs = Math.min(hosts.length, MOST_JOBS);
  return {
    include: Array.from({ length: jobs }, (_, job) => {
      const first = Math.floor((job * hosts.length) / jobs);
      const last = Math.floor(((job + 1) * hosts.length) / jobs);
      return {
        host: hosts
          .slice(first, last)
          .map(({ name }) => name)
          .join(","),
      };
    }),
  };
}
