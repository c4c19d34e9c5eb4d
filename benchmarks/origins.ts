import { hotKey } from './lib/hot-key.js'
import { herd, outage } from './lib/origin-outage.js'
import { pushStaleness } from './lib/push-staleness.js'
import type { Question } from './lib/question.js'
import { validatedStores } from './lib/validated-stores.js'

/** What reads cost that are validated each time, by origin; a herd, a hot key, an outage, and how soon a push is seen. */
export const origins: Question = {
  title: 'Origins',
  async answer(bench, report) {
    await validatedStores(bench, report)
    await herd(bench, report)
    await hotKey(bench, report)
    await outage(bench, report)
    await pushStaleness(bench, report)
  },
}
