import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatHostList, makeHostList } from "../../src/cluster/host-list.ts";
import { playCli } from "./run.ts";

let cli: Awaited<ReturnType<typeof playCli>>;
beforeEach(async () => {
  cli = await playCli();
});
afterEach(() => cli.remove());

const hostKey = `ssh-ed25519 SHA256:${"A".repeat(43)}`;
const list = makeHostList({
  cluster: "main",
  overlay: { name: "overbridge", network: "10.88.0.0/16", subnetPrefix: 24 },
  tunnel: { type: "gre" },
  datapath: "auto",
  hosts: [1, 2].map((id) => ({
    id,
    name: `host${id}`,
    ssh: { user: "root", address: "127.0.0.1", port: 4000 + id, hostKey },
    underlay: `192.0.2.${id}`,
  })),
});

describe("wrong input is exit code 2, one line and a hint, and nothing changed", () => {
  test.each([
    [["up", "--network", "10.88.0.1/16"], /--network: .*10\.88\.0\.0\/16/],
    [["up", "--network", "bogus"], /--network: expected an IPv4 network/],
    [["up", "--hosts", "three"], /--hosts: expected .*number.*found "three"/],
    [["up", "--hosts", "0"], /--hosts: /],
    [["up", "--hosts", "300", "--network", "10.88.0.0/24"], /300 hosts|expected at most/],
    [["up", "--tunnel", "carrier-pigeon"], /--tunnel: expected auto or gre/],
    [["up", "--cluster", "Bad_Name"], /--cluster: expected/],
    [["up", "--provider", "floppy"], /--provider: expected docker or static/],
    [["up", "--subnet-prefix", "8"], /--subnet-prefix: /],
    [["up", "--provider", "static"], /--host/],
    [["up", "--provider", "static", "--host", "nobody"], /nobody/],
    [["up", "--properties", "/nonexistent"], /--properties: cannot read \/nonexistent/],
    [["verify"], /there is no host list/],
    [["plan", "--hosts-file", "/nonexistent"], /there is no host list \/nonexistent/],
    [["frobnicate"], /unknown command/],
    [["up", "--frobnicate"], /unknown option/],
    [["ssh"], /missing required argument/],
  ])("overbridge %j", async (argv, message) => {
    const { exitCode, stdout, stderr } = await cli.run(...argv);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(await readdir(cli.cwd)).toEqual([]);
  });

  test("--json puts the error into the one document", async () => {
    const { exitCode, stdout } = await cli.run("verify", "--json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { message: /no host list/ } });
  });
});

describe("with a host list", () => {
  beforeEach(async () => {
    await mkdir(path.join(cli.cwd, ".overbridge/main"), { recursive: true });
    await writeFile(path.join(cli.cwd, ".overbridge/main/hosts.json"), formatHostList(list));
  });

  test("plan --host prints that host's program and touches nothing", async () => {
    const byName = await cli.run("plan", "--host", "host2");
    expect(byName.exitCode).toBe(0);
    expect(byName.stdout).toContain("gre-1-2");
    expect(await cli.run("plan", "--host", "2")).toEqual(byName);
  });

  test("a host that is not in the list is named, with those that are", async () => {
    const { exitCode, stderr } = await cli.run("plan", "--host", "host9");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected one of host1, host2, found .?host9/);
  });

  test("hosts that refuse are told one by one, exit code 1", async () => {
    const { exitCode, stdout } = await cli.run("status", "--json", "--key", await keyFile());
    expect(exitCode).toBe(1);
    const { hosts } = JSON.parse(stdout);
    expect(hosts).toMatchObject([
      { host: "host1", reachable: false, reason: /host1.*refused/ },
      { host: "host2", reachable: false, reason: /host2.*refused/ },
    ]);
  });

  async function keyFile() {
    const { keyPairOf } = await import("../../src/cluster/keys.ts");
    const file = path.join(cli.cwd, "key");
    await writeFile(file, keyPairOf(Buffer.alloc(32, 1)).privateKey, { mode: 0o600 });
    return file;
  }

  test("a host list of a newer version", async () => {
    await writeFile(
      path.join(cli.cwd, ".overbridge/main/hosts.json"),
      JSON.stringify({ ...list, version: 2 }),
    );
    const { exitCode, stderr } = await cli.run("plan", "--host", "1");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/host list of version 2.*update overbridge/s);
  });

  test("a key file that is no key", async () => {
    await writeFile(path.join(cli.cwd, "key"), "not a key");
    const { exitCode, stderr } = await cli.run("status", "--key", path.join(cli.cwd, "key"));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/SSH key .*expected a private key/);
  });
});
