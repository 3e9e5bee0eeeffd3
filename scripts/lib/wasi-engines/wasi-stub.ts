/**
 * WASI preview 1 as a Wasm module without imports of its own, for engines that cannot lend functions to a module: the
 * standard streams, arguments, environment and exit; everything else answers that it is not there.
 *
 * The merged module has one memory, the program's, which must stay as it is without the stub. So all that the program
 * reads and writes is in tables: each byte as a reference to one of 256 functions, which tells it. The host fills and
 * empties them four bytes a call.
 */

/** Error numbers of WASI. */
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 58;
const NOT_SEEKABLE = 70;

/** Of every function of preview 1 the parameters: i = i32, I = i64. All have an i32 as their result but proc_exit. */
const SIGNATURES: Record<string, string> = {
  args_get: 'ii', args_sizes_get: 'ii', environ_get: 'ii', environ_sizes_get: 'ii', clock_res_get: 'ii',
  clock_time_get: 'iIi', fd_advise: 'iIIi', fd_allocate: 'iII', fd_close: 'i', fd_datasync: 'i', fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii', fd_fdstat_set_rights: 'iII', fd_filestat_get: 'ii', fd_filestat_set_size: 'iI',
  fd_filestat_set_times: 'iIIi', fd_pread: 'iiiIi', fd_prestat_get: 'ii', fd_prestat_dir_name: 'iii', fd_pwrite: 'iiiIi',
  fd_read: 'iiii', fd_readdir: 'iiiIi', fd_renumber: 'ii', fd_seek: 'iIii', fd_sync: 'i', fd_tell: 'ii',
  fd_write: 'iiii', path_create_directory: 'iii', path_filestat_get: 'iiiii', path_filestat_set_times: 'iiiiIIi',
  path_link: 'iiiiiii', path_open: 'iiiiiIIii', path_readlink: 'iiiiii', path_remove_directory: 'iii',
  path_rename: 'iiiiii', path_symlink: 'iiiii', path_unlink_file: 'iii', poll_oneoff: 'iiii', proc_exit: 'i',
  proc_raise: 'i', random_get: 'ii', sched_yield: '', sock_accept: 'iii', sock_recv: 'iiiiii', sock_send: 'iiiii',
  sock_shutdown: 'ii',
};

/** Names of all that the stub is to a program. */
export const STUB_FUNCTIONS = Object.keys(SIGNATURES).map((name) => `wasi_snapshot_preview1.${name}`);

const PARAMETERS = ['$a', '$b', '$c', '$d', '$e', '$f', '$g', '$h', '$i'];

const define = (name: string, body: string): string => {
  const parameters = [...SIGNATURES[name]!]
    .map((kind, index) => `(param ${PARAMETERS[index]} ${kind === 'I' ? 'i64' : 'i32'})`);
  const result = name === 'proc_exit' ? '' : '(result i32)';
  return `(func (export "${name}") ${parameters.join(' ')} ${result} ${body})`;
};

/** Tables of bytes: what the host gives, in the order of its numbers for them, and what the program writes. */
const GIVEN = ['$input', '$args', '$environ'];
const WRITTEN = ['$out', '$error'];

const byteAt = (table: string, index: string): string => `(call_indirect ${table} (type $byte) ${index})`;

/** A table, how many bytes are in it, and a function that adds one. */
const stream = (table: string): string => `
  (table ${table} 0 funcref)
  (global ${table}_size (mut i32) (i32.const 0))
  (func ${table}_add (param $value i32)
    (if (i32.eq (global.get ${table}_size) (table.size ${table})) (then
      (drop (table.grow ${table} (ref.null func) (i32.add (table.size ${table}) (i32.const 4096))))))
    (table.set ${table} (global.get ${table}_size) (table.get $bytes (local.get $value)))
    (global.set ${table}_size (i32.add (global.get ${table}_size) (i32.const 1))))`;

