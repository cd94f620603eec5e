import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Host } from "../../../src/cluster/host-list.ts";
import { Failure, InputError } from "../../../src/errors.ts";
import { assignIds } from "../../../src/provider/static/assign.ts";
import { readStaticHosts } from "../../../src/provider/static/options.ts";
import { problemsOf, readSurvey, type Survey } from "../../../src/provider/static/survey.ts";
import { checkUnderlaysDiffer, underlayOf } from "../../../src/provider/static/underlay.ts";

const fingerprint = `SHA256:${"A".repeat(43)}`;

describe("what a user says of hosts", () => {
  test("is read host by host", () => {
    const hosts = readStaticHosts({
      host: ["root@192.0.2.1", "deploy@[2001:db8::2]:2222", "root@c.example"],
      hostKey: [`192.0.2.1:22=${fingerprint}`, `[2001:db8::2]:2222=ssh-rsa ${fingerprint}`],
      underlay: ["c.example=10.0.0.3"],
    });
    expect(hosts).toEqual([
      { user: "root", address: "192.0.2.1", port: 22, hostKey: fingerprint },
      { user: "deploy", address: "2001:db8::2", port: 2222, hostKey: `ssh-rsa ${fingerprint}` },
      { user: "root", address: "c.example", port: 22, underlay: "10.0.0.3" },
    ]);
  });

  test.each([
    [{ host: [] }, "host: expected at least one user@address[:port], found none"],
    [{ host: ["192.0.2.1"] }, "host '192.0.2.1': expected user@address[:port]"],
    [{ host: ["root@a", "me@A:22"] }, "host: a:22 is named twice"],
    [{ host: ["root@a"], hostKey: [`b=${fingerprint}`] }, "host-key: 'b' is no host that was named"],
    [
      { host: ["root@a"], hostKey: ["a=SHA256:short"] },
      "host-key: expected HOST=SHA256:…, found 'a=SHA256:short'",
    ],
    [{ host: ["root@a"], hostKey: [fingerprint] }, "host-key: expected HOST=SHA256:…"],
    [{ host: ["root@a"], underlay: ["a=10.0.0"] }, "underlay: expected HOST=ADDRESS, found 'a=10.0.0'"],
    [{ host: ["root@a"], underlay: ["a=10.0.0.1", "a:22=10.0.0.2"] }, "underlay: a:22 is given two values"],
  ])("is refused where it is wrong: %j", (inputs, problem) => {
    expect(() => readStaticHosts(inputs)).toThrow(InputError);
    expect(() => readStaticHosts(inputs)).toThrow(problem);
  });
});

function listed(id: number, address: string, name = `host${id}`): Host {
  const ssh = { user: "root", address, port: 22, hostKey: `ssh-ed25519 ${fingerprint}` };
  return { id, name, ssh, underlay: "10.0.0.1", subnet: "10.88.0.0/24" };
}

describe("ids", () => {
  const spec = (address: string) => ({ user: "root", address, port: 22 });

  test("stay with their addresses, and new hosts get the lowest that no host has", () => {
    const assigned = assignIds(["a", "new", "c", "newer"].map(spec), [
      listed(3, "c", "carol"),
      listed(1, "gone"),
    ]);
    expect(assigned.map(({ id, name, address }) => ({ id, name, address }))).toEqual([
      { id: 2, name: "host2", address: "a" },
      { id: 3, name: "carol", address: "c" },
      { id: 4, name: "host4", address: "new" },
      { id: 5, name: "host5", address: "newer" },
    ]);
    expect(assigned[1]?.listedKey).toBe(`ssh-ed25519 ${fingerprint}`);
  });

  test("are another host's where the port differs", () => {
    const [assigned] = assignIds([{ ...spec("a"), port: 2222 }], [listed(1, "a")]);
    expect(assigned).toMatchObject({ id: 2, port: 2222 });
    expect(assigned).not.toHaveProperty("listedKey");
  });

  test("never change and never meet, whatever hosts come and go", () => {
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 30 }).map((n) => `h${n}`));
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), (rounds) => {
        let list: Host[] = [];
        for (const addresses of rounds) {
          const assigned = assignIds(addresses.map(spec), list);
          expect(new Set(assigned.map(({ id }) => id)).size).toBe(addresses.length);
          for (const before of list) {
            const now = assigned.find(({ address }) => address === before.ssh.address);
            if (now) expect(now.id).toBe(before.id);
            else expect(assigned.map(({ id }) => id)).not.toContain(before.id);
          }
          list = assigned.map(({ id, address }) => listed(id, address));
        }
      }),
    );
  });
});

