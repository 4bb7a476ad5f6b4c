/** How the project's TypeScript becomes JavaScript where no types are checked. */
export const swcOptions = /** @type {const} */ ({
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
});