/** The two functions by which a program fetches strings; a 0 is behind each. */
const strings = (name: string, table: string): string[] => [
  define(`${name}_sizes_get`, `(local $index i32) (local $count i32)
    (block $end (loop $next
      (br_if $end (i32.eq (local.get $index) (global.get ${table}_size)))
      (local.set $count (i32.add (local.get $count) (i32.eqz ${byteAt(table, '(local.get $index)')})))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
    (i32.store (local.get $a) (local.get $count))
    (i32.store (local.get $b) (global.get ${table}_size))
    (i32.const 0)`),
  define(`${name}_get`, `(local $index i32) (local $value i32)
    (block $end (loop $next
      (br_if $end (i32.eq (local.get $index) (global.get ${table}_size)))
      (if (i32.eqz (local.get $value)) (then
        (i32.store (local.get $a) (i32.add (local.get $b) (local.get $index)))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))))
      (local.set $value ${byteAt(table, '(local.get $index)')})
      (i32.store8 (i32.add (local.get $b) (local.get $index)) (local.get $value))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
    (i32.const 0)`),
];

/** Goes through the buffers ($b, so many as $c) and does something with each byte's address $at. */
const eachByte = (body: string): string => `
  (block $end (loop $next
    (br_if $end (i32.eqz (local.get $c)))
    (local.set $at (i32.load (local.get $b)))
    (local.set $stop (i32.add (local.get $at) (i32.load offset=4 (local.get $b))))
    (block $full (loop $byte
      (br_if $full (i32.eq (local.get $at) (local.get $stop)))
      ${body}
      (local.set $total (i32.add (local.get $total) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $byte)))
    (local.set $b (i32.add (local.get $b) (i32.const 8)))
    (local.set $c (i32.sub (local.get $c) (i32.const 1)))
    (br $next)))`;

const READ = `(local $at i32) (local $stop i32) (local $total i32)
  (if (local.get $a) (then (return (i32.const ${BAD_DESCRIPTOR}))))
  ${eachByte(`
      (br_if $end (i32.eq (global.get $read) (global.get $input_size)))
      (i32.store8 (local.get $at) ${byteAt('$input', '(global.get $read)')})
      (global.set $read (i32.add (global.get $read) (i32.const 1)))`)}
  (i32.store (local.get $d) (local.get $total)) (i32.const 0)`;

const WRITE = `(local $at i32) (local $stop i32) (local $total i32)
  (if (i32.gt_u (i32.sub (local.get $a) (i32.const 1)) (i32.const 1)) (then (return (i32.const ${BAD_DESCRIPTOR}))))
  ${eachByte(`
      (if (i32.eq (local.get $a) (i32.const 1))
        (then (call $out_add (i32.load8_u (local.get $at))))
        (else (call $error_add (i32.load8_u (local.get $at)))))`)}
  (i32.store (local.get $d) (local.get $total)) (i32.const 0)`;

/** Four bytes of a table from an index on; those behind the end are 0. */
const wordOf = (table: string): string => {
  const byte = (number: number): string => `
    (if (i32.lt_u (local.tee $at (i32.add (local.get $index) (i32.const ${number}))) (global.get ${table}_size)) (then
      (local.set $word (i32.or (local.get $word)
        (i32.shl ${byteAt(table, '(local.get $at)')} (i32.const ${8 * number}))))))`;
  return `(func ${table}_word (param $index i32) (result i32) (local $at i32) (local $word i32)
    ${[0, 1, 2, 3].map(byte).join('')}
    (local.get $word))`;
};

/** The streams are character devices, with every right. */
const FDSTAT = `
  (if (i32.gt_u (local.get $a) (i32.const 2)) (then (return (i32.const ${BAD_DESCRIPTOR}))))
  (i64.store (local.get $b) (i64.const 2))
  (i64.store offset=8 (local.get $b) (i64.const -1))
  (i64.store offset=16 (local.get $b) (i64.const -1))
  (i32.const 0)`;

