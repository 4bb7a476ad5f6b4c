import type { Happening, OfInstance } from './happening.js';

export interface Instance {
  readonly number: number;
  readonly phase: 'starting' | 'running' | 'frozen' | 'stopping' | 'gone';
  /** As it was last reported: `leader`, `heir`, `standby`, … */
  readonly role: string;
  readonly isCutOff: boolean;
  readonly pid?: number | undefined;
  readonly url?: string | undefined;
  /** When it sent the last heartbeat that PostgreSQL answered: its lease runs from here. Undefined: no session. */
  readonly confirmedAt?: number | undefined;
  /**
   * The term for which PostgreSQL may still hold the lock: the one in which it leads as far as it knows (a frozen
   * instance has not heard of its successor), or the one that it gave up while it was cut off.
   */
  readonly term?: string | undefined;
  /** How often the job ran in it. */
  readonly runs: number;
  /** What ended it. */
  readonly end?: string | undefined;
  /** When it ended. */
  readonly goneAt?: number | undefined;
}

/** More would not fit on a page, and each is a process. */
export const MOST_INSTANCES = 7;

export const nameOf = (number: number): string => `#${number}`;

const list = new Intl.ListFormat('en-GB');

/** Such as `#1, #2 and #3`. */
export function namesOf(instances: readonly Instance[]): string {
  return list.format(instances.map(({ number }) => nameOf(number)));
}

/** Whether it could be elected: it runs, and can reach PostgreSQL. */
export function canLead({ phase, isCutOff }: Instance): boolean {
  return phase === 'running' && !isCutOff;
}

/** The instances after something has happened. */
export function followInstances(
  instances: readonly Instance[],
  happening: Happening,
): readonly Instance[] {
  if (happening.type === 'server-stopping') {
    return instances.map((one) => ({ ...one, confirmedAt: undefined }));
  }
  if (!('instance' in happening)) return instances;
  const { instance: number, type } = happening;
  if (type === 'removed') return instances.filter((one) => one.number !== number);
  if (type === 'started') {
    const fresh: Instance = {
      number,
      phase: 'starting',
      role: 'starting',
      isCutOff: false,
      pid: happening.pid,
      runs: 0,
    };
    const others = instances.filter((one) => one.number !== number);
    return [...others, fresh].sort((a, b) => a.number - b.number);
  }
  return instances.map((one) =>
    one.number === number ? { ...one, ...changes(one, happening) } : one,
  );
}

function changes(
  { phase, runs, isCutOff, role, term }: Instance,
  happening: OfInstance & { readonly at: number },
): Partial<Instance> {
  switch (happening.type) {
    case 'listening':
      return { url: happening.url, phase: phase === 'starting' ? 'running' : phase };
    case 'role':
      return { role: happening.role };
    case 'heartbeat':
      return { confirmedAt: happening.sentAt };
    case 'elected':
      return { term: happening.term, confirmedAt: happening.at, role: 'leader' };
    case 'demoted':
      return { term: isCutOff ? term : undefined, role: 'standby' };
    case 'job-started':
      return { runs: runs + 1 };
    case 'killed':
      return { phase: 'stopping', end: 'killed' };
    case 'stopping':
      return { phase: 'stopping', end: 'stopped' };
    case 'frozen':
      return { phase: 'frozen' };
    case 'thawed':
      return { phase: 'running' };
    case 'cut-off':
      return { isCutOff: true };
    case 'reconnected':
      return { isCutOff: false, ...(role !== 'leader' && { term: undefined }) };
    case 'gone':
      return {
        phase: 'gone',
        role: 'gone',
        isCutOff: false,
        term: undefined,
        goneAt: happening.at,
        ...(happening.unexpected && { end: `ended by itself: ${happening.how}` }),
      };
    default:
      return {};
  }
}
