import { z } from "zod";
import { expectation, firstIssue } from "../../cluster/issues.ts";
import { InputError } from "../../errors.ts";
import { fromJson } from "../../json.ts";

/** A droplet as it is written down. One without an id was asked for, and no answer has named it yet. */
const entrySchema = z.object({
  name: z.string().max(255),
  id: z.int().positive().optional(),
  /** When it was asked for, or was last known to be. */
  asked: z.iso.datetime().optional(),
});

const names = z.array(z.string().max(255)).max(1_000);

const inventorySchema = z.object({
  cluster: z.string().max(255),
  droplets: z.array(entrySchema).max(20_000),
  firewalls: names,
  tags: names,
});

/** What there is of a cluster, or may be. No secret is in it. */
export type Inventory = z.output<typeof inventorySchema>;

/**
 * An inventory from the file it was written down in, which others may have changed.
 *
 * @param source what a person knows the text as, to begin an error with.
 * @throws InputError where it is none.
 */
export function parseInventory(text: string, source: string): Inventory {
  const document = fromJson(text);
  const result = inventorySchema.safeParse(document, { error: expectation });
  if (result.success) return result.data;
  throw new InputError(`${source}: ${firstIssue(result.error, document)}`);
}
