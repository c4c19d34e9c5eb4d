import { createHmac } from 'node:crypto'
import { request } from 'undici'

export const secret = 'a secret of 26 characters.'

export const signatureOf = (body: string, key = secret): string =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`

/** The origin's side of a webhook: one delivery after the other, in the order of what it is told. */
export class Webhooks {
  /** What deliveries were answered; 0 where nothing was. */
  readonly answers: number[] = []
  readonly url: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(url: string) {
    this.url = url
  }

  /** @returns the status */
  tell(delivery: object): Promise<number> {
    const told = this.#last.then(() => this.post(JSON.stringify(delivery)))
    this.#last = told
    return told
  }

  async post(
    body: string,
    headers: Record<string, string> = { 'x-truedis-signature': signatureOf(body) },
  ): Promise<number> {
    const status = await request(this.url, { method: 'POST', body, headers }).then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      () => 0,
    )
    this.answers.push(status)
    return status
  }
}
