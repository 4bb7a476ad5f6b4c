import type { SimulatedInstance } from '../instances/simulated-instance.js';
import { timings } from '../timings.js';
import type { World } from '../world.js';

/** What can go wrong, or be done on purpose. Durations and moments are in virtual milliseconds. */
export type Fault = { readonly after: number } & (
  | {
      readonly kind: 'partition';
      readonly who: number;
      readonly way: 'both' | 'to server' | 'to client';
      readonly lasting: number;
    }
  | { readonly kind: 'freeze'; readonly who: number; readonly lasting: number }
  | {
      readonly kind: 'suspend';
      readonly who: number;
      readonly lasting: number;
      /** Whether the wall clock stands still as well, which nothing on this machine can notice. Never drawn. */
      readonly wallStands?: true;
    }
  | { readonly kind: 'kill'; readonly who: number; readonly gone: 'process' | 'host' }
  | { readonly kind: 'join'; readonly candidate: boolean }
  | { readonly kind: 'stop'; readonly who: number }
  | { readonly kind: 'resign'; readonly who: number; readonly election: number }
  | { readonly kind: 'clock step'; readonly who: number; readonly by: number }
  | { readonly kind: 'slow server'; readonly lasting: number; readonly longest: number }
  | {
      readonly kind: 'restart';
      readonly how: 'clean' | 'crash' | 'backend crash';
      readonly downtime: number;
    }
  | { readonly kind: 'failover'; readonly downtime: number }
  | { readonly kind: 'client reset'; readonly who: number }
  | { readonly kind: 'server reset'; readonly who: number }
  | { readonly kind: 'terminate'; readonly who: number }
);

export type FaultKind = Fault['kind'];

/**
 * A wall clock that is set back hides a suspension of that length, as if both clocks had stood still: one of the limits that
 * docs and README tell (known-overlaps.test.ts shows it). So much of it is covered by what clocks may differ by
 * (`CLOCK_TOLERANCE`), beside the greatest error that schedules give them.
 */
const HARMLESS_SET_BACK = 0.005 * timings.renewDeadline;

/** The most instances that live at once. */
const MOST_INSTANCES = 5;

/** Numbers beyond this mean whoever leads. */
const FIRST_LEADER_NUMBER = 4;

/** Lets a fault happen now; false when there is nothing that it could happen to. */
export function inflict(world: World, fault: Fault): boolean {
  if ('who' in fault) {
    const victim = choose(world, fault.who);
    return victim !== undefined && happenTo(world, victim, fault);
  }
  const { server, agenda, living } = world;
  switch (fault.kind) {
    case 'join':
      if (living.length >= MOST_INSTANCES) return false;
      world.join(fault.candidate);
      return true;
    case 'slow server':
      world.note('server', `is slow for ${fault.lasting} ms, up to ${fault.longest} ms`);
      server.slowDown(fault.lasting, fault.longest);
      return true;
    case 'restart':
      if (server.down) return false;
      world.note('server', `goes down (${fault.how}) for ${fault.downtime} ms`);
      server.goDown(fault.how, fault.downtime);
      return true;
    case 'failover':
      if (server.down) return false;
      world.note('server', `vanishes; a standby is promoted after ${fault.downtime} ms`);
      world.failOver(fault.downtime);
      return true;
  }
  void agenda;
}

function choose({ living }: World, who: number): SimulatedInstance | undefined {
  const leader = living.find(({ elections }) => elections.some(({ isLeader }) => isLeader));
  return who >= FIRST_LEADER_NUMBER && leader ? leader : living[who % living.length];
}

function happenTo(
  world: World,
  victim: SimulatedInstance,
  fault: Extract<Fault, { who: number }>,
): boolean {
  const { agenda } = world;
  const { process, link, name, clockFaults } = victim;
  const backend = [...victim.connector.sockets].find((socket) => socket.backend?.alive)?.backend;
  switch (fault.kind) {
    case 'partition': {
      world.note(name, `is cut off (${fault.way}) for ${fault.lasting} ms`);
      const paths = [
        ...(fault.way === 'to client' ? [] : [link.toServer]),
        ...(fault.way === 'to server' ? [] : [link.toClient]),
      ];
      for (const path of paths) path.cut();
      agenda.after(fault.lasting, () => {
        for (const path of paths) path.mend();
        world.note(name, 'is no longer cut off');
      });
      return true;
    }
    case 'freeze':
    case 'suspend': {
      if (process.frozen) return false;
      if (fault.kind === 'suspend') {
        if (clockFaults.setBack > HARMLESS_SET_BACK) return false;
        clockFaults.suspended = true;
      }
      const suspended = fault.kind === 'suspend' && fault.wallStands ? 'standing' : 'suspended';
      world.note(
        name,
        `is ${fault.kind === 'freeze' ? 'frozen' : 'suspended'} for ${fault.lasting} ms`,
      );
      process.freeze(fault.kind === 'suspend' ? suspended : 'running');
      agenda.after(fault.lasting, () => {
        if (!process.alive) return;
        world.note(name, 'runs again');
        process.thaw();
      });
      return true;
    }
    case 'kill':
      world.note(name, `is killed (${fault.gone})`);
      victim.kill(fault.gone);
      return true;
    case 'stop':
      world.note(name, 'is told to stop');
      victim.stop();
      return true;
    case 'resign':
      if (!victim.elections[fault.election]?.isLeader) return false;
      world.note(name, `is told to resign (${fault.election})`);
      victim.resign(fault.election);
      return true;
    case 'clock step': {
      const setBack = clockFaults.setBack + Math.max(0, -fault.by);
      if (clockFaults.suspended && setBack > HARMLESS_SET_BACK) return false;
      clockFaults.setBack = setBack;
      world.note(name, `has its wall clock set by ${fault.by} ms`);
      process.stepWall(fault.by);
      return true;
    }
    case 'client reset':
      world.note(name, 'has its connection reset, on its side only');
      for (const socket of victim.connector.sockets) socket.reset();
      return true;
    case 'server reset':
      world.note(name, 'has its connection reset, on the side of the server only');
      backend?.close();
      return backend !== undefined;
    case 'terminate':
      world.note(name, 'has its backend terminated');
      backend?.close('terminating connection due to administrator command');
      return backend !== undefined;
  }
}
