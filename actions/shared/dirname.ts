// ssh2 is CommonJS and looks beside itself for a file of its own as it loads; a bundle of ES modules has no
// `__dirname`. Imported first, so that it is there before ssh2 is.
Object.assign(globalThis, { __dirname: import.meta.dirname });
