import type { Instance } from '../../../../tooling/instances/instance.mjs';

/** What can be done to an instance that is running. */
export const ACTIONS = {
  kill: { can: ({ state }) => state !== 'stopping', run: (one) => one.kill() },
  stop: { can: ({ state }) => isRunning(state), run: (one) => one.stop() },
  freeze: { can: ({ state }) => state === 'running', run: (one) => one.freeze() },
  thaw: { can: ({ state }) => state === 'frozen', run: (one) => one.thaw() },
  'cut-off': {
    can: ({ state, isCutOff }) => !isCutOff && state === 'running',
    run: (one) => one.cutOff(),
  },
  reconnect: { can: ({ isCutOff }) => isCutOff, run: (one) => one.reconnect() },
} as const satisfies Record<string, Action>;

interface Action {
  /** Whether it is possible at the moment. */
  readonly can: (instance: Instance) => boolean;
  readonly run: (instance: Instance) => unknown;
}

export type ActionName = keyof typeof ACTIONS;

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

function isRunning(state: Instance['state']): boolean {
  return state === 'running' || state === 'starting';
}
