/** The public functions as C programs see them: one table for the header, the C file and the static library. */

/**
 * What a number of the core is in C.
 * - pointer: an address, NULL for 0
 * - region: an address of memory given to the heap, which must be within the core's reach
 * - heap: a pointer to an opaque heap
 * - stats: a pointer to struct tallow_stats
 * - record, report: pointers to what the debug profile keeps, struct tallow_record and struct tallow_report
 * - range: a pointer to struct tallow_range, likewise
 * - external, batch: pointers to an opaque region of external values, and a batch of them
 * - recording: a pointer to struct tallow_recording, within the core's reach like what it allocates
 * - place: a number or an address of the caller's, of which 32 bits are kept
 * - size, count, code: plain numbers
 */
export type CKind =
  'pointer' | 'region' | 'heap' | 'stats' | 'record' | 'report' | 'recording' | 'range' | 'external' | 'batch' | 'place' | 'size' | 'count' | 'code' | 'void';

export interface CFunction {
  /** The core's name. */
  core: string;
  /** The name in C. */
  name: string;
  result: CKind;
  parameters: [kind: CKind, name: string][];
  /** The name that the C standard or the usual libraries have for it. */
  standard?: string;
}

const define = (
  core: string, name: string, result: CKind, parameters: [CKind, string][], standard?: string,
): CFunction => ({ core, name, result, parameters, standard });

export const C_FUNCTIONS: CFunction[] = [
  define('malloc', 'tallow_malloc', 'pointer', [['size', 'size']], 'malloc'),
  define('free', 'tallow_free', 'void', [['pointer', 'ptr']], 'free'),
  define('free_sized', 'tallow_free_sized', 'void', [['pointer', 'ptr'], ['size', 'size']], 'free_sized'),
  define('free_aligned_sized', 'tallow_free_aligned_sized', 'void',
    [['pointer', 'ptr'], ['size', 'alignment'], ['size', 'size']], 'free_aligned_sized'),
  define('calloc', 'tallow_calloc', 'pointer', [['size', 'count'], ['size', 'size']], 'calloc'),
  define('realloc', 'tallow_realloc', 'pointer', [['pointer', 'ptr'], ['size', 'size']], 'realloc'),
  define('aligned_alloc', 'tallow_aligned_alloc', 'pointer',
    [['size', 'alignment'], ['size', 'size']], 'aligned_alloc'),
  define('memalign', 'tallow_memalign', 'pointer', [['size', 'alignment'], ['size', 'size']], 'memalign'),
  define('malloc_usable_size', 'tallow_usable_size', 'size', [['pointer', 'ptr']], 'malloc_usable_size'),
  define('cabi_realloc', 'tallow_cabi_realloc', 'pointer',
    [['pointer', 'ptr'], ['size', 'old_size'], ['size', 'alignment'], ['size', 'size']]),
  define('heap_init', 'tallow_init', 'count', [['region', 'start'], ['size', 'size']]),
  define('heap_add_region', 'tallow_add_region', 'count', [['region', 'start'], ['size', 'size']]),
  define('heap_check', 'tallow_check', 'code', []),
  define('heap_stats', 'tallow_stats', 'void', [['stats', 'out']]),
  define('heap_trim', 'tallow_trim', 'count', []),
  define('heap_forget', 'tallow_forget', 'void', []),
  define('heap_at', 'tallow_at', 'void', [['place', 'first'], ['place', 'second'], ['place', 'third'], ['place', 'fourth']]),
  define('heap_stack', 'tallow_stack', 'void',
    [['place', 'first'], ['place', 'second'], ['place', 'third'], ['place', 'fourth']]),
  define('heap_debug', 'tallow_debug', 'count', [['count', 'setting'], ['count', 'value']]),
  define('heap_settle', 'tallow_settle', 'void', []),
  define('heap_bugs', 'tallow_bugs', 'count', []),
  define('heap_bug', 'tallow_bug', 'report', [['count', 'number']]),
  define('heap_live', 'tallow_live', 'record', [['record', 'record']]),
  define('heap_freed', 'tallow_freed', 'record', [['record', 'record']]),
  define('heap_record_begin', 'tallow_record_begin', 'void', [['recording', 'recording']]),
  define('heap_record_end', 'tallow_record_end', 'code', [['recording', 'recording']]),
  define('heap_recording', 'tallow_recording', 'recording', []),
  define('heap_record_switch', 'tallow_record_switch', 'recording', [['recording', 'recording']]),
  define('heap_record_alloc', 'tallow_record_alloc', 'void',
    [['place', 'ptr'], ['size', 'size'], ['size', 'alignment']]),
  define('heap_record_free', 'tallow_record_free', 'void',
    [['place', 'ptr'], ['size', 'size'], ['size', 'alignment']]),
  define('heap_record_join', 'tallow_record_join', 'void', [['recording', 'recording'], ['recording', 'other']]),
  define('heap_kind', 'tallow_kind', 'count', [['pointer', 'ptr'], ['count', 'kind']]),
  define('heap_range_add', 'tallow_range_add', 'count', [['range', 'range']]),
  define('heap_range_remove', 'tallow_range_remove', 'count', [['range', 'range']]),
  define('heap_audit', 'tallow_audit', 'count', []),
  define('heap_attach', 'tallow_attach', 'count', [['place', 'state']]),
  define('heap_external_begin', 'tallow_external_begin', 'external', [['region', 'start'], ['size', 'size']]),
  define('heap_external_end', 'tallow_external_end', 'void', [['external', 'external']]),
  define('heap_batch_new', 'tallow_batch_new', 'batch', [['external', 'external']]),
  define('heap_batch_malloc', 'tallow_batch_malloc', 'pointer', [['batch', 'batch'], ['size', 'size']]),
  define('heap_batch_free', 'tallow_batch_free', 'void', [['batch', 'batch'], ['pointer', 'ptr']]),
  define('heap_batch_release', 'tallow_batch_release', 'void', [['batch', 'batch']]),
  define('heap_external_mark', 'tallow_external_mark', 'void',
    [['pointer', 'ptr'], ['size', 'size'], ['count', 'live']]),
  define('heap_new', 'tallow_heap_new', 'heap', []),
  define('heap_malloc', 'tallow_heap_malloc', 'pointer', [['heap', 'heap'], ['size', 'size']]),
  define('heap_destroy', 'tallow_heap_destroy', 'void', [['heap', 'heap']]),
  define('heap_delete', 'tallow_heap_delete', 'void', [['heap', 'heap']]),
];

