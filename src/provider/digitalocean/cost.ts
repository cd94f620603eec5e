import type { Cost } from "../../cluster/cost.ts";
import type { Droplet } from "./schema.ts";

/** Whole millionths of a dollar: sums of prices have no more digits than that. */
function rounded(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6;
}

/** What droplets cost: a droplet does from its creation on, whatever state it is in. @param now milliseconds since the epoch */
export function costOf(droplets: readonly Pick<Droplet, "created_at" | "size">[], now: number): Cost {
  let [hourly, soFar] = [0, 0];
  for (const { created_at, size } of droplets) {
    hourly += size.price_hourly;
    soFar += (size.price_hourly * Math.max(0, now - Date.parse(created_at))) / 3_600_000;
  }
  return {
    currency: "USD",
    at: new Date(now).toISOString(),
    soFar: rounded(soFar),
    hourly: rounded(hourly),
  };
}
