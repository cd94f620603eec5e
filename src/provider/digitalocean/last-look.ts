import { Failure, messageOf } from "../../errors.ts";
import { isOurFirewall } from "./firewall.ts";
import { interrupted } from "./http.ts";
import type { Inventory } from "./inventory.ts";
import type { Journal, Ledger } from "./ledger.ts";
import { describeDroplet, ownOf, survey } from "./survey.ts";
import { clusterTag, goesWith } from "./tags.ts";
import type { Work } from "./work.ts";

/**
 * Writes down what there is of a cluster when the process was told to stop, and tells it. What the account
 * does not answer in time stays as it was last known.
 *
 * @param work ends its requests when the time for this is over.
 * @returns the error to end with.
 */
export async function lastLook(
  cluster: string,
  ledger: Ledger,
  journal: Journal | undefined,
  work: Work,
): Promise<Failure> {
  const { reporter } = work.context;
  ledger.stillAsked(work.clock.now());
  const isAnswered = await look(cluster, ledger, work);
  const has = inWords(ledger.inventory);
  reporter.report(
    isAnswered
      ? { kind: "note", text: `interrupted; cluster ${cluster} has ${has}` }
      : {
          kind: "warning",
          text: `interrupted, and DigitalOcean did not say in time what there is; as far as is known cluster ${cluster} has ${has}`,
        },
  );
  const hint = `overbridge teardown --cluster ${cluster} --provider digitalocean removes what was made`;
  if (!journal) return new Failure(interrupted().message, hint);
  try {
    await ledger.note({});
  } catch (error) {
    reporter.report({ kind: "warning", text: `cannot write ${journal.file}: ${messageOf(error)}` });
    return new Failure(interrupted().message, hint);
  }
  return new Failure(
    `${interrupted().message}; what cluster ${cluster} has is written down in ${journal.file}`,
    hint,
  );
}

/** Asks for all at the same time, and puts right what is answered. @returns whether the droplets were. */
async function look(cluster: string, ledger: Ledger, { api, owner }: Work): Promise<boolean> {
  const [droplets] = await Promise.allSettled([
    api
      .droplets(clusterTag(cluster))
      .then((listed) => ledger.correct({ droplets: ownOf(survey(cluster, owner, listed)) })),
    api.firewalls().then((listed) => {
      const ours = listed.filter((firewall) => isOurFirewall(firewall, cluster));
      ledger.correct({ firewalls: ours.map(({ name }) => name) });
    }),
    api.tags().then((listed) => ledger.correct({ tags: listed.filter((tag) => goesWith(tag, cluster)) })),
  ]);
  return droplets.status === "fulfilled";
}

function inWords({ droplets, firewalls }: Inventory): string {
  const words = droplets.map(({ id, name }) =>
    id === undefined ? `droplet ${name} (asked for, not seen)` : describeDroplet({ id, name }),
  );
  words.push(...firewalls.map((name) => `firewall ${name}`));
  return words.join(", ") || "no droplet";
}