/** The core's global variables, the fields of struct tallow_instance; all are 0 before the heap begins. */
export const C_INSTANCE = ['stateRecord', 'frameMap', 'recording'];

/** What tallow.c calls to stop the machine, under the name that TALLOW_PANIC gives it. */
export const C_PANIC = 'void TALLOW_PANIC(unsigned code, void *address)';

/** The one standard name that is no other name of a function of the core. */
export const POSIX_MEMALIGN = 'int posix_memalign(void **out, size_t alignment, size_t size)';

const C_TYPES: Record<CKind, string> = {
  pointer: 'void *',
  region: 'void *',
  heap: 'struct tallow_heap *',
  stats: 'struct tallow_stats *',
  record: 'const struct tallow_record *',
  report: 'const struct tallow_report *',
  recording: 'struct tallow_recording *',
  range: 'struct tallow_range *',
  external: 'struct tallow_external *',
  batch: 'struct tallow_batch *',
  place: 'uintptr_t ',
  size: 'size_t ',
  count: 'size_t ',
  code: 'unsigned ',
  void: 'void ',
};

/** `void *tallow_malloc(size_t size)`, under its own name or another. */
export const cPrototype = ({ name, result, parameters }: CFunction, as = name): string =>
  `${C_TYPES[result]}${as}(${parameters.map(([kind, parameter]) => C_TYPES[kind] + parameter).join(', ') || 'void'})`;
