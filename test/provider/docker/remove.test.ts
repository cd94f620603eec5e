import { expect, test } from "vitest";
import { openEngine } from "../../../src/docker/engine.ts";
import { removeCluster, removeContainer, removeImages } from "../../../src/provider/docker/remove.ts";
import { fakeDocker } from "../../docker/fake-docker.ts";

test("a container that is gone is removed already; its volumes go with it", async () => {
  const { context, calls } = fakeDocker('echo "Error: No such container: x" >&2; exit 1');
  await removeContainer(openEngine(context), "x", context.signal);
  expect(calls()).toEqual(["rm --force --volumes x"]);
});

test("waits for a removal that somebody else began", async () => {
  const { context, calls } = fakeDocker(`
    if [ "$1" = rm ]; then echo "removal of container x is already in progress" >&2; exit 1; fi
    [ $(grep -c inspect "$(dirname "$0")/log") -lt 3 ]`);
  await removeContainer(openEngine(context), "x", context.signal);
  expect(calls().filter((call) => call.startsWith("container inspect"))).toHaveLength(3);
});

test("says why a container stays", async () => {
  const { context } = fakeDocker('echo "Error response from daemon: device busy" >&2; exit 1');
  await expect(removeContainer(openEngine(context), "x", context.signal)).rejects.toThrow(
    "container x cannot be removed: device busy",
  );
});

test("asks only for what has the cluster's label, and names a network that others use", async () => {
  const { context, calls } = fakeDocker(`
    case "$1 $2" in
      "ps --all") echo overbridge-main-host1 ;;
      "network ls") echo 0123 overbridge-main ;;
      "network rm") echo "network overbridge-main has active endpoints" >&2; exit 1 ;;
    esac`);
  await expect(removeCluster(openEngine(context), "main", context)).rejects.toMatchObject({
    message: "network overbridge-main cannot be removed: network overbridge-main has active endpoints",
    hint: expect.stringContaining("disconnect"),
  });
  const lists = calls().filter((call) => /^(ps|network ls)/.test(call));
  expect(lists).toHaveLength(2);
  for (const list of lists) expect(list).toContain("--filter label=overbridge.cluster=main");
});

const images = `
  case "$*" in
    "image ls"*host-image*) echo overbridge/host:a; echo overbridge/host:b ;;
    "image ls"*base*) echo overbridge/base:c; echo somebody/else:d ;;
    "image rm overbridge/host:b") exit 1 ;;
  esac`;

test("keeps the images that clusters share", async () => {
  const { context, calls } = fakeDocker(images);
  const { removed, left } = await removeImages(openEngine(context), false);
  expect(removed).toEqual([]);
  expect(left).toEqual(
    ["host:a", "host:b", "base:c"].map((name) => `image overbridge/${name}: kept for the next cluster`),
  );
  expect(calls().some((call) => call.startsWith("image rm"))).toBe(false);
});

test("removes those of ours that nothing uses, where asked to", async () => {
  const { context, calls } = fakeDocker(images);
  const { removed, left } = await removeImages(openEngine(context), true);
  expect(removed).toEqual(["image overbridge/host:a", "image overbridge/base:c"]);
  expect(left).toEqual(["image overbridge/host:b: in use"]);
  expect(calls().join()).not.toContain("somebody");
});
