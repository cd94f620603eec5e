import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { openEngine } from "../../src/docker/engine.ts";
import { fakeDocker } from "./fake-docker.ts";

test("passes arguments and input as they are, without a shell", async () => {
  const { context, calls } = fakeDocker('[ "$1" = cp ] && cat || printf "%s" "$2"');
  const engine = openEngine(context);
  expect(await engine.run(["echo", "$(id) ; `id`"])).toBe("$(id) ; `id`");
  expect(await engine.run(["cp", "-"], { stdin: Buffer.from("secret") })).toBe("secret");
  expect(calls().join()).not.toContain("secret");
});

test("gives whole lines of both outputs as they come, whatever ends them", async () => {
  const { context } = fakeDocker("printf 'one\\ntwo\\r\\nthr'; printf 'ee\\nfour'; echo five >&2");
  const lines: string[] = [];
  expect(await openEngine(context).run(["build"], { onLine: (line) => lines.push(line) })).toBe("");
  expect(lines.sort()).toEqual(["five", "four", "one", "three", "two"]);
});

test.each([
  [
    "Error response from daemon: no such thing.\\nSee 'docker run --help'.",
    "docker run failed: no such thing",
  ],
  [
    "docker: Error response from daemon: bad.\\n\\nRun 'docker run --help' for more information",
    "docker run failed: bad",
  ],
  ["", "docker run failed: it gave no reason"],
])("tells %j in one line", async (stderr, message) => {
  const { context } = fakeDocker(`printf "${stderr}" >&2; exit 125`);
  await expect(openEngine(context).run(["run", "x"])).rejects.toMatchObject({ name: "Failure", message });
});

test("names both words of a command that has two", async () => {
  const { context } = fakeDocker("exit 1");
  await expect(openEngine(context).run(["network", "rm", "x"])).rejects.toThrow(/^docker network rm failed/);
});

test("leaves an exit code to a caller that judges it", async () => {
  const { context } = fakeDocker("echo out; echo err >&2; exit 3");
  const result = await openEngine(context).attempt(["ps"]);
  expect(result).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
});

test.each([
  [
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
    { name: "InputError", hint: expect.stringContaining("usermod -aG docker") },
  ],
  [
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    { name: "Failure", hint: expect.stringContaining("systemctl start docker") },
  ],
  [
    "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct",
    { name: "Failure", hint: expect.stringContaining("./script/setup") },
  ],
])("says what to do about '%s'", async (stderr, error) => {
  const { context } = fakeDocker(`echo "${stderr}" >&2; exit 1`);
  await expect(openEngine(context).attempt(["ps"])).rejects.toMatchObject(error);
});

test("says what to install where there is no docker client", async () => {
  const engine = openEngine({ env: { PATH: tmpdir() }, signal: new AbortController().signal });
  await expect(engine.attempt(["ps"])).rejects.toMatchObject({
    name: "InputError",
    hint: expect.stringContaining("docker.io"),
  });
});

test("ends a command and all it started when aborted, and rejects with the reason", async () => {
  const { context, stop } = fakeDocker("sleep 600 & echo started; wait");
  const running = openEngine(context).run(["pull"], { onLine: () => stop.abort(new Error("stopped")) });
  await expect(running).rejects.toThrow("stopped");
});

test("starts nothing once aborted, but what cleans up", async () => {
  const { context, stop, calls } = fakeDocker("echo done");
  stop.abort(new Error("stopped"));
  const engine = openEngine(context);
  await expect(engine.run(["create"])).rejects.toThrow("stopped");
  expect(await engine.run(["rm", "x"], { evenIfAborted: true })).toBe("done\n");
  expect(calls()).toEqual(["rm x"]);
});
