import type { Line } from '../state/story.js';
import { byId, element, setText } from './dom.js';
import type { LiveCluster } from './live-cluster.js';

/** What happened, the newest first; screen readers read out what is new. */
export class StoryView {
  readonly #list = byId('story');
  /** The newest line that is shown. */
  #last: Line | undefined;

  show({ cluster: { story }, clock }: LiveCluster): void {
    const isFirst = this.#last === undefined;
    const fresh = story.slice(
      this.#last ? story.findIndex((line) => isSame(line, this.#last)) + 1 : 0,
    );
    if (fresh.length === 0) return;
    for (const line of fresh) {
      const time = clock.dateOf(line.at).toTimeString().slice(0, 8);
      this.#list.prepend(
        element(
          'li',
          { 'data-tone': line.tone },
          element('time', {}, time),
          element('span', {}, line.text),
        ),
      );
    }
    this.#last = story.at(-1);
    while (this.#list.children.length > story.length) this.#list.lastElementChild?.remove();
    // What happened before the page was opened is not news.
    if (!isFirst) setText(byId('announcer'), fresh.map(({ text }) => text).join(' '));
  }
}

/** After a reconnect a line is another object. */
function isSame(one: Line, other: Line | undefined): boolean {
  return one.at === other?.at && one.text === other.text;
}
