import colours from 'picocolors';

/** @typedef {import('../../tooling/instances/instance.mjs').Happening} Happening */

/**
 * A line for the viewer, or undefined for what is not worth one.
 *
 * @param {Happening} happening
 * @returns {string | undefined}
 */
export function narrate(happening) {
  const text = describe(happening);
  return text && `${colours.dim(timeOfDay(new Date()))}  ${text}`;
}

/** @param {Date} date */
function timeOfDay(date) {
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** @param {Happening} happening @returns {string | undefined} */
function describe(happening) {
  const { instance, type } = happening;
  const { name } = instance;
  switch (type) {
    case 'started':
      return `${name} starts as process ${instance.pid}`;
    case 'listening':
      return `${name} answers at ${happening.url}`;
    case 'elected':
      return colours.green(colours.bold(`${name} leads, in term ${happening.term}`));
    case 'demoted':
      return colours.yellow(
        `${name} no longer leads: term ${happening.term} is over (${happening.reason})`,
      );
    case 'lease-unconfirmed':
      return colours.yellow(`${name} does not trust its lease any more`);
    case 'lease-confirmed':
      return `${name} trusts its lease again`;
    case 'role':
      return happening.role === 'heir' ? colours.cyan(`${name} is the heir`) : undefined;
    case 'job-started':
      return `${name} runs the job, in term ${happening.term}`;
    case 'killed':
      return colours.red(`${name} is killed (SIGKILL)`);
    case 'stopping':
      return colours.red(`${name} is asked to stop (SIGTERM)`);
    case 'frozen':
      return colours.blue(`${name} is frozen (SIGSTOP)`);
    case 'thawed':
      return colours.blue(`${name} is thawed (SIGCONT)`);
    case 'gone':
      return happening.unexpected
        ? colours.red(`${name} ended by itself (${happening.how})`)
        : `${name} is gone`;
    case 'output':
      return happening.text.replace(/^/gm, `${colours.dim(`${name} │`)} `);
    default:
      return undefined;
  }
}
