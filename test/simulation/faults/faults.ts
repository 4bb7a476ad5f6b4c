import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { MailTrouble } from '../network/mail.js';
import { AFTERMATH } from '../rules/rules.js';
import { timings } from '../timings.js';
import type { World } from '../world.js';
import { sendMessages, type Messages } from './strangers.js';
import { happenTo } from './victims.js';

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
  | {
      readonly kind: 'notifications';
      readonly who: number;
      readonly trouble: MailTrouble;
      readonly lasting: number;
    }
  | { readonly kind: 'no announcements'; readonly lasting: number }
  | ({ readonly kind: 'stranger' } & Messages)
  | {
      readonly kind: 'resign requests';
      readonly who: number;
      readonly election: number;
      readonly count: number;
      readonly lasting: number;
    }
);

export type FaultKind = Fault['kind'];

/** Faults that happen to one instance. */
export type PersonalFault = Extract<Fault, { who: number }>;

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
  const { now } = agenda;
  switch (fault.kind) {
    case 'join':
      if (living.length >= MOST_INSTANCES) return false;
      world.join(fault.candidate);
      return true;
    case 'slow server':
      world.note('server', `is slow for ${fault.lasting} ms, up to ${fault.longest} ms`);
      server.slowDown(fault.lasting, fault.longest);
      world.disturbServer(now + fault.lasting + 2 * fault.longest);
      return true;
    case 'restart':
      if (server.down) return false;
      world.note('server', `goes down (${fault.how}) for ${fault.downtime} ms`);
      server.goDown(fault.how, fault.downtime);
      world.disturbServer(now + fault.downtime);
      return true;
    case 'failover':
      if (server.down) return false;
      world.note('server', `vanishes; a standby is promoted after ${fault.downtime} ms`);
      world.failOver(fault.downtime);
      // Those who were connected notice it by its silence.
      world.disturbServer(now + Math.max(fault.downtime, timings.renewDeadline));
      return true;
    case 'no announcements':
      world.note('server', `refuses announcements for ${fault.lasting} ms`);
      server.refuseAnnouncements(fault.lasting);
      world.refusalCalm.disturb(now + fault.lasting);
      world.calm.disturb(now + fault.lasting + AFTERMATH);
      return true;
    case 'stranger': {
      const { says, count, election, key, of, moment, lasting } = fault;
      if (election >= world.setup.elections) return false;
      world.note(
        'stranger',
        `says ${count} times within ${lasting} ms: ${says} (${election}, ${key}, of ${of}, ${moment})`,
      );
      sendMessages(world, fault);
      world.calm.disturb(now + lasting + AFTERMATH);
      return true;
    }
  }
}

function choose({ living }: World, who: number): SimulatedInstance | undefined {
  const leader = living.find(({ elections }) => elections.some(({ isLeader }) => isLeader));
  return who >= FIRST_LEADER_NUMBER && leader ? leader : living[who % living.length];
}
