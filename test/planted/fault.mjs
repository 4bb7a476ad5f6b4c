/**
 * A fault that a change could bring in, and tests of which one has to notice it.
 *
 * @typedef {object} Fault
 * @property {string} name what is wrong then
 * @property {string} file
 * @property {string} find what stands in the file, once
 * @property {string} replace what stands there with the fault
 * @property {readonly string[]} tests below `test`, without `.test.ts`
 */

/**
 * A file's text with the fault in it.
 *
 * @param {string} text @param {Fault} fault
 * @throws where the fault does not fit into the text: the code has changed, and the fault must follow
 */
export function plant(text, { name, file, find, replace }) {
  const count = text.split(find).length - 1;
  if (count !== 1)
    throw new Error(
      `The fault "${name}" can't be planted: ${file} has its text ${count} times instead of once:\n${find}`,
    );
  return text.replace(find, () => replace);
}

/** @param {Fault} fault */
export const testFilesOf = ({ tests }) => tests.map((test) => `test/${test}.test.ts`);
