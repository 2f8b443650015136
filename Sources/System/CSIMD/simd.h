// Intrinsics, and the few things of a processor that Swift cannot name. Everything is static
// inline: no object file, nothing to link.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

// Writes the affinity mask of this thread, one bit for a processor; returns the bytes written, or
// a negative number. (sched_getaffinity hides behind _GNU_SOURCE.)
static inline long apus_affinity(void *mask, size_t byteCount) {
  return syscall(SYS_sched_getaffinity, 0, byteCount, mask);
}
#endif

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

typedef struct {
  uint32_t a, b, c, d;
} apus_cpuid_leaf;

static inline apus_cpuid_leaf apus_cpuid(uint32_t leaf, uint32_t subleaf) {
  apus_cpuid_leaf r = {0, 0, 0, 0};
  __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);
  return r;
}

// Which registers the operating system saves. Only where CPUID says OSXSAVE.
static inline uint64_t apus_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

// Asks Linux for the tile registers (AMX), once per process; 0 where it says no.
static inline int apus_permit_tiles(void) {
#if defined(__linux__)
  long result;
  // arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(158L), "D"(0x1023L), "S"(18L)
                   : "rcx", "r11", "memory");
  return result == 0;
#else
  return 0;
#endif
}

static inline void apus_pause(void) { _mm_pause(); }

#define APUS_INLINE static inline __attribute__((always_inline, unused))

// Where the parts of one token's packed activations lie (AVX2.pack says what they are), in bytes.
typedef struct {
  intptr_t scales, sums, halves, counts, halfCounts, biased, byteCount;
} apus_activations;
APUS_INLINE apus_activations apus_layout(intptr_t columns) {
  intptr_t width = (columns + 255) & ~(intptr_t)255;
  apus_activations at;
  at.scales = width;
  at.sums = width + width / 8;
  at.halves = width + width / 4;
  at.counts = width + width / 2;
  at.halfCounts = at.counts + width / 8;
  at.biased = at.halfCounts + width / 4;
  at.byteCount = at.biased + width;
  return at;
}

APUS_INLINE void apus_prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

// Keeps the compiler from taking a pointer apart into a base and an index: operands in memory that have
// an index are an instruction of their own to the processor.
APUS_INLINE const void *apus_opaquepointer(const void *p) {
  __asm__("" : "+r"(p));
  return p;
}

// Prefetches for a kernel that reads memory once, in order, from p on: `lines` lines each into the
// first cache a little ahead and into the second far ahead, and the beginning of the next page (the
// hardware reads ahead within a page only, and finding the next one costs a walk through the page
// table). Measured on Sapphire Rapids, one thread, Q4_K from memory: none 7.2 GB/s, the first alone
// 9.4, with the second 12.0, with the page 12.7.
APUS_INLINE void apus_stream(const void *p, intptr_t lines) {
  const char *at = (const char *)p;
  for (intptr_t i = 0; i < lines; i++) {
    _mm_prefetch(at + 1536 + 64 * i, _MM_HINT_T0);
    _mm_prefetch(at + 6144 + 64 * i, _MM_HINT_T1);
  }
  const char *next = (const char *)(((uintptr_t)p & ~(uintptr_t)4095) + 4096);
  _mm_prefetch(next, _MM_HINT_T0);
  _mm_prefetch(next + 64, _MM_HINT_T0);
}

// Where the parts of a tile's scratch memory lie: the panel of some rows, chain after chain, for each
// 4 columns 4 bytes of every row; scales and minima of the rows for each sub-block, in the same
// order; chunks, rows unpacked on their way into the panel; two ends of rows, padded; up to 16 chains
// of sums of the rows times some tokens; as many results at the ragged end of a matrix.
typedef struct {
  // Sub-blocks of a chain, where all 256 columns are there.
  intptr_t length;
  intptr_t scales, chunks, tails, chains, corner, byteCount;
} apus_panel;
APUS_INLINE apus_panel apus_panellayout(intptr_t columns, intptr_t rows, intptr_t tokens) {
  apus_panel at;
  at.length = (columns + 255) / 256;
  at.scales = at.length * 256 * rows;
  at.chunks = at.scales + at.length * 16 * 2 * 4 * rows;
  at.tails = at.chunks + 16 * 384;
  at.chains = at.tails + 2 * 320;
  at.corner = at.chains + 16 * tokens * rows * 4;
  at.byteCount = at.corner + tokens * rows * 4;
  return at;
}

// A panel of 32 rows whose weights are signed bytes of few bits: a record for each sub-block of all
// rows, chain after chain. `rows` are the bytes of 8 rows, 4 columns of each in turn; behind those of
// 32 rows their scales, the corrections (apus_layrows), and the minima where there are any. Then 8 rows
// unpacked on their way into the panel; up to 16 chains of sums of the rows times 8 tokens; as many
// results at the ragged end of a matrix.
typedef struct {
  // Sub-blocks of a chain, where all 256 columns are there.
  intptr_t length;
  intptr_t rows, scales, corrections, minima, record, chain;
  intptr_t chunks, chains, corner, byteCount;
} apus_records;
APUS_INLINE apus_records apus_recordlayout(intptr_t columns, intptr_t subBlock, intptr_t minima) {
  apus_records at;
  at.length = (columns + 255) / 256;
  at.rows = 8 * subBlock;
  at.scales = 4 * at.rows;
  at.corrections = at.scales + 128;
  at.minima = at.corrections + 128;
  at.record = at.minima + (minima ? 128 : 0);
  at.chain = at.length * at.record;
  at.chunks = 256 / subBlock * at.chain;
  at.chains = at.chunks + 8 * 384;
  at.corner = at.chains + 256 / subBlock * 8 * 128;
  at.byteCount = at.corner + 8 * 128;
  return at;
}

