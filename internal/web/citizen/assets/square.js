// Draws a text as a QR code (ISO/IEC 18004:2015) of level M, up to version 14: the
// least that holds it. What fits the alphanumeric mode is written in that, all else
// as bytes of UTF-8. It reads nothing: cameras read.

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BORDER = 4; // §5.3.8: readers need it white

// Of level M, by version: check words of a block, and how many blocks (table 9).
const CHECK = [, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24];
const BLOCKS = [, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9];

const sideOf = (version) => 17 + 4 * version;

// centres of the alignment patterns, on either axis (annex E).
function centres(version) {
  const far = sideOf(version) - 7;
  if (version === 1) return [];
  if (version < 7) return [6, far];
  return version < 14 ? [6, (far + 6) / 2, far] : [6, 26, 46, 66];
}

// words is how many words of eight bits a version holds: what its patterns leave free.
function words(version) {
  const side = sideOf(version), n = centres(version).length;
  let free = side * side - 3 * 64 - 31 - 2 * (side - 16); // finders and their borders, formats and the dark module, timing
  if (n > 0) free -= 25 * (n * n - 3) - 10 * (n - 2); // alignment, some of it on the timing
  if (version > 6) free -= 36; // the version, twice
  return free >> 3;
}

// bitsOf is the text in one segment (§7.4): mode, length, contents.
function bitsOf(text, version) {
  const bits = [];
  const put = (value, width) => { for (let i = width - 1; i >= 0; i--) bits.push(value >> i & 1); };
  const values = [...text].map((c) => LETTERS.indexOf(c));
  if (values.every((v) => v >= 0)) {
    put(2, 4);
    put(values.length, version < 10 ? 9 : 11);
    for (let i = 0; i + 1 < values.length; i += 2) put(values[i] * 45 + values[i + 1], 11);
    if (values.length % 2) put(values.at(-1), 6);
  } else {
    const bytes = new TextEncoder().encode(text);
    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    for (const b of bytes) put(b, 8);
  }
  return bits;
}

// filled ends the bits and fills them up to a version's data (§7.4.9, §7.4.10).
function filled(bits, length) {
  const data = new Uint8Array(length);
  bits.forEach((bit, i) => { data[i >> 3] |= bit << (7 - i % 8); });
  for (let i = Math.ceil(Math.min(bits.length + 4, length * 8) / 8), pad = 0xec; i < length; i++, pad ^= 0xec ^ 0x11) data[i] = pad;
  return data;
}

// times multiplies in the field of 256 elements that the code's polynomials are over (§7.5.2).
function times(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) product = product << 1 ^ (product >> 7) * 0x11d ^ (b >> i & 1) * a;
  return product;
}

// checked gives the check words of a block (Reed-Solomon, §7.5.2).
function checked(block, count) {
  const divisor = new Uint8Array(count); // the generator, less its leading 1
  divisor[count - 1] = 1;
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    for (let j = 0; j < count; j++) divisor[j] = times(divisor[j], root) ^ (divisor[j + 1] ?? 0);
  }
  const rest = new Uint8Array(count);
  for (const b of block) {
    const factor = b ^ rest[0];
    rest.copyWithin(0, 1);
    rest[count - 1] = 0;
    divisor.forEach((d, i) => { rest[i] ^= times(d, factor); });
  }
  return rest;
}

// woven takes the blocks' words in turn, data before checks (§7.6).
function woven(data, version) {
  const count = BLOCKS[version], short = Math.floor(data.length / count), long = data.length % count;
  const blocks = Array.from({ length: count }, (_, i) => {
    const from = i * short + Math.max(0, i - (count - long));
    return data.subarray(from, from + short + (i >= count - long));
  });
  const checks = blocks.map((b) => checked(b, CHECK[version]));
  const all = [];
  for (let i = 0; i <= short; i++) for (const b of blocks) if (i < b.length) all.push(b[i]);
  for (let i = 0; i < CHECK[version]; i++) for (const c of checks) all.push(c[i]);
  return all;
}

// remainder is what is left of a value, shifted by its divisor's degree (annexes C, D).
function remainder(value, divisor, degree) {
  let rest = value;
  for (let i = 0; i < degree; i++) rest = rest << 1 ^ (rest >> degree - 1) * divisor;
  return value << degree | rest;
}

