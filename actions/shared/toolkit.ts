import { createRequire } from "node:module";
import type * as Toolkit from "../toolkit/main.ts";

/** The large parts of the Actions toolkit, from the bundle they have to themselves: actions/toolkit/dist. */
export function openToolkit(): typeof Toolkit {
  // What `require` is called with here no bundler follows: the path holds from actions/NAME/dist.
  const load = createRequire(import.meta.filename);
  return load("../../toolkit/dist/index.js");
}