// Float products are made of sums of this many columns, one after the other: what of 64 rows the second
// cache holds beside the tokens.
enum { apus_floatblock = 1024 };

// A panel of float weights: 64 rows of a block of columns, in parts of `rows` rows `part` bytes apart.
// A part has 16 chains, each of the columns that are equal modulo 16, `chain` bytes apart: not a
// multiple of a page, since 16 lines are written at once. Then 16 rows of 256 columns on their way into
// the panel, `row` bytes apart; the sums of 16 chains of the rows times some tokens; as many results at
// the ragged end of a matrix.
typedef struct {
  intptr_t chain, part, decoded, row, chains, corner, byteCount;
} apus_floatpanel;
APUS_INLINE apus_floatpanel apus_floatpanellayout(intptr_t rows, intptr_t tokens) {
  apus_floatpanel at;
  at.chain = (apus_floatblock / 16 + 1) * rows * 4;
  at.part = 16 * at.chain;
  at.decoded = 64 / rows * at.part;
  at.row = 256 * 4 + 64;
  at.chains = at.decoded + 16 * at.row;
  at.corner = at.chains + 16 * tokens * rows * 4;
  at.byteCount = at.corner + tokens * rows * 4;
  return at;
}

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)

// Loads and stores without alignment, on untyped pointers.
APUS_INLINE __m256i apus_load256(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
APUS_INLINE __m128i apus_load128(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
APUS_INLINE __m128i apus_load64(const void *p) { return _mm_loadu_si64(p); }
APUS_INLINE void apus_store256(void *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }
APUS_INLINE void apus_store128(void *p, __m128i v) { _mm_storeu_si128((__m128i *)p, v); }
APUS_INLINE __m256 apus_loadf8(const void *p) { return _mm256_loadu_ps((const float *)p); }
APUS_INLINE void apus_storef8(void *p, __m256 v) { _mm256_storeu_ps((float *)p, v); }
APUS_INLINE __m256 apus_spreadf8(const void *p) { return _mm256_broadcast_ss((const float *)p); }
APUS_INLINE __m256i apus_spread32(const void *p) {
  return _mm256_castps_si256(_mm256_broadcast_ss((const float *)p));
}
// Keeps the compiler from making it of something narrower, which it would shift first.
APUS_INLINE __m256i apus_opaque256(__m256i v) {
  __asm__("" : "+x"(v));
  return v;
}
APUS_INLINE __m256i apus_bytes8(int v) { return _mm256_set1_epi8((char)v); }
APUS_INLINE __m256 apus_halves8(const void *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
APUS_INLINE __m128i apus_tohalves8(__m256 v) { return _mm256_cvtps_ph(v, 0); }
APUS_INLINE __m256 apus_brains8(const void *p) {
  __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
// One binary16 in every lane: a broadcast from memory depends on no old register, an insertion
// into lane 0 would.
APUS_INLINE __m256 apus_spreadhalf8(const void *p) {
  uint16_t bits;
  __builtin_memcpy(&bits, p, 2);
  __m128i v = _mm_set1_epi16((short)bits);
  __asm__("" : "+x"(v));
  return _mm256_cvtph_ps(v);
}
APUS_INLINE float apus_half(const void *p) {
  return _mm_cvtss_f32(_mm256_castps256_ps128(apus_spreadhalf8(p)));
}
APUS_INLINE uint32_t apus_word(const void *p) {
  uint32_t v;
  __builtin_memcpy(&v, p, 4);
  return v;
}

APUS_INLINE float apus_sum8(__m256 v) {
  __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  a = _mm_add_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
}
APUS_INLINE float apus_max8(__m256 v) {
  __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  a = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(a, _mm_movehdup_ps(a)));
}
APUS_INLINE __m256 apus_fma8(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
APUS_INLINE __m256 apus_float8(__m256i v) { return _mm256_cvtepi32_ps(v); }

// Unsigned times signed bytes: the sums of four neighbours. Exact for u <= 127.
APUS_INLINE __m256i apus_dot8(__m256i u, __m256i s) {
  return _mm256_madd_epi16(_mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1));
}
APUS_INLINE __m256i apus_low4(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
APUS_INLINE __m256i apus_high4(__m256i v) {
  return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
}
// 32 bits to 32 bytes: `set` where the bit is 1, else 0.
APUS_INLINE __m256i apus_bits32(uint32_t bits, int set) {
  const __m256i which = _mm256_set_epi64x(0x0303030303030303LL, 0x0202020202020202LL,
                                          0x0101010101010101LL, 0);
  const __m256i mask = _mm256_set1_epi64x((long long)0x8040201008040201ULL);
  __m256i v = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), which);
  v = _mm256_cmpeq_epi8(_mm256_and_si256(v, mask), mask);
  return _mm256_and_si256(v, _mm256_set1_epi8((char)set));
}
// 16 bytes to 32: low nibbles, then high nibbles.
APUS_INLINE __m256i apus_nibbles32(const void *p) {
  __m256i twice = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p));
  __m256i both = _mm256_srlv_epi64(twice, _mm256_set_epi64x(4, 4, 0, 0));
  return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

// Eight binary16 numbers, `stride` bytes apart.
APUS_INLINE __m128i apus_collecthalves(const void *p, size_t stride) {
  const char *at = (const char *)p;
  uint64_t v[8];
  for (int i = 0; i < 8; i++) {
    uint16_t bits;
    __builtin_memcpy(&bits, at + (size_t)i * stride, 2);
    v[i] = bits;
  }
  uint64_t low = v[0] | v[1] << 16 | v[2] << 32 | v[3] << 48;
  uint64_t high = v[4] | v[5] << 16 | v[6] << 32 | v[7] << 48;
  return _mm_set_epi64x((long long)high, (long long)low);
}
APUS_INLINE __m256 apus_halves8at(const void *p, size_t stride) {
  return _mm256_cvtph_ps(apus_collecthalves(p, stride));
}
// Eight pairs of them, `stride` bytes apart: the first ones in the lower half, then the second ones.
APUS_INLINE __m256i apus_collectpairs(const void *p, size_t stride) {
  const char *at = (const char *)p;
  int words[8];
  for (int i = 0; i < 8; i++) words[i] = (int)apus_word(at + (size_t)i * stride);
  const __m128i apart = _mm_set_epi8(15, 14, 11, 10, 7, 6, 3, 2, 13, 12, 9, 8, 5, 4, 1, 0);
  __m128i low = _mm_shuffle_epi8(_mm_set_epi32(words[3], words[2], words[1], words[0]), apart);
  __m128i high = _mm_shuffle_epi8(_mm_set_epi32(words[7], words[6], words[5], words[4]), apart);
  return _mm256_set_m128i(_mm_unpackhi_epi64(low, high), _mm_unpacklo_epi64(low, high));
}
APUS_INLINE __m256 apus_lowhalves8(__m256i v) {
  return _mm256_cvtph_ps(_mm256_castsi256_si128(v));
}
APUS_INLINE __m256 apus_highhalves8(__m256i v) {
  return _mm256_cvtph_ps(_mm256_extracti128_si256(v, 1));
}

// Rows of sums, added up. Each of eight vectors holds the products of 32 columns, four neighbours in
// a lane; the results are integers, so their order is nobody's business.

// The totals of eight vectors, one in each lane. No lane beyond 15750, so that four of them fit 16
// bits and packing halves the work: weights up to 31.
APUS_INLINE __m256i apus_totals8(__m256i a, __m256i b, __m256i c, __m256i d, __m256i e, __m256i f,
                                 __m256i g, __m256i h) {
  const __m256i one = _mm256_set1_epi16(1);
  __m256i ab = _mm256_madd_epi16(_mm256_packs_epi32(a, b), one);
  __m256i cd = _mm256_madd_epi16(_mm256_packs_epi32(c, d), one);
  __m256i ef = _mm256_madd_epi16(_mm256_packs_epi32(e, f), one);
  __m256i gh = _mm256_madd_epi16(_mm256_packs_epi32(g, h), one);
  __m256i ad = _mm256_madd_epi16(_mm256_packs_epi32(ab, cd), one);
  __m256i eh = _mm256_madd_epi16(_mm256_packs_epi32(ef, gh), one);
  return _mm256_add_epi32(_mm256_permute2x128_si256(ad, eh, 0x20),
                          _mm256_permute2x128_si256(ad, eh, 0x31));
}
// The same for lanes of any size.
APUS_INLINE __m256i apus_widetotals8(__m256i a, __m256i b, __m256i c, __m256i d, __m256i e,
                                     __m256i f, __m256i g, __m256i h) {
  __m256i ad = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  __m256i eh = _mm256_hadd_epi32(_mm256_hadd_epi32(e, f), _mm256_hadd_epi32(g, h));
  return _mm256_add_epi32(_mm256_permute2x128_si256(ad, eh, 0x20),
                          _mm256_permute2x128_si256(ad, eh, 0x31));
}
// The totals of the halves of four vectors, 16 columns each, in order. No lane beyond 32767: weights
// up to 63.
APUS_INLINE __m256i apus_halftotals8(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i one = _mm256_set1_epi16(1);
  __m256i ab = _mm256_madd_epi16(_mm256_packs_epi32(a, b), one);
  __m256i cd = _mm256_madd_epi16(_mm256_packs_epi32(c, d), one);
  return _mm256_permutevar8x32_epi32(_mm256_hadd_epi32(ab, cd),
                                     _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
}
// 32 neighbouring bits of one position each: `set` where bit `position` of a byte is 1.
APUS_INLINE __m256i apus_bitof(__m256i bits, int position, int set) {
  __m256i mask = _mm256_set1_epi8((char)(1 << position));
  __m256i v = _mm256_cmpeq_epi8(_mm256_and_si256(bits, mask), mask);
  return _mm256_and_si256(v, _mm256_set1_epi8((char)set));
}
// The first `count` lanes; the others, whatever they hold, become zeros.
APUS_INLINE __m256 apus_first8(__m256 v, intptr_t count) {
  __m256i lanes = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes);
  return _mm256_and_ps(v, _mm256_castsi256_ps(mask));
}
// Four neighbouring floats, each twice.
APUS_INLINE __m256 apus_twicefrom(const void *p) {
  __m256i twice = _mm256_set_epi32(3, 3, 2, 2, 1, 1, 0, 0);
  return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps((const float *)p)), twice);
}
APUS_INLINE __m256i apus_shift8(__m256i v, int bits) {
  return _mm256_sll_epi32(v, _mm_cvtsi32_si128(bits));
}

