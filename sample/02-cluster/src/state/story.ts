import type { Cluster } from './cluster.js';
import { duration } from './duration.js';
import type { Happening, OfInstance } from './happening.js';
import { nameOf } from './instances.js';
import { failovers, reigning } from './reigns.js';

/** A sentence about what has happened. */
export interface Line {
  readonly at: number;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'quiet';
}

type World = Omit<Cluster, 'story'>;

const KEPT = 60;

/** The story after something has happened. */
export function tell(before: Cluster, after: World, happening: Happening): readonly Line[] {
  const told = 'instance' in happening ? ofInstance(before, after, happening) : ofServer(happening);
  if (!told) return before.story;
  const [tone, text] = told;
  return [...before.story, { at: happening.at, tone, text }].slice(-KEPT);
}

type Told = readonly [Line['tone'], string] | undefined;

function ofServer({ type }: Happening): Told {
  if (type === 'server-stopping') {
    return ['bad', 'PostgreSQL is restarted: every session ends, and every lock with it.'];
  }
  return [
    'quiet',
    'PostgreSQL is back. A new leader first waits until any old one must have stopped trusting itself.',
  ];
}

function ofInstance(
  before: Cluster,
  after: World,
  happening: OfInstance & { readonly at: number },
): Told {
  const name = nameOf(happening.instance);
  const own = before.instances.find(({ number }) => number === happening.instance);
  const led = reigning(before)?.instance === happening.instance;
  switch (happening.type) {
    case 'started':
      return ['quiet', `${name} starts.`];
    case 'elected':
      return ['good', `${name} leads, in term ${happening.term}${gapBefore(after, happening)}.`];
    case 'killed':
      return [
        'bad',
        `${name} is killed${led ? ': its connection closes, and the lock is free' : ''}.`,
      ];
    case 'stopping':
      return [
        'bad',
        `${name} is told to stop${led ? ': it finishes its job, then gives the lock back' : ''}.`,
      ];
    case 'frozen':
      return [
        'bad',
        `${name} is frozen${led ? '. It keeps the lock until its lease has run out' : ''}.`,
      ];
    case 'thawed':
      return ['quiet', `${name} is thawed.`];
    case 'cut-off':
      return ['bad', `${name} is cut off: nothing gets through to PostgreSQL, and nobody is told.`];
    case 'reconnected':
      return ['quiet', `${name} is reconnected.`];
    case 'lease-unconfirmed':
      return ['bad', `${name} may not act: its lease is unconfirmed.`];
    case 'lease-confirmed':
      return ['good', `${name} may act again: its lease is confirmed.`];
    case 'demoted':
      return demoted(before, happening.instance, happening.at, happening.term);
    case 'gone':
      if (happening.unexpected) return ['bad', `${name} ended by itself (${happening.how}).`];
      return own?.end === 'killed' ? undefined : ['quiet', `${name} has ended.`];
    default:
      return undefined;
  }
}

/** How long nobody led, and why. */
function gapBefore({ reigns }: World, { at }: { readonly at: number }): string {
  const failover = failovers(reigns).find(({ to }) => to.from === at);
  if (!failover) return '';
  const { milliseconds, from, cause } = failover;
  const why = {
    killed: 'was killed',
    stopped: 'stepped down',
    frozen: 'froze',
    'cut off': 'could not confirm its lease',
    'PostgreSQL restarted': 'lost its session',
    crashed: 'crashed',
    'stepped down': 'stepped down',
  }[cause];
  return `, ${duration(milliseconds)} after ${nameOf(from.instance)} ${why}`;
}

function demoted({ instances, marks }: Cluster, number: number, at: number, term: string): Told {
  const name = nameOf(number);
  const own = instances.find((one) => one.number === number);
  if (own?.phase === 'stopping') return ['quiet', `${name} no longer leads: term ${term} is over.`];
  const thawed = marks.conditions.findLast(
    ({ instance, kind }) => instance === number && kind === 'frozen',
  )?.to;
  // A freeze of long ago has nothing to do with it.
  if (thawed !== undefined && at - thawed < 1_000) {
    const time = duration(at - thawed);
    return [
      'bad',
      `${name} wakes up and finds itself demoted, after ${time}: term ${term} is over.`,
    ];
  }
  return ['bad', `${name} no longer leads: term ${term} is over.`];
}
