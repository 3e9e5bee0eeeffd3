#include "describe.h"

static void put_text(tallow_put *put, const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  put(text, length);
}

static void put_number(tallow_put *put, uint32_t number) {
  char digits[10];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10); while ((number /= 10) != 0);
  put(digits + first, sizeof digits - first);
}

static void put_hexadecimal(tallow_put *put, uint32_t number, int digits) {
  char text[10] = "0x";
  for (int digit = 0; digit < digits; digit++) {
    text[2 + digit] = "0123456789abcdef"[(number >> (4 * (digits - 1 - digit))) & 15];
  }
  put(text, (size_t)(2 + digits));
}

/* `1 byte`, `2 bytes`. */
static void put_count(tallow_put *put, uint32_t count, const char *noun) {
  put_number(put, count);
  put_text(put, " ");
  put_text(put, noun);
  if (count != 1) put_text(put, "s");
}

/* `block 7 of 40 bytes at 0x00012340` */
static void put_block(tallow_put *put, const struct tallow_record *block) {
  put_text(put, "block ");
  put_number(put, block->number);
  put_text(put, " of ");
  put_count(put, block->bytes, "byte");
  put_text(put, " at ");
  put_hexadecimal(put, block->ptr, 8);
}

#ifdef TALLOW_PLACE
static void put_word(tallow_put *put, uint32_t place) {
  (void)put;
  TALLOW_PLACE(place);
}
#else
/*
 * What tallow-debug.h tells are addresses of texts `file:line`, the low 32 bits of them. Texts lie in the same 4 GiB as
 * the other constants of the program.
 */
static void put_word(tallow_put *put, uint32_t place) {
  static const char constant;
  put_text(put, (const char *)(((uintptr_t)&constant & ~(uintptr_t)UINT32_MAX) | place));
}
#endif

/* The innermost place, then a line for each that it was called from. */
static void put_place(tallow_put *put, const uint32_t place[4]) {
  for (int index = 0; index < 4 && place[index]; index++) {
    if (index) put_text(put, "\n          from ");
    put_word(put, place[index]);
  }
}

static void put_place_line(tallow_put *put, const char *what, const uint32_t place[4]) {
  if (!place[0]) return;
  put_text(put, what);
  put_place(put, place);
  put_text(put, "\n");
}

/* `4 bytes behind block 3 … were overwritten, the first at offset 100, which holds 0x41` */
static void put_damage(tallow_put *put, const struct tallow_report *report, const char *where, const char *when) {
  put_count(put, report->count, "byte");
  put_text(put, where);
  put_block(put, &report->record);
  put_text(put, report->count == 1 ? " was overwritten" : " were overwritten");
  put_text(put, when);
  put_text(put, report->count == 1 ? ", at offset " : ", the first at offset ");
  int32_t offset = (int32_t)report->first;
  if (offset < 0) put_text(put, "-");
  put_number(put, (uint32_t)(offset < 0 ? -offset : offset));
  put_text(put, ", which holds ");
  put_hexadecimal(put, report->found, 2);
}

static const char *stray_text(uint32_t verdict) {
  switch (verdict) {
    case TALLOW_AUDIT_STALE: return "stale pointer";
    case TALLOW_AUDIT_INTERIOR: return "interior pointer";
    case TALLOW_AUDIT_FOREIGN: return "pointer to another heap";
    case TALLOW_AUDIT_METADATA: return "pointer to what the heap keeps";
    case TALLOW_AUDIT_MISALIGNED: return "misaligned pointer";
    case TALLOW_AUDIT_UNMARKED: return "pointer to no external value";
    case TALLOW_AUDIT_EXTERNAL_SIZE: return "pointer to an external value of an impossible size";
    default: return "pointer out of all memory";
  }
}

/* `stale pointer: 0x00012340, at offset 8 of block 3 …, leads to block 2 …, which was freed` */
static void put_stray(tallow_put *put, const struct tallow_report *report) {
  const struct tallow_record *owner = &report->record, *target = &report->target;
  put_text(put, stray_text(report->count));
  put_text(put, ": ");
  put_hexadecimal(put, report->found, 8);
  if (owner->number) {
    put_text(put, ", at offset ");
    put_number(put, report->first);
    put_text(put, " of ");
    put_block(put, owner);
  } else {
    put_text(put, ", at ");
    put_hexadecimal(put, report->address, 8);
  }
  if (target->number) {
    put_text(put, report->found == target->ptr ? ", leads to " : ", leads into ");
    put_block(put, target);
    if (target->freed) put_text(put, ", which was freed");
  }
  put_text(put, "\n");
  put_place_line(put, "  held by block allocated at ", owner->place);
  put_place_line(put, "  target allocated at ", target->place);
  if (target->freed) put_place_line(put, "  target freed at     ", target->freed_place);
}

