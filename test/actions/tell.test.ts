import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { provision } from "../../actions/provision/action.ts";
import { tellError } from "../../actions/shared/tell.ts";
import { InputError } from "../../src/errors.ts";

let log: string;
beforeEach(() => {
  log = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    log += text;
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

/** The log's last line: what to do. */
function hintFor(hint: string): string {
  expect(tellError(provision, new InputError("hosts: 1 would remove host2", hint))).toBe(2);
  return /^What to do: (.*)$/m.exec(log)?.[1] ?? "";
}

test.each([
  ["say --yes to remove them", "say 'yes' to remove them"],
  ["choose another --cluster, or say --no-such-flag", "choose another 'cluster', or say --no-such-flag"],
  ["remove it with overbridge teardown, or say --yes", "remove it with overbridge teardown, or say 'yes'"],
])("a flag becomes the input that the action has: %s", (hint, told) => {
  expect(hintFor(hint)).toBe(told);
});

test.each([
  "remove it first: overbridge teardown --cluster main --provider digitalocean",
  "overbridge teardown --cluster main --provider digitalocean removes what was made",
  "overbridge teardown --expired --dry-run lists them",
])("a whole command stays what can be typed: %s", (hint) => {
  expect(hintFor(hint)).toBe(hint);
});
