import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  digestOf,
  findHost,
  formatHostList,
  type HostList,
  makeHostList,
  parseHostList,
} from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { hostList, listOf, provided } from "./arbitrary.ts";

/** The same document with the keys of every object, and the hosts, in an order that `seed` decides. */
function shuffled(value: unknown, seed: number): unknown {
  const rank = (key: string) => createHash("sha256").update(`${seed}/${key}`).digest("hex");
  if (Array.isArray(value)) {
    const items = value.map((item) => shuffled(item, seed));
    return items.toSorted((a, b) => rank(JSON.stringify(a)).localeCompare(rank(JSON.stringify(b))));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, seed)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => rank(a).localeCompare(rank(b))));
}

/** Every place in a document. */
function pathsOf(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function isObject(value: unknown): boolean {
  return typeof value === "object";
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], value);
}

/** A copy of a document with one place replaced, or taken out where the replacement is undefined. */
function replaced(value: unknown, [key, ...rest]: readonly PropertyKey[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<PropertyKey, unknown>;
  copy[key] = replaced(copy[key], rest, replacement);
  return copy;
}

/** Reads a text that may be anything: what comes back is a list that stands its own check, or an InputError of one line. */
function readsOrRefuses(text: string) {
  try {
    const list = parseHostList(text, "hosts.json");
    const hosts = list.hosts.toSorted((a, b) => a.id - b.id);
    expect(parseHostList(formatHostList(list), "again")).toEqual({ ...list, hosts });
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(/^hosts\.json[: ][^\p{C}\p{Zl}\p{Zp}]+$/u);
    expect((error as InputError).message.length).toBeLessThan(600);
  }
}

describe("a host list", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(hostList, (list) => {
        expect(parseHostList(formatHostList(list), "hosts.json")).toEqual(list);
      }),
    );
  });

  it("has one text and one digest, whatever the order of its keys and hosts and its white space", () => {
    fc.assert(
      fc.property(hostList, fc.nat(), fc.constantFrom(undefined, 0, 1, 8), (list, seed, indent) => {
        const other = parseHostList(JSON.stringify(shuffled(list, seed), null, indent), "hosts.json");
        expect(formatHostList(other)).toBe(formatHostList(list));
        expect(digestOf(other)).toBe(digestOf(list));
        expect(digestOf(shuffled(list, seed) as HostList)).toBe(digestOf(list));
      }),
    );
  });

  it("has another digest when any value differs", () => {
    const list = listOf([1, 2], { mtu: 1400 });
    const leaves = pathsOf(list).filter((path) => path.length > 0 && !isObject(at(list, path)));
    const digests = leaves.map((path) => digestOf(replaced(list, path, "different") as HostList));
    expect(leaves).toHaveLength(8 + 2 * 8);
    expect(new Set([digestOf(list), ...digests]).size).toBe(leaves.length + 1);
  });

  it("keeps its digest between releases: hosts in use have it on record", () => {
    expect(digestOf(listOf([1, 2, 3]))).toMatchInlineSnapshot(
      `"sha256:14a15a9db7f75eff80a4fc9681447d5b67a2a4cb005bc059f6b65897f7d0f574"`,
    );
  });

  it("has the digest that sha256sum says of its file", () => {
    const list = listOf([1, 2, 3]);
    const sum = createHash("sha256").update(formatHostList(list)).digest("hex");
    expect(digestOf(list)).toBe(`sha256:${sum}`);
  });

  it("is written with hosts by id", () => {
    expect(formatHostList(listOf([10, 2]))).toMatchInlineSnapshot(`
      "{
        "version": 1,
        "cluster": "main",
        "overlay": {
          "name": "overbridge",
          "network": "10.88.0.0/16",
          "subnetPrefix": 24
        },
        "tunnel": {
          "type": "gre"
        },
        "datapath": "auto",
        "hosts": [
          {
            "id": 2,
            "name": "host2",
            "ssh": {
              "user": "root",
              "address": "host-2.example",
              "port": 22,
              "hostKey": "ssh-ed25519 SHA256:3cCmOHxJ5F03AJhmul90eOoRxq5VY0WVNaz4Z/g+6L4"
            },
            "underlay": "192.168.0.2",
            "subnet": "10.88.2.0/24"
          },
          {
            "id": 10,
            "name": "host10",
            "ssh": {
              "user": "root",
              "address": "host-10.example",
              "port": 22,
              "hostKey": "ssh-ed25519 SHA256:1lLzKVn631JSmLF+66D84o4TLV4duP4QKu/Z/XJbL2I"
            },
            "underlay": "192.168.0.10",
            "subnet": "10.88.10.0/24"
          }
        ]
      }
      "
    `);
  });

  it("reads addresses in any spelling as the same", () => {
    const list = listOf([1], { family: 6 });
    const text = formatHostList(list)
      .replace("fd00:1::1", "FD00:0001:0::0001")
      .replace("host-1.example", "HOST-1.example");
    expect(parseHostList(text, "hosts.json")).toEqual(list);
  });

  it("holds a thousand hosts within a job's outputs", () => {
    const list = makeHostList({
      cluster: "main",
      overlay: { name: "overbridge", network: "10.0.0.0/8", subnetPrefix: 24 },
      tunnel: { type: "geneve" },
      datapath: "auto",
      hosts: Array.from({ length: 1_000 }, (_, index) => provided(index + 1)),
    });
    const text = formatHostList(list);
    expect(Buffer.byteLength(text)).toBeLessThan(500_000);
    expect(parseHostList(text, "hosts.json")).toEqual(list);
  });
});

