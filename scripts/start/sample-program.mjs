/** What the instances in the terminal run. */
export const program = {
  main: new URL('../../sample/01-cron/dist/main.js', import.meta.url),
  preload: new URL('./reporter.mjs', import.meta.url),
};
