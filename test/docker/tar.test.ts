import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { packTar } from "../../src/docker/tar.ts";

const name = fc.stringMatching(/^[a-z0-9_.-]{1,20}$/).filter((text) => text !== "." && text !== "..");
const file = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  content: fc.oneof(
    fc.string({ maxLength: 2_000, unit: "binary" }),
    fc.constantFrom("", "x".repeat(512), "x".repeat(513)),
  ),
  mode: fc.constantFrom(0o600, 0o644, 0o755),
});

test("what is packed, tar unpacks: names, modes, owner and bytes", () => {
  const property = fc.property(file, ({ path, content, mode }) => {
    const input = packTar([{ path, content, mode }]);
    const listed = execFileSync("tar", ["-tvf", "-", "--numeric-owner"], { input, encoding: "utf8" });
    const [rights, owner, size, , , listedName] = listed.trim().split(/ +/);
    const letters = new Map([
      [0o600, "-rw-------"],
      [0o644, "-rw-r--r--"],
      [0o755, "-rwxr-xr-x"],
    ]);
    const bytes = Buffer.from(content);
    expect([rights, owner, size, `/${listedName}`]).toEqual([
      letters.get(mode),
      "0/0",
      String(bytes.length),
      path,
    ]);
    const unpacked = execFileSync("tar", ["-xOf", "-"], { input });
    expect(unpacked.equals(bytes)).toBe(true);
  });
  fc.assert(property, { numRuns: 25 });
});

test("several files stand one after another", () => {
  const files = ["/etc/a", "/root/b"].map((path) => ({ path, content: path, mode: 0o644 }));
  const listed = execFileSync("tar", ["-tf", "-"], { input: packTar(files), encoding: "utf8" });
  expect(listed).toBe("etc/a\nroot/b\n");
});

test.each(["/", "", `/${"x".repeat(101)}`])("refuses a path that the format cannot hold: %j", (path) => {
  expect(() => packTar([{ path, content: "", mode: 0o644 }])).toThrow(RangeError);
});