const MASKS = [ // §7.8.2: at row y and column x
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => ((y >> 1) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => y * x % 2 + y * x % 3 === 0,
  (y, x) => (y * x % 2 + y * x % 3) % 2 === 0,
  (y, x) => ((y + x) % 2 + y * x % 3) % 2 === 0,
];

// grid is a version's patterns: black 1, white 0, and undefined where data go.
function grid(version) {
  const side = sideOf(version), rows = Array.from({ length: side }, () => new Array(side));
  const box = (y, x, reach, black) => {
    for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) {
      if (rows[y + dy] && x + dx >= 0 && x + dx < side) rows[y + dy][x + dx] = Number(black(Math.max(Math.abs(dy), Math.abs(dx))));
    }
  };
  for (let i = 0; i < side; i++) rows[6][i] = rows[i][6] = 1 - i % 2; // timing
  const at = centres(version), last = at.length - 1;
  at.forEach((y, i) => at.forEach((x, j) => {
    const finder = i === 0 && (j === 0 || j === last) || i === last && j === 0;
    if (!finder) box(y, x, 2, (d) => d !== 1);
  }));
  for (const [y, x] of [[3, 3], [3, side - 4], [side - 4, 3]]) box(y, x, 4, (d) => d < 2 || d === 3);
  if (version > 6) {
    const bits = remainder(version, 0x1f25, 12);
    for (let i = 0; i < 18; i++) {
      const a = side - 11 + i % 3, b = Math.floor(i / 3);
      rows[a][b] = rows[b][a] = bits >> i & 1;
    }
  }
  format(rows, 0); // its place, until a mask is chosen
  return rows;
}

// format writes level M and the mask, twice (§7.9).
function format(rows, mask) {
  const side = rows.length, bits = remainder(mask, 0x537, 10) ^ 0x5412; // M is 00
  for (let i = 0; i < 15; i++) {
    const bit = bits >> i & 1;
    rows[i < 6 ? i : i < 8 ? i + 1 : side - 15 + i][8] = bit;
    rows[8][i < 8 ? side - 1 - i : i < 9 ? 7 : 14 - i] = bit;
  }
  rows[side - 8][8] = 1; // the dark module
}

// place lays the words out in columns of two, from the lower right, up and down (§7.7.3), masked.
function place(patterns, all, mask) {
  const rows = patterns.map((row) => row.slice()), side = rows.length;
  let n = 0;
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5; // the timing has this column
    for (let i = 0; i < side; i++) for (const x of [right, right - 1]) {
      const y = up ? side - 1 - i : i;
      if (rows[y][x] !== undefined) continue;
      rows[y][x] = ((all[n >> 3] ?? 0) >> 7 - n % 8 & 1) ^ MASKS[mask](y, x);
      n++;
    }
  }
  format(rows, mask);
  return rows;
}

// burden is how hard a drawing is to read (§7.8.3).
function burden(rows) {
  const side = rows.length, columns = rows.map((_, x) => rows.map((row) => row[x]));
  let sum = 0, black = 0;
  for (const line of [...rows, ...columns].map((l) => l.join(""))) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * [...line.matchAll(/1011101(?=0000)|(?<=0000)1011101/g)].length;
  }
  rows.forEach((row, y) => row.forEach((v, x) => {
    black += v;
    if (y > 0 && x > 0 && v === row[x - 1] && v === rows[y - 1][x] && v === rows[y - 1][x - 1]) sum += 3;
  }));
  return sum + 10 * Math.floor(Math.abs(black * 20 / (side * side) - 10));
}

// square gives the rows of modules, 1 for black. The mask is the one that is easiest
// to read, or the one that is asked for. Throws where a text is too long.
export function square(text, mask) {
  for (let version = 1; version < CHECK.length; version++) {
    const bits = bitsOf(text, version), length = words(version) - CHECK[version] * BLOCKS[version];
    if (bits.length > 8 * length) continue;
    const all = woven(filled(bits, length), version), patterns = grid(version);
    if (mask !== undefined) return place(patterns, all, mask);
    const each = MASKS.map((_, i) => place(patterns, all, i)).map((rows) => ({ rows, burden: burden(rows) }));
    return each.reduce((best, one) => one.burden < best.burden ? one : best).rows;
  }
  throw new RangeError("too long for a square");
}

// draw puts a text on an <svg> of a white <rect> and a <path>: a run of black is one rectangle.
export function draw(svg, text) {
  const rows = square(text), side = rows.length + 2 * BORDER;
  const runs = rows.flatMap((row, y) => [...row.join("").matchAll(/1+/g)].map(({ 0: run, index: x }) => `M${x + BORDER} ${y + BORDER}h${run.length}v1h-${run.length}z`));
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.querySelector("rect").setAttribute("width", side);
  svg.querySelector("rect").setAttribute("height", side);
  svg.querySelector("path").setAttribute("d", runs.join(""));
}
