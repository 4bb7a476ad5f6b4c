// Numbers on the command line.

/** @param {string} name of the option @param {string} text @param {number} least */
export function readNumber(name, text, least) {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name} must be a number from ${least}; given: ${text}`);
}

/** @param {string} name of the option @param {string} text */
export function readWholeNumber(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0; given: ${text}`);
}
