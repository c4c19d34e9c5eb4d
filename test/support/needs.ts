/**
 * `describe` and `test` for what needs something that a machine may lack. Where it is missing one line says what was
 * skipped and why; in CI, where nothing may be skipped for that, a test fails with that reason.
 *
 * @param missing what the machine lacks, or null
 */
export function describeUnless(missing: string | null, name: string, body: () => void): void {
  if (missing === null) describe(name, body)
  else if (process.env['CI']) describe(name, () => test('is not skipped in CI', () => expect(missing).toBeNull()))
  else {
    tellSkipped(name, missing)
    describe.skip(name, body)
  }
}

/** For what no installation can bring, such as a second address: skipped in CI, too, with the same line. */
export function testWhere(missing: string | null, name: string, body: () => Promise<void>): void {
  if (missing === null) return test(name, body)
  tellSkipped(name, missing)
  test.skip(name, body)
}

/** The same as `describeUnless` for one test. */
export function testUnless(missing: string | null, name: string, body: () => Promise<void>, timeoutMs?: number): void {
  if (missing === null) test(name, body, timeoutMs)
  else if (process.env['CI']) test(name, () => expect(missing).toBeNull())
  else {
    tellSkipped(name, missing)
    test.skip(name, body, timeoutMs)
  }
}

const tellSkipped = (name: string, missing: string): boolean => process.stderr.write(`SKIPPED: ${name}: ${missing}\n`)
