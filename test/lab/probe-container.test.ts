import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PROBE_IMAGE } from "../../src/host/names.ts";
import { inContainer } from "../../src/verify/probe/launch.ts";
import { type Probe, startProbe } from "../../src/verify/probe/session.ts";
import { survey } from "../../src/verify/survey.ts";
import { localConnection } from "../verify/local-connection.ts";

/* The probe in its container, on a Docker network of this machine's own engine. */
const run = promisify(execFile);
const docker = async (...args: string[]) => (await run("docker", args)).stdout.trim();
const network = `vf-probe-${process.pid}`;
const connections = ["a", "b"].map((name) => localConnection(name));
const token = (index: number) => (process.pid * 16 + index).toString(16);
const probes: Probe[] = [];
let hadImage = true;

beforeAll(async () => {
  hadImage = (await docker("images", "--quiet", PROBE_IMAGE)) !== "";
  await docker("network", "create", "--opt", "com.docker.network.driver.mtu=1400", network);
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.end()));
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await docker("network", "rm", network);
  if (!hadImage) await docker("image", "rm", PROBE_IMAGE);
});

async function start(): Promise<Probe[]> {
  for (const [index, connection] of connections.entries()) {
    probes.push(await startProbe(connection, inContainer(network, token(index))));
  }
  return probes;
}
const ours = () => docker("ps", "--all", "--quiet", "--filter", `name=overbridge-probe-${token(0)}`);

test("needs nothing but the host, and reaches other containers up to the network's MTU", async () => {
  const started = await start();
  expect(started.map(({ mtu }) => mtu)).toEqual([1400, 1400]);
  const { pairs, lost } = await survey(started);
  expect(lost.size).toBe(0);
  for (const way of ["a>b", "b>a"]) {
    expect(pairs.get(way)).toMatchObject({ reach: { sent: 5, received: 5, mtu: 1400 }, copies: 1 });
  }
});

test("leaves no container", async () => {
  await start();
  expect(await ours()).not.toBe("");
  await Promise.all(probes.splice(0).map((probe) => probe.end()));
  expect(await ours()).toBe("");
});

test("leaves no container where the connection is cut", async () => {
  await start();
  connections[0]?.close();
  await expect.poll(ours, { timeout: 20_000 }).toBe("");
  probes.shift();
});

test("says which network is missing", async () => {
  await expect(startProbe(connections[0]!, inContainer("vf-nonesuch", token(2)))).rejects.toThrow(
    "a: the probe did not start: there is no Docker network vf-nonesuch",
  );
});
