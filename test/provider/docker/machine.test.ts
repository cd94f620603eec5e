import { expect, test } from "vitest";
import { openEngine } from "../../../src/docker/engine.ts";
import { prepareMachine, withheld } from "../../../src/provider/docker/machine.ts";
import { fakeDocker } from "../../docker/fake-docker.ts";

test("names what a bounding set lacks, and nothing that its kernel never had", () => {
  expect(withheld(0x1ff_ffff_ffffn)).toEqual([]);
  expect(withheld(0x3f_ffff_ffffn)).toEqual([]);
  expect(withheld(0x1ff_feff_ffffn)).toEqual(["SYS_RESOURCE"]);
  expect(withheld(0x1ff_ffff_fffen)).toEqual(["CHOWN"]);
  expect(withheld(0xff_ffff_efffn)).toEqual(["NET_ADMIN"]);
});

test("reads the engine's bounding set where the engine runs", async () => {
  const { context, calls } = fakeDocker("printf 'CapBnd:\\t000001fffeffffff\\n'");
  const engine = openEngine(context);
  const labels = { "overbridge.cluster": "main" };
  expect(await prepareMachine(engine, "image", "br-1", labels)).toEqual(["SYS_RESOURCE"]);
  expect(calls().join("\n")).toMatch(
    /^run --rm .*--network host --pid host .*--label overbridge.cluster=main image /,
  );
});

test("fails where the engine's rights cannot be read", async () => {
  const { context } = fakeDocker("echo '<html>'");
  const prepared = prepareMachine(openEngine(context), "image", "br-1", {});
  await expect(prepared).rejects.toMatchObject({
    name: "Failure",
    message: expect.stringContaining("'<html>'"),
  });
});
