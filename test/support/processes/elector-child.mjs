// One elector in a process of its own, which reports everything with the machine's monotonic clock.
import { pathToFileURL } from 'node:url';

const [library = '', optionsJson = '{}'] = process.argv.slice(2);
const { Elector } = await import(pathToFileURL(`${library}/core/elector.js`).href);

const stop = new AbortController();
process.on('message', (message) => {
  if (message === 'stop') stop.abort();
});
process.on('disconnect', () => process.exit());

/** @param {string} what @param {object} [details] */
function report(what, details) {
  process.send?.({ what, at: Number(process.hrtime.bigint()) / 1e6, ...details });
}

const elector = new Elector({
  ...JSON.parse(optionsJson),
  onElected: (/** @type {any} */ { term }) => report('elected', { term: String(term) }),
  onDemoted: (/** @type {string} */ reason) => report('demoted', { reason }),
  logger: {
    log: () => {},
    warn: (/** @type {string} */ message) => report('warning', { message }),
    error: (/** @type {string} */ message) => report('error', { message }),
  },
});

// What a duty would do: it looks at isLeader before it acts, whenever the process gets to run.
const duty = setInterval(() => {
  if (elector.isLeader) report('acted');
}, 5);

report('started');
await elector.run(stop.signal);
clearInterval(duty);
report('ended');
process.disconnect?.();
