import { machine } from "node:os";
import { describe, expect, test } from "vitest";
import type { Host } from "../../../src/cluster/host-list.ts";
import { Failure, InputError } from "../../../src/errors.ts";
import { readStaticHosts } from "../../../src/provider/static/options.ts";
import { type StaticOptions, staticProvider } from "../../../src/provider/static/provider.ts";
import { readSurvey, surveyProgram } from "../../../src/provider/static/survey.ts";
import type { Event } from "../../../src/report/reporter.ts";
import { connect } from "../../../src/ssh/connect.ts";
import { parseKnownHosts } from "../../../src/ssh/known-hosts.ts";
import {
  clientKey,
  hostKey,
  identity,
  startServer,
  type TestServer,
  testKey,
  unusedPort,
} from "../../ssh/server.ts";
import { standIns } from "../../ssh/stand-ins.ts";

const fine = {
  architecture: "x86_64",
  system: "debian 12",
  root: "root",
  arrived: "10.0.0.1",
  address: "10.0.0.1",
};

/** A host that answers the survey with these words. */
async function startHost(said: Partial<typeof fine> = {}, options: Parameters<typeof startServer>[0] = {}) {
  const lines = Object.entries({ ...fine, ...said }).map(([word, value]) => `echo '${word} ${value}'`);
  const { env } = await standIns({ sh: ["cat >/dev/null", ...lines].join("\n") });
  return startServer({ ...options, env });
}

const specOf = ({ target }: TestServer) => `${target.user}@${target.address}:${target.port}`;

/** A known_hosts line for a server that shows the usual key. */
const known = (...servers: TestServer[]) =>
  parseKnownHosts(
    servers.map(({ target }) => `[${target.address}]:${target.port} ${hostKey.publicKey}`).join("\n"),
  );

/** Has a provider look at hosts as a step would. */
async function ensure(
  host: string[],
  options: Partial<StaticOptions> & { hostKey?: string[]; underlay?: string[] } = {},
) {
  const events: Event[] = [];
  const { hostKey: keys = [], underlay = [], ...rest } = options;
  const provider = staticProvider({
    hosts: readStaticHosts({ host, hostKey: keys, underlay }),
    existing: [],
    knownHosts: [],
    identity,
    trustOnFirstUse: false,
    ...rest,
  });
  const context = {
    reporter: { report: (event: Event) => events.push(event), close: () => {} },
    signal: new AbortController().signal,
    env: {},
  };
  const observed = await provider.observe("main", context);
  const hosts = observed.map(({ id, name }) => ({ id, name, hostKey: testKey(id) }));
  const ensured = provider.ensure({ cluster: "main", hosts, authorizedKey: clientKey.publicKey }, context);
  return { events, provider, context, ensured };
}

describe("hosts that will do", () => {
  test("are given with their pinned keys and the addresses they have", async () => {
    const [one, two] = [await startHost(), await startHost({ arrived: "10.0.0.2", address: "10.0.0.2" })];
    const { ensured, provider, context } = await ensure([specOf(one), specOf(two)], {
      knownHosts: known(one, two),
    });
    const { name: _one, ...sshOne } = one.target;
    const { name: _two, ...sshTwo } = two.target;
    expect(await ensured).toEqual([
      { id: 1, name: "host1", ssh: sshOne, underlay: "10.0.0.1" },
      { id: 2, name: "host2", ssh: sshTwo, underlay: "10.0.0.2" },
    ]);
    expect(one.commands).toEqual(["sh"]);
    expect(await provider.destroy("main", context)).toEqual({ removed: [], left: [] });
  });

  test("keep the id, name and key that the host list has for them", async () => {
    const server = await startHost();
    const { name: _, ...ssh } = server.target;
    const existing: Host = { id: 7, name: "seven", ssh, underlay: "10.0.0.1", subnet: "10.88.7.0/24" };
    const { ensured } = await ensure([specOf(server)], { existing: [existing] });
    expect(await ensured).toEqual([{ id: 7, name: "seven", ssh, underlay: "10.0.0.1" }]);
  });
});

