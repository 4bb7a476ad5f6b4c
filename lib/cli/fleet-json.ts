import { INSTANCE_DETAILS } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import type { Fleet, Member } from './fleet.js';

/** The version of the JSON format; a breaking change increases it. */
const FORMAT = 1;

/** What `status --json` prints; see docs/command-line.md. */
export function fleetJson({ at, elections, places, unanswered }: Fleet): object {
  return {
    format: FORMAT,
    at,
    elections: elections.map(({ name, key, members }) => {
      const all = (role: Member['role']) => members.filter((one) => one.role === role);
      const leader = members.find(({ role }) => role === 'leader' || role === 'holder');
      const [heir] = all('heir');
      return {
        name: name ?? null,
        key: String(key),
        leader: leader
          ? {
              ...memberJson(leader),
              // Unknown if it did not answer.
              leading: leader.answer ? leader.role === 'leader' : null,
              term: leader.term === undefined ? null : String(leader.term),
              since: leader.since ?? null,
            }
          : null,
        heir: heir ? memberJson(heir) : null,
        standbys: all('standby').map(memberJson),
        reserve: all('reserve').map(memberJson),
        observers: all('observer').map(memberJson),
      };
    }),
    places: places.map(({ elections: names, maxCandidates, taken }) => ({
      elections: names,
      maxCandidates: maxCandidates ?? null,
      taken: taken.map(({ place, pid, instanceId }) => ({
        place,
        instanceId: instanceId ?? null,
        pid,
      })),
    })),
    unanswered: unanswered.map(({ pid, applicationName, silence }) => ({
      pid,
      instanceId: instanceOf(applicationName) ?? null,
      silentFor: silence === undefined ? null : Math.round(silence),
    })),
  };
}

function memberJson({ pid, instanceId, answer, lastSeen }: Member) {
  return {
    instanceId: instanceId ?? null,
    pid,
    answered: answer !== undefined,
    ...Object.fromEntries(INSTANCE_DETAILS.map((name) => [name, answer?.[name] ?? null])),
    version: answer?.version ?? null,
    startedAt: answer?.startedAt ?? null,
    lastSeen: lastSeen ?? null,
  };
}
