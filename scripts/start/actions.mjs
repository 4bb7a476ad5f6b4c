import colours from 'picocolors';
import { duration } from '../../tooling/clock.mjs';
import { measureTakeover } from './takeover.mjs';

/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */

const AFTER = { kill: 'the kill', stop: 'SIGTERM', freeze: 'the freeze' };

/** What the viewer can do, one key each. */
export class Actions {
  #fleet;
  #print;
  #quit;
  /** The measurement under way. */
  #measuring = new AbortController();

  /**
   * @param {Fleet} fleet
   * @param {(line: string) => void} print
   * @param {AbortController} quit
   */
  constructor(fleet, print, quit) {
    this.#fleet = fleet;
    this.#print = print;
    this.#quit = quit;
  }

  /** @param {string} key */
  take(key) {
    switch (key) {
      case 'k':
        return this.#strike('kill');
      case 's':
        return this.#strike('stop');
      case 'f':
        return this.#strike('freeze');
      case 't':
        return this.#thaw();
      case 'a':
        return void this.#fleet.start();
      case 'q':
      case 'quit':
        return this.#quit.abort();
    }
  }

  /** @param {'kill' | 'stop' | 'freeze'} blow */
  #strike(blow) {
    const { leader } = this.#fleet;
    if (!leader) return this.#say('Nobody leads at the moment.');
    if (leader.state === 'stopping') return this.#say(`${leader.name} is ending already.`);
    if (leader.state === 'frozen' && blow !== 'kill') {
      return this.#say(`${leader.name} is frozen; t thaws it, k kills it.`);
    }
    this.#measuring.abort();
    this.#measuring = new AbortController();
    const signal = AbortSignal.any([this.#measuring.signal, this.#quit.signal]);
    void measureTakeover(this.#fleet, leader, blow, signal).then(
      ({ leader: successor, milliseconds, afterDuties }) => {
        const gap = afterDuties === undefined ? '' : `, ${duration(afterDuties)} after its duties`;
        const time = `${duration(milliseconds)} after ${AFTER[blow]} of ${leader.name}${gap}`;
        this.#say(`→ ${successor.name} leads ${time}`);
      },
      () => {}, // Something else has happened that is measured instead, or this is the end.
    );
  }

  #thaw() {
    const { instances, leader } = this.#fleet;
    const frozen = instances.find(({ state }) => state === 'frozen');
    if (!frozen) return this.#say('Nobody is frozen.');
    // In time: it may go on leading, and there is no takeover to measure.
    if (frozen === leader) this.#measuring.abort();
    const thawedAt = frozen.thaw();
    if (frozen === leader) return;
    void this.#fleet
      .first('demoted', this.#quit.signal, ({ instance }) => instance === frozen)
      .then(
        ({ at }) => this.#say(`→ ${frozen.name} knew ${duration(at - thawedAt)} after the thaw`),
        () => {},
      );
  }

  /** @param {string} text */
  #say(text) {
    this.#print(`${' '.repeat(14)}${colours.bold(text)}`);
  }
}