void tallow_describe(const struct tallow_report *report, tallow_put *put) {
  const struct tallow_record *block = &report->record;
  const char *now = "  noticed at   ";
  put_text(put, "tallow: ");
  switch (report->code) {
    case TALLOW_PANIC_DOUBLE_FREE:
      put_text(put, "double free: ");
      put_block(put, block);
      put_text(put, " was freed before");
      now = "  again at     ";
      break;
    case TALLOW_PANIC_UNALIGNED_FREE:
      put_text(put, "unaligned free: ");
      put_hexadecimal(put, report->address, 8);
      put_text(put, " is at offset ");
      if ((int32_t)report->first < 0) put_text(put, "-");
      put_number(put, (int32_t)report->first < 0 ? -report->first : report->first);
      put_text(put, " of ");
      put_block(put, block);
      now = "  freed at     ";
      break;
    case TALLOW_PANIC_SIZE_MISMATCH:
      put_text(put, "size mismatch: ");
      put_block(put, block);
      put_text(put, " was freed as one of ");
      put_count(put, report->count, "byte");
      now = "  freed at     ";
      break;
    case TALLOW_PANIC_OVERFLOW:
      put_text(put, "overflow: ");
      put_damage(put, report, " behind ", "");
      break;
    case TALLOW_PANIC_UNDERFLOW:
      put_text(put, "underflow: ");
      put_damage(put, report, " before ", "");
      break;
    case TALLOW_PANIC_WRITE_AFTER_FREE:
      put_text(put, "write after free: ");
      put_damage(put, report, " of ", " after it was freed");
      break;
    case TALLOW_PANIC_STRAY_POINTER:
      put_stray(put, report);
      return;
    default:
      put_text(put, "invalid free: ");
      put_hexadecimal(put, report->address, 8);
      put_text(put, " is no block");
      now = "  freed at     ";
  }
  put_text(put, "\n");
  if (block->number) {
    put_place_line(put, "  allocated at ", block->place);
    if (block->freed) put_place_line(put, "  freed at     ", block->freed_place);
  }
  put_place_line(put, now, report->now_place);
}

static int same_place(const uint32_t a[4], const uint32_t b[4]) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* Blocks and bytes that were allocated where `block` was, from `block` on. */
static void count_from(const struct tallow_record *block, uint32_t *blocks, uint32_t *bytes) {
  *blocks = *bytes = 0;
  for (const struct tallow_record *other = block; other; other = tallow_live(other)) {
    if (!same_place(other->place, block->place)) continue;
    ++*blocks;
    *bytes += other->bytes;
  }
}

/* Whether `block` is the first of those from its place. */
static int is_first(const struct tallow_record *block) {
  const struct tallow_record *other = tallow_live(NULL);
  while (!same_place(other->place, block->place)) other = tallow_live(other);
  return other == block;
}

/* Where others from the place of `block` were freed, of those still in quarantine: each such place once. */
static void put_siblings(tallow_put *put, const struct tallow_record *block) {
  for (const struct tallow_record *freed = tallow_freed(NULL); freed; freed = tallow_freed(freed)) {
    if (!same_place(freed->place, block->place) || !freed->freed_place[0]) continue;
    const struct tallow_record *before = tallow_freed(NULL);
    while (!same_place(before->place, block->place) || !same_place(before->freed_place, freed->freed_place)) {
      before = tallow_freed(before);
    }
    if (before == freed) put_place_line(put, "    others from there were freed at ", freed->freed_place);
  }
}

size_t tallow_describe_leaks(int all, tallow_put *put) {
  uint32_t blocks = 0, bytes = 0;
  for (const struct tallow_record *block = tallow_live(NULL); block; block = tallow_live(block)) {
    if (!all && !block->place[0]) continue;
    blocks++;
    bytes += block->bytes;
  }
  if (!blocks) return 0;
  put_text(put, "tallow: not freed: ");
  put_count(put, blocks, "block");
  put_text(put, ", ");
  put_count(put, bytes, "byte");
  put_text(put, "\n");
  for (const struct tallow_record *block = tallow_live(NULL); block; block = tallow_live(block)) {
    if ((!all && !block->place[0]) || !is_first(block)) continue;
    uint32_t here, size;
    count_from(block, &here, &size);
    put_text(put, "  ");
    put_count(put, here, "block");
    put_text(put, ", ");
    put_count(put, size, "byte");
    put_text(put, block->place[0] ? " allocated at " : " from a place that is not known");
    put_place(put, block->place);
    put_text(put, "\n");
    put_siblings(put, block);
  }
  return blocks;
}

static const struct { uint32_t error; const char *text; } RECORDED[] = {
  { TALLOW_RECORDED_LEAK, "leak" },
  { TALLOW_RECORDED_DOUBLE_FREE, "double free" },
  { TALLOW_RECORDED_BAD_PTR, "bad pointer" },
  { TALLOW_RECORDED_BAD_SIZE, "bad size" },
  { TALLOW_RECORDED_BAD_ALIGNMENT, "bad alignment" },
  { TALLOW_RECORDED_EARLY_FREE, "free before allocation" },
  { TALLOW_RECORDED_NO_DATA, "nothing was allocated" },
  { TALLOW_RECORDED_TOO_MANY, "too much to name the blocks" },
};

