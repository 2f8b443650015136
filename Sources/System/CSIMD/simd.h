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

#elif defined(__aarch64__)
#include <arm_neon.h>

static inline void apus_pause(void) { __asm__ volatile("yield"); }

#else
static inline void apus_pause(void) {}
#endif
