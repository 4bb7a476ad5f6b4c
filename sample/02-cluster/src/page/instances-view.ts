import { type LiveCluster } from './live-cluster.js';
import { InstanceCard } from './instance-card.js';

/** A card for each instance, kept until the instance is removed. */
export class InstancesView {
  readonly #cards = new Map<number, InstanceCard>();

  constructor(private readonly container: HTMLElement) {}

  show({ cluster, setup, clock }: LiveCluster): void {
    if (!setup) return;
    for (const [number, card] of this.#cards) {
      if (cluster.instances.some((one) => one.number === number)) continue;
      this.#passFocusOn(card);
      card.element.remove();
      this.#cards.delete(number);
    }
    cluster.instances.forEach((instance, index) => {
      let card = this.#cards.get(instance.number);
      if (!card) {
        card = new InstanceCard(instance);
        this.#cards.set(instance.number, card);
        this.container.insertBefore(card.element, this.container.children[index] ?? null);
      }
      card.show(instance, cluster, setup.timings, clock.now());
    });
  }

  /** Otherwise the keyboard would begin again at the top of the page. */
  #passFocusOn({ element }: InstanceCard): void {
    if (!element.contains(document.activeElement)) return;
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    const target = neighbour ?? document.getElementById('cluster-actions');
    target?.querySelector('button')?.focus();
  }
}
