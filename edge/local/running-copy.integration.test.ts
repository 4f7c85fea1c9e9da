import { expect, it } from "vitest";
import { takeDataDirectory } from "./running-copy.ts";

it.each(["/proc/rostrum", "/dev/null", "/dev/null/rostrum"])(
  "a DATA_DIR of %s is refused in one sentence",
  async (directory) => {
    await expect(takeDataDirectory(directory, () => {})).rejects.toThrow(
      new RegExp(
        `^DATA_DIR ${directory} cannot be (made|written) \\([A-Z]+\\): choose a folder that can( be written)?\\.$`,
      ),
    );
  },
);
