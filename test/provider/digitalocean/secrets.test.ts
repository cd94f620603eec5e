import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { deriveBootstrapHostKey, deriveClientKey } from "../../../src/cluster/keys.ts";
import { messageOf } from "../../../src/errors.ts";
import { CLUSTER, makeWorld } from "./harness.ts";

test("neither the token nor a private key is in anything that is said or thrown", async () => {
  await using world = await makeWorld();
  const { token } = world.double;
  const said: string[] = [];
  const run = async (step: Promise<unknown>) =>
    said.push(JSON.stringify(await step.catch((error) => [messageOf(error), error.hint, error.stack])));

  // An API that says the token back.
  const echo = { kind: "answer", status: 403, message: `token ${token} may not` } as const;
  world.double.faults.inject({ fault: echo });
  await run(world.provider().destroy(CLUSTER, world.context()));
  expect(said.join()).toContain("token *** may not");
  world.fleet.mute.add("demo-host2");
  await run(world.provider({ firewall: true }).ensure(world.desired(3), world.context()));
  world.fleet.mute.clear();
  await run(world.provider({ firewall: true }).ensure(world.desired(3), world.context()));
  await run(world.provider().destroy(CLUSTER, world.context()));

  const desired = world.desired(3);
  const keys = [
    ...desired.hosts.map(({ hostKey }) => hostKey),
    deriveClientKey(world.secret, CLUSTER),
    deriveBootstrapHostKey(world.secret, CLUSTER),
  ];
  const secrets = [
    token,
    ...keys.flatMap(({ privateKey }) =>
      privateKey.split("\n").filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line)),
    ),
  ];
  const everything = world.said() + said.join();
  expect(secrets.length).toBeGreaterThan(5);
  for (const secret of secrets) expect(everything).not.toContain(secret);
});

test("a host's own key is in no request, and the token in no request's address or body", async () => {
  await using world = await makeWorld();
  const desired = world.desired(2);
  await world.provider({ firewall: true }).ensure(desired, world.context());
  const sent = JSON.stringify(world.double.seen.map(({ request: { headers, ...rest } }) => rest));
  expect(sent).not.toContain(world.double.token);
  for (const { hostKey } of desired.hosts) expect(sent).not.toContain(hostKey.privateKey.split("\n")[2]);
  expect(sent).not.toContain(deriveClientKey(world.secret, CLUSTER).privateKey.split("\n")[2]);
});

test("docs/digitalocean.md lists exactly the scopes that a whole life asks for", async () => {
  await using world = await makeWorld();
  const vpc = world.double.account.vpcs[0]!.id;
  const provider = world.provider({ firewall: true, vpc, ttl: "1h" });
  await provider.ensure(world.desired(2), world.context());
  world.clock.advance(1_800_000);
  await provider.ensure(world.desired(2), world.context());
  await provider.destroy(CLUSTER, world.context());

  const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/digitalocean.md"), "utf8");
  const table = page.split("<!-- scopes -->")[1] ?? "";
  const listed = [...table.matchAll(/^\| `([a-z_]+:[a-z]+)`/gm)].map(([, scope]) => scope);
  // A token with droplet scopes must have these too; keys of the account are only asked for with --ssh-keys.
  const companions = ["actions:read", "image:read", "ssh_key:read"];
  expect(listed.toSorted()).toEqual([...new Set([...world.double.scopes(), ...companions])].sort());
});
