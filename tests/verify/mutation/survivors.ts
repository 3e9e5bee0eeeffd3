/** Why mutants survive, as read from the code: what the mutation changes is no error, or is beyond what is explored. */

/** By the name of a mutant (operators.ts), the first that fits: what was found of one mutant of the kind holds for the others. */
const REASONS: [name: RegExp, reason: string][] = [
  // Changes that change nothing

  [/: [+-] to [+-]: .*(PAGE_FREE_OFFSET|STATE_EMPTY_PAGE_OFFSET)/, 'the offset is 0'],
  [/^(buddyTurn|buddyAlloc|buddyFind|buddySpanBeside|buddyRunEdge|buddyRunAround|heapResize), .*(add to sub|sub to add)$/,
    'the frame table of an arena begins at frame 0, which is added or taken away'],
  [/BASE_FRAME_OFFSET/, 'the frame table of an arena begins at frame 0, which is added or taken away'],
  [/^(pageExtend|heapResize|buddyRunEdge).*const 1 to 2$/, 'true, or a length to begin with, which any number but 0 is'],
  [/: (<=?|>=?|[gl][te]_[su]) to /,
    'differs only where the two are equal; then both ways are right, or nothing that is explored makes them equal'],
  [/alignment - 1\)\) == 0/, 'the alignment is 1 wherever the explorations resize'],
  [/^pageRelease/, 'for a large block all words of the map are cleared in place of the first; the others are clear already'],
  [/^(descriptorAlloc|heapFreeSlow|heapResize).*const 63 to 62$/, 'no bin that occurs there is told from its neighbour by the lowest bit'],
  [/^spansFlush.*const 2 to 3$/, 'an order more than there is, whose list is empty'],
  [/^descriptorAlloc.*eqz left out|^span\.ts.*if \(page == 0\) \{/, 'a page of descriptors more than is needed is no error'],
  [/^descriptorAlloc|^span\.ts.*(guardWrite|GUARD_FRAMES)/, 'a page of descriptors has no guard in release, and its own is the first slot'],
  [/^heapRecordInit|HEAP_MAGIC/, 'the memory is zero already, and the mark of a heap is for heap_destroy to see'],

  // Other ways that are as right

  [/^(bitmapNext|buddyFind|buddyAlloc|buddyRunAround|spanAllocPresentSlow)|^bitmap\.ts.*(index|first|word)|^buddy\.ts.*(order|attempt|row|node|next)/,
    'another order of search, or another number of attempts, finds a run as good'],
  [/^heap\.ts.*usable|^span\.ts.*(remainder|least|most)/, 'whether a small block stays or moves is free, and so is the length of a page'],
  [/^retired(Push|Evict)|^retire\.ts.*(slot|RETIRED)/, 'pages leave the table in another order, or it holds fewer'],
  [/^spanAlloc, .*(const 1 to 2|sub to add|and to or)$/, 'whether a span is packed is free'],
  [/^largeNew.*(clz to ctz|and to or)$/, 'whether a large block is lazy is free, as long as its node is one that may be'],
  [/^spansFlush.*const (0 to 1|1 to 2)$/, 'fewer lazy blocks lose their room at once, or an order is left out that no idle node has when scaled down'],
  [/^heapResize.*(const 16 to 17|eq to ne|shr_u to shl)$/, 'whether a small block stays or moves is free'],
  [/^heapResize.*(br_if left out|const 1 to 2)$/, 'a block that could have grown in place moves'],

  // Beyond what is explored

  [/^(sizeClassBin|pageBlockSize|directSet|mainAllocZeroed|queueSetHead.*sh|size-class\.ts|page-queue\.ts.*(first|last|word|end))|^heapAllocSlow.*const|^heapAllocSlow.*(and to or|shl to|shr_u to)/,
    'classes above 256 bytes, and direct words above 64, are not there when scaled down; the sweep over 70,000 sizes has them'],
  [/^(guardWrite|heapAllocSlow|heapResize)|Grow|GROWS|most|runEnd|^large\.ts|^span\.ts/,
    'an arena does not grow; growth is covered by symbolic execution and by random operations'],
  [/^heapFreeSlow|noPage\(\)|PANIC_/, 'the release profile promises nothing for what is no live block'],
  [/HEAP_START|heapExists|^heapAllocAligned.*eqz left out|^mainAlloc, /, 'nothing is called before heap_init'],
  [/^(heapAllocAligned|realloc), |^largeNew.*const 0 to 1$/, 'a larger alignment than was asked for is as good'],
];

/** Why the mutant of that name is not found; undefined if nobody has looked into its kind yet. */
export const reasonFor = (name: string): string | undefined => REASONS.find(([place]) => place.test(name))?.[1];