// The 6-bit scales and minima of Q4_K and Q5_K: 8 bytes each, scales in the low half.
APUS_INLINE __m128i apus_scales6(const void *p) {
  uint32_t a = apus_word(p), b = apus_word((const char *)p + 4), c = apus_word((const char *)p + 8);
  uint32_t m1 = ((c >> 4) & 0x0f0f0f0f) | (((b >> 6) & 0x03030303) << 4);
  uint32_t s1 = (c & 0x0f0f0f0f) | (((a >> 6) & 0x03030303) << 4);
  uint64_t s = (a & 0x3f3f3f3f) | ((uint64_t)s1 << 32);
  uint64_t m = (b & 0x3f3f3f3f) | ((uint64_t)m1 << 32);
  return _mm_set_epi64x((long long)m, (long long)s);
}
// The 16 scales of Q3_K, 6 bits each (less 32): low nibbles in 8 bytes, then the upper two bits in 4.
APUS_INLINE __m128i apus_scales3(const void *p) {
  uint32_t a = apus_word(p), b = apus_word((const char *)p + 4), c = apus_word((const char *)p + 8);
  uint32_t s0 = (a & 0x0f0f0f0f) | ((c & 0x03030303) << 4);
  uint32_t s1 = (b & 0x0f0f0f0f) | (((c >> 2) & 0x03030303) << 4);
  uint32_t s2 = ((a >> 4) & 0x0f0f0f0f) | (((c >> 4) & 0x03030303) << 4);
  uint32_t s3 = ((b >> 4) & 0x0f0f0f0f) | (((c >> 6) & 0x03030303) << 4);
  __m128i v = _mm_set_epi32((int)s3, (int)s2, (int)s1, (int)s0);
  return _mm_sub_epi8(v, _mm_set1_epi8(32));
}
// Low and high nibbles of 16 bytes.
APUS_INLINE __m128i apus_lownibbles16(const void *p) {
  return _mm_and_si128(apus_load128(p), _mm_set1_epi8(15));
}
APUS_INLINE __m128i apus_highnibbles16(const void *p) {
  return _mm_and_si128(_mm_srli_epi16(apus_load128(p), 4), _mm_set1_epi8(15));
}
APUS_INLINE __m256 apus_lowsigned8(__m128i v) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(v));
}
APUS_INLINE __m256 apus_highsigned8(__m128i v) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_unpackhi_epi64(v, v)));
}
APUS_INLINE __m256 apus_lowbytes8(__m128i v) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v));
}
APUS_INLINE __m256 apus_highbytes8(__m128i v) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_unpackhi_epi64(v, v)));
}
APUS_INLINE __m256 apus_signed8(const void *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadu_si64(p)));
}

