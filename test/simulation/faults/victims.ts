import type { SimulatedInstance } from '../instances/simulated-instance.js';
import { RECOVERY } from '../rules/bounds.js';
import { AFTERMATH } from '../rules/rules.js';
import { timings } from '../timings.js';
import type { World } from '../world.js';
import type { Fault, PersonalFault } from './faults.js';
import { askToResign } from './strangers.js';

/**
 * A wall clock that is set back hides a suspension of that length, as if both clocks had stood still: one of the limits that
 * docs and README tell (known-overlaps.test.ts shows it). So much of it is covered by what clocks may differ by
 * (`CLOCK_TOLERANCE`), beside the greatest error that schedules give them.
 */
const HARMLESS_SET_BACK = 0.005 * timings.renewDeadline;

type Of<K extends PersonalFault['kind']> = Extract<Fault, { kind: K }>;

/** Lets a fault happen to an instance; false when it can't. */
export function happenTo(world: World, victim: SimulatedInstance, fault: PersonalFault): boolean {
  const { name, clockFaults } = victim;
  const backend = [...victim.connector.sockets].find((socket) => socket.backend?.alive)?.backend;
  switch (fault.kind) {
    case 'partition':
      cutOff(world, victim, fault);
      return true;
    case 'freeze':
    case 'suspend':
      return halt(world, victim, fault);
    case 'kill':
      world.note(name, `is killed (${fault.gone})`);
      victim.kill(fault.gone);
      world.disturb(victim, world.agenda.now + timings.leaseDuration); // Until then a host's end may go unnoticed.
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
    case 'resign requests': {
      const { election, count, lasting } = fault;
      if (!victim.elections[election]) return false;
      world.note(name, `is asked to resign (${election}), ${count} times within ${lasting} ms`);
      world.calm.disturb(world.agenda.now + lasting + AFTERMATH);
      askToResign(world, { election, count, lasting, instanceId: name });
      return true;
    }
    case 'notifications':
      world.note(name, `hears notifications ${fault.trouble} for ${fault.lasting} ms`);
      world.calm.disturb(world.agenda.now + fault.lasting + AFTERMATH);
      victim.mail.disturb(fault.trouble, fault.lasting);
      return true;
    case 'clock step': {
      const setBack = clockFaults.setBack + Math.max(0, -fault.by);
      if (clockFaults.suspended && setBack > HARMLESS_SET_BACK) return false;
      clockFaults.setBack = setBack;
      clockFaults.stepped = true;
      world.note(name, `has its wall clock set by ${fault.by} ms`);
      world.disturb(victim, world.agenda.now + RECOVERY);
      victim.process.stepWall(fault.by);
      return true;
    }
    case 'client reset':
      world.note(name, 'has its connection reset, on its side only');
      world.disturb(victim, world.agenda.now + RECOVERY);
      for (const socket of victim.connector.sockets) socket.reset();
      return true;
    case 'server reset':
      world.note(name, 'has its connection reset, on the side of the server only');
      world.disturb(victim, world.agenda.now + RECOVERY);
      backend?.leave();
      return backend !== undefined;
    case 'terminate':
      world.note(name, 'has its backend terminated');
      world.disturb(victim, world.agenda.now + RECOVERY);
      backend?.end('terminating connection due to administrator command');
      return backend !== undefined;
  }
}

function cutOff(world: World, victim: SimulatedInstance, { way, lasting }: Of<'partition'>): void {
  const { agenda } = world;
  const { link, name } = victim;
  world.note(name, `is cut off (${way}) for ${lasting} ms`);
  world.disturb(victim, agenda.now + lasting + RECOVERY);
  const paths = [
    ...(way === 'to client' ? [] : [link.toServer]),
    ...(way === 'to server' ? [] : [link.toClient]),
  ];
  for (const path of paths) path.cut();
  agenda.after(lasting, () => {
    for (const path of paths) path.mend();
    world.note(name, 'is no longer cut off');
  });
}

function halt(
  world: World,
  victim: SimulatedInstance,
  fault: Of<'freeze'> | Of<'suspend'>,
): boolean {
  const { name, process, clockFaults } = victim;
  if (process.frozen) return false;
  const { kind, lasting } = fault;
  if (kind === 'suspend') {
    if (clockFaults.setBack > HARMLESS_SET_BACK) return false;
    clockFaults.suspended = true;
  }
  world.note(name, `is ${kind === 'freeze' ? 'frozen' : 'suspended'} for ${lasting} ms`);
  world.disturb(victim, world.agenda.now + lasting + RECOVERY);
  if (kind === 'freeze') process.freeze('running');
  else process.freeze(fault.wallStands ? 'standing' : 'suspended');
  world.agenda.after(lasting, () => {
    if (!process.alive) return;
    world.note(name, 'runs again');
    process.thaw();
  });
  return true;
}