const fine: Survey = {
  architecture: "x86_64",
  system: "debian 12",
  like: [],
  root: "root",
  arrived: "10.0.0.1",
  source: "10.0.0.1",
  addresses: ["127.0.0.1", "10.0.0.1", "10.9.0.1", "fe80::1", "2001:db8::1"],
};
const host = { user: "root", address: "192.0.2.1", port: 22, id: 1, name: "host1" };

describe("what a host says of itself", () => {
  test("is read, and bounded", () => {
    const said =
      "architecture aarch64\nsystem ubuntu 24.04\nlike debian\nroot sudo\narrived 10.0.0.1\nsource 10.0.0.9\naddress ::1\naddress 10.0.0.1\nnoise\n";
    expect(readSurvey(said)).toEqual({
      architecture: "aarch64",
      system: "ubuntu 24.04",
      like: ["debian"],
      root: "sudo",
      arrived: "10.0.0.1",
      source: "10.0.0.9",
      addresses: ["::1", "10.0.0.1"],
    });
    expect(readSurvey("")).toMatchObject({ architecture: "", root: "", arrived: undefined, addresses: [] });
  });

  test("shows every reason why it will not do", () => {
    expect(problemsOf(host, fine)).toEqual([]);
    expect(problemsOf(host, { ...fine, system: "raspbian 12", like: ["debian"] })).toEqual([]);
    const bad = { ...fine, architecture: "armv7l\u001b[2J", system: "alpine 3.20", root: "missing" };
    const problems = problemsOf({ ...host, user: "deploy" }, bad);
    expect(problems.every((problem) => problem instanceof Failure)).toBe(true);
    expect(problems.map(({ message }) => message)).toEqual([
      "host1: wrong architecture: expected x86_64 or aarch64, found armv7l[2J",
      "host1: wrong system: expected Debian or Ubuntu, found alpine 3.20",
      "host1: expected root, or a user with sudo and no password; deploy cannot become root: there is no sudo on the host",
    ]);
  });
});

describe("the underlay address", () => {
  test.each<[string, Partial<Survey>, string | undefined, string]>([
    ["is where the connection arrived", {}, undefined, "10.0.0.1"],
    ["is what the user said", {}, "10.9.0.1", "10.9.0.1"],
    [
      "is what the host sends from, where the connection came by loopback",
      { arrived: "127.0.0.1" },
      undefined,
      "10.0.0.1",
    ],
    ["is never link-local", { arrived: "fe80::1" }, undefined, "10.0.0.1"],
    ["is never an address the host does not have", { arrived: "203.0.113.9" }, undefined, "10.0.0.1"],
    ["may be IPv6", { arrived: "2001:DB8::1" }, undefined, "2001:db8::1"],
    ["is IPv4 where it arrived mapped into IPv6", { arrived: "::ffff:10.0.0.1" }, undefined, "10.0.0.1"],
  ])("%s", (_what, survey, said, expected) => {
    const named = said === undefined ? host : { ...host, underlay: said };
    expect(underlayOf(named, { ...fine, ...survey })).toBe(expected);
  });

  test("that the user said must be the host's", () => {
    const find = () => underlayOf({ ...host, underlay: "10.0.0.77" }, fine);
    expect(find).toThrow(InputError);
    expect(find).toThrow("host1: underlay 10.0.0.77 is on none of its interfaces");
  });

  test("that cannot be found is a failure with a way out", () => {
    const find = () => underlayOf(host, { ...fine, arrived: undefined, source: undefined });
    expect(find).toThrow(Failure);
    expect(find).toThrow("host1: found no address on it that other hosts can send to");
  });

  test("is each host's own", () => {
    const hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.1"].map((underlay, index) => ({
      name: `host${index}`,
      underlay,
    }));
    expect(() => checkUnderlaysDiffer(hosts)).toThrow("underlay: host0 and host2 both have 10.0.0.1");
    expect(() => checkUnderlaysDiffer(hosts.slice(0, 2))).not.toThrow();
  });
});