// 32 floats to signed bytes in order, each `round(x * factor)`.
APUS_INLINE __m256i apus_round32(__m256 a, __m256 b, __m256 c, __m256 d, float factor) {
  __m256 f = _mm256_set1_ps(factor);
  __m256i ab = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(a, f)),
                                  _mm256_cvtps_epi32(_mm256_mul_ps(b, f)));
  __m256i cd = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(c, f)),
                                  _mm256_cvtps_epi32(_mm256_mul_ps(d, f)));
  __m256i v = _mm256_packs_epi16(ab, cd);
  return _mm256_permutevar8x32_epi32(v, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
}
// The largest magnitude of 32 floats; a NaN where there is one.
APUS_INLINE float apus_magnitude32(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256i mask = _mm256_set1_epi32(0x7fffffff);
  __m256i m = _mm256_max_epi32(
      _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(a), mask),
                       _mm256_and_si256(_mm256_castps_si256(b), mask)),
      _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(c), mask),
                       _mm256_and_si256(_mm256_castps_si256(d), mask)));
  __m128i v = _mm_max_epi32(_mm256_castsi256_si128(m), _mm256_extracti128_si256(m, 1));
  v = _mm_max_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_max_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return _mm_cvtss_f32(_mm_castsi128_ps(v));
}
// The sums of the first and the second 16 signed bytes.
APUS_INLINE int64_t apus_bytesums(__m256i v) {
  __m256i s = _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_set1_epi8(1), v),
                                _mm256_set1_epi16(1));
  s = _mm256_add_epi32(s, _mm256_shuffle_epi32(s, 0x4e));
  s = _mm256_add_epi32(s, _mm256_shuffle_epi32(s, 0xb1));
  uint32_t first = (uint32_t)_mm256_cvtsi256_si32(s);
  uint32_t second = (uint32_t)_mm_cvtsi128_si32(_mm256_extracti128_si256(s, 1));
  return (int64_t)((uint64_t)second << 32 | first);
}

