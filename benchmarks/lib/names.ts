/** What an origin calls the key `keyAt(index, 'bnd')`, where its pattern is `bnd:*`. */
export const nameAt = (index: number): string => String(index).padStart(12, '0')
