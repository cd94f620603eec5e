import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  goesWith,
  isExpiryOf,
  isOurs,
  ownerOf,
  ownerTag,
  readTags,
  tagsFor,
} from "../../../src/provider/digitalocean/tags.ts";

/** What the API takes for a tag. */
const TAG = /^[a-zA-Z0-9_\-:]{1,255}$/;

const cluster = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
const owner = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,39}\/[a-z0-9._-]{1,60}$/),
  fc.stringMatching(/^shell\/[a-z0-9_-]{1,32}$/),
);
const run = fc.record({ GITHUB_RUN_ID: fc.option(fc.stringMatching(/^\d{1,12}$/), { nil: undefined }) });
const time = fc.integer({ min: 1, max: 9_999_999_999 });

describe("tags", () => {
  test("say of a droplet what they were made from, in whatever case the account keeps them", () => {
    fc.assert(
      fc.property(cluster, owner, time, run, (name, whose, expires, env) => {
        const tags = tagsFor(name, whose, expires, env);
        for (const tag of tags) expect(tag).toMatch(TAG);
        const expected = { ours: true, cluster: name, owner: ownerTag(whose), expires };
        expect(readTags(tags)).toEqual(expected);
        expect(readTags(tags.map((tag) => tag.toUpperCase()))).toEqual(expected);
        expect(tags.every(isOurs)).toBe(true);
      }),
    );
  });

  test("of two owners differ", () => {
    fc.assert(
      fc.property(owner, owner, (a, b) => {
        expect(ownerTag(a) === ownerTag(b)).toBe(a === b);
      }),
    );
  });

  test("that go with a cluster are never another's", () => {
    fc.assert(
      fc.property(cluster, cluster, owner, time, run, (one, other, whose, expires, env) => {
        fc.pre(one !== other);
        const shared = tagsFor(one, whose, expires, env).filter((tag) => goesWith(tag, other));
        expect(shared).toEqual([]);
      }),
    );
    expect(isExpiryOf("overbridge-expires-a-5-1700000000", "a")).toBe(false);
    expect(goesWith("overbridge", "a")).toBe(false);
    expect(goesWith("overbridge-owner-octo:app", "owner")).toBe(false);
  });
});

describe("the owner", () => {
  test.each([
    [{ GITHUB_REPOSITORY: "Octo/App.js" }, "octo/app.js"],
    [{ GITHUB_REPOSITORY: "not a repository", USER: "ada" }, "shell/ada"],
    [{ LOGNAME: "Ada" }, "shell/ada"],
    [{ USER: "../x" }, "shell"],
    [{}, "shell"],
  ])("of %j is %s", (env, expected) => {
    expect(ownerOf(env)).toBe(expected);
    expect(ownerTag(ownerOf(env))).toMatch(TAG);
  });
});