// Eight rows of 32 bytes to groups of 4 columns: group g holds bytes 4g...4g+3 of each row in turn.
// The second four groups begin `half` behind the first.
APUS_INLINE void apus_interleave8(const void *rows, size_t stride, void *out, size_t outStride,
                                  size_t half) {
  const char *p = (const char *)rows;
  char *o = (char *)out, *h = o + half;
  __m256i r0 = apus_load256(p), r1 = apus_load256(p + stride), r2 = apus_load256(p + 2 * stride),
          r3 = apus_load256(p + 3 * stride), r4 = apus_load256(p + 4 * stride),
          r5 = apus_load256(p + 5 * stride), r6 = apus_load256(p + 6 * stride),
          r7 = apus_load256(p + 7 * stride);
  __m256i a0 = _mm256_unpacklo_epi32(r0, r1), a1 = _mm256_unpackhi_epi32(r0, r1);
  __m256i a2 = _mm256_unpacklo_epi32(r2, r3), a3 = _mm256_unpackhi_epi32(r2, r3);
  __m256i a4 = _mm256_unpacklo_epi32(r4, r5), a5 = _mm256_unpackhi_epi32(r4, r5);
  __m256i a6 = _mm256_unpacklo_epi32(r6, r7), a7 = _mm256_unpackhi_epi32(r6, r7);
  __m256i b0 = _mm256_unpacklo_epi64(a0, a2), b1 = _mm256_unpackhi_epi64(a0, a2);
  __m256i b2 = _mm256_unpacklo_epi64(a1, a3), b3 = _mm256_unpackhi_epi64(a1, a3);
  __m256i b4 = _mm256_unpacklo_epi64(a4, a6), b5 = _mm256_unpackhi_epi64(a4, a6);
  __m256i b6 = _mm256_unpacklo_epi64(a5, a7), b7 = _mm256_unpackhi_epi64(a5, a7);
  apus_store256(o, _mm256_permute2x128_si256(b0, b4, 0x20));
  apus_store256(o + outStride, _mm256_permute2x128_si256(b1, b5, 0x20));
  apus_store256(o + 2 * outStride, _mm256_permute2x128_si256(b2, b6, 0x20));
  apus_store256(o + 3 * outStride, _mm256_permute2x128_si256(b3, b7, 0x20));
  apus_store256(h, _mm256_permute2x128_si256(b0, b4, 0x31));
  apus_store256(h + outStride, _mm256_permute2x128_si256(b1, b5, 0x31));
  apus_store256(h + 2 * outStride, _mm256_permute2x128_si256(b2, b6, 0x31));
  apus_store256(h + 3 * outStride, _mm256_permute2x128_si256(b3, b7, 0x31));
}

// The same of eight rows of 32 bytes, less `zero`, for products with activations that were made unsigned
// by 128 more: what they are too large by, modulo 2^16, goes to `correct`, the pairs of columns of a
// lane each. Groups 4 to 7 have a correction of their own, at `correctNext`, or where that is null
// share the other.
APUS_INLINE void apus_layrows(const void *rows, size_t stride, int zero, void *out, void *next,
                              void *correct, void *correctNext) {
  const __m256i bias = _mm256_set1_epi8((char)128), less = _mm256_set1_epi8((char)zero);
  const __m256i none = _mm256_setzero_si256();
  __m256i v[8], sums[2];
  apus_interleave8(rows, stride, v, 32, 128);
  for (int i = 0; i < 2; i++) {
    char *to = (char *)(i ? next : out);
    sums[i] = none;
    for (int j = 0; j < 4; j++) {
      __m256i w = _mm256_sub_epi8(v[4 * i + j], less);
      apus_store256(to + 32 * j, w);
      sums[i] = _mm256_sub_epi16(sums[i], _mm256_maddubs_epi16(bias, w));
    }
  }
  if (correctNext) {
    apus_store256(correct, sums[0]);
    apus_store256(correctNext, sums[1]);
  } else {
    apus_store256(correct, _mm256_add_epi16(sums[0], sums[1]));
  }
}

// e^x to 2 ulp (Cephes' polynomial); 0 below -87.3, infinity above 88.7, NaN stays NaN.
APUS_INLINE __m256 apus_exp8(__m256 x) {
  __m256 low = _mm256_cmp_ps(x, _mm256_set1_ps(-87.3f), _CMP_LT_OQ);
  __m256 high = _mm256_cmp_ps(x, _mm256_set1_ps(88.7f), _CMP_GT_OQ);
  __m256 v = _mm256_min_ps(_mm256_set1_ps(88.7f), _mm256_max_ps(_mm256_set1_ps(-87.3f), x));
  __m256 n = _mm256_round_ps(_mm256_mul_ps(v, _mm256_set1_ps(1.44269504088896341f)),
                             _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), v);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
  __m256 p = _mm256_set1_ps(1.9875691500e-4f);
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
  p = _mm256_fmadd_ps(p, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
  // 2^n in two factors: n reaches 128, which has no exponent of its own.
  __m256i whole = _mm256_cvtps_epi32(n);
  __m256i half = _mm256_srai_epi32(whole, 1);
  __m256i rest = _mm256_sub_epi32(whole, half);
  __m256i bias = _mm256_set1_epi32(127);
  p = _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23)));
  p = _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23)));
  p = _mm256_blendv_ps(p, _mm256_set1_ps(__builtin_inff()), high);
  return _mm256_andnot_ps(low, p);
}
APUS_INLINE __m256 apus_sigmoid8(__m256 x) {
  __m256 e = apus_exp8(_mm256_sub_ps(_mm256_setzero_ps(), x));
  return _mm256_div_ps(_mm256_set1_ps(1), _mm256_add_ps(_mm256_set1_ps(1), e));
}
// 1 - 2 / (e^2x + 1): absolute error about an ulp of 1.
APUS_INLINE __m256 apus_tanh8(__m256 x) {
  __m256 one = _mm256_set1_ps(1);
  __m256 e = apus_exp8(_mm256_add_ps(x, x));
  return _mm256_sub_ps(one, _mm256_div_ps(_mm256_set1_ps(2), _mm256_add_ps(e, one)));
}
// x * sigmoid(2u), u = sqrt(2/pi) * (x + 0.044715 x^3): the tanh form.
APUS_INLINE __m256 apus_gelutanh8(__m256 x) {
  __m256 inner = _mm256_fmadd_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(0.044715f),
                                 _mm256_set1_ps(1));
  __m256 u = _mm256_mul_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.5957691216057308f)), inner);
  return _mm256_mul_ps(x, apus_sigmoid8(u));
}
// x * (1 + erf(x / sqrt 2)) / 2, erf by Abramowitz and Stegun 7.1.26 (1.5e-7).
APUS_INLINE __m256 apus_geluexact8(__m256 x) {
  __m256 z = _mm256_mul_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0f), x),
                           _mm256_set1_ps(0.70710678118654752f));
  __m256 t = _mm256_div_ps(_mm256_set1_ps(1),
                           _mm256_fmadd_ps(z, _mm256_set1_ps(0.3275911f), _mm256_set1_ps(1)));
  __m256 p = _mm256_set1_ps(1.061405429f);
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-1.453152027f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(1.421413741f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-0.284496736f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(0.254829592f));
  __m256 tail = _mm256_mul_ps(_mm256_mul_ps(p, t), _mm256_set1_ps(0.5f));
  tail = _mm256_mul_ps(tail, apus_exp8(_mm256_sub_ps(_mm256_setzero_ps(), _mm256_mul_ps(z, z))));
  __m256 negative = _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ);
  __m256 phi = _mm256_blendv_ps(_mm256_sub_ps(_mm256_set1_ps(1), tail), tail, negative);
  return _mm256_mul_ps(x, phi);
}
// Four neighbouring pairs turned; c and s hold their four cosines and sines.
APUS_INLINE __m256 apus_rotatepairs(__m256 x, const float *c, const float *s) {
  __m256i twice = _mm256_set_epi32(3, 3, 2, 2, 1, 1, 0, 0);
  __m256 cosines = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(c)), twice);
  __m256 sines = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(s)), twice);
  __m256 swapped = _mm256_permute_ps(x, 0xb1);
  return _mm256_fmaddsub_ps(x, cosines, _mm256_mul_ps(swapped, sines));
}
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__) && defined(__AVX512VNNI__)