/* Numbers of 64 bits are told up to 2^32 - 1; nobody counts on more here. */
static uint32_t low(const uint32_t number[2]) {
  return number[1] ? UINT32_MAX : number[0];
}

/* The live block at `ptr`, or the one that was freed there last and is still in quarantine. */
static const struct tallow_record *record_at(uint32_t ptr) {
  const struct tallow_record *found = NULL;
  for (const struct tallow_record *block = tallow_live(NULL); block; block = tallow_live(block)) {
    if (block->ptr == ptr) return block;
  }
  for (const struct tallow_record *block = tallow_freed(NULL); block; block = tallow_freed(block)) {
    if (block->ptr == ptr) found = block;
  }
  return found;
}

/* One of the blocks that are left over in a recording, with what the heap knows of it. */
static void put_found(tallow_put *put, const uint32_t found[4]) {
  const struct tallow_record *block = record_at(found[0]);
  put_text(put, (int32_t)found[3] > 0 ? "  not freed: " : "  freed, but not live: ");
  put_hexadecimal(put, found[0], 8);
  if (found[1]) {
    put_text(put, ", ");
    put_count(put, found[1], "byte");
  }
  put_text(put, "\n");
  if (!block) return;
  put_place_line(put, "    allocated at ", block->place);
  if (block->freed) put_place_line(put, "    freed at     ", block->freed_place);
  else put_siblings(put, block);
}

void tallow_describe_recording(const struct tallow_recording *recording, tallow_put *put) {
  put_text(put, "tallow: recorded: ");
  put_count(put, recording->allocs, "allocation");
  put_text(put, ", ");
  put_count(put, recording->frees, "free");
  put_text(put, ", at most ");
  put_count(put, low(recording->peak_bytes), "byte");
  put_text(put, " at once: ");
  if (!recording->errors) put_text(put, "no error");
  int some = 0;
  for (size_t index = 0; index < sizeof RECORDED / sizeof *RECORDED; index++) {
    if (!(recording->errors & RECORDED[index].error)) continue;
    if (some) put_text(put, ", ");
    put_text(put, RECORDED[index].text);
    some = 1;
  }
  put_text(put, "\n");
  for (int index = 0; index < 8 && recording->found[4 * index + 3]; index++) put_found(put, &recording->found[4 * index]);
}

/* The live blocks from the place of `block`, as a program point of DHAT whose frames are numbered from `frame` on. */
static uint32_t put_point(tallow_put *put, const struct tallow_record *block, uint32_t frame) {
  uint32_t blocks, bytes;
  count_from(block, &blocks, &bytes);
  put_text(put, frame == 1 ? "\n{\"tb\":" : ",\n{\"tb\":");
  put_number(put, bytes);
  put_text(put, ",\"tbk\":");
  put_number(put, blocks);
  put_text(put, ",\"fs\":[");
  int index = 0;
  do {
    if (index) put_text(put, ",");
    put_number(put, frame++);
  } while (++index < 4 && block->place[index]);
  put_text(put, "]}");
  return frame;
}

/* A piece of text within a string of JSON. */
static tallow_put *json_put;
static void put_escaped(const char *text, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (text[index] == '"' || text[index] == '\\') json_put("\\", 1);
    json_put((unsigned char)text[index] < ' ' ? " " : &text[index], 1);
  }
}

void tallow_describe_dhat(const char *command, tallow_put *put) {
  json_put = put;
  put_text(put, "{\"dhatFileVersion\":2,\"mode\":\"tallow-live\",\"verb\":\"Live\",\"bklt\":false,\"bkacc\":false,\n"
    "\"tu\":\"operations\",\"Mtu\":\"Mop\",\"tuth\":1,\"cmd\":\"");
  put_text(put_escaped, command);
  put_text(put, "\",\"pid\":0,\"te\":0,\n\"pps\":[");
  uint32_t frame = 1;
  for (const struct tallow_record *block = tallow_live(NULL); block; block = tallow_live(block)) {
    if (is_first(block)) frame = put_point(put, block, frame);
  }
  put_text(put, "],\n\"ftbl\":[\"[root]\"");
  for (const struct tallow_record *block = tallow_live(NULL); block; block = tallow_live(block)) {
    if (!is_first(block)) continue;
    int index = 0;
    do {
      put_text(put, ",\n\"");
      if (block->place[index]) put_word(put_escaped, block->place[index]);
      else put_text(put, "from a place that is not known");
      put_text(put, "\"");
    } while (++index < 4 && block->place[index]);
  }
  put_text(put, "]}\n");
}
