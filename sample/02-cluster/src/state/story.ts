import type { Cluster } from './cluster.js';
import { duration } from './duration.js';
import type { Happening, OfInstance, OfPlatform, OfServer } from './happening.js';
import { nameOf } from './instances.js';
import { gaps, reigning } from './reigns.js';

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
  const sentence =
    'instance' in happening ? ofInstance(before, after, happening) : ofOthers(happening);
  if (!sentence) return before.story;
  const [tone, text] = sentence;
  return [...before.story, { at: happening.at, tone, text }].slice(-KEPT);
}

type Sentence = readonly [Line['tone'], string] | undefined;

function ofOthers(happening: OfServer | OfPlatform): Sentence {
  switch (happening.type) {
    case 'server-stopping':
      return ['bad', 'PostgreSQL restarts: every session ends, and with it every lock.'];
    case 'server-started':
      return [
        'quiet',
        'PostgreSQL is back. The next leader waits until any earlier leader has stopped acting.',
      ];
    case 'restart-policy':
      return [
        'quiet',
        happening.delay === undefined
          ? 'Auto-restart is off: instances that end are not started again.'
          : `Auto-restart is on: instances that end are started again after ${happening.delay / 1_000} s.`,
      ];
  }
}

function ofInstance(
  before: Cluster,
  after: World,
  happening: OfInstance & { readonly at: number },
): Sentence {
  const name = nameOf(happening.instance);
  const own = before.instances.find(({ number }) => number === happening.instance);
  const led = reigning(before)?.instance === happening.instance;
  switch (happening.type) {
    case 'started':
      return ['quiet', `${name} starts.`];
    case 'elected':
      return ['good', `${name} leads in term ${happening.term}${gapBefore(after, happening)}.`];
    case 'killed':
      return [
        'bad',
        `${name} is killed${led ? ': its connection closes, which frees the lock' : ''}.`,
      ];
    case 'stopping':
      return [
        'bad',
        `${name} is stopping${led ? ': it finishes its job, then releases the lock' : ''}.`,
      ];
    case 'frozen':
      return ['bad', `${name} is frozen${led ? '. It keeps the lock until its lease ends' : ''}.`];
    case 'thawed':
      return ['quiet', `${name} is thawed.`];
    case 'cut-off':
      return [
        'bad',
        `${name} is cut off: its connection stays open, but nothing gets through to PostgreSQL.`,
      ];
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
function gapBefore(
  { reigns }: World,
  { at, instance }: { readonly at: number; readonly instance: number },
): string {
  const gap = gaps(reigns).find(({ to }) => to.from === at);
  if (!gap) return '';
  const { milliseconds, from, cause, hadCandidates } = gap;
  const [one, its] =
    from.instance === instance
      ? ['it', 'its session']
      : [nameOf(from.instance), `the session of ${nameOf(from.instance)}`];
  const why = {
    killed: `${one} was killed`,
    stopped: `${one} stepped down`,
    frozen: `${one} froze`,
    'cut off': `${one} could not confirm its lease`,
    'PostgreSQL restarted': `the restart of PostgreSQL ended ${its}`,
    crashed: `${one} crashed`,
    'stepped down': `${one} stepped down`,
  }[cause];
  const outage = hadCandidates ? '' : ' (at times no instance could lead)';
  return `, ${duration(milliseconds)} after ${why}${outage}`;
}

function demoted(
  { instances, marks }: Cluster,
  number: number,
  at: number,
  term: string,
): Sentence {
  const name = nameOf(number);
  const own = instances.find((one) => one.number === number);
  if (own?.phase === 'stopping') return ['quiet', `${name} no longer leads: term ${term} is over.`];
  const thawed = marks.conditions.findLast(
    ({ instance, kind }) => instance === number && kind === 'frozen',
  )?.to;
  // A freeze of long ago has nothing to do with it.
  if (thawed !== undefined && at - thawed < 1_000) {
    const time = duration(at - thawed);
    return ['bad', `${name} finds itself demoted ${time} after the thaw: term ${term} is over.`];
  }
  return ['bad', `${name} no longer leads: term ${term} is over.`];
}