APUS_INLINE __m512i apus_load512(const void *p) { return _mm512_loadu_si512(p); }
APUS_INLINE void apus_store512(void *p, __m512i v) { _mm512_storeu_si512(p, v); }
APUS_INLINE __m512 apus_loadf16(const void *p) { return _mm512_loadu_ps(p); }
APUS_INLINE void apus_storef16(void *p, __m512 v) { _mm512_storeu_ps(p, v); }
APUS_INLINE __m512 apus_spreadf16(const void *p) {
  return _mm512_broadcastss_ps(_mm_load_ss((const float *)p));
}
APUS_INLINE __m512i apus_spread512(const void *p) { return _mm512_set1_epi32((int)apus_word(p)); }
APUS_INLINE __m512 apus_fma16(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
APUS_INLINE __m512 apus_float16(__m512i v) { return _mm512_cvtepi32_ps(v); }
APUS_INLINE float apus_sum16(__m512 v) {
  return apus_sum8(_mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1)));
}
APUS_INLINE __m512 apus_zerof16(void) { return _mm512_setzero_ps(); }
APUS_INLINE __m512i apus_zero512(void) { return _mm512_setzero_si512(); }
APUS_INLINE __m512i apus_bytes16(int v) { return _mm512_set1_epi8((char)v); }
// Unsigned times signed bytes: the sums of four neighbours, added to `sum`.
APUS_INLINE __m512i apus_dot16(__m512i sum, __m512i u, __m512i s) {
  return _mm512_dpbusd_epi32(sum, u, s);
}
// 32 bytes at `low`, 32 bytes at `high`.
APUS_INLINE __m512i apus_join512(const void *low, const void *high) {
  __m512i v = _mm512_castsi256_si512(apus_load256(low));
  return _mm512_mask_loadu_epi64(v, 0xf0, (const char *)high - 32);
}
// 32 bytes, twice.
APUS_INLINE __m512i apus_twice512(const void *p) {
  return _mm512_broadcast_i64x4(apus_load256(p));
}
// 32 bytes to 64: low nibbles, then high nibbles.
APUS_INLINE __m512i apus_nibbles512(const void *p) {
  const __m512i shift = _mm512_set_epi64(0x0004000400040004LL, 0x0004000400040004LL,
                                         0x0004000400040004LL, 0x0004000400040004LL, 0, 0, 0, 0);
  return _mm512_and_si512(_mm512_srlv_epi16(apus_twice512(p), shift), _mm512_set1_epi8(15));
}
// Each of eight lanes twice.
APUS_INLINE __m512 apus_twice16(__m256 v) {
  __m512i lanes = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
  return _mm512_permutexvar_ps(lanes, _mm512_castps256_ps512(v));
}
// One binary16 in every lane.
APUS_INLINE __m512 apus_spreadhalf16(const void *p) {
  uint16_t bits;
  __builtin_memcpy(&bits, p, 2);
  __m256i v = _mm256_set1_epi16((short)bits);
  __asm__("" : "+v"(v));
  return _mm512_cvtph_ps(v);
}
APUS_INLINE __m512 apus_signed16(const void *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(apus_load128(p)));
}
// Two bits of `high` above four of `low`, each 16-bit word of `high` shifted left (or right).
APUS_INLINE __m512i apus_six(__m512i low, __m512i high) {
  const __m512i four = _mm512_set1_epi8(15);
  __m512i v = _mm512_ternarylogic_epi32(four, low, high, 0xca);
  return _mm512_and_si512(v, _mm512_set1_epi8(63));
}
APUS_INLINE __m512i apus_left42(__m512i v) {
  return _mm512_sllv_epi16(v, _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1));
}
APUS_INLINE __m512i apus_right02(__m512i v) {
  return _mm512_srlv_epi16(v, _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1));
}
APUS_INLINE __m512i apus_right4(__m512i v) { return _mm512_srli_epi16(v, 4); }
// 16 more where bit `first` (lower half) or `first + 1` (upper half) of `bits` is set.
APUS_INLINE __m512i apus_fifth(__m512i v, __m512i bits, int first) {
  __m512i mask = _mm512_inserti64x4(_mm512_set1_epi8((char)(1 << first)),
                                    _mm256_set1_epi8((char)(2 << first)), 1);
  return _mm512_mask_add_epi8(v, _mm512_test_epi8_mask(bits, mask), v, _mm512_set1_epi8(16));
}
// The same, 4 more.
APUS_INLINE __m512i apus_third(__m512i v, __m512i bits, int first) {
  __m512i mask = _mm512_inserti64x4(_mm512_set1_epi8((char)(1 << first)),
                                    _mm256_set1_epi8((char)(2 << first)), 1);
  return _mm512_mask_add_epi8(v, _mm512_test_epi8_mask(bits, mask), v, _mm512_set1_epi8(4));
}
// Two bits from position `first` on (lower half) or `first + 2` (upper half).
APUS_INLINE __m512i apus_two(__m512i v, int first) {
  __m512i shift = _mm512_inserti64x4(_mm512_set1_epi16((short)first),
                                     _mm256_set1_epi16((short)(first + 2)), 1);
  return _mm512_and_si512(_mm512_srlv_epi16(v, shift), _mm512_set1_epi8(3));
}
APUS_INLINE __m512 apus_lowbytes16(__m128i v) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(v));
}
APUS_INLINE __m512 apus_signedbytes16(__m128i v) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(v));
}
APUS_INLINE __m512i apus_plus512(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
// As apus_totals8, of two rows of four vectors with 64 columns each: eight lanes for each row.
APUS_INLINE __m512i apus_fourtotals(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i one = _mm512_set1_epi16(1);
  __m512i ab = _mm512_madd_epi16(_mm512_packs_epi32(a, b), one);
  __m512i cd = _mm512_madd_epi16(_mm512_packs_epi32(c, d), one);
  return _mm512_madd_epi16(_mm512_packs_epi32(ab, cd), one);
}
APUS_INLINE __m512i apus_widefourtotals(__m512i a, __m512i b, __m512i c, __m512i d) {
  __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}
// Both halves of 64 columns, of two rows, in order.
APUS_INLINE __m512i apus_tworows(__m512i first, __m512i second) {
  __m512i v = _mm512_add_epi32(_mm512_shuffle_i32x4(first, second, 0x88),
                               _mm512_shuffle_i32x4(first, second, 0xdd));
  const __m512i order = _mm512_set_epi32(15, 11, 14, 10, 13, 9, 12, 8, 7, 3, 6, 2, 5, 1, 4, 0);
  return _mm512_permutexvar_epi32(order, v);
}
// As apus_halftotals8, of 256 columns: 16 lanes.
APUS_INLINE __m512i apus_halftotals16(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i one = _mm512_set1_epi16(1);
  __m512 ab = _mm512_castsi512_ps(_mm512_madd_epi16(_mm512_packs_epi32(a, b), one));
  __m512 cd = _mm512_castsi512_ps(_mm512_madd_epi16(_mm512_packs_epi32(c, d), one));
  __m512i v = _mm512_add_epi32(_mm512_castps_si512(_mm512_shuffle_ps(ab, cd, 0x88)),
                               _mm512_castps_si512(_mm512_shuffle_ps(ab, cd, 0xdd)));
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  return _mm512_permutexvar_epi32(order, v);
}
APUS_INLINE __m512 apus_joinf16(__m256 low, __m256 high) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
// The 6-bit scales and minima of two blocks of Q4_K or Q5_K: 8 bytes of each row's scales, then 8 of
// each row's minima. What apus_scales6 does with scalars.
APUS_INLINE __m256i apus_scales6pair(const void *a, const void *b) {
  // Words of a block: both binary16 numbers, then three of packed scales.
  __m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(apus_load128(a)), apus_load128(b), 1);
  __m256i low = _mm256_srlv_epi32(_mm256_shuffle_epi32(v, 0xf9),
                                  _mm256_set_epi32(4, 0, 0, 0, 4, 0, 0, 0));
  low = _mm256_and_si256(low, _mm256_set_epi32(0x0f0f0f0f, 0x0f0f0f0f, 0x3f3f3f3f, 0x3f3f3f3f,
                                               0x0f0f0f0f, 0x0f0f0f0f, 0x3f3f3f3f, 0x3f3f3f3f));
  __m256i high = _mm256_srli_epi32(_mm256_shuffle_epi32(v, 0x90), 2);
  high = _mm256_and_si256(high, _mm256_set_epi32(0x30303030, 0x30303030, 0, 0, 0x30303030,
                                                 0x30303030, 0, 0));
  // Each row: scales 0-3, minima 0-3, scales 4-7, minima 4-7.
  v = _mm256_or_si256(low, high);
  return _mm256_permutevar8x32_epi32(v, _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0));
}
// Two neighbouring binary16 numbers of two rows, four times each: eight lanes for each row.
APUS_INLINE __m512 apus_halfpairs(const void *a, const void *b) {
  __m256i v = _mm256_set1_epi32((int)apus_word(a));
  v = _mm256_mask_set1_epi32(v, 0xf0, (int)apus_word(b));
  return _mm512_cvtph_ps(v);
}
// The first `count` of each eight lanes; the others, whatever they hold, become zeros.
APUS_INLINE __m512 apus_firstofeights(__m512 v, intptr_t count) {
  uint32_t mask = (1u << count) - 1;
  return _mm512_maskz_mov_ps((__mmask16)(mask | mask << 8), v);
}
APUS_INLINE __m512 apus_evens16(__m512 v) { return _mm512_moveldup_ps(v); }
APUS_INLINE __m512 apus_odds16(__m512 v) { return _mm512_movehdup_ps(v); }
APUS_INLINE __m512 apus_lowunsigned16(__m256i v) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm256_castsi256_si128(v)));
}
APUS_INLINE __m512 apus_highunsigned16(__m256i v) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm256_extracti128_si256(v, 1)));
}
APUS_INLINE __m256 apus_lowf8(__m512 v) { return _mm512_castps512_ps256(v); }
APUS_INLINE __m256 apus_highf8(__m512 v) { return _mm512_extractf32x8_ps(v, 1); }
// Eight neighbouring numbers, twice.
APUS_INLINE __m512 apus_twicef16(const void *p) { return _mm512_broadcast_f32x8(apus_loadf8(p)); }
APUS_INLINE __m512i apus_shift512(__m512i v, int bits) {
  return _mm512_sll_epi32(v, _mm_cvtsi32_si128(bits));
}
// Nibbles of two blocks of 32, each low ones first.
APUS_INLINE __m512i apus_nibbles64(const void *a, const void *b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(apus_nibbles32(a)), apus_nibbles32(b), 1);
}
// 16 more where a bit is set: 32 bits for each half.
APUS_INLINE __m512i apus_fifths(__m512i v, const void *a, const void *b) {
  __mmask64 bits = (uint64_t)apus_word(b) << 32 | apus_word(a);
  return _mm512_mask_add_epi8(v, bits, v, _mm512_set1_epi8(16));
}
APUS_INLINE __m512 apus_halves16(const void *p) { return _mm512_cvtph_ps(apus_load256(p)); }
APUS_INLINE __m512 apus_brains16(const void *p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(apus_load256(p)), 16));
}

