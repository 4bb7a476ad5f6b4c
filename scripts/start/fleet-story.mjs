import colours from 'picocolors';
import { emptyCluster, happeningOf, reduce } from './built-cluster.mjs';
import { Narration } from './narration.mjs';

/**
 * Prints what happens in a fleet, and what its instances print.
 *
 * @param {import('../../tooling/instances/fleet.mjs').Fleet} fleet
 */
export function tellStory(fleet) {
  const narration = new Narration(console.log);
  let cluster = emptyCluster;
  fleet.on((happening) => {
    if (happening.type === 'output') {
      const { name } = happening.instance;
      console.log(happening.text.replace(/^/gm, `${colours.dim(`${name} │`)} `));
    }
    const told = happeningOf(happening);
    if (!told) return;
    cluster = reduce(cluster, told);
    narration.follow(cluster);
  });
}
