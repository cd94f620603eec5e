import { afterEach, expect, test, vi } from "vitest";
import { ensureBaseImage } from "../../src/docker/base-image.ts";
import { fakeDocker } from "./fake-docker.ts";

/** A mirror that is refused before anything runs: debootstrap is for the lab. */
const NO_MIRROR = { OVERBRIDGE_DEBIAN_MIRROR: "ftp://mirror.example" };
const refused = { name: "InputError", message: expect.stringContaining("OVERBRIDGE_DEBIAN_MIRROR") };

afterEach(() => void vi.useRealTimers());

test("an image that is there is used, the registry's before our own", async () => {
  const theirs = fakeDocker("exit 0");
  expect(await ensureBaseImage("debian:bookworm", theirs.context)).toBe("debian:bookworm");
  const ours = fakeDocker('[ "$5" = overbridge/base:ubuntu-22.04 ]');
  expect(await ensureBaseImage("ubuntu:22.04", ours.context)).toBe("overbridge/base:ubuntu-22.04");
  expect(ours.calls().some((call) => call.startsWith("pull"))).toBe(false);
});

test("one that is missing is pulled, once for two callers at a time", async () => {
  const { context, calls } = fakeDocker('[ "$1" = pull ]');
  const both = [ensureBaseImage("debian:trixie", context), ensureBaseImage("debian:trixie", context)];
  expect(await Promise.all(both)).toEqual(["debian:trixie", "debian:trixie"]);
  expect(calls().filter((call) => call === "pull debian:trixie")).toHaveLength(1);
});

test("a registry that refuses is named before debootstrap begins", async () => {
  const { context, events } = fakeDocker('echo "dial tcp: no route" >&2; exit 1', NO_MIRROR);
  await expect(ensureBaseImage("debian:bookworm", context)).rejects.toMatchObject(refused);
  expect(events.at(-1)).toMatchObject({
    text: expect.stringContaining("cannot be pulled (dial tcp: no route)"),
  });
});

test("a registry that never answers is given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { context, events, calls } = fakeDocker('[ "$1" = pull ] && sleep 600; exit 1', NO_MIRROR);
  const result = expect(ensureBaseImage("debian:bookworm", context)).rejects.toMatchObject(refused);
  await vi.waitUntil(() => events.length > 0 && calls().at(-1)?.startsWith("pull"));
  await vi.advanceTimersByTimeAsync(20_000);
  await result;
  expect(events.at(-1)).toMatchObject({ text: expect.stringContaining("no answer in 20 s") });
});