// 16 rows of 16 words of 32 bits to 16 columns: four neighbours `step` apart, the second four `next`
// behind the first, the second eight `half` behind the first.
APUS_INLINE void apus_transpose16(const void *rows, size_t stride, void *out, size_t step,
                                  size_t next, size_t half) {
  const char *p = (const char *)rows;
  char *o = (char *)out;
  __m512i r[16], t[16];
  for (int i = 0; i < 16; i++) r[i] = apus_load512(p + (size_t)i * stride);
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 4; i++) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
  // r[4g + c] holds, in each 128-bit lane l, column 4l + c of rows 4g ... 4g + 3.
  for (int c = 0; c < 4; c++) {
    __m512i a = _mm512_shuffle_i32x4(r[c], r[4 + c], 0x88);
    __m512i b = _mm512_shuffle_i32x4(r[8 + c], r[12 + c], 0x88);
    __m512i d = _mm512_shuffle_i32x4(r[c], r[4 + c], 0xdd);
    __m512i e = _mm512_shuffle_i32x4(r[8 + c], r[12 + c], 0xdd);
    char *to = o + step * (size_t)c;
    apus_store512(to, _mm512_shuffle_i32x4(a, b, 0x88));
    apus_store512(to + half, _mm512_shuffle_i32x4(a, b, 0xdd));
    apus_store512(to + next, _mm512_shuffle_i32x4(d, e, 0x88));
    apus_store512(to + half + next, _mm512_shuffle_i32x4(d, e, 0xdd));
  }
}