describe("parseHostList", () => {
  it("throws nothing but an InputError of one line, on any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), readsOrRefuses));
  });

  it("throws nothing but an InputError of one line, on any JSON", () => {
    fc.assert(fc.property(fc.json(), readsOrRefuses), { numRuns: 300 });
  });

  it("throws nothing but an InputError of one line, on a list with one place changed", () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.integer(),
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
    );
    const mutation = hostList.chain((list) =>
      fc.record({ list: fc.constant(list), path: fc.constantFrom(...pathsOf(list)), replacement: anything }),
    );
    fc.assert(
      fc.property(mutation, ({ list, path, replacement }) => {
        readsOrRefuses(JSON.stringify(replaced(list, path, replacement)) ?? "");
      }),
      { numRuns: 400 },
    );
  });

  it("throws nothing but an InputError of one line, on a list with a field too many, whatever its name", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "constructor", "toString"),
    );
    const mutation = hostList.chain((list) =>
      fc.record({
        list: fc.constant(list),
        path: fc.constantFrom(
          ...pathsOf(list).filter((path) => isObject(at(list, path)) && !Array.isArray(at(list, path))),
        ),
        name,
      }),
    );
    fc.assert(
      fc.property(mutation, ({ list, path, name }) => {
        const place = JSON.stringify(at(list, path));
        const text = JSON.stringify(list).replace(
          place,
          () => `{${JSON.stringify(name)}:1,${place.slice(1)}`,
        );
        readsOrRefuses(text);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses deep nesting like anything else", () => {
    readsOrRefuses(`${"[".repeat(400_000)}${"]".repeat(400_000)}`);
    readsOrRefuses(`{"version":1,"cluster":${"[".repeat(400_000)}${"]".repeat(400_000)}}`);
  });
});

describe("findHost", () => {
  const list = listOf([1, 2, 12]);

  it("finds by name and by id", () => {
    expect(findHost(list, "host2").id).toBe(2);
    expect(findHost(list, "12").name).toBe("host12");
  });

  it("prefers the name where one host's name is another's id", () => {
    const [first, second] = [provided(1), { ...provided(2), name: "1" }];
    const named = makeHostList({ ...list, hosts: [first, second] });
    expect(findHost(named, "1").id).toBe(2);
  });
});
