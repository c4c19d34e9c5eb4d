/** Something the user can put right; its message is the one line that says how. */
export class Mistake extends Error {
  override readonly name = 'Mistake'
}
