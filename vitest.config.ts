import { defineConfig } from "vitest/config";

/** `unit` needs neither root nor a host; `lab` starts real hosts, so its files run one after another. */
export default defineConfig({
  test: {
    // Many tests wait for a process or a socket: as many workers as processors would leave those idle.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/lab/**"],
          // Tests keep nothing in modules, and most of a file's time is loading them anew.
          isolate: false,
          // A machine that is busy is no reason to fail.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