const RANDOM = `
  (block $end (loop $next
    (br_if $end (i32.eqz (local.get $b)))
    (global.set $random (i32.add (i32.mul (global.get $random) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.store8 (local.get $a) (i32.shr_u (global.get $random) (i32.const 24)))
    (local.set $a (i32.add (local.get $a) (i32.const 1)))
    (local.set $b (i32.sub (local.get $b) (i32.const 1)))
    (br $next)))
  (i32.const 0)`;

const FUNCTIONS: Record<string, string> = {
  fd_read: READ,
  fd_write: WRITE,
  fd_fdstat_get: FDSTAT,
  random_get: RANDOM,
  clock_res_get: '(i64.store (local.get $b) (i64.const 1)) (i32.const 0)',
  clock_time_get: '(i64.store (local.get $c) (i64.const 0)) (i32.const 0)',
  proc_exit: '(global.set $code (local.get $a)) (unreachable)',
  sched_yield: '(i32.const 0)',
  fd_close: '(i32.const 0)',
  fd_seek: `(i32.const ${NOT_SEEKABLE})`,
  fd_tell: `(i32.const ${NOT_SEEKABLE})`,
  fd_prestat_get: `(i32.const ${BAD_DESCRIPTOR})`,
  fd_prestat_dir_name: `(i32.const ${BAD_DESCRIPTOR})`,
};

const others = Object.keys(SIGNATURES).filter((name) => !/^(args|environ)_/.test(name))
  .map((name) => define(name, FUNCTIONS[name] ?? `(i32.const ${NOT_SUPPORTED})`));

const byteNames = Array.from({ length: 256 }, (_, byte) => `$byte_${byte}`);

/**
 * The module's text, for a program that is called `program` where they are merged. For the host it has, each with a
 * result:
 *   stub_give(stream, word, count)   adds the first `count` bytes of the word to input (0), arguments (1) or
 *                                    environment (2)
 *   stub_run()                       runs the program; traps where it exits
 *   stub_exit_code()                 what it exited with, or -1
 *   stub_size(descriptor), stub_word(descriptor, index)
 *                                    how many bytes it wrote to descriptor 1 or 2, and four of them from an index on
 */
export const WASI_STUB = `(module
  (import "program" "memory" (memory 0))
  (import "program" "_start" (func $start))
  (type $byte (func (result i32)))
  (table $bytes funcref (elem ${byteNames.join(' ')}))
  ${byteNames.map((name, byte) => `(func ${name} (result i32) (i32.const ${byte}))`).join('\n')}
  ${[...GIVEN, ...WRITTEN].map(stream).join('\n')}
  (global $read (mut i32) (i32.const 0))
  (global $random (mut i32) (i32.const 1))
  (global $code (mut i32) (i32.const -1))
  ${[...strings('args', '$args'), ...strings('environ', '$environ'), ...others].join('\n')}
  (func (export "stub_give") (param $stream i32) (param $word i32) (param $count i32) (result i32)
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $count)))
      ${GIVEN.map((table, number) => `
      (if (i32.eq (local.get $stream) (i32.const ${number})) (then
        (call ${table}_add (i32.and (local.get $word) (i32.const 255)))))`).join('')}
      (local.set $word (i32.shr_u (local.get $word) (i32.const 8)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))
    (i32.const 0))
  (func (export "stub_run") (result i32) (call $start) (i32.const 0))
  (func (export "stub_exit_code") (result i32) (global.get $code))
  (func (export "stub_size") (param $descriptor i32) (result i32)
    (select (global.get $out_size) (global.get $error_size) (i32.eq (local.get $descriptor) (i32.const 1))))
  ${WRITTEN.map(wordOf).join('\n')}
  (func (export "stub_word") (param $descriptor i32) (param $index i32) (result i32)
    (if (result i32) (i32.eq (local.get $descriptor) (i32.const 1))
      (then (call $out_word (local.get $index)))
      (else (call $error_word (local.get $index)))))
)`;
