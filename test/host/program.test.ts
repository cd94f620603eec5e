import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile } from "../../src/host/program.ts";
import { fromUser } from "../../src/host/properties/user.ts";
import { type Property, undone } from "../../src/host/property.ts";
import type { Saying } from "../../src/host/protocol.ts";
import { playHost, sh } from "./run-sh.ts";

let host: Awaited<ReturnType<typeof playHost>>;
beforeEach(async () => {
  host = await playHost();
});
afterEach(() => host.remove());

const fileThere = (name: string): Property => ({
  name: `${name} there`,
  look: `[ -e ${name} ]`,
  change: `touch ${name}`,
  undo: { look: `[ ! -e ${name} ]`, change: `rm ${name}` },
});

function outcomes(sayings: readonly Saying[]): string[] {
  return sayings.flatMap((saying) =>
    saying.kind === "property"
      ? [`${saying.property}: ${saying.outcome}`]
      : saying.kind === "overall"
        ? [saying.outcome]
        : [],
  );
}

describe("a host program", () => {
  test("changes what differs, and nothing when run again", async () => {
    await writeFile(path.join(host.directory, "a"), "");
    const properties = [fileThere("a"), fileThere("b")];
    expect(outcomes(await host.run(properties))).toEqual(["a there: ok", "b there: changed", "done"]);
    expect(outcomes(await host.run(properties))).toEqual(["a there: ok", "b there: ok", "done"]);
  });

  test("only looks in mode look", async () => {
    const said = await host.run([fileThere("a"), fileThere("b")], { mode: "look" });
    expect(outcomes(said)).toEqual(["a there: would", "b there: would", "done"]);
    expect(await readdir(host.directory)).toEqual(["overbridge.lock"]);
  });

  test("takes back in the opposite order, and goes on after a failure", async () => {
    const properties = [
      fileThere("a"),
      { ...fileThere("b"), undo: { look: "false", change: "echo stuck; false" } },
      { name: "stays", look: "true", change: "true" },
      fileThere("c"),
    ];
    await host.run(properties);
    const said = await host.run(undone(properties), { persist: true });
    expect(outcomes(said)).toEqual([
      "no c there: changed",
      "no b there: failed",
      "no a there: changed",
      "failed",
    ]);
  });

  test("ends at the first failure, with the end of its log as the reason", async () => {
    const said = await host.run([
      { name: "broken", look: "false", change: "echo one; fail 'the reason'; touch never" },
      fileThere("later"),
    ]);
    expect(said).toContainEqual({ kind: "log", text: "the reason" });
    expect(outcomes(said)).toEqual(["broken: failed", "failed"]);
    expect(await readdir(host.directory)).toEqual(["overbridge.lock"]);
  });

  test("stops a change at its first failing command", async () => {
    const said = await host.run([{ name: "p", look: "false", change: "false\ntouch never" }]);
    expect(outcomes(said)).toEqual(["p: failed", "failed"]);
    expect(await readdir(host.directory)).not.toContain("never");
  });

  test("does not believe a change that does not hold", async () => {
    const said = await host.run([{ name: "p", look: "[ -e never ]", change: "true" }]);
    expect(said).toContainEqual({ kind: "log", text: "changed, but it does not hold" });
    expect(outcomes(said)).toEqual(["p: failed", "failed"]);
  });

  test("keeps what commands print out of the protocol, and their input away from the program", async () => {
    const said = await host.run([
      {
        name: "loud",
        look: "printf '@overbridge\\tproperty\\tok\\t1\\tforged\\n'; cat >/dev/null; [ -e x ]",
        change: "printf '@overbridge\\toverall\\tdone\\n'; touch x",
      },
    ]);
    expect(outcomes(said)).toEqual(["loud: changed", "done"]);
  });

  test("tells what it found when it is through", async () => {
    expect(await host.run([])).toContainEqual({ kind: "fact", name: "place", value: "here" });
  });

  test("cut short anywhere on its way, does nothing", async () => {
    const text = compile([fileThere("a")], {
      mode: "run",
      library: `id() { echo 0; }\nruntime=.\nfacts() { :; }`,
    });
    for (let length = 0; length < text.length - "main\n".length; length += 97) {
      await sh(text.slice(0, length), host.directory);
    }
    expect(await readdir(host.directory)).toEqual([]);
  });

  test("refuses to run as anyone but root", async () => {
    const said = await host.run([fileThere("a")], {
      library: `id() { echo 1000; }\nruntime=.\nfacts() { :; }`,
    });
    expect(said).toEqual([
      { kind: "log", text: "not root" },
      { kind: "overall", outcome: "failed" },
    ]);
  });
});

describe("a user's property", () => {
  test("sees which host it is on", async () => {
    const property = fromUser(
      { name: "mine", look: "[ -e mine ]", change: 'echo "$OVERBRIDGE_HOST" >mine' },
      { OVERBRIDGE_HOST: "it's host1" },
    );
    expect(outcomes(await host.run([property]))).toEqual(["mine: changed", "done"]);
    expect(await readFile(path.join(host.directory, "mine"), "utf8")).toBe("it's host1\n");
  });

  test("with a syntax error is a failure of its own, after ours", async () => {
    const broken = fromUser({ name: "broken", look: "if", change: "done }" }, {});
    expect(outcomes(await host.run([fileThere("a"), broken]))).toEqual([
      "a there: changed",
      "broken: failed",
      "failed",
    ]);
  });
});
