import { systemClock } from "../../src/provider/digitalocean/clock.ts";
import { type Double, startDouble } from "../doubles/digitalocean/server.ts";
import { playCli } from "./run.ts";

const HOUR = 3_600;

/** A command line in an empty folder, with nothing but the token of an account that others use too. */
export async function playAccount(env: Record<string, string> = {}) {
  const double = await startDouble({ clock: systemClock });
  double.account.habits.lingerMs = 0;
  const cli = await playCli({
    DIGITALOCEAN_ACCESS_TOKEN: double.token,
    DIGITALOCEAN_API_URL: double.url,
    USER: "ada",
    ...env,
  });
  return {
    double,
    cli,
    /** Makes a cluster's droplets. @param left seconds until it expires; absent, it never does */
    addCluster(cluster: string, hosts: number, { user = "ada", left }: { user?: string; left?: number }) {
      const names = Array.from({ length: hosts }, (_, index) => `${cluster}-host${index + 1}`);
      const expires = left === undefined ? [] : [Math.round(Date.now() / 1_000) + left];
      const tags = [
        "overbridge",
        `overbridge-cluster-${cluster}`,
        `overbridge-owner-shell:${user}`,
        ...expires.map((at) => `overbridge-expires-${cluster}-${at}`),
      ];
      return double.account.create(names, { ...SPEC, tags });
    },
    addStranger: (name: string) => double.account.create([name], SPEC),
    living: () => double.account.living().map(({ name }) => name),
    async remove() {
      await cli.remove();
      await double.close();
    },
  };
}

const SPEC = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-12-x64" };

export const LATER = HOUR;
export const PAST = -HOUR;

/** The requests that change something, as operations. */
export function changes(double: Double): string[] {
  return double.seen.filter(({ request }) => request.method !== "GET").map(({ operation }) => operation);
}
