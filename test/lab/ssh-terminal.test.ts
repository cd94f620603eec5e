import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/ssh/connect.ts";
import { eventually } from "../ssh/server.ts";
import { type Sshd, startSshd } from "../ssh/sshd.ts";

/** Not among the unit tests: an sshd that is not root's cannot have a terminal on every machine. */
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd?.stop());

test("a terminal has its size, and a new one when it changes", async () => {
  const connection = await connect(sshd.target, sshd.identity);
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stdout = Object.assign(new PassThrough(), { columns: 91, rows: 23 });
  let shown = "";
  stdout.on("data", (piece) => (shown += piece));
  const resize = async () => {
    await eventually(() => shown).toContain("23 91");
    stdout.columns = 77;
    stdout.emit("resize");
    stdin.write("go\r");
  };
  const terminal = { stdin, stdout, stderr: new PassThrough() };
  const attached = connection.attach("stty size; read -r go; stty size; exit 6", terminal);
  const [code] = await Promise.all([attached, resize()]);
  connection.close();
  expect(code).toBe(6);
  expect(shown).toContain("23 77");
});
