/**
 * The version in package.json, which a test compares. Not read from there: a bundler would not take the file along.
 *
 * @internal
 */
export const VERSION = '0.1.0';
