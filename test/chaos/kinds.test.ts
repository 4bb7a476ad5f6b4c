import { describe, expect, it } from '@jest/globals';
import type { Instance, World } from './faults/fault.mjs';
import { allFaults } from './faults/kinds.mjs';
import { choose } from './faults/schedule.mjs';
import { Random } from './random.mjs';

const canBe = (world: object, instance: object) => {
  const random = new Random(1);
  const of = { serverIsBusy: false, ...world, random } as unknown as World;
  const one = { faults: new Set(), ...instance } as unknown as Instance;
  return new Set(Array.from({ length: 5_000 }, () => choose(of, one)?.kind));
};

const servers = { standby: {}, lagging: {}, disk: {} };
const behindProxy = { leads: true, link: { canReset: true, canBeSlow: true } };
const inNamespace = { leads: true, link: { canReset: false, canBeSlow: false } };

describe('the faults of a chaos run', () => {
  it('have names of their own', () => {
    expect(new Set(allFaults.map(({ kind }) => kind)).size).toBe(allFaults.length);
  });

  it('all come, but for those of PgBouncer, in a run without it', () => {
    const come = new Set([...canBe({ servers }, behindProxy), ...canBe({ servers }, inNamespace)]);
    const impossible = process.platform === 'linux' ? /^PgBouncer/ : /^PgBouncer|hanging/;
    const all = allFaults.map(({ kind }) => kind).filter((kind) => !impossible.test(kind));
    expect([...come].sort()).toEqual(all.sort());
  });

  it('leave the server alone while something is being done to it', () => {
    const come = [...canBe({ servers, serverIsBusy: true }, behindProxy)];
    expect(come.filter((kind) => /^(server|standby|PgBouncer)/.test(kind ?? ''))).toEqual([]);
  });
});
