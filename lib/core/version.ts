/**
 * The version in package.json; a test compares the two. Not read from that file, because a bundler would not include
 * it.
 *
 * @internal
 */
export const VERSION = '0.1.0';
