import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Failure, messageOf } from "../../src/errors.ts";
import { openToolkit } from "./toolkit.ts";

/** A folder of this step's own, which the runner removes after the job. */
export function temporaryFolder(purpose: string): Promise<string> {
  return mkdtemp(path.join(process.env.RUNNER_TEMP || tmpdir(), `overbridge-${purpose}-`));
}

/**
 * Uploads files of one folder as an artifact. One of this name that is there already stays as it is.
 *
 * @returns false where there is one already.
 * @throws Failure naming the artifact.
 */
export async function uploadFiles(name: string, folder: string, files: readonly string[]): Promise<boolean> {
  const client = new (openToolkit().DefaultArtifactClient)();
  try {
    await client.uploadArtifact(
      name,
      files.map((file) => path.join(folder, file)),
      folder,
    );
    return true;
  } catch (error) {
    if (/\b409\b|already exists/i.test(messageOf(error))) return false;
    throw new Failure(`artifact ${name}: cannot be uploaded: ${messageOf(error)}`, "re-run the job");
  }
}

/**
 * Downloads an artifact of this workflow run.
 *
 * @returns the folder that its files are in.
 * @throws Failure naming the artifact.
 */
export async function downloadFiles(name: string): Promise<string> {
  const client = new (openToolkit().DefaultArtifactClient)();
  const folder = await temporaryFolder("artifact");
  try {
    const { artifact } = await client.getArtifact(name);
    await client.downloadArtifact(artifact.id, { path: folder });
    return folder;
  } catch (error) {
    throw new Failure(
      `artifact ${name}: cannot be downloaded: ${messageOf(error)}`,
      "give the output 'artifact' of a build-ovs step of this very workflow run",
    );
  }
}