describe("a host's key", () => {
  test("that nobody knows is the user's to say, and the host learns nothing of us", async () => {
    const server = await startHost();
    const { ensured } = await ensure([specOf(server)]);
    await expect(ensured).rejects.toThrow(InputError);
    await expect(ensured).rejects.toThrow(
      `host1: the host key of 127.0.0.1:${server.target.port} is not known`,
    );
    expect(server.attempts).toEqual([]);
  });

  test("may be given by its fingerprint alone", async () => {
    const server = await startHost();
    const fingerprint = hostKey.fingerprint.split(" ")[1];
    const { ensured } = await ensure([specOf(server)], {
      hostKey: [`127.0.0.1:${server.target.port}=${fingerprint}`],
    });
    expect((await ensured)[0]?.ssh.hostKey).toBe(hostKey.fingerprint);
  });

  test("other than the one given stops before anything is sent", async () => {
    const server = await startHost();
    const [type, fingerprint] = testKey(9).fingerprint.split(" ");
    for (const given of [fingerprint, `${type} ${fingerprint}`]) {
      const { ensured } = await ensure([specOf(server)], {
        hostKey: [`127.0.0.1:${server.target.port}=${given}`],
      });
      await expect(ensured).rejects.toThrow(`${fingerprint}, found ${hostKey.fingerprint}`);
    }
    expect(server.attempts).toEqual([]);
  });

  test("is taken on trust where that is asked for, and said so", async () => {
    const server = await startHost();
    const { ensured, events } = await ensure([specOf(server)], { trustOnFirstUse: true });
    expect((await ensured)[0]?.ssh.hostKey).toBe(hostKey.fingerprint);
    const warnings = events.filter(({ kind }) => kind === "warning");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ host: "host1", text: expect.stringContaining(hostKey.fingerprint) });
  });

  test("that is known is not given up for trust", async () => {
    const server = await startHost({}, { hostKeys: [testKey(9).privateKey] });
    const { ensured } = await ensure([specOf(server)], { trustOnFirstUse: true, knownHosts: known(server) });
    await expect(ensured).rejects.toThrow(`expected ${hostKey.fingerprint}, found ${testKey(9).fingerprint}`);
  });
});

describe("hosts that will not do", () => {
  test("are all told of at once", async () => {
    const [good, arm, refusing] = [
      await startHost(),
      await startHost({ architecture: "armv7l", system: "alpine 3" }),
      await startHost({}, { authorized: () => [] }),
    ];
    const gone = `root@127.0.0.1:${await unusedPort()}`;
    const { ensured } = await ensure([specOf(good), specOf(arm), specOf(refusing), gone], {
      knownHosts: known(good, arm, refusing),
      trustOnFirstUse: true,
    });
    const error = await ensured.catch((error: unknown) => error);
    if (!(error instanceof Failure)) throw new Error("expected a Failure", { cause: error });
    expect(error.message).toMatch(/^4 problems with 4 hosts: /);
    expect(error.message).toContain("host2: wrong architecture: expected x86_64 or aarch64, found armv7l");
    expect(error.message).toContain("host2: wrong system: expected Debian or Ubuntu, found alpine 3");
    expect(error.message).toMatch(/host3: 127\.0\.0\.1:\d+ does not let root in/);
    expect(error.message).toMatch(/host4: 127\.0\.0\.1:\d+ refused the connection/);
  });

  test("include two that are one", async () => {
    const [one, two] = [await startHost(), await startHost()];
    const { ensured } = await ensure([specOf(one), specOf(two)], { knownHosts: known(one, two) });
    await expect(ensured).rejects.toThrow(InputError);
    await expect(ensured).rejects.toThrow("underlay: host1 and host2 both have 10.0.0.1");
  });
});

test("the survey asks a host all that, and changes nothing", async () => {
  const { env } = await standIns({
    ip: `case "$*" in
  *route*192.0.2.1*) echo '192.0.2.1 via 10.0.0.254 dev eth0 src 10.0.0.7 uid 0 \\    cache ' ;;
  *route*) echo 'RTNETLINK answers: Network is unreachable' >&2; exit 2 ;;
  *addr*) printf '%s\\n' \\
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever' \\
    '2: eth0    inet 10.0.0.7/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever' \\
    '2: eth0    inet6 fe80::7/64 scope link \\       valid_lft forever preferred_lft forever' \\
    '3: tun0    inet 10.9.0.1 peer 10.9.0.2/32 scope global tun0\\       valid_lft forever' ;;
esac`,
    id: "echo deploy",
    sudo: "exit 0",
  });
  const server = await startServer({ env: { ...env, SSH_CONNECTION: "198.51.100.1 40000 10.0.0.7 22" } });
  const connection = await connect(server.target, identity);
  const { stdout, code } = await connection.run("sh", { stdin: surveyProgram });
  connection.close();
  expect(code).toBe(0);
  expect(readSurvey(stdout)).toMatchObject({
    architecture: machine(),
    root: "sudo",
    arrived: "10.0.0.7",
    source: "10.0.0.7",
    addresses: ["127.0.0.1", "10.0.0.7", "fe80::7", "10.9.0.1"],
  });
  expect(readSurvey(stdout).system).not.toBe("");
});