// As apus_exp8.
APUS_INLINE __m512 apus_exp16(__m512 x) {
  __mmask16 low = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-87.3f), _CMP_LT_OQ);
  __m512 v = _mm512_min_ps(_mm512_set1_ps(88.7f), _mm512_max_ps(_mm512_set1_ps(-87.3f), x));
  __mmask16 high = _mm512_cmp_ps_mask(x, _mm512_set1_ps(88.7f), _CMP_GT_OQ);
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(v, _mm512_set1_ps(1.44269504088896341f)), 8);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), v);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
  p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
  p = _mm512_scalef_ps(p, n);
  p = _mm512_mask_mov_ps(p, high, _mm512_set1_ps(__builtin_inff()));
  return _mm512_mask_mov_ps(p, low, _mm512_setzero_ps());
}
APUS_INLINE __m512 apus_tanh16(__m512 x) {
  __m512 one = _mm512_set1_ps(1);
  __m512 e = apus_exp16(_mm512_add_ps(x, x));
  return _mm512_sub_ps(one, _mm512_div_ps(_mm512_set1_ps(2), _mm512_add_ps(e, one)));
}
APUS_INLINE float apus_max16(__m512 a, __m512 b, __m512 c, __m512 d) {
  __m512 v = _mm512_max_ps(_mm512_max_ps(a, b), _mm512_max_ps(c, d));
  return apus_max8(_mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1)));
}
#endif  // AVX-512
#endif  // AVX2

#elif defined(__aarch64__)
#include <arm_neon.h>

static inline void apus_pause(void) { __asm__ volatile("yield"); }

#else
static inline void apus_pause(void) {}
#endif
